//! A conversation as a text that people keep: what the visitor may read of it, whoever asks. Notes are never in it.

mod words;

use std::fmt::Write as _;

use deskbell_shared::model::time::civil_date;
use deskbell_shared::model::{Audience, Author, ConversationId, Edits, Entry, EntryBody, Seq, UnixMillis};

use super::Application;
use super::denial::Denial;
use crate::language::Language;
use crate::store::Scope;
use crate::store::conversations::Span;
use words::WORDS;

/// Rows in one transcript; of a longer one these are the first, and the text says so.
pub const TRANSCRIPT_ROWS_MAX: usize = 20_000;

impl Application {
    /// The text of a conversation. Refused: `not_found`.
    pub async fn transcript(
        &self,
        scope: Scope,
        conversation: ConversationId,
        title: &str,
        language: Language,
    ) -> Result<String, Denial> {
        let words = WORDS.of(language);
        let mut text = format!("{title}\n{}\n", words.times);
        // What a message says now may stand far behind it.
        let (mut after, mut rows, mut is_whole) = (Seq(0), Vec::new(), true);
        while is_whole {
            let read = self.store.rows(scope, conversation, Span::After(after)).await?;
            let page = read.ok_or_else(Denial::not_found)?.rows;
            let Some(last) = page.last() else { break };
            after = last.seq;
            rows.extend(page.into_iter().filter(|row| row.body.audience() == Audience::All));
            is_whole = rows.len() <= TRANSCRIPT_ROWS_MAX;
        }
        rows.truncate(TRANSCRIPT_ROWS_MAX);
        let edits = Edits::among(&rows);
        let mut day = String::new();
        for row in &rows {
            put(&mut text, &mut day, row, edits.of(row), language);
        }
        if !is_whole {
            let _ = writeln!(text, "\n{}", words.more);
        }
        Ok(text)
    }
}

fn put(text: &mut String, day: &mut String, row: &Entry, edited: Option<&str>, language: Language) {
    if matches!(row.body, EntryBody::Edited { .. }) {
        return;
    }
    let words = WORDS.of(language);
    let (date, clock) = date_and_clock(row.at);
    if *day != date {
        let _ = writeln!(text, "\n{date}");
        *day = date;
    }
    let who = match &row.author {
        Author::Visitor {} => words.visitor,
        Author::Agent { agent } => &agent.name,
        Author::System {} => "",
    };
    let line = match &row.body {
        EntryBody::Message { text, file, choices, .. } => {
            let mut line = format!("{}:", language.isolated(who));
            let said = edited.unwrap_or(text);
            if !said.is_empty() {
                // Signs that isolate end with their line.
                let lines: Vec<_> = said.split('\n').map(|line| language.isolated(line)).collect();
                let _ = write!(line, " {}", lines.join(&format!("\n{}       ", begin(language))));
            }
            if let Some(file) = file {
                let about = format!("[{} · {} B]", file.name, file.size);
                let _ = write!(line, " {}", language.isolated(&about));
            }
            if edited.is_some() {
                let _ = write!(line, " ({})", words.edited);
            }
            for choice in choices.iter().flatten() {
                let _ = write!(line, "\n{}       - {}", begin(language), language.isolated(choice.trim()));
            }
            line
        }
        EntryBody::Assigned { to, .. } => words.joined.replace("{name}", &language.isolated(&to.name)),
        EntryBody::Resolved { .. } => words.resolved.to_owned(),
        EntryBody::Reopened { .. } => words.reopened.to_owned(),
        EntryBody::Requeued { .. } => words.requeued.to_owned(),
        EntryBody::Moved { name, .. } => words.moved.replace("{name}", &language.isolated(name)),
        EntryBody::Erased { cmid: None, .. } => return,
        EntryBody::Erased { withdrawn: Some(true), .. } => words.withdrawn.to_owned(),
        EntryBody::Erased { .. } => words.erased.to_owned(),
        EntryBody::Rated { score, comment } => {
            let said =
                comment.as_deref().map_or_else(String::new, |said| format!(": {}", language.isolated(said)));
            format!("{} {score}/5{said}", words.rated)
        }
        EntryBody::AddressLeft { address } => format!("{} {}", words.address, language.isolated(address)),
        EntryBody::Note { .. }
        | EntryBody::Edited { .. }
        | EntryBody::Snoozed { .. }
        | EntryBody::Woken {}
        | EntryBody::Filed { .. }
        | EntryBody::Mailed { .. } => return,
    };
    let _ = writeln!(text, "{}{clock}  {line}", begin(language));
}

/// What begins a line of ours: one from right to left runs so whatever its first letter is (Unicode, UAX #9: RLM).
fn begin(language: Language) -> &'static str {
    if language.dir() == "rtl" { "\u{200f}" } else { "" }
}

/// The day and the time of day of an instant, in UTC.
fn date_and_clock(at: UnixMillis) -> (String, String) {
    let seconds = at.0.div_euclid(1000);
    let rest = seconds.rem_euclid(86_400);
    let (year, month, day) = civil_date(seconds.div_euclid(86_400));
    (format!("{year:04}-{month:02}-{day:02}"), format!("{:02}:{:02}", rest / 3600, rest / 60 % 60))
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{AgentId, AgentView, Cmid};

    use super::*;

    #[test]
    fn lines_run_as_their_language_does() {
        let written = |language: Language, name: &str, said: &str| {
            let agent = AgentView { id: AgentId(1), name: name.into(), picture: None };
            let (author, body) = (Author::Agent { agent }, EntryBody::message(Cmid(1), said));
            let mut text = String::new();
            let row = Entry { seq: Seq(1), at: UnixMillis(0), author, body };
            put(&mut text, &mut "1970-01-01".to_owned(), &row, None, language);
            text
        };
        assert_eq!(written(Language::English, "Amy", "One.\nTwo."), "00:00  Amy: One.\n       Two.\n");
        assert_eq!(
            written(Language::English, "Amy", "One.\nنعم."),
            "00:00  Amy: One.\n       \u{2068}نعم.\u{2069}\n"
        );
        let lines =
            "\u{200f}00:00  \u{2068}Amy\u{2069}: \u{2068}نعم.\u{2069}\n\u{200f}       \u{2068}Two.\u{2069}\n";
        assert_eq!(written(Language::Arabic, "Amy", "نعم.\nTwo."), lines);
    }

    #[test]
    fn what_could_be_pressed_stands_under_its_message() {
        let agent = AgentView { id: AgentId(1), name: "Amy".into(), picture: None };
        let choices = Some(vec!["Green tea".into(), "شاي".into()]);
        let body = EntryBody::Message { cmid: Cmid(1), text: "Which?".into(), file: None, choices };
        let row = Entry { seq: Seq(1), at: UnixMillis(0), author: Author::Agent { agent }, body };
        let mut text = String::new();
        put(&mut text, &mut "1970-01-01".to_owned(), &row, Some("Which one?"), Language::English);
        let wanted = "00:00  Amy: Which one? (edited)\n       - Green tea\n       - \u{2068}شاي\u{2069}\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let of = |seconds: i64| date_and_clock(UnixMillis(seconds * 1000));
        assert_eq!(of(0), ("1970-01-01".into(), "00:00".into()));
        assert_eq!(of(951_827_640), ("2000-02-29".into(), "12:34".into()));
        assert_eq!(of(1_798_761_599), ("2026-12-31".into(), "23:59".into()));
        assert_eq!(of(-1), ("1969-12-31".into(), "23:59".into()));
    }
}
