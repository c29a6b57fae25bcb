//! The words on the screens, looked up by key in the locale files that were loaded, and how dates and numbers
//! are written. Pure but for what was installed; choosing and fetching is the business of `services::locale`.

use std::cell::{Cell, RefCell};

use deskbell_shared::model::UnixMillis;

/// How people who read the language write. The browser knows.
#[derive(Clone, Copy)]
pub struct Habits {
    /// The time of day of an instant, where one is.
    pub time: fn(UnixMillis) -> String,
    /// The weekday and time of day of an instant in a time zone of this name; empty for one that is not known.
    pub time_in: fn(UnixMillis, &str) -> String,
    /// A day, counted from 1970, with its year or without.
    pub date: fn(i64, bool) -> String,
    /// A language by its tag, in words; the tag where the browser has none.
    pub language: fn(&str) -> String,
    /// A number of things.
    pub number: fn(usize) -> String,
}

thread_local! {
    static WORDS: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
    // Where nothing is installed (tests without a browser), quantities stand as they are.
    static HABITS: Cell<Habits> = const {
        Cell::new(Habits {
            time: |at| at.0.to_string(),
            time_in: |at, _| at.0.to_string(),
            date: |day, _| day.to_string(),
            language: str::to_owned,
            number: |n| n.to_string(),
        })
    };
}

/// How dates and numbers are written.
pub fn habits() -> Habits {
    HABITS.with(Cell::get)
}

/// Takes on the habits of a language.
pub fn adopt(habits: Habits) {
    HABITS.with(|place| place.set(habits));
}

/// Takes words beside those that are known: keys and texts in any order.
pub fn learn(words: Vec<(String, String)>) {
    WORDS.with(|table| {
        let mut table = table.borrow_mut();
        // One by one into their places: a sort of its own would cost more bytes than this costs time.
        for pair in words {
            let at = table.partition_point(|other| other.0 < pair.0);
            table.insert(at, pair);
        }
    });
}

/// The text of a key, where there is one.
pub fn find(key: &str) -> Option<String> {
    WORDS.with(|table| {
        let table = table.borrow();
        table.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok().map(|at| table[at].1.clone())
    })
}

/// The text of a key. A key without a text shows itself, so that nobody sees an empty button.
pub fn t(key: &str) -> String {
    find(key).unwrap_or_else(|| key.to_owned())
}

/// The text of a key with its `{names}` filled in.
pub fn tn(key: &str, values: &[(&str, &str)]) -> String {
    fill(&t(key), values)
}

/// The text for a number of things: `key.one` for 1, where the language has that form, and `key` for any other, with `{n}`
/// filled in.
pub fn count(key: &str, n: usize) -> String {
    let number = (habits().number)(n);
    if n == 1 {
        let mut one = key.to_owned();
        one.push_str(".one");
        if let Some(text) = find(&one) {
            return fill(&text, &[("n", &number)]);
        }
    }
    tn(key, &[("n", &number)])
}

/// Each `{name}` replaced once, from left to right; what is put in is never read again. What is none of the names stays as
/// it is, because people write such texts, too. A name in letters that run from right to left is isolated (Unicode, UAX #9):
/// it must not turn the words around it.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = values.iter().find_map(|(name, value)| {
            let after = after.strip_prefix(name)?.strip_prefix('}')?;
            Some((value, after))
        });
        match known {
            Some((value, after)) => {
                if value.contains(runs_from_the_right) {
                    out.push('\u{2068}');
                    out.push_str(value);
                    out.push('\u{2069}');
                } else {
                    out.push_str(value);
                }
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Hebrew, Arabic and what stands between and beside them.
fn runs_from_the_right(letter: char) -> bool {
    ('\u{590}'..'\u{900}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_values_are_not_read_again() {
        assert_eq!(fill("{who} wrote {what}", &[("who", "{what}"), ("what", "x")]), "{what} wrote x");
        assert_eq!(fill("open { only", &[]), "open { only");
        assert_eq!(fill("{nobody} {who}", &[("who", "Mia")]), "{nobody} Mia");
        assert_eq!(fill("{who}: {n}", &[("who", "أمينة"), ("n", "3")]), "\u{2068}أمينة\u{2069}: 3");
    }

    #[test]
    fn one_and_many() {
        learn(
            [("n", "{n} people"), ("n.one", "1 person")]
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .to_vec(),
        );
        assert_eq!((count("n", 1), count("n", 3)), ("1 person".to_owned(), "3 people".to_owned()));
        assert_eq!(t("missing"), "missing");
    }
}
