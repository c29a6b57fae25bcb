//! Drives a `Session` in a browser: over its WebSocket, IndexedDB, Web Locks and BroadcastChannel, with one timer.
//! Everything a browser may deny (storage, locks, channels) is tried and done without: what then is missing is
//! safety across a reload, and `Session::kept` says so. It draws nothing and decides nothing about conversations.
//!
//! ```text
//! let driver = Driver::start(Config { … });
//! driver.write(None, "hello")?;                               // an intent
//! driver.with(|session, now| session.connection(now));       // a look, in `on_change`
//! ```

mod clock;
mod driver;
mod http;
mod socket;
mod store;
mod tabs;

pub use driver::{Config, Driver, FetchTicket};
pub use http::{HttpAnswer, Unreachable, agent_ticket, get, post, visitor_ticket};
pub use store::Store;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{Event, EventTarget};

/// A listener that lives as long as this value.
struct Listener {
    target: EventTarget,
    names: &'static [&'static str],
    closure: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// One function for several events: it tells them apart by their type.
    fn on(target: &EventTarget, names: &'static [&'static str], f: impl Fn(Event) + 'static) -> Listener {
        let closure = Closure::<dyn Fn(Event)>::new(f);
        for name in names {
            let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
        Listener { target: target.clone(), names, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for name in self.names {
            let _ =
                self.target.remove_event_listener_with_callback(name, self.closure.as_ref().unchecked_ref());
        }
    }
}

/// Whether an object of the browser has a member, without risking the exception that using it would throw.
fn has(object: &JsValue, member: &str) -> bool {
    js_sys::Reflect::get(object, &JsValue::from_str(member)).is_ok_and(|value| !value.is_undefined())
}
