//! A message as nodes. What people wrote never becomes HTML: text is text, and an address of a known kind is a link.

use crate::nodes::{Node, el, words};
use crate::state::transcript::Bubble;
use deskbell_shared::markup::{Piece, pieces};

/// The bubble of a message.
pub fn bubble(message: &Bubble<'_>) -> Node {
    let state = match (message.refused, message.waits) {
        (Some(_), _) => Some("refused"),
        (None, true) => Some("queued"),
        (None, false) => None,
    };
    let bubble = el("div", "bubble").with("dir", "auto").key("message", message.cmid.0);
    let bubble = match state {
        Some(state) => bubble.with("data-is", state),
        None => bubble,
    };
    bubble.children(pieces(message.text).iter().map(piece).collect())
}

fn piece(piece: &Piece<'_>) -> Node {
    match *piece {
        Piece::Text(text) => words(text.to_owned()),
        Piece::Link(address) => el("a", "")
            .with_words("href", address.to_owned())
            .with("target", "_blank")
            .with("rel", "noopener noreferrer nofollow")
            .says(address.to_owned()),
    }
}
