//! Who somebody is at a glance: a picture, or letters on one of eight tints. A plain function, as all pieces here that keep
//! nothing: each component of its own costs two kilobytes of code.

use deskbell_shared::model::{AgentView, VisitorId};
use yew::prelude::*;

use crate::format::{initials, tint, visitor_initial};

/// A face: letters, or the picture at an address. Decoration: the name always stands beside it. `size` is `face-small`,
/// `face-big`, or empty.
pub fn face(tint: usize, letters: String, picture: Option<String>, size: &'static str) -> Html {
    const TINTS: [&str; 8] = ["tint-0", "tint-1", "tint-2", "tint-3", "tint-4", "tint-5", "tint-6", "tint-7"];
    let inside = match picture {
        Some(picture) => html! { <img src={picture} alt="" /> },
        None => html! { {letters} },
    };
    html! { <span class={classes!("face", TINTS[tint % 8], size)} aria-hidden="true">{inside}</span> }
}

/// The face of an agent.
pub fn agent_face(agent: &AgentView, size: &'static str) -> Html {
    let picture = agent.picture.as_ref().map(|hash| ["/picture/", hash].concat());
    face(tint(agent.id.0), initials(&agent.name), picture, size)
}

/// The face of a visitor.
pub fn visitor_face(visitor: VisitorId, size: &'static str) -> Html {
    face(tint(visitor.0), visitor_initial(visitor), None, size)
}
