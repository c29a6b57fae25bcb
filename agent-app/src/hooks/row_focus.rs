//! The focus stays in a list whose rows are drawn and taken away. A browser drops it with the element that had it, also where
//! that one only changed its place.

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::services::dom;

/// Belongs on the element around the rows.
pub struct RowFocus {
    /// The focus came to something.
    pub onfocusin: Callback<FocusEvent>,
    /// The focus left something.
    pub onfocusout: Callback<FocusEvent>,
}

/// Gives the focus back to the element inside that had it, whenever what is drawn has changed; where that one is gone, to the
/// one with the id `stop`.
#[hook]
pub fn use_row_focus<T: Clone + PartialEq + 'static>(drawn: T, stop: Option<String>) -> RowFocus {
    let last = use_mut_ref(|| None::<String>);
    {
        let last = last.clone();
        use_effect_with(drawn, move |_| {
            let had = last.borrow().clone();
            if let Some(had) = had.filter(|_| dom::is_focus_nowhere())
                && !dom::refocus_id(&had)
                && let Some(stop) = stop
            {
                dom::refocus_id(&stop);
            }
        });
    }
    let onfocusin = {
        let last = last.clone();
        Callback::from(move |event: FocusEvent| {
            let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            *last.borrow_mut() = element.map(|element| element.id()).filter(|id| !id.is_empty());
        })
    };
    let onfocusout = Callback::from(move |event: FocusEvent| {
        // To nothing else: that is how it goes when the element is taken away.
        if event.related_target().is_some() {
            last.borrow_mut().take();
        }
    });
    RowFocus { onfocusin, onfocusout }
}
