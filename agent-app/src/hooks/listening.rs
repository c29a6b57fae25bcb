//! Listening to events of the document and the window for as long as a component is there.

use std::rc::Rc;

use web_sys::Event;
use yew::prelude::*;

use crate::services::events;

/// Calls the newest `call` on every such event of the document.
#[hook]
pub fn use_document_event(name: &'static str, call: impl Fn(Event) + 'static) {
    let newest = use_mut_ref(|| None::<Rc<dyn Fn(Event)>>);
    *newest.borrow_mut() = Some(Rc::new(call));
    use_effect_with((), move |()| {
        let listening = events::on_document(name, move |event| {
            let call = newest.borrow().clone();
            if let Some(call) = call {
                call(event);
            }
        });
        move || drop(listening)
    });
}
