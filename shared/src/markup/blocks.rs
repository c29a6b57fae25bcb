//! The blocks of a message: code between fences first, then lists, and lines of text for the rest.

use super::pieces::pieces;
use super::{Block, Piece};

const FENCE: &str = "```";
/// A list with more digits in its numbers is a year, or a telephone number.
const DIGITS_MAX: usize = 3;

/// The blocks of a text, in order.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    // From where on a fence may open, in the rest.
    let mut from = 0;
    while let Some(opens) = fence(rest, from) {
        let inside = opens + FENCE.len();
        let Some(closes) = fence(rest, inside) else { break };
        let code = &rest[inside..closes];
        if code.bytes().all(|byte| matches!(byte, b' ' | b'\n' | b'`')) {
            from = inside;
            continue;
        }
        lines(&mut blocks, before_block(&rest[..opens]));
        blocks.push(Block::Code(before_block(after_block(code))));
        rest = after_block(&rest[closes + FENCE.len()..]);
        from = 0;
    }
    lines(&mut blocks, rest);
    blocks
}

/// Where the next fence is. The search of the standard library would be ten times the code, which visitors fetch.
fn fence(text: &str, from: usize) -> Option<usize> {
    let found = text.as_bytes()[from..].windows(FENCE.len()).position(|bytes| bytes == FENCE.as_bytes());
    found.map(|at| at + from)
}

/// Without the end of the line that the block ends anyway.
fn before_block(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

fn after_block(text: &str) -> &str {
    text.strip_prefix('\n').unwrap_or(text)
}

/// Lists, and the lines between them.
fn lines<'a>(blocks: &mut Vec<Block<'a>>, text: &'a str) {
    let mut plain_from = 0;
    let mut at = 0;
    while at < text.len() {
        let (list, end) = list(text, at);
        if let Some(list) = list {
            plain(blocks, before_block(&text[plain_from..at]));
            blocks.push(list);
            plain_from = end;
        }
        at = end;
    }
    plain(blocks, &text[plain_from..]);
}

fn plain<'a>(blocks: &mut Vec<Block<'a>>, text: &'a str) {
    if !text.is_empty() {
        blocks.push(Block::Lines(pieces(text)));
    }
}

/// The list that begins with the line here, and where the next line begins after it. One line alone is none: a dash or a
/// number is then often just that. Numbers that do not count on begin another list, so that each is shown as written.
fn list(text: &str, start: usize) -> (Option<Block<'_>>, usize) {
    let mut items: Vec<&str> = Vec::new();
    let mut first = None;
    let mut at = start;
    while at < text.len() {
        let (line, end) = line(text, at);
        let Some((number, item)) = item(line) else { break };
        if items.is_empty() {
            first = number;
        } else if number != first.map(|first| first + items.len() as u32) {
            break;
        }
        items.push(item);
        at = end;
    }
    if items.len() < 2 {
        return (None, line(text, start).1);
    }
    let items: Vec<Vec<Piece<'_>>> = items.into_iter().map(pieces).collect();
    (Some(Block::List { first, items }), at)
}

/// The line that begins here without its end, and where the next one begins.
fn line(text: &str, at: usize) -> (&str, usize) {
    match text[at..].bytes().position(|byte| byte == b'\n') {
        Some(length) => (&text[at..at + length], at + length + 1),
        None => (&text[at..], text.len()),
    }
}

/// The number and the words of an item.
fn item(line: &str) -> Option<(Option<u32>, &str)> {
    if let Some(words) = line.strip_prefix("- ") {
        return Some((None, words)).filter(|_| !words.trim_ascii().is_empty());
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > DIGITS_MAX || line.starts_with('0') {
        return None;
    }
    let words = line[digits..].strip_prefix(". ").filter(|words| !words.trim_ascii().is_empty())?;
    let number = line[..digits].bytes().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some((Some(number), words))
}
