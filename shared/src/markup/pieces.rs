//! The pieces of lines: code, addresses, and words between marks.
//!
//! A mark opens where something stands right after it and nothing that belongs to it right before, and closes the other
//! way round. So `snake_case`, `2*3*4`, `*.txt` and `a/**/b` are what they are. Scripts that put no spaces between words
//! need none around marks either.

use super::links::link;
use super::{Kind, Piece};

/// Something other than plain words.
struct Sign {
    at: usize,
    length: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Link,
    Number,
    Code,
    /// A mark, by its place among the kinds; `paired` once it has another end.
    Mark {
        kind: usize,
        paired: bool,
    },
}

/// `*`, `**` and `_`.
const KINDS: usize = 3;
const EMPHASIS: usize = 2;

/// A number with fewer digits is a price, or how many of something there are.
const NUMBER_DIGITS_MIN: usize = 7;
/// What is longer is none: fifteen digits (ITU-T E.164) and what people put between them.
const NUMBER_BYTES_MAX: usize = 31;

/// The pieces of a text, in order.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let signs = signs(text);
    let mut pieces = Vec::new();
    let mut inside = [false; KINDS];
    let mut from = 0;
    for Sign { at, length, what } in signs {
        let end = at + length;
        let mut put = |text, kind| {
            let (is_strong, is_stressed) = (inside[0] || inside[1], inside[EMPHASIS]);
            pieces.push(Piece { text, kind, is_strong, is_stressed });
        };
        if matches!(what, What::Mark { paired: false, .. }) {
            continue;
        }
        if from < at {
            put(&text[from..at], Kind::Words);
        }
        match what {
            What::Link => put(&text[at..end], Kind::Link),
            What::Number => put(&text[at..end], Kind::Number),
            What::Code => put(&text[at + 1..end - 1], Kind::Code),
            What::Mark { kind, .. } => inside[kind] = !inside[kind],
        }
        from = end;
    }
    if from < text.len() {
        pieces.push(Piece { text: &text[from..], kind: Kind::Words, is_strong: false, is_stressed: false });
    }
    pieces
}

fn signs(text: &str) -> Vec<Sign> {
    let bytes = text.as_bytes();
    let mut signs: Vec<Sign> = Vec::new();
    // Of each kind the mark that waits for its other end, by its place among the signs.
    let mut open = [None; KINDS];
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let run = || bytes[at..].iter().take_while(|next| **next == byte).count();
        match byte {
            b'\n' => {
                open = [None; KINDS];
                at += 1;
            }
            b'`' => {
                let run = run();
                let length = if run == 1 { code(text, at) } else { None };
                if let Some(length) = length {
                    signs.push(Sign { at, length, what: What::Code });
                }
                at += length.unwrap_or(run);
            }
            b'*' | b'_' => {
                let run = run();
                let kind = match (byte, run) {
                    (b'*', 1 | 2) => Some(run - 1),
                    (b'_', 1) => Some(EMPHASIS),
                    _ => None,
                };
                if let Some(kind) = kind {
                    mark(
                        text,
                        &mut signs,
                        &mut open[kind],
                        Sign { at, length: run, what: What::Mark { kind, paired: false } },
                    );
                }
                at += run;
            }
            _ => {
                let number = number(text, at);
                let (length, is_link) = if number > 0 { (number, false) } else { link(text, at) };
                if is_link || number > 0 {
                    let what = if is_link { What::Link } else { What::Number };
                    signs.push(Sign { at, length, what });
                }
                at += length;
            }
        }
    }
    signs
}

/// Takes a mark as the end of the open one of its kind if it can be, or else as a beginning.
fn mark(text: &str, signs: &mut Vec<Sign>, open: &mut Option<usize>, mut sign: Sign) {
    let end = sign.at + sign.length;
    let before = text[..sign.at].chars().next_back().unwrap_or(' ');
    let after = text[end..].chars().next().unwrap_or(' ');
    if let (Some(at), false, true) = (*open, before.is_whitespace(), may_stand_outside(after)) {
        let opened = &mut signs[at];
        let inside = &text[opened.at + opened.length..sign.at];
        // Between marks there has to be something to mark: `*_*` is a face.
        if inside.bytes().any(|byte| !matches!(byte, b'*' | b'_' | b'`')) {
            for sign in [opened, &mut sign] {
                if let What::Mark { paired, .. } = &mut sign.what {
                    *paired = true;
                }
            }
            signs.push(sign);
            *open = None;
            return;
        }
    }
    if !after.is_whitespace() && may_stand_outside(before) {
        *open = Some(signs.len());
        signs.push(sign);
    }
}

/// How long the code is that begins at this byte, with both its marks, if some does.
fn code(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].chars().next_back().unwrap_or(' ');
    let inside = &text[at + 1..];
    let length = inside.bytes().position(|byte| matches!(byte, b'`' | b'\n'))?;
    let words = &inside[..length];
    let is_code = !is_of_a_word(before)
        && inside.as_bytes()[length] == b'`'
        && !words.is_empty()
        && words.trim_ascii().len() == length;
    is_code.then_some(length + 2)
}

/// How long the telephone number is that begins at this byte; 0 if none does. Only so that its parts keep their order
/// among letters that run from right to left: where it is hard to say, it is words.
fn number(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    // Only then it is a byte at which a character begins.
    if !matches!(rest[0], b'+' | b'0') || !text[..at].chars().next_back().is_none_or(may_stand_outside) {
        return 0;
    }
    let belongs = |byte: &&u8| byte.is_ascii_digit() || b" -.()/".contains(byte);
    let run = 1 + rest[1..].iter().take(NUMBER_BYTES_MAX).take_while(belongs).count();
    let Some(last) = rest[..run].iter().rposition(u8::is_ascii_digit) else { return 0 };
    let number = &rest[..=last];
    let count = |wanted: fn(&u8) -> bool| number.iter().filter(|byte| wanted(byte)).count();
    let is_whole = count(|byte| *byte == b'(') == count(|byte| *byte == b')');
    let after = text[at + number.len()..].chars().next().unwrap_or(' ');
    let goes_on = is_of_a_word(after) || matches!(after, ':' | '/' | '-');
    if count(u8::is_ascii_digit) >= NUMBER_DIGITS_MIN && is_whole && !goes_on { number.len() } else { 0 }
}

/// Whether a mark may have this on its outer side: the end of a sentence or a bracket, but no letter, and nothing that
/// paths, sums and programs are made of.
fn may_stand_outside(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '.' | ',' | ':' | ';' | '!' | '?' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}')
        || matches!(c, '*' | '_' | '`')
        || (!c.is_ascii() && !is_of_a_word(c))
}

/// Whether this is a letter or a digit of a script that puts spaces between words. Blocks of Unicode are enough for that,
/// and need no tables.
fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{c0}'..'\u{2000}').contains(&c)
}
