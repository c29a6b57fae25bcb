//! What is found in what people wrote: addresses. Only `http`, `https` and `mailto` become links; everything else stays
//! text. Both apps show a message by these pieces, so that nobody clicks on what the other did not see. It makes no
//! markup: pieces become nodes.

/// A stretch of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain text.
    Text(&'a str),
    /// An address, to be shown as it was written.
    Link(&'a str),
}

const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The pieces of a text, in order; put together they are the text again.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while at < text.len() {
        match link_length(text, at) {
            Some(length) => {
                if plain_from < at {
                    pieces.push(Piece::Text(&text[plain_from..at]));
                }
                pieces.push(Piece::Link(&text[at..at + length]));
                at += length;
                plain_from = at;
            }
            None => at += 1,
        }
    }
    if plain_from < text.len() {
        pieces.push(Piece::Text(&text[plain_from..]));
    }
    pieces
}

/// How long the address is that begins at this byte, if one does.
fn link_length(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // In the middle of a word nothing begins: `xhttp://` is no address.
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let rest = &bytes[at..];
    let scheme = SCHEMES.iter().find(|scheme| {
        rest.len() > scheme.len() && rest[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
    })?;
    // Anything but plain ASCII ends the address: text in other scripts often follows without a space, and letters
    // that only look like ASCII should not hide in a link.
    let mut end = rest.iter().position(|byte| !is_address(*byte)).unwrap_or(rest.len());
    // What ends the sentence does not belong to the address; a bracket does if it was opened inside.
    while let Some(last) = rest[..end].last() {
        let opened = |open: u8, close: u8| {
            let count = |which: u8| rest[..end].iter().filter(|byte| **byte == which).count();
            count(open) >= count(close)
        };
        let belongs = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' => false,
            b')' => opened(b'(', b')'),
            b']' => opened(b'[', b']'),
            _ => true,
        };
        if belongs {
            break;
        }
        end -= 1;
    }
    let first = rest.get(scheme.len()).copied()?;
    (end > scheme.len() && (first.is_ascii_alphanumeric() || first == b'[')).then_some(end)
}

fn is_address(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^')
}

#[cfg(test)]
mod tests {
    use super::Piece::{Link, Text};
    use super::pieces;

    #[test]
    fn addresses_become_links() {
        assert_eq!(
            pieces("see https://a.example/x?y=1#z."),
            [Text("see "), Link("https://a.example/x?y=1#z"), Text(".")]
        );
        assert_eq!(
            pieces("(http://a.example/b_(c))"),
            [Text("("), Link("http://a.example/b_(c)"), Text(")")]
        );
        assert_eq!(pieces("MAILTO:me@a.example"), [Link("MAILTO:me@a.example")]);
        assert_eq!(
            pieces("请看https://a.example/路。"),
            [Text("请看"), Link("https://a.example/"), Text("路。")]
        );
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            "",
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:///",
            "xhttp://a.example",
            "ftp://a.example",
            "vbscript:x",
            "\u{202e}https",
            "<img src=x onerror=alert(1)>",
        ] {
            assert!(pieces(text).iter().all(|piece| matches!(piece, Text(_))), "{text}");
        }
    }

    #[test]
    fn nothing_is_lost() {
        for text in [
            "a https://b.example, c",
            "https://a.example\nhttps://b.example",
            "“https://a.example”",
            "é:http://é",
        ] {
            let whole: String = pieces(text)
                .iter()
                .map(|piece| match piece {
                    Text(part) | Link(part) => *part,
                })
                .collect();
            assert_eq!(whole, text);
        }
    }
}
