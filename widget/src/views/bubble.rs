//! A message as nodes. What people wrote never becomes HTML: text is text, and an address of a known kind is a link.

use yew::{Html, html};

use crate::state::links::{Piece, pieces};
use crate::state::transcript::Bubble;

/// The bubble of a message.
pub fn bubble(message: &Bubble<'_>) -> Html {
    let state = match (message.refused, message.waits) {
        (Some(_), _) => Some("refused"),
        (None, true) => Some("queued"),
        (None, false) => None,
    };
    html! {
        <div key={message.cmid.to_hex()} class="bubble" data-is={state} dir="auto">
            { for pieces(message.text).into_iter().map(piece) }
        </div>
    }
}

fn piece(piece: Piece<'_>) -> Html {
    match piece {
        Piece::Text(text) => html! { { text.to_owned() } },
        Piece::Link(address) => html! {
            <a href={address.to_owned()} target="_blank" rel="noopener noreferrer nofollow">{ address.to_owned() }</a>
        },
    }
}
