//! Sending a form: once at a time, with what is wrong shown at its field, and nothing typed lost.

use std::future::Future;
use std::pin::Pin;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::services::dom;
use crate::trouble::{Trouble, Wrong};

/// A form on its way.
#[derive(Clone)]
pub struct Submit {
    /// What is wrong with it.
    pub wrong: Wrong,
    /// Whether it is on its way.
    pub is_busy: bool,
    set_wrong: UseStateSetter<Wrong>,
    set_busy: UseStateSetter<bool>,
}

impl Submit {
    /// Shows what is wrong, and goes to the first wrong field.
    pub fn show(&self, wrong: Wrong) {
        if let Some(first) = wrong.first() {
            dom::focus_id(first);
        }
        self.set_wrong.set(wrong);
    }

    /// Sends what `call` sends, unless `found` says that something is wrong. `fields` are those that an answer may blame.
    pub fn run<A: 'static>(
        &self,
        found: Wrong,
        fields: &'static [&'static str],
        call: impl Future<Output = Result<A, Trouble>> + 'static,
        then: impl FnOnce(A) + 'static,
    ) {
        self.run_or(found, call, then, move |trouble| Wrong::from_trouble(trouble, fields));
    }

    /// As `run`, with words of one's own for what went wrong.
    pub fn run_or<A: 'static>(
        &self,
        found: Wrong,
        call: impl Future<Output = Result<A, Trouble>> + 'static,
        then: impl FnOnce(A) + 'static,
        blame: impl FnOnce(&Trouble) -> Wrong + 'static,
    ) {
        // Whoever sends differs, what follows is the same for all: it is compiled once.
        let call = async move {
            let then: Then = match call.await {
                Ok(answer) => Box::new(move |_| then(answer)),
                Err(trouble) => Box::new(move |this| this.show(blame(&trouble))),
            };
            then
        };
        self.start(found, Box::pin(call));
    }

    fn start(&self, found: Wrong, call: Pin<Box<dyn Future<Output = Then>>>) {
        if self.is_busy {
            return;
        }
        let is_fine = found.is_empty();
        self.show(found);
        if !is_fine {
            return;
        }
        self.set_busy.set(true);
        let this = self.clone();
        spawn_local(async move {
            let then = call.await;
            this.set_busy.set(false);
            then(&this);
        });
    }
}

/// What is done once an answer is there.
type Then = Box<dyn FnOnce(&Submit)>;

/// A form on its way.
#[hook]
pub fn use_submit() -> Submit {
    let wrong = use_state_eq(Wrong::nothing);
    let is_busy = use_state_eq(|| false);
    Submit {
        wrong: (*wrong).clone(),
        is_busy: *is_busy,
        set_wrong: wrong.setter(),
        set_busy: is_busy.setter(),
    }
}

/// A text that a field changes.
#[hook]
pub fn use_text(first: impl FnOnce() -> String) -> (UseStateHandle<String>, Callback<String>) {
    let text = use_state(first);
    let setter = text.setter();
    (text, Callback::from(move |value| setter.set(value)))
}
