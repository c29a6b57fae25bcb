//! A callback that stays the same one while what it does changes: what is given it need not be drawn anew for that.

use yew::prelude::*;

/// Calls what was given last.
#[hook]
pub fn use_steady<A: 'static>(callback: Callback<A>) -> Callback<A> {
    let latest = use_mut_ref(|| callback.clone());
    latest.replace(callback);
    use_callback((), move |argument, ()| {
        // Not held while it is called: it may lead to another drawing.
        let callback = latest.borrow().clone();
        callback.emit(argument);
    })
}
