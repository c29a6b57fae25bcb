//! Snippets in the composer: where one is asked for, which are meant, and what is written in its place. Pure.

use std::rc::Rc;

use deskbell_shared::model::{Situation, SnippetView};

use crate::text::fill;

/// How many are offered at a time.
pub const OFFERED_MAX: usize = 6;

/// A piece of the text that asks for a snippet: where it lies, in bytes, and what was typed behind the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where the sign stands.
    pub from: usize,
    /// Where the caret is.
    pub to: usize,
    /// What was typed between, in lower case.
    pub query: String,
}

/// Whether the word before the caret asks for a snippet: it begins with `/` or `#`. The caret counts in UTF-16, as
/// browsers do.
pub fn asked(text: &str, caret_utf16: usize) -> Option<Asked> {
    let to = byte_at(text, caret_utf16);
    let before = &text[..to];
    let from = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let query = before[from..].strip_prefix(['/', '#', '／', '＃'])?;
    // An address or a fraction is no question.
    let is_plain = query.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    is_plain.then(|| Asked { from, to, query: query.to_lowercase() })
}

/// The snippets meant, the best first: by the beginning of the shortcut, by a part of it, by the first letters of its
/// Chinese words, by letters of it in order, by a part of the text or the word for a situation. Of several, those that are used
/// most come first. `word_of` is what a situation is called.
pub fn meant(
    snippets: &Rc<Vec<SnippetView>>,
    query: &str,
    word_of: impl Fn(Situation) -> String,
) -> Vec<SnippetView> {
    let rank = |snippet: &SnippetView| {
        let shortcut = snippet.shortcut.as_str();
        let is_asked_for = |situation| word_of(situation).to_lowercase().starts_with(query);
        let ways = [
            shortcut.starts_with(query),
            shortcut.contains(query),
            snippet
                .initials
                .split(' ')
                .any(|run| run.starts_with(query) || query.len() > 1 && run.contains(query)),
            has_letters(shortcut, query),
            snippet.text.to_lowercase().contains(query) || snippet.situation.is_some_and(is_asked_for),
        ];
        ways.iter().position(|is_meant| *is_meant)
    };
    let mut found: Vec<(usize, &SnippetView)> =
        snippets.iter().filter_map(|snippet| Some((rank(snippet)?, snippet))).collect();
    found.sort_by_key(|(rank, snippet)| (*rank, std::cmp::Reverse(snippet.used)));
    found.into_iter().take(OFFERED_MAX).map(|(_, snippet)| snippet.clone()).collect()
}

/// The text with a snippet in place of what asked for it, and where the caret is then, in UTF-16.
pub fn put(text: &str, asked: &Asked, filled: &str) -> (String, u32) {
    // The text may have changed since it was looked at.
    let (Some(before), Some(after)) = (text.get(..asked.from), text.get(asked.to..)) else {
        return (text.to_owned(), text.encode_utf16().count() as u32);
    };
    let caret = before.encode_utf16().count() + filled.encode_utf16().count();
    ([before, filled, after].concat(), caret as u32)
}

/// A snippet as it is written: three names are filled in, and anything else stays as it is, whatever it looks like.
pub fn filled(text: &str, visitor: &str, agent: &str, site: &str) -> String {
    fill(text, &[("visitor", visitor), ("agent", agent), ("site", site)])
}

fn has_letters(shortcut: &str, query: &str) -> bool {
    let mut rest = shortcut.chars();
    query.chars().all(|wanted| rest.any(|c| c == wanted))
}

fn byte_at(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= utf16 {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::SnippetId;

    fn snippets() -> Rc<Vec<SnippetView>> {
        let all = [
            ("hours", "We are here from 9 to 5.", "", None, 1),
            ("ship", "It takes two hours.", "", None, 7),
            ("refund-eu", "Of course.", "", Some(Situation::Upset), 0),
            ("发货", "一天内发出", "fh ytnfc", None, 9),
        ];
        type One = (&'static str, &'static str, &'static str, Option<Situation>, u32);
        let view = |(id, (shortcut, text, initials, situation, used)): (u128, One)| SnippetView {
            id: SnippetId(id),
            shortcut: shortcut.to_owned(),
            text: text.to_owned(),
            is_shared: true,
            situation,
            initials: initials.to_owned(),
            used,
        };
        Rc::new((1..).zip(all).map(view).collect())
    }

    fn shortcuts(query: &str) -> Vec<String> {
        let word_of = |situation: Situation| situation.text().to_owned();
        meant(&snippets(), query, word_of).into_iter().map(|snippet| snippet.shortcut).collect()
    }

    #[test]
    fn a_word_that_begins_with_a_sign_asks() {
        let query = |text: &str| asked(text, text.encode_utf16().count()).map(|asked| asked.query);
        assert_eq!(query("/"), Some(String::new()));
        assert_eq!(query("Hello #Ho").as_deref(), Some("ho"));
        assert_eq!(query("你好　／发货").as_deref(), Some("发货"));
        for none in ["", "no", "1/2", "a /b c", "https://x.example/a", "/usr/bin", "#1.5"] {
            assert_eq!(query(none), None, "{none}");
        }
        assert_eq!(asked("🦀 /ho and more", 6).map(|asked| (asked.from, asked.to)), Some((5, 8)));
    }

    #[test]
    fn the_beginning_counts_more_than_a_part_and_letters_more_than_the_text() {
        assert_eq!(shortcuts("h"), ["hours", "ship"]);
        assert_eq!(shortcuts("hours"), ["hours", "ship"]);
        assert_eq!(shortcuts("rfeu"), ["refund-eu"]);
        assert_eq!(shortcuts("zz"), Vec::<String>::new());
        assert_eq!(
            shortcuts(""),
            ["发货", "ship", "hours", "refund-eu"],
            "those that are used most come first"
        );
    }

    #[test]
    fn chinese_is_found_by_first_letters_and_a_situation_by_its_word() {
        assert_eq!(shortcuts("fh"), ["发货"]);
        assert_eq!(shortcuts("nfc"), ["发货"]);
        assert_eq!(shortcuts("upset"), ["refund-eu"]);
    }

    #[test]
    fn it_is_put_where_it_was_asked_for() {
        let asked = asked("🦀 /ho!", 6).expect("a question");
        assert_eq!(put("🦀 /ho!", &asked, "9 to 5"), ("🦀 9 to 5!".to_owned(), 9));
        assert_eq!(put("", &asked, "x"), (String::new(), 0));
    }

    /// S28: what looks like a template of something else is a text.
    #[test]
    fn only_the_three_names_are_filled_in() {
        let text = "Hi {visitor}, {{7*7}} ${1+1} {unknown} {site} { {agent}";
        assert_eq!(filled(text, "{agent}", "Ada", "Shop"), "Hi {agent}, {{7*7}} ${1+1} {unknown} Shop { Ada");
    }
}
