//! A message as nodes. What people wrote never becomes HTML: text is text, and what `markup` finds in it are elements of
//! a few kinds.

use crate::components::icon::{Icon, icon};
use crate::nodes::{self, Node, button, el};
use crate::state::action::Action;
use crate::state::transcript::Bubble;
use crate::state::words::Words;
use deskbell_shared::codec::Wire;
use deskbell_shared::markup::{Block, Kind, Piece, blocks};
use deskbell_shared::model::message::FileView;

/// The bubble of a message.
pub fn bubble(words: &dyn Words, message: &Bubble<'_>) -> Node {
    let state = match (message.refused, message.waits) {
        (Some(_), _) => Some("refused"),
        (None, true) => Some("queued"),
        (None, false) => None,
    };
    let bubble = el("div", "bubble").key("message", message.cmid.0);
    let bubble = match state {
        Some(state) => bubble.with("data-is", state),
        None => bubble,
    };
    let mut bubble = bubble.maybe(message.file.map(|it| file(words, it)));
    for block in blocks(message.text) {
        bubble = match block {
            Block::Lines(pieces) => line(bubble, &pieces),
            Block::Code(code) => bubble.child(el("pre", "").child(el("code", "").says(code.to_owned()))),
            Block::List { first, items } => {
                let list = match first {
                    Some(first) => el("ol", "").with_words("start", first.to_text()),
                    None => el("ul", ""),
                };
                // Its signs stand where its words begin.
                let list = list.with("dir", "auto");
                bubble.child(list.children(items.iter().map(|item| line(el("li", ""), item)).collect()))
            }
        };
    }
    if message.is_edited {
        bubble = bubble.child(el("small", "").key("edited", 0).says(words.text("edited")));
    }
    if message.may_change {
        let change = button("change").key("change", 0).with("aria-haspopup", "dialog");
        let change = change.with_words("aria-label", words.text("change")).child(icon(Icon::More));
        bubble = bubble.child(change.does(Action::Change(message.cmid)));
    }
    bubble
}

/// A file. `static/more.js` finds it by its id, shows pictures and opens what is pressed.
fn file(words: &dyn Words, file: &FileView) -> Node {
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
    let (size, unit) =
        if kilobytes < 1024 { (kilobytes, "kilobytes") } else { (kilobytes / 1024, "megabytes") };
    button("file")
        .with_words("data-file", id)
        .child(icon(Icon::File))
        .child(el("bdi", "").says(file.name.clone()))
        .child(el("small", "").says(words.text_with(unit, &size.to_text())))
}

fn line(inside: Node, pieces: &[Piece<'_>]) -> Node {
    inside.children(pieces.iter().map(piece).collect())
}

fn piece(piece: &Piece<'_>) -> Node {
    let text = piece.text.to_owned();
    let mut node = match piece.kind {
        Kind::Words => nodes::words(text),
        Kind::Code => el("code", "").says(text),
        Kind::Number => el("bdi", "").with("dir", "ltr").says(text),
        // It reads in its own direction, whatever was written before it.
        Kind::Link => el("a", "")
            .with_words("href", text.clone())
            .with("dir", "ltr")
            .with("target", "_blank")
            .with("rel", "noopener noreferrer nofollow")
            .says(text),
    };
    for (is, tag) in [(piece.is_stressed, "em"), (piece.is_strong, "strong")] {
        if is {
            node = el(tag, "").child(node);
        }
    }
    node
}
