//! What arrives one by one, handed on together: a screen is drawn anew for each batch, not for each frame of the wire.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::clock::{self, Ticking};
use super::dom;

/// After a batch has been drawn, until the next one: a frame of the screen, for keys.
const GAP_MS: i32 = 16;
/// A screen that does not draw (it has just gone out of sight) is not waited for any longer.
const UNDRAWN_MS: i32 = 250;

struct Batches<T> {
    take: Box<dyn Fn(Vec<T>)>,
    waiting: RefCell<Vec<T>>,
    /// A batch is being drawn, or has just been.
    is_busy: Cell<bool>,
    timer: RefCell<Option<Ticking>>,
}

impl<T: 'static> Batches<T> {
    fn flush(self: Rc<Self>) {
        *self.timer.borrow_mut() = None;
        let batch = self.waiting.take();
        self.is_busy.set(!batch.is_empty());
        if batch.is_empty() {
            return;
        }
        (self.take)(batch);
        self.again_in(UNDRAWN_MS);
        // What a batch costs is paid after this, when it is drawn; the more it costs, the more is in the next one.
        // Out of sight nothing is drawn, and what waits for it would pile up.
        if dom::is_visible() {
            dom::when_drawn(move || self.again_in(GAP_MS));
        }
    }

    fn again_in(self: &Rc<Self>, wait_ms: i32) {
        let soon = Rc::clone(self);
        // The timer before is ended by this.
        *self.timer.borrow_mut() = Some(clock::after(wait_ms, move || Rc::clone(&soon).flush()));
    }
}

/// Collects what it is called with. What comes after a while of nothing is handed on as soon as the present task is over;
/// of a stream, a batch at a time, as fast as the screen draws them. Out of sight, where timers sleep, nothing waits for one.
pub fn batched<T: 'static>(take: impl Fn(Vec<T>) + 'static) -> Callback<T> {
    let batches = Rc::new(Batches {
        take: Box::new(take),
        waiting: RefCell::default(),
        is_busy: Cell::new(false),
        timer: RefCell::default(),
    });
    Callback::from(move |one| {
        batches.waiting.borrow_mut().push(one);
        let is_first = batches.waiting.borrow().len() == 1;
        if is_first && (!batches.is_busy.get() || !dom::is_visible()) {
            let soon = Rc::clone(&batches);
            spawn_local(async move { soon.flush() });
        }
    })
}
