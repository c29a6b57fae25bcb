//! Who is signed in.

use deskbell_shared::model::Role;
use deskbell_shared::protocol::api::MeView;
use yew::prelude::*;

/// Who is signed in.
#[derive(Clone, PartialEq)]
pub struct Who {
    /// Me; `None` when nobody is.
    pub me: Option<MeView>,
    /// Whether the session ended by itself, elsewhere or by somebody else.
    pub was_ended: bool,
    /// Takes who is signed in now; `None` when nobody is any more.
    pub set: Callback<Option<MeView>>,
    /// The session was ended, not by me here.
    pub ended: Callback<()>,
    /// Asks the server anew who I am.
    pub ask: Callback<()>,
}

/// What I am. Outside of the desk I am an agent as most are.
#[hook]
pub fn use_role() -> Role {
    use_who().me.map_or(Role::Agent, |me| me.role)
}

/// Who is signed in. Outside of the desk (in a test of one component) nobody is.
#[hook]
pub fn use_who() -> Who {
    use_context::<Who>().unwrap_or_else(|| Who {
        me: None,
        was_ended: false,
        set: Callback::noop(),
        ended: Callback::noop(),
        ask: Callback::noop(),
    })
}
