//! What has happened and not yet been dealt with. It is dealt with when whatever the browser does at the moment is
//! over: nothing is ever told in the middle of what it was caused by, and many things at once are one drawing.

use std::cell::RefCell;
use std::rc::Rc;

/// An inbox. Cheap to clone; all clones are the same.
pub struct Inbox<T>(Rc<RefCell<Vec<T>>>, Rc<dyn Fn(Vec<T>)>);

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Inbox<T> {
        Inbox(self.0.clone(), self.1.clone())
    }
}

impl<T: 'static> Inbox<T> {
    /// An inbox that is emptied into `deal`.
    pub fn new(deal: impl Fn(Vec<T>) + 'static) -> Inbox<T> {
        Inbox(Rc::default(), Rc::new(deal))
    }

    /// Puts something in.
    pub fn put(&self, message: T) {
        let is_first = {
            let mut waiting = self.0.borrow_mut();
            waiting.push(message);
            waiting.len() == 1
        };
        if is_first {
            let Inbox(waiting, deal) = self.clone();
            wasm_bindgen_futures::spawn_local(async move { deal(waiting.take()) });
        }
    }
}
