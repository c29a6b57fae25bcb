//! A message as nodes. What people wrote never becomes HTML: text is text, and an address of a known kind is a link.

use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el, words};
use crate::state::transcript::Bubble;
use deskbell_shared::codec::Wire;
use deskbell_shared::markup::{Piece, pieces};
use deskbell_shared::model::message::FileView;

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
    bubble.maybe(message.file.map(file)).children(pieces(message.text).iter().map(piece).collect())
}

/// A file. `static/more.js` finds it by its id, shows pictures and opens what is pressed.
fn file(file: &FileView) -> Node {
    let id = file.id.to_hex();
    if let (Some(width), Some(height)) = (file.width, file.height) {
        // The size is known before the picture is: nothing moves when it comes.
        let image = el("img", "")
            .with_words("alt", file.name.clone())
            .with_words("width", width.to_text())
            .with_words("height", height.to_text());
        return button("photo").with_words("data-file", id).child(image);
    }
    let kilobytes = file.size.div_ceil(1024);
    let (size, unit) = if kilobytes < 1024 { (kilobytes, " KB") } else { (kilobytes / 1024, " MB") };
    let size = [size.to_text().as_str(), unit].concat();
    button("file")
        .with_words("data-file", id)
        .child(icon(Icon::File))
        .child(el("bdi", "").says(file.name.clone()))
        .child(el("small", "").says(size))
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
