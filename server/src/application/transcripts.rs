//! A conversation as a text that people keep: what the visitor may read of it, whoever asks. Notes are never in it.

mod words;

use std::fmt::Write as _;

use deskbell_shared::model::time::civil_date;
use deskbell_shared::model::{Audience, Author, ConversationId, Entry, EntryBody, Seq, UnixMillis};

use super::Application;
use super::denial::Denial;
use crate::language::Language;
use crate::store::Scope;
use crate::store::conversations::Span;
use words::{WORDS, Words};

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
        let (mut after, mut count, mut day) = (Seq(0), 0, String::new());
        loop {
            let read = self.store.rows(scope, conversation, Span::After(after)).await?;
            let rows = read.ok_or_else(Denial::not_found)?.rows;
            let Some(last) = rows.last() else { return Ok(text) };
            after = last.seq;
            for row in rows.iter().filter(|row| row.body.audience() == Audience::All) {
                if count == TRANSCRIPT_ROWS_MAX {
                    let _ = writeln!(text, "\n{}", words.more);
                    return Ok(text);
                }
                count += 1;
                put(&mut text, &mut day, row, words);
            }
        }
    }
}

fn put(text: &mut String, day: &mut String, row: &Entry, words: &Words) {
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
        EntryBody::Message { text: said, file, .. } => {
            let mut line = format!("{who}:");
            if !said.is_empty() {
                let _ = write!(line, " {}", said.replace('\n', "\n       "));
            }
            if let Some(file) = file {
                let _ = write!(line, " [{} · {} B]", file.name, file.size);
            }
            line
        }
        EntryBody::Assigned { to, .. } => words.joined.replace("{name}", &to.name),
        EntryBody::Resolved { .. } => words.resolved.to_owned(),
        EntryBody::Reopened { .. } => words.reopened.to_owned(),
        EntryBody::Requeued { .. } => words.requeued.to_owned(),
        EntryBody::Moved { name, .. } => words.moved.replace("{name}", name),
        EntryBody::Erased { cmid: None } => return,
        EntryBody::Erased { .. } => words.erased.to_owned(),
        EntryBody::Rated { score, comment } => {
            let said = comment.as_deref().map_or_else(String::new, |said| format!(": {said}"));
            format!("{} {score}/5{said}", words.rated)
        }
        EntryBody::AddressLeft { address } => format!("{} {address}", words.address),
        EntryBody::Note { .. }
        | EntryBody::Snoozed { .. }
        | EntryBody::Woken {}
        | EntryBody::Mailed { .. } => return,
    };
    let _ = writeln!(text, "{clock}  {line}");
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
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let of = |seconds: i64| date_and_clock(UnixMillis(seconds * 1000));
        assert_eq!(of(0), ("1970-01-01".into(), "00:00".into()));
        assert_eq!(of(951_827_640), ("2000-02-29".into(), "12:34".into()));
        assert_eq!(of(1_798_761_599), ("2026-12-31".into(), "23:59".into()));
        assert_eq!(of(-1), ("1969-12-31".into(), "23:59".into()));
    }
}
