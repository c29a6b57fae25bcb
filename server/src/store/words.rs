//! Pure: how a text is cut into words that can be searched, what was asked for, and where in a text it stands. The
//! same for every store.
//!
//! - Latin and other words that have spaces between them: in lower case and without accents, so that `cafe` finds
//!   `Café`. Digits are words too; width does not count.
//! - Chinese, Japanese and Korean have none: every two characters that stand side by side are a word, and the last
//!   character of a run is one by itself. So a word of two characters is one of ours, a longer one is several of them in a
//!   row, and a single character is the beginning of one. Nothing is guessed, and no dictionary grows old.
//!
//! Not done: traditional and simplified characters are different ones, words keep their endings, and Thai and its
//! like are found by what stands between spaces. What is stored is cut like this: another cut needs a migration.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count.
const WORD_CHARS_MAX: usize = 64;
/// Characters of what is asked for.
pub const ASKED_CHARS_MAX: usize = 200;
/// Pieces of what is asked for.
pub const PHRASES_MAX: usize = 16;
/// A Latin word this long may be the beginning of another one, where it is the last that was asked for.
const PREFIX_CHARS_MIN: usize = 3;
/// Characters before the first hit in an excerpt.
const BEFORE_CHARS: usize = 36;
/// Characters of an excerpt.
const EXCERPT_CHARS: usize = 180;

/// A word of a text, and the bytes of the text that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is searched.
    pub text: String,
    from: usize,
    to: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Between spaces or signs.
    Whole,
    /// Two characters of a run; the first one ends here.
    Pair(usize),
    /// The last character of a run, which had more.
    Last,
    /// The only character of a run.
    Alone,
}

/// Cuts a text.
pub fn words(text: &str) -> Vec<Word> {
    let mut cut = Cut::default();
    for (at, c) in text.char_indices() {
        let to = at + c.len_utf8();
        match run_char(c) {
            Some(c) => cut.run(c, at, to),
            None => cut.letter(c, at, to),
        }
    }
    cut.end_word();
    cut.end_run();
    cut.words
}

/// The words of a text with spaces between them, as they go into an index.
pub fn indexed(text: &str) -> String {
    let mut all = String::with_capacity(text.len() * 2);
    for word in words(&composed(text)) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&word.text);
    }
    all
}

/// Letters and their marks as one character, where there is one.
fn composed(text: &str) -> String {
    text.nfc().collect()
}

#[derive(Default)]
struct Cut {
    words: Vec<Word>,
    word: String,
    chars: usize,
    word_from: usize,
    word_to: usize,
    last: Option<(char, usize, usize)>,
    is_long: bool,
}

impl Cut {
    fn letter(&mut self, c: char, from: usize, to: usize) {
        if is_combining_mark(c) {
            return; // of the letter before it
        }
        self.end_run();
        if !c.is_alphanumeric() {
            return self.end_word();
        }
        if self.word.is_empty() {
            self.word_from = from;
        }
        let letters =
            std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
        // `İ` in lower case is a letter with a mark.
        for c in letters.filter(|c| c.is_alphanumeric()) {
            if self.chars < WORD_CHARS_MAX {
                self.word.push(c);
                self.chars += 1;
            }
        }
        self.word_to = to;
    }

    fn run(&mut self, c: char, from: usize, to: usize) {
        self.end_word();
        if let Some((before, start, middle)) = self.last {
            let text = [before, c].iter().collect();
            self.words.push(Word { text, from: start, to, kind: Kind::Pair(middle) });
            self.is_long = true;
        }
        self.last = Some((c, from, to));
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            let text = std::mem::take(&mut self.word);
            self.words.push(Word { text, from: self.word_from, to: self.word_to, kind: Kind::Whole });
            self.chars = 0;
        }
    }

    fn end_run(&mut self) {
        if let Some((c, from, to)) = self.last.take() {
            let kind = if std::mem::take(&mut self.is_long) { Kind::Last } else { Kind::Alone };
            self.words.push(Word { text: c.into(), from, to, kind });
        }
    }
}

/// The character of a language that writes without spaces, in its usual width.
fn run_char(c: char) -> Option<char> {
    let c = match c {
        '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}' | '\u{ff66}'..='\u{ff9f}' => {
            std::iter::once(c).nfkc().next().unwrap_or(c)
        }
        c => c,
    };
    let is_one = matches!(c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '々' | '〇'
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{31f0}'..='\u{31ff}'
        | '\u{3105}'..='\u{312f}' | '\u{ac00}'..='\u{d7a3}');
    is_one.then_some(c)
}

/// What was asked for: pieces that all have to be there, wherever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    phrases: Vec<Phrase>,
}

/// Words that stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// Whether the last one may be the beginning of a word.
    is_open: bool,
}

/// Why something cannot be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There is no word in it.
    Empty,
    /// It is longer than `ASKED_CHARS_MAX`, or has more than `PHRASES_MAX` pieces.
    TooLong,
}

impl Query {
    /// Reads what somebody typed.
    pub fn read(text: &str) -> Result<Query, Unfit> {
        let text = composed(text.trim());
        if text.chars().count() > ASKED_CHARS_MAX {
            return Err(Unfit::TooLong);
        }
        let mut phrases = Vec::new();
        let mut pieces = text.split_whitespace().peekable();
        while let Some(piece) = pieces.next() {
            let phrase = Phrase::of(piece, pieces.peek().is_none());
            if let Some(phrase) = phrase.filter(|phrase| !phrases.contains(phrase)) {
                phrases.push(phrase);
            }
        }
        match phrases.len() {
            0 => Err(Unfit::Empty),
            PHRASES_MAX.. => Err(Unfit::TooLong),
            _ => Ok(Query { phrases }),
        }
    }

    /// The same for an index of SQLite (FTS5). There is nothing in it but words of ours, which are letters and digits.
    pub fn for_index(&self) -> String {
        let mut all = String::new();
        for phrase in &self.phrases {
            if !all.is_empty() {
                all.push_str(" AND ");
            }
            all.push('"');
            all.push_str(&phrase.words.join(" "));
            all.push_str(if phrase.is_open { "\" *" } else { "\"" });
        }
        all
    }

    /// Whether every piece is in one of these texts or another.
    pub fn is_in(&self, texts: &[&str]) -> bool {
        let texts: Vec<Vec<Word>> = texts.iter().map(|text| words(&composed(text))).collect();
        self.phrases.iter().all(|phrase| texts.iter().any(|text| phrase.places(text).next().is_some()))
    }

    /// The part of a text around the first piece that is in it, cut up so that what was asked for can be marked.
    pub fn excerpt(&self, text: &str) -> Vec<(String, bool)> {
        let text = composed(text);
        let cut = words(&text);
        let mut hits: Vec<(usize, usize)> =
            self.phrases.iter().flat_map(|phrase| phrase.places(&cut)).collect();
        hits.sort_unstable();
        let first = hits.first().map_or(0, |hit| hit.0);
        let from = text[..first].char_indices().rev().take(BEFORE_CHARS).last().map_or(first, |(at, _)| at);
        let to = text[from..].char_indices().nth(EXCERPT_CHARS).map_or(text.len(), |(at, _)| from + at);
        // Not in the middle of a word, where there is a space near.
        let from = match text[from..first].find(char::is_whitespace) {
            Some(space) if from > 0 => {
                from + space + text[from + space..].chars().next().map_or(0, char::len_utf8)
            }
            _ => from,
        };
        let mut pieces = Pieces::default();
        if from > 0 {
            pieces.add("…", false);
        }
        let mut at = from;
        for (begin, end) in hits {
            let (begin, end) = (begin.clamp(at, to), end.clamp(at, to));
            pieces.add(&text[at..begin], false);
            pieces.add(&text[begin..end], true);
            at = end;
        }
        pieces.add(&text[at..to], false);
        if to < text.len() {
            pieces.add("…", false);
        }
        pieces.0
    }
}

/// Parts of a line, each as long as it can be.
#[derive(Default)]
struct Pieces(Vec<(String, bool)>);

impl Pieces {
    fn add(&mut self, text: &str, is_hit: bool) {
        if text.is_empty() {
            return;
        }
        // A line is shown: no line ends in it.
        let line = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c });
        match self.0.last_mut() {
            Some((last, of)) if *of == is_hit => last.extend(line),
            _ => self.0.push((line.collect(), is_hit)),
        }
    }
}

impl Phrase {
    fn of(piece: &str, is_last: bool) -> Option<Phrase> {
        let mut cut = words(piece);
        // What follows the last pair of a run is not known.
        if cut.last().is_some_and(|word| word.kind == Kind::Last) {
            cut.pop();
        }
        let is_open = match cut.last()? {
            Word { kind: Kind::Alone, .. } => true,
            Word { kind: Kind::Whole, text, .. } => is_last && text.chars().count() >= PREFIX_CHARS_MIN,
            _ => false,
        };
        Some(Phrase { words: cut.into_iter().map(|word| word.text).collect(), is_open })
    }

    /// Where it stands in a text.
    fn places<'a>(&'a self, text: &'a [Word]) -> impl Iterator<Item = (usize, usize)> + 'a {
        text.windows(self.words.len()).filter_map(move |window| {
            let (last, before) = window.split_last()?;
            let (asked, asked_before) = self.words.split_last()?;
            let is_same = before.iter().zip(asked_before).all(|(word, asked)| word.text == *asked);
            let is_end = last.text == *asked || (self.is_open && last.text.starts_with(asked.as_str()));
            let to = match last.kind {
                Kind::Pair(middle) if last.text != *asked => middle,
                _ => last.to,
            };
            (is_same && is_end).then_some((window[0].from, to))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(asked: &str, text: &str) -> bool {
        Query::read(asked).unwrap().is_in(&[text])
    }

    fn marked(asked: &str, text: &str) -> String {
        let pieces = Query::read(asked).unwrap().excerpt(text);
        pieces.iter().map(|(text, is_hit)| if *is_hit { format!("[{text}]") } else { text.clone() }).collect()
    }

    /// What is stored is cut so: another cut would leave words behind that nothing takes out.
    #[test]
    fn it_never_changes() {
        assert_eq!(indexed("Café nº5, l'été!"), "cafe no5 l ete");
        assert_eq!(indexed("退款什么时候到账？"), "退款 款什 什么 么时 时候 候到 到账 账");
        assert_eq!(indexed("iPhone手机 3月5日"), "iphone 手机 机 3 月 5 日");
        assert_eq!(indexed("ＡＢＣ１２　ｶﾀｶﾅ"), "abc12 カタ タカ カナ ナ");
        assert_eq!(indexed("배송 조회"), "배송 송 조회 회");
        assert_eq!(indexed("e\u{301}t\u{e9} ﬁn ẞ İ"), "ete fin ß i");
        assert_eq!(indexed("anna@shop.example"), "anna shop example");
        assert_eq!(indexed("…!? 🙂"), "");
        assert_eq!(indexed(&"x".repeat(100)), "x".repeat(64));
        assert_eq!(indexed("Привет, Ёлка"), "привет елка");
    }

    #[test]
    fn chinese_words_of_any_length_are_found() {
        let text = "请问退款什么时候到账";
        for asked in
            ["退款", "什么时候", "款", "账", "请", "到账", "退款什么时候到账", "退款 到账", "账 请问"]
        {
            assert!(is_found(asked, text), "{asked}");
        }
        for asked in ["款退", "退到", "什么到账", "賬", "退款吗"] {
            assert!(!is_found(asked, text), "{asked}");
        }
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        let text = "The Café ships order 4711-B to Zoë";
        for asked in ["cafe", "CAFÉ", "zoe", "order 4711", "4711-b", "ships cafe", "ord", "Zoë"] {
            assert!(is_found(asked, text), "{asked}");
        }
        // Only the last one may be a beginning, and two letters are too few for one.
        for asked in ["ord cafe", "or", "hips", "4711-c", "the shop"] {
            assert!(!is_found(asked, text), "{asked}");
        }
    }

    #[test]
    fn both_may_stand_together() {
        let text = "我的iPhone手机壳坏了，3月5日买的";
        for asked in ["iphone手机", "iPhone 手机壳", "手机壳", "3月5日", "3月", "的iphone", "IPHO"]
        {
            assert!(is_found(asked, text), "{asked}");
        }
        assert!(!is_found("手机iphone", text));
    }

    #[test]
    fn what_cannot_be_searched_is_said() {
        assert_eq!(Query::read("  ,.!  "), Err(Unfit::Empty));
        assert_eq!(Query::read(&"字".repeat(201)), Err(Unfit::TooLong));
        assert_eq!(Query::read("a b c d e f g h i j k l m n o p q"), Err(Unfit::TooLong));
        assert!(Query::read(&"字".repeat(200)).is_ok());
    }

    #[test]
    fn an_index_is_asked_with_nothing_but_words() {
        let asked = |text| Query::read(text).unwrap().for_index();
        assert_eq!(asked("退款什么 order"), "\"退款 款什 什么\" AND \"order\" *");
        assert_eq!(asked("款"), "\"款\" *");
        assert_eq!(asked("\" OR words:* NEAR(a) --"), "\"or\" AND \"words\" AND \"near a\"");
        assert_eq!(asked("x* ^y {z} -'"), "\"x\" AND \"y\" AND \"z\"");
    }

    #[test]
    fn what_was_asked_for_is_marked_in_place() {
        assert_eq!(marked("退款", "请问退款什么时候到账"), "请问[退款]什么时候到账");
        assert_eq!(marked("款", "退款"), "退[款]");
        assert_eq!(marked("款", "退款吗"), "退[款]吗");
        assert_eq!(marked("cafe zo", "The Café, Zo"), "The [Café], [Zo]");
        assert_eq!(marked("ord", "two\norders"), "two [orders]");
        assert_eq!(marked("什么时候", "什么时候什么"), "[什么时候]什么");
        let long = format!("{} needle {}", "word ".repeat(100), "more ".repeat(100));
        let excerpt = marked("needle", &long);
        assert!(excerpt.starts_with("…word word") && excerpt.contains(" [needle] more "), "{excerpt}");
        assert!(excerpt.ends_with('…') && excerpt.chars().count() < EXCERPT_CHARS + 8, "{excerpt}");
        assert_eq!(marked("nothing", "here"), "here");
    }
}
