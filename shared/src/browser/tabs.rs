//! Tabs that share one storage: which of them sends (Web Locks), and what they tell each other (BroadcastChannel).
//! Where either is missing, every tab sends its own messages; the server's dedup makes that safe.

use super::{Listener, has};
use core::cell::{Cell, RefCell};
use js_sys::{Function, Object, Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue, wasm_bindgen};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

#[wasm_bindgen]
extern "C" {
    /// web-sys counts Web Locks among the unstable interfaces; this is the one method that is needed.
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &JsValue,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// The other tabs.
pub(super) struct Tabs {
    name: String,
    channel: Option<BroadcastChannel>,
    locks: Option<LockManager>,
    _listener: Option<Listener>,
    candidacy: RefCell<Option<Candidacy>>,
}

/// The wish to be the tab that sends, or being it.
struct Candidacy {
    abort: AbortController,
    /// Ends the lock, once it is held.
    release: Rc<RefCell<Option<Function>>>,
    wanted: Rc<Cell<bool>>,
    _granted: Closure<dyn FnMut(JsValue) -> Promise>,
    _failed: Closure<dyn FnMut(JsValue)>,
}

impl Tabs {
    /// `shared` says whether there is a storage to share.
    pub fn new(name: &str, shared: bool, told: impl Fn(String) + 'static) -> Tabs {
        let channel = if shared { BroadcastChannel::new(name).ok() } else { None };
        let listener = channel.as_ref().map(|channel| {
            Listener::on(channel, &["message"], move |event| {
                if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(|m| m.data().as_string()) {
                    told(text);
                }
            })
        });
        let navigator = web_sys::window().map(|window| window.navigator());
        let locks = navigator
            .filter(|navigator| channel.is_some() && has(navigator, "locks"))
            .and_then(|navigator| Reflect::get(&navigator, &JsValue::from_str("locks")).ok())
            .map(JsCast::unchecked_into);
        Tabs { name: name.to_owned(), channel, locks, _listener: listener, candidacy: RefCell::default() }
    }

    /// Tells all other tabs.
    pub fn tell(&self, text: &str) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::from_str(text));
        }
    }

    /// Asks to be the tab that sends; `elected` is called when it is so, at once where tabs cannot agree.
    pub fn seek(&self, elected: Rc<dyn Fn()>) {
        self.resign();
        if !self.request(&elected) {
            elected();
        }
    }

    /// Stops being the tab that sends, or asking to be.
    pub fn resign(&self) {
        if let Some(candidacy) = self.candidacy.borrow_mut().take() {
            candidacy.wanted.set(false);
            match candidacy.release.borrow_mut().take() {
                Some(release) => drop(release.call0(&JsValue::UNDEFINED)),
                None => candidacy.abort.abort(),
            }
        }
    }

    fn request(&self, elected: &Rc<dyn Fn()>) -> bool {
        let (Some(locks), Ok(abort)) = (&self.locks, AbortController::new()) else { return false };
        let release: Rc<RefCell<Option<Function>>> = Rc::default();
        let wanted = Rc::new(Cell::new(true));
        let granted = {
            let (release, elected) = (release.clone(), elected.clone());
            Closure::<dyn FnMut(JsValue) -> Promise>::new(move |_| {
                let held = Promise::new(&mut |resolve: Function, _: Function| {
                    release.borrow_mut().replace(resolve);
                });
                elected();
                held
            })
        };
        let failed = {
            let (wanted, release, elected) = (wanted.clone(), release.clone(), elected.clone());
            Closure::<dyn FnMut(JsValue)>::new(move |_| {
                // Denied rather than given up: then every tab is for itself.
                if wanted.get() && release.borrow().is_none() {
                    elected();
                }
            })
        };
        let options = Object::new();
        let _ = Reflect::set(&options, &JsValue::from_str("signal"), &abort.signal());
        let Ok(promise) = locks.request(&self.name, &options, granted.as_ref().unchecked_ref()) else {
            return false;
        };
        let _ = promise.catch(&failed);
        let candidacy = Candidacy { abort, release, wanted, _granted: granted, _failed: failed };
        self.candidacy.borrow_mut().replace(candidacy);
        true
    }
}
