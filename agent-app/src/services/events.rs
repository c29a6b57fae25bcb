//! Listening to the window and the document for as long as the listener is kept.

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

use super::dom::{document, window};

/// A listener; it ends when this is dropped.
pub struct Listening {
    target: EventTarget,
    name: &'static str,
    call: Closure<dyn FnMut(Event)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ =
            self.target.remove_event_listener_with_callback(self.name, self.call.as_ref().unchecked_ref());
    }
}

/// Listens to the document.
pub fn on_document(name: &'static str, call: impl FnMut(Event) + 'static) -> Listening {
    listen(document().into(), name, call)
}

/// Listens to the window.
pub fn on_window(name: &'static str, call: impl FnMut(Event) + 'static) -> Listening {
    listen(window().into(), name, call)
}

/// Tells whoever listens to the document.
pub fn tell_document(name: &str) {
    if let Ok(event) = Event::new(name) {
        let _ = document().dispatch_event(&event);
    }
}

fn listen(target: EventTarget, name: &'static str, call: impl FnMut(Event) + 'static) -> Listening {
    let call = Closure::<dyn FnMut(Event)>::new(call);
    let _ = target.add_event_listener_with_callback(name, call.as_ref().unchecked_ref());
    Listening { target, name, call }
}
