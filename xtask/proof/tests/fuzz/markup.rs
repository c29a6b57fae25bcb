//! Texts that nobody well-meaning writes: what is shown are parts of the text in its order, only marks are left out, and
//! only addresses that may be clicked on are links.

use std::hash::{DefaultHasher, Hash, Hasher};

use arbitrary::{Result, Unstructured};
use deskbell_shared::markup::{Block, Kind, Piece, blocks};

use super::corpus::Corpus;

/// What often stands around and inside of addresses, and marks.
const WORDS: [&str; 37] = [
    "*",
    "**",
    "_",
    "`",
    "```",
    "\n- ",
    "\n1. ",
    "2. ",
    "tel:",
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
    let mut way = DefaultHasher::new();
    let found = blocks(&text);
    let mut shown = Shown { text: &text, from: 0 };
    for block in &found {
        std::mem::discriminant(block).hash(&mut way);
        match block {
            Block::Lines(pieces) => shown.line(pieces, &mut way),
            Block::Code(code) => shown.part(code, ""),
            Block::List { first, items } => {
                for (number, item) in items.iter().enumerate() {
                    let mark = first.map_or("- ".to_owned(), |first| format!("{}. ", first + number as u32));
                    let start = item.first().expect("an item with words").text;
                    shown.part(&start[..0], &mark);
                    shown.line(item, &mut way);
                }
            }
        }
    }
    shown.part(&text[text.len()..], "");
    found.len().min(6).hash(&mut way);
    Ok(Some((way.finish(), text)))
}

/// How far the text is shown.
struct Shown<'a> {
    text: &'a str,
    from: usize,
}

impl Shown<'_> {
    fn line(&mut self, pieces: &[Piece<'_>], way: &mut DefaultHasher) {
        for piece in pieces {
            assert!(!piece.text.is_empty(), "an empty piece of {:?}", self.text);
            if piece.kind == Kind::Link {
                judge(piece.text);
                piece.text.as_bytes().last().hash(way);
            }
            (piece.is_strong, piece.is_stressed, piece.kind == Kind::Code).hash(way);
            self.part(piece.text, "");
        }
    }

    /// The next part that is shown, behind this mark of a list.
    fn part(&mut self, part: &str, mark: &str) {
        let at = part.as_ptr() as usize - self.text.as_ptr() as usize;
        assert!(self.from <= at && self.text[at..].starts_with(part), "{part:?} is another text");
        let left_out = self.text[self.from..at].trim_matches(MARKS);
        // A mark of emphasis may stand between that of the list and its words.
        assert_eq!(left_out, mark.trim_matches(MARKS), "lost of {:?}", self.text);
        self.from = at + part.len();
    }
}

const MARKS: [char; 4] = ['*', '_', '`', '\n'];

fn judge(link: &str) {
    let lower = link.to_ascii_lowercase();
    let allowed = ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
    assert!(allowed, "{link:?} is a link");
    // What only looks like an address, or hides a part of one, is shown as text.
    assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link:?} is a link");
    assert!(!link.contains(['<', '>', '"', '`']), "{link:?} is a link");
}
