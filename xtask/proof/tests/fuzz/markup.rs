//! Texts that nobody well-meaning writes: the pieces are the text again, and only addresses that may be clicked on are
//! links.

use std::hash::{DefaultHasher, Hash, Hasher};

use arbitrary::{Result, Unstructured};
use deskbell_shared::markup::{Piece, pieces};

use super::corpus::Corpus;

/// What often stands around and inside of addresses.
const WORDS: [&str; 28] = [
    "https://",
    "HTTP://",
    "http:/",
    "mailto:",
    "javascript:",
    "data:",
    "a.example",
    "/",
    "?q=1",
    "#",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "\"",
    "'",
    ".",
    ",",
    " ",
    "\n",
    "\u{202e}",
    "\u{200b}",
    "。",
    "漢",
    "é",
    "\u{0}",
];
const PIECES_MAX: usize = 24;

pub fn attempt(random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<Option<(u64, String)>> {
    let mut text = if random.ratio(1, 3)? { corpus.changed(random)? } else { String::new() };
    for _ in 0..random.int_in_range(0..=PIECES_MAX)? {
        text.push_str(random.choose(&WORDS)?);
    }
    let found = pieces(&text);
    let mut way = DefaultHasher::new();
    let mut whole = String::new();
    for piece in &found {
        match piece {
            Piece::Text(part) => whole.push_str(part),
            Piece::Link(link) => {
                judge(link);
                whole.push_str(link);
                link.as_bytes().first().hash(&mut way);
                link.as_bytes().last().hash(&mut way);
            }
        }
    }
    assert_eq!(whole, text, "the pieces are another text");
    let empty = |piece: &Piece<'_>| matches!(piece, Piece::Text("") | Piece::Link(""));
    assert!(!found.iter().any(empty), "an empty piece of {text:?}");
    found.len().min(6).hash(&mut way);
    Ok(Some((way.finish(), text)))
}

fn judge(link: &str) {
    let lower = link.to_ascii_lowercase();
    let allowed = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    assert!(allowed, "{link:?} is a link");
    // What only looks like an address, or hides a part of one, is shown as text.
    assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link:?} is a link");
    assert!(!link.contains(['<', '>', '"', '`']), "{link:?} is a link");
}
