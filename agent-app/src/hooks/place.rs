//! Where one is, and going elsewhere.

use yew::prelude::*;

use crate::route::{Narrow, Route, View};

/// Where one is, and how to go elsewhere.
#[derive(Clone, PartialEq)]
pub struct Place {
    /// Where one is.
    pub route: Route,
    /// What the list is narrowed to.
    pub narrow: Narrow,
    /// Narrows it to something else.
    pub set_narrow: Callback<Narrow>,
    /// Goes to a list that is narrowed, with a step back.
    pub visit: Callback<(Route, Narrow)>,
    /// Goes somewhere, with a step back.
    pub go: Callback<Route>,
    /// Goes somewhere in place of where one is.
    pub replace: Callback<Route>,
}

/// Where one is. Outside of the desk (in a test of one component) links lead nowhere.
#[hook]
pub fn use_place() -> Place {
    use_context::<Place>().unwrap_or_else(|| Place {
        route: Route::Inbox(View::Queue, None),
        narrow: Narrow::default(),
        set_narrow: Callback::noop(),
        visit: Callback::noop(),
        go: Callback::noop(),
        replace: Callback::noop(),
    })
}
