//! The lines of a transcript: days, events, messages in groups, and how far each of ours has come.

use std::rc::Rc;

use deskbell_shared::model::{
    AgentId, AgentView, Author, Cmid, Edits, Entry, EntryBody, FileView, Filing, Marks, RequeueReason, Seq,
    UnixMillis,
};
use deskbell_shared::protocol::limits::EDIT_WITHIN;

use crate::format::{Local, day, day_number, moment};
use crate::text::{t, tn};

/// Messages of one author that are this close belong together.
const GROUP_MS: i64 = 5 * 60_000;

/// How far a message of ours has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Written here; it waits for the connection.
    Waiting,
    /// On its way.
    Sending,
    /// The server will not take it.
    Refused,
    /// The server has it.
    Sent,
    /// It is on a device of the visitor.
    Received,
    /// The visitor has had it on screen.
    Read,
}

/// A message of ours that the server has not put into the order yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub cmid: Cmid,
    /// What was written.
    pub text: String,
    /// Whether it is for staff only.
    pub is_note: bool,
    /// What comes with it.
    pub file: Option<FileView>,
    /// Answers to press that come with it.
    pub choices: Vec<String>,
    /// How far it has come.
    pub progress: Progress,
    /// Why the server refused it, in words.
    pub refused: Option<String>,
}

/// A message as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The id of its element.
    pub key: String,
    /// Who wrote it; `None` is the visitor.
    pub agent: Option<AgentView>,
    /// Whether that is me.
    pub mine: bool,
    /// Whether the one before belongs to the same group.
    pub same: bool,
    /// Whether it is the last of its group: the time and the progress stand below it.
    pub last: bool,
    /// The text.
    pub text: String,
    /// Whether it is a note: the visitor never sees it.
    pub is_note: bool,
    /// What comes with it.
    pub file: Option<FileView>,
    /// Answers to press that come with it.
    pub choices: Vec<String>,
    /// When the server received it.
    pub at: Option<UnixMillis>,
    /// How far it has come; `None` for what the visitor wrote.
    pub progress: Option<Progress>,
    /// Set where it was refused.
    pub refused: Option<(Cmid, String)>,
    /// Whether its author has put other words into it.
    pub is_edited: bool,
    /// Set where it is mine and may still be edited or taken back.
    pub change: Option<Cmid>,
}

/// A message or a note of mine that is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editing {
    /// Which.
    pub cmid: Cmid,
    /// What it says.
    pub text: String,
    /// Whether it is a note.
    pub is_note: bool,
    /// Whether it may be without words.
    pub has_file: bool,
}

/// Who I am, and whether I may write to visitors: else what I wrote to them before stays as it is.
pub type Mine = (AgentId, bool);

/// The last of my messages and notes that may be edited, or the one asked for.
pub fn editing(rows: &[Entry], which: Option<Cmid>, me: Mine, now: UnixMillis) -> Option<Editing> {
    let wanted = |row: &&Entry| {
        let cmid = changeable(row, me, now);
        cmid.is_some() && (which.is_none() || cmid == which)
    };
    let row = rows.iter().rev().find(wanted)?;
    let (cmid, text) = row.body.written()?;
    Some(Editing {
        cmid,
        text: Edits::among(rows).of(row).unwrap_or(text).to_owned(),
        is_note: matches!(row.body, EntryBody::Note { .. }),
        has_file: matches!(row.body, EntryBody::Message { file: Some(_), .. }),
    })
}

/// Whether I may still put other words into a row, or take it back.
fn changeable(row: &Entry, (me, answers): Mine, now: UnixMillis) -> Option<Cmid> {
    let (cmid, _) = row.body.written()?;
    let may = answers || matches!(row.body, EntryBody::Note { .. });
    (may && is_me(&row.author, me) && now.since(row.at) < EDIT_WITHIN).then_some(cmid)
}

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Another day begins.
    Day(String, String),
    /// What follows has not been read.
    New,
    /// Something happened.
    Event(String, String, UnixMillis),
    /// Somebody wrote.
    Say(Rc<Say>),
}

impl Line {
    /// The id of its element, unique in its transcript.
    pub fn key(&self) -> &str {
        match self {
            Line::Day(key, _) | Line::Event(key, _, _) => key,
            Line::New => "new",
            Line::Say(say) => &say.key,
        }
    }
}

/// What the lines are made from.
pub struct Source<'a> {
    /// The rows to show, dense.
    pub rows: &'a [Entry],
    /// What was edited, in all rows there are.
    pub edits: &'a Edits<'a>,
    /// What has been written after them.
    pub pending: &'a [Pending],
    /// How far each side is.
    pub marks: Option<&'a Marks>,
    /// Rows after this one are new, if any of the visitor's are.
    pub new_after: Option<Seq>,
    /// Who I am.
    pub me: AgentId,
    /// Whether I may write to visitors.
    pub answers: bool,
    /// The visitor's name.
    pub visitor: &'a str,
    /// The present.
    pub local: Local,
}

/// The lines.
pub fn lines(source: &Source) -> Vec<Line> {
    let mut lines = Vec::with_capacity(source.rows.len() + source.pending.len() + 4);
    let mut today = None;
    let mut is_new_marked = false;
    for row in source.rows {
        // It is shown where the message stands; and what is left of one is not shown at all.
        if let EntryBody::Edited { .. } | EntryBody::Erased { cmid: None, withdrawn: Some(true) } = row.body {
            continue;
        }
        let number = day_number(row.at, source.local);
        if today != Some(number) {
            today = Some(number);
            lines.push(Line::Day(keyed("day-", row.seq), day(row.at, source.local)));
        }
        let from_visitor = matches!(row.author, Author::Visitor {});
        if !is_new_marked && from_visitor && source.new_after.is_some_and(|after| row.seq > after) {
            is_new_marked = true;
            lines.push(Line::New);
        }
        lines.push(line(row, source));
    }
    for pending in source.pending {
        lines.push(Line::Say(Rc::new(waiting(pending))));
    }
    group(&mut lines);
    lines
}

fn line(row: &Entry, source: &Source) -> Line {
    let key = keyed("row-", row.seq);
    let (text, file, is_note, progress) = match &row.body {
        EntryBody::Message { text, file, .. } => {
            let is_ours = !matches!(row.author, Author::Visitor {});
            (text, file.clone(), false, is_ours.then(|| progress(row.seq, source.marks)))
        }
        EntryBody::Note { text, .. } => (text, None, true, Some(Progress::Sent)),
        body => return Line::Event(key, event(&row.author, body, source), row.at),
    };
    let edited = source.edits.of(row);
    Line::Say(Rc::new(Say {
        key,
        mine: is_me(&row.author, source.me),
        agent: agent_of(&row.author).cloned(),
        same: false,
        last: true,
        text: edited.unwrap_or(text).to_owned(),
        is_note,
        file,
        choices: row.body.choices().to_vec(),
        at: Some(row.at),
        progress,
        refused: None,
        is_edited: edited.is_some(),
        change: changeable(row, (source.me, source.answers), source.local.now),
    }))
}

/// What happened, in words.
fn event(author: &Author, body: &EntryBody, source: &Source) -> String {
    let by_me = is_me(author, source.me);
    let who = match author {
        Author::Visitor {} => source.visitor,
        Author::Agent { agent } => &agent.name,
        Author::System {} => "",
    };
    match body {
        EntryBody::Assigned { to, .. } if by_me && to.id == source.me => tn("event.claimed.me", &[]),
        EntryBody::Assigned { to, .. } if agent_of(author).is_some_and(|agent| agent.id == to.id) => {
            tn("event.claimed", &[("who", who)])
        }
        EntryBody::Assigned { to, .. } => tn("event.assigned", &[("to", &to.name)]),
        EntryBody::Resolved { .. } if by_me => tn("event.resolved.me", &[]),
        EntryBody::Resolved { .. } if matches!(author, Author::Visitor {}) => {
            tn("event.ended", &[("who", who)])
        }
        EntryBody::Resolved { .. } => tn("event.resolved", &[("who", who)]),
        EntryBody::Reopened { .. } if by_me => tn("event.taken_up.me", &[]),
        EntryBody::Reopened { .. } if agent_of(author).is_some() => tn("event.taken_up", &[("who", who)]),
        EntryBody::Reopened { .. } => tn("event.reopened", &[]),
        EntryBody::Requeued { from, reason: RequeueReason::AgentLost, .. } => {
            tn("event.requeued.lost", &[("from", &from.name)])
        }
        EntryBody::Requeued { from, .. } => tn("event.requeued", &[("from", &from.name)]),
        EntryBody::Moved { name, .. } if by_me => tn("event.moved.me", &[("to", name)]),
        EntryBody::Moved { name, .. } if matches!(author, Author::System {}) => {
            tn("event.overflow", &[("to", name)])
        }
        EntryBody::Moved { name, .. } => tn("event.moved", &[("who", who), ("to", name)]),
        EntryBody::Snoozed { until } if by_me => {
            tn("event.snoozed.me", &[("until", &moment(*until, source.local))])
        }
        EntryBody::Snoozed { until } => {
            tn("event.snoozed", &[("who", who), ("until", &moment(*until, source.local))])
        }
        EntryBody::Woken {} => tn("event.woken", &[]),
        EntryBody::Filed { what, which } => {
            let which = match (what, which) {
                (Filing::Prioritised, Some(word)) => t(&["priority.", word].concat()),
                (_, Some(name)) => name.clone(),
                (_, None) => t("outcome.none"),
            };
            let who = if by_me { t("event.you") } else { who.to_owned() };
            tn(&["event.", what.text()].concat(), &[("who", &who), ("which", &which)])
        }
        EntryBody::Rated { score, comment } => {
            let said = tn("event.rated", &[("who", who), ("score", &score.to_string())]);
            match comment {
                Some(words) => [said.as_str(), ": ", words].concat(),
                None => said,
            }
        }
        EntryBody::AddressLeft { address } => tn("event.address", &[("who", who), ("address", address)]),
        EntryBody::Mailed { address, failed: Some(true), .. } => {
            tn("event.mail_failed", &[("address", address)])
        }
        EntryBody::Mailed { address, by_hand: true, .. } => {
            tn("event.mailed.by_hand", &[("who", who), ("address", address)])
        }
        EntryBody::Mailed { address, .. } => tn("event.mailed", &[("address", address)]),
        EntryBody::Erased { withdrawn: Some(true), .. } if by_me => tn("event.withdrawn.me", &[]),
        EntryBody::Erased { withdrawn: Some(true), .. } => tn("event.withdrawn", &[("who", who)]),
        EntryBody::Erased { .. } => tn("event.erased", &[]),
        EntryBody::Message { .. } | EntryBody::Note { .. } | EntryBody::Edited { .. } => String::new(),
    }
}

fn waiting(pending: &Pending) -> Say {
    let mut key = "mine-".to_owned();
    key.push_str(&pending.cmid.to_hex());
    Say {
        key,
        agent: None,
        mine: true,
        same: false,
        last: true,
        text: pending.text.clone(),
        is_note: pending.is_note,
        file: pending.file.clone(),
        choices: pending.choices.clone(),
        at: None,
        progress: Some(pending.progress),
        refused: pending.refused.clone().map(|why| (pending.cmid, why)),
        is_edited: false,
        change: None,
    }
}

/// Marks what belongs together, and leaves the time and the progress to the last of each group.
fn group(lines: &mut [Line]) {
    for at in 1..lines.len() {
        let (before, after) = lines.split_at_mut(at);
        let (Some(Line::Say(one)), Some(Line::Say(two))) = (before.last_mut(), after.first_mut()) else {
            continue;
        };
        let same_author = match (one.progress.is_some(), two.progress.is_some()) {
            (false, false) => true,
            (true, true) => one.mine && two.mine || one.agent == two.agent && one.mine == two.mine,
            _ => false,
        };
        let close = match (one.at, two.at) {
            (Some(one), Some(two)) => two.0 - one.0 < GROUP_MS,
            _ => true,
        };
        if same_author && close && one.is_note == two.is_note {
            Rc::make_mut(two).same = true;
            Rc::make_mut(one).last = one.progress != two.progress;
        }
    }
}

fn progress(seq: Seq, marks: Option<&Marks>) -> Progress {
    match marks {
        Some(marks) if seq <= marks.visitor_read => Progress::Read,
        Some(marks) if seq <= marks.visitor_received => Progress::Received,
        _ => Progress::Sent,
    }
}

fn agent_of(author: &Author) -> Option<&AgentView> {
    match author {
        Author::Agent { agent } => Some(agent),
        _ => None,
    }
}

fn is_me(author: &Author, me: AgentId) -> bool {
    agent_of(author).is_some_and(|agent| agent.id == me)
}

fn keyed(start: &str, seq: Seq) -> String {
    let mut key = start.to_owned();
    key.push_str(&seq.0.to_string());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: AgentId = AgentId(7);

    fn row(seq: u64, minute: i64, mine: bool) -> Entry {
        let agent = AgentView { id: ME, name: "Mira".to_owned(), picture: None };
        Entry {
            seq: Seq(seq),
            at: UnixMillis(minute * 60_000),
            author: if mine { Author::Agent { agent } } else { Author::Visitor {} },
            body: EntryBody::message(Cmid(seq.into()), seq.to_string()),
        }
    }

    fn shown(rows: &[Entry], pending: &[Pending], new_after: Option<Seq>) -> Vec<String> {
        let marks = Marks {
            visitor_received: Seq(4),
            visitor_read: Seq(3),
            staff_received: Seq(0),
            staff_read: Seq(0),
        };
        let local = Local { now: UnixMillis(0), ahead_minutes: 0 };
        let edits = Edits::among(rows);
        let marks = Some(&marks);
        let source = Source {
            rows,
            edits: &edits,
            pending,
            marks,
            new_after,
            me: ME,
            answers: true,
            visitor: "V",
            local,
        };
        let word = |line: &Line| match line {
            Line::Day(..) => "day".to_owned(),
            Line::New => "new".to_owned(),
            Line::Event(_, text, _) => text.clone(),
            Line::Say(say) => {
                let progress = say.progress.map_or(String::new(), |progress| format!(" {progress:?}"));
                format!("{}{}{progress}", if say.same { "+" } else { "" }, if say.last { "." } else { "-" })
            }
        };
        lines(&source).iter().map(word).collect()
    }

    #[test]
    fn messages_stand_in_groups_with_the_progress_below_where_it_changes() {
        let rows = [row(1, 0, false), row(2, 1, false), row(3, 2, true), row(4, 3, true), row(5, 4, true)];
        let pending = [Pending {
            cmid: Cmid(9),
            text: "x".to_owned(),
            is_note: false,
            file: None,
            choices: Vec::new(),
            progress: Progress::Waiting,
            refused: None,
        }];
        assert_eq!(
            shown(&rows, &pending, None),
            ["day", "-", "+.", ". Read", "+. Received", "+. Sent", "+. Waiting"]
        );
    }

    #[test]
    fn answers_to_press_stand_with_their_message_from_the_first_moment() {
        let asked = vec!["Green".to_owned(), "Black".to_owned()];
        let mut asking = row(1, 0, true);
        if let EntryBody::Message { choices, .. } = &mut asking.body {
            *choices = Some(asked.clone());
        }
        let rows = [asking, row(2, 1, false)];
        let pending = Pending {
            cmid: Cmid(9),
            text: "x".to_owned(),
            is_note: false,
            file: None,
            choices: asked[..1].to_vec(),
            progress: Progress::Waiting,
            refused: None,
        };
        let edits = Edits::among(&rows);
        let offered = |line: Line| match line {
            Line::Say(say) => Some(say.choices.clone()),
            _ => None,
        };
        let (pending, marks, new_after) = (&[pending][..], None, None);
        let local = Local { now: UnixMillis(0), ahead_minutes: 0 };
        let source = Source {
            rows: &rows,
            edits: &edits,
            pending,
            marks,
            new_after,
            me: ME,
            answers: true,
            visitor: "V",
            local,
        };
        let shown: Vec<_> = lines(&source).into_iter().filter_map(offered).collect();
        assert_eq!(shown, [asked.clone(), vec![], asked[..1].to_vec()]);
    }

    #[test]
    fn what_is_new_begins_at_the_visitors_first_unread_row() {
        let rows = [row(1, 0, false), row(2, 1, true), row(3, 20, false), row(4, 2000, false)];
        assert_eq!(shown(&rows, &[], Some(Seq(1))), ["day", ".", ". Read", "new", ".", "day", "."]);
    }

    #[test]
    fn what_was_edited_says_its_last_words_and_is_no_line() {
        let edit = |seq: u64, of: u64, text: &str, of_row: &Entry| Entry {
            seq: Seq(seq),
            body: EntryBody::Edited { of: Cmid(of.into()), text: text.to_owned(), audience: None },
            ..of_row.clone()
        };
        let erased = |seq, cmid, withdrawn| Entry {
            body: EntryBody::Erased { cmid, withdrawn },
            ..row(seq, 30, true)
        };
        let mut rows = vec![row(1, 0, false), row(2, 10, true), row(3, 20, true)];
        rows.push(edit(4, 1, "hello", &rows[0]));
        rows.push(edit(5, 3, "hi", &rows[2]));
        rows.push(erased(6, Some(Cmid(6)), Some(true)));
        rows.push(erased(7, None, Some(true)));
        rows.push(erased(8, Some(Cmid(8)), None));
        let edits = Edits::among(&rows);
        let local = Local { now: UnixMillis(25 * 60_000), ahead_minutes: 0 };
        // The window ends before the edits.
        let source = |rows| Source {
            rows,
            edits: &edits,
            answers: true,
            pending: &[],
            marks: None,
            new_after: None,
            me: ME,
            visitor: "V",
            local,
        };
        let said: Vec<_> = lines(&source(&rows[..3]))
            .into_iter()
            .filter_map(|line| match line {
                Line::Say(say) => Some((say.text.clone(), say.is_edited, say.change)),
                _ => None,
            })
            .collect();
        let said: Vec<_> =
            said.iter().map(|(text, edited, change)| (text.as_str(), *edited, *change)).collect();
        assert_eq!(said, [("hello", true, None), ("2", false, None), ("hi", true, Some(Cmid(3)))]);
        let keys: Vec<_> = lines(&source(&rows)).iter().map(|line| line.key().to_owned()).collect();
        assert_eq!(keys, ["day-1", "row-1", "row-2", "row-3", "row-6", "row-8"]);
        let wanted = |which, minute: i64| editing(&rows, which, (ME, true), UnixMillis(minute * 60_000));
        let hi = Editing { cmid: Cmid(3), text: "hi".to_owned(), is_note: false, has_file: false };
        assert_eq!(wanted(None, 20), Some(hi), "the last of mine, as it is now");
        assert_eq!(wanted(Some(Cmid(2)), 20).map(|it| it.text), Some("2".to_owned()));
        assert_eq!(wanted(Some(Cmid(1)), 20), None, "it is the visitor's");
        assert_eq!(wanted(None, 35), None, "the time is over");
    }
}
