//! What is found in what people wrote: addresses, and the few marks that people know from other chats. Both apps show a
//! message by these values, so that nobody clicks on, or reads, what the other did not see. It makes no HTML: the
//! values become nodes.
//!
//! | written | shown |
//! |---|---|
//! | `*word*` or `**word**` | strong; one star is no emphasis here, as in other chats |
//! | `_word_` | emphasis |
//! | `` `word` `` | code, as it stands |
//! | ```` ``` ```` up to the next ```` ``` ```` | a block of code, as it stands |
//! | two or more lines that begin with `- `, or with numbers that count on (`1. `, `2. `) | a list |
//! | `+` or `0` and six more digits at least, in groups or not | a telephone number, which keeps its order |
//! | `https://…`, `http://…`, `mailto:…`, `tel:…` | a link that says its own address (`links`) |
//!
//! Nothing else is a mark, and what does not end is none: it is shown as it was written. Marks hold within their line.
//! What is shown is always a part of the text, in its order, and what is left out is nothing but marks and the ends of
//! lines beside a block. A text is gone through once, whatever stands in it, and nothing nests deeper than strong
//! emphasis in an item of a list.

mod blocks;
mod links;
mod pieces;
#[cfg(test)]
mod tests;

pub use blocks::blocks;

/// A part of a message that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Lines of text; their ends are in the pieces.
    Lines(Vec<Piece<'a>>),
    /// Code on lines of its own.
    Code(&'a str),
    /// A list.
    List {
        /// The number of the first item; absent where they have none.
        first: Option<u32>,
        /// What stands in each item.
        items: Vec<Vec<Piece<'a>>>,
    },
}

/// A stretch of a line, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The words, without marks.
    pub text: &'a str,
    /// What they are.
    pub kind: Kind,
    /// Whether they weigh more.
    pub is_strong: bool,
    /// Whether they are stressed.
    pub is_stressed: bool,
}

/// What a stretch of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Words,
    /// An address, to be shown as it is written. It is ASCII and reads from left to right, whatever stands around it.
    Link,
    /// A telephone number, which reads from left to right, too.
    Number,
    /// Code.
    Code,
}
