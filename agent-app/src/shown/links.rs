//! Finds web addresses in a text. Only `http` and `https` become links; everything else stays text.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Text(&'a str),
    /// An address, which is also its words.
    Link(&'a str),
}

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The pieces of a text, in order; together they are the text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((at, scheme)) = next(rest) {
        let (before, from) = rest.split_at(at);
        let end = from
            .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
            .unwrap_or(from.len());
        let link = trimmed(&from[..end]);
        if link.len() == scheme.len() {
            let (kept, after) = rest.split_at(at + scheme.len());
            out.push(Piece::Text(kept));
            rest = after;
            continue;
        }
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        out.push(Piece::Link(link));
        rest = &from[link.len()..];
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

fn next(text: &str) -> Option<(usize, &'static str)> {
    SCHEMES.iter().filter_map(|scheme| text.find(scheme).map(|at| (at, *scheme))).min_by_key(|(at, _)| *at)
}

/// Without the marks that end a sentence rather than an address.
fn trimmed(link: &str) -> &str {
    let mut link = link;
    loop {
        let shorter =
            link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '。', '，', '！', '？', '）']);
        let shorter = match shorter.strip_suffix(')') {
            Some(open) if open.matches('(').count() <= open.matches(')').count() => open,
            _ => shorter,
        };
        if shorter.len() == link.len() {
            return link;
        }
        link = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::{Link, Text};
    use super::*;

    #[test]
    fn addresses_end_where_people_end_them() {
        assert_eq!(
            pieces("see https://a.example/x(1). And (http://b.example)!"),
            [
                Text("see "),
                Link("https://a.example/x(1)"),
                Text(". And ("),
                Link("http://b.example"),
                Text(")!")
            ]
        );
        assert_eq!(pieces("javascript:alert(1) https://"), [Text("javascript:alert(1) https://")]);
        assert_eq!(pieces(""), []);
    }
}
