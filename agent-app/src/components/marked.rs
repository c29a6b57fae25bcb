//! What somebody wrote, with what `markup` finds in it as elements.

use deskbell_shared::markup::{Block, Kind, Piece, blocks};
use yew::prelude::*;

/// A text with its marks. Addresses open elsewhere, learn nothing of the desk, and read in their own direction, whatever
/// was written before them.
pub fn marked(text: &str) -> Html {
    blocks(text).iter().map(block).collect()
}

fn block(block: &Block<'_>) -> Html {
    let items = |items: &[Vec<Piece<'_>>]| -> Html {
        items.iter().map(|item| html! { <li>{line(item)}</li> }).collect()
    };
    match block {
        Block::Lines(pieces) => line(pieces),
        Block::Code(code) => html! { <pre><code>{code.to_owned()}</code></pre> },
        Block::List { first: None, items: its } => html! { <ul dir="auto">{items(its)}</ul> },
        Block::List { first: Some(first), items: its } => {
            html! { <ol start={first.to_string()} dir="auto">{items(its)}</ol> }
        }
    }
}

fn line(pieces: &[Piece<'_>]) -> Html {
    pieces.iter().map(piece).collect()
}

fn piece(piece: &Piece<'_>) -> Html {
    let text = piece.text.to_owned();
    let shown = match piece.kind {
        Kind::Words => html! { {text} },
        Kind::Code => html! { <code>{text}</code> },
        Kind::Number => html! { <bdi dir="ltr">{text}</bdi> },
        Kind::Link => html! {
            <a href={text.clone()} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{text}</a>
        },
    };
    let shown = if piece.is_stressed {
        html! { <em>{shown}</em> }
    } else {
        shown
    };
    if piece.is_strong {
        html! { <strong>{shown}</strong> }
    } else {
        shown
    }
}
