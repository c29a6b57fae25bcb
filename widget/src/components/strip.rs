//! One line under the head that says what is going on with the connection or the storage.

use yew::{AttrValue, Html, html};

use super::icon::{Icon, icon};

/// What a strip begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is being worked on.
    Busy,
    /// An icon, in the colour of a warning.
    Warning(Icon),
}

/// The strip as nodes.
pub fn strip(sign: Sign, words: AttrValue) -> Html {
    let (class, sign) = match sign {
        Sign::Busy => ("strip busy", html! { <i class="spin" /> }),
        Sign::Warning(which) => ("strip warn", icon(which)),
    };
    html! { <p {class}>{ sign }{ words }</p> }
}
