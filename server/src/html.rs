//! Text made safe for the places it is put: HTML, attributes, and scripts. Nothing here builds pages.

/// For text and for attributes in double or single quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// JSON as a JavaScript expression, wherever the script stands: no `<` that could end an element, and no line
/// separator that older engines take for the end of a line.
pub fn in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            '\u{7f}' => out.push_str("\\u007f"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use deskbell_shared::codec::{Json, Wire};

    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let name = "</script><img onerror='x'>\u{2028}\"&{{x}}";
        assert_eq!(escaped("<a b='c' d=\"e\">&"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
        let json = name.to_owned().to_text();
        let script = in_script(&json);
        assert!(!script.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{script}");
        assert_eq!(deskbell_shared::codec::parse(&script).unwrap(), Json::Text(name.into()));
    }
}
