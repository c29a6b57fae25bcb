//! From rows to what a person reads: day lines, groups of one author, quiet lines, and how far each message got.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::conversation::Marks;
use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::{Author, Edits, Entry, EntryBody, FileView, Side};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::EDIT_WITHIN;
use deskbell_shared::session::{DraftState, DraftView};

/// Messages of one author further apart than this do not belong to one group.
pub const GROUP_GAP_MS_MAX: i64 = 5 * 60 * 1000;

/// One thing in the transcript.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// A new day, in days since 1970 where the visitor is.
    Day(i64),
    /// From here on it is new.
    New,
    /// Messages of one author, one after another.
    Group(Group<'a>),
    /// Something that happened.
    Aside(Aside<'a>),
}

/// Messages of one author.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    /// The agent; absent when it is the visitor.
    pub agent: Option<&'a AgentView>,
    /// The messages; at least one.
    pub bubbles: Vec<Bubble<'a>>,
    /// When the server received the last one; absent while it has not.
    pub at: Option<UnixMillis>,
    /// How far the last one got; absent for messages of others.
    pub mark: Option<Mark>,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Bubble<'a> {
    /// Which, also the key in the document: it stays the same when a message on its way becomes a row.
    pub cmid: Cmid,
    /// Its text.
    pub text: &'a str,
    /// What comes with it.
    pub file: Option<&'a FileView>,
    /// Whether it is still only here.
    pub waits: bool,
    /// Why the server will not take it.
    pub refused: Option<RefusalCode>,
    /// Whether its author has put other words into it.
    pub is_edited: bool,
    /// Whether it is the visitor's and may still be edited or taken back.
    pub may_change: bool,
}

/// How far a message of the visitor got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The server will not take it.
    Refused,
    /// Only here.
    Queued,
    /// On its way.
    Sending,
    /// Durable on the server.
    Sent,
    /// On an agent's screen or machine.
    Received,
    /// An agent has seen it.
    Read,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Aside<'a> {
    /// Its row.
    pub seq: Seq,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub event: Event<'a>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// An agent takes care of it.
    Assigned(&'a AgentView),
    /// The visitor ended it.
    EndedByVisitor,
    /// An agent closed it; absent when the system did.
    EndedBy(Option<&'a AgentView>),
    /// It goes on.
    Reopened,
    /// What stood here is gone.
    Erased,
    /// Its author took it back.
    Withdrawn,
    /// It waits again.
    Requeued,
    /// It waits elsewhere, in the inbox of this name.
    Moved(&'a str),
}

/// Puts rows and messages on their way in the form in which they are read. `edits` are those of the whole conversation,
/// `now` is absent where nothing may be changed. `day_of` gives the day of an instant.
pub fn items<'a>(
    rows: &'a [Entry],
    edits: &Edits<'a>,
    now: Option<UnixMillis>,
    drafts: &[DraftView<'a>],
    marks: Option<&Marks>,
    mut new_after: Option<Seq>,
    day_of: &dyn Fn(UnixMillis) -> i64,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut day = None;
    for row in rows {
        // It is shown where the message stands; and what is left of one is not shown at all.
        if let EntryBody::Edited { .. } | EntryBody::Erased { cmid: None, .. } = row.body {
            continue;
        }
        let today = day_of(row.at);
        if day != Some(today) {
            day = Some(today);
            items.push(Item::Day(today));
        }
        if new_after.is_some_and(|read| row.seq > read && row.author.side() == Side::Staff && is_message(row))
        {
            new_after = None;
            items.push(Item::New);
        }
        match &row.body {
            EntryBody::Message { cmid, text, file, .. } => {
                let agent = author(&row.author);
                let mark = agent.is_none().then(|| mark(row.seq, marks));
                let edited = edits.of(row);
                let in_time = now.is_some_and(|now| now.since(row.at) < EDIT_WITHIN);
                let bubble = Bubble {
                    cmid: *cmid,
                    text: edited.unwrap_or(text),
                    file: file.as_ref(),
                    waits: false,
                    refused: None,
                    is_edited: edited.is_some(),
                    may_change: agent.is_none() && in_time,
                };
                put(&mut items, agent, bubble, Some(row.at), mark);
            }
            body => items.extend(
                event(body, &row.author).map(|event| Item::Aside(Aside { seq: row.seq, at: row.at, event })),
            ),
        }
    }
    for draft in drafts {
        let (mark, refused) = match draft.state {
            DraftState::Refused(code) => (Mark::Refused, Some(code)),
            DraftState::Queued => (Mark::Queued, None),
            DraftState::Sending => (Mark::Sending, None),
            DraftState::Sent => (Mark::Sent, None),
        };
        let waits = mark == Mark::Queued;
        let (cmid, text, file) = (draft.cmid, draft.text, draft.file);
        let bubble = Bubble { cmid, text, file, waits, refused, is_edited: false, may_change: false };
        put(&mut items, None, bubble, None, Some(mark));
    }
    items
}

fn is_message(row: &Entry) -> bool {
    matches!(row.body, EntryBody::Message { .. })
}

fn author(author: &Author) -> Option<&AgentView> {
    match author {
        Author::Agent { agent } => Some(agent),
        Author::Visitor {} | Author::System {} => None,
    }
}

fn mark(seq: Seq, marks: Option<&Marks>) -> Mark {
    match marks {
        Some(marks) if marks.staff_read >= seq => Mark::Read,
        Some(marks) if marks.staff_received >= seq => Mark::Received,
        _ => Mark::Sent,
    }
}

fn event<'a>(body: &'a EntryBody, by: &'a Author) -> Option<Event<'a>> {
    Some(match body {
        EntryBody::Erased { withdrawn: Some(true), .. } => Event::Withdrawn,
        EntryBody::Erased { .. } => Event::Erased,
        EntryBody::Requeued { .. } => Event::Requeued,
        EntryBody::Moved { name, .. } => Event::Moved(name),
        EntryBody::Assigned { to, .. } => Event::Assigned(to),
        EntryBody::Reopened { .. } => Event::Reopened,
        EntryBody::Resolved { .. } => match by {
            Author::Visitor {} => Event::EndedByVisitor,
            by => Event::EndedBy(author(by)),
        },
        _ => return None,
    })
}

/// Adds a message to the group before it, or begins one.
fn put<'a>(
    items: &mut Vec<Item<'a>>,
    agent: Option<&'a AgentView>,
    bubble: Bubble<'a>,
    at: Option<UnixMillis>,
    mark: Option<Mark>,
) {
    if let Some(Item::Group(group)) = items.last_mut() {
        let near = match (group.at, at) {
            (Some(before), Some(at)) => at.0 - before.0 <= GROUP_GAP_MS_MAX,
            (None, None) => group.mark == mark,
            _ => false,
        };
        let same = match (group.agent, agent) {
            (Some(before), Some(agent)) => before.id == agent.id,
            (None, None) => true,
            _ => false,
        };
        if near && same && group.mark == mark {
            group.bubbles.push(bubble);
            group.at = at;
            return;
        }
    }
    items.push(Item::Group(Group { agent, bubbles: vec![bubble], at, mark }));
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::id::AgentId;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn mia() -> AgentView {
        AgentView { id: AgentId(7), name: "Mia".to_owned(), picture: None }
    }

    fn message(seq: u64, minutes: i64, author: Author) -> Entry {
        let body = EntryBody::message(Cmid(u128::from(seq)), "hi");
        Entry { seq: Seq(seq), at: UnixMillis(minutes * MINUTE), author, body }
    }

    fn shape(items: &[Item<'_>]) -> String {
        let words: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Day(day) => format!("day{day}"),
                Item::New => "new".to_owned(),
                Item::Group(group) => format!(
                    "{}{}{}",
                    if group.agent.is_some() { "staff" } else { "me" },
                    group.bubbles.len(),
                    group.mark.map(|mark| format!("{mark:?}")).unwrap_or_default()
                ),
                Item::Aside(aside) => match &aside.event {
                    Event::Assigned(agent) => format!("to {}", agent.name),
                    event => format!("{event:?}"),
                },
            })
            .collect();
        words.join(", ")
    }

    fn read(rows: &[Entry], drafts: &[DraftView<'_>], marks: (u64, u64), new_after: Option<u64>) -> String {
        let marks = Marks {
            visitor_received: Seq(0),
            visitor_read: Seq(0),
            staff_received: Seq(marks.0),
            staff_read: Seq(marks.1),
        };
        let edits = Edits::among(rows);
        shape(&items(rows, &edits, None, drafts, Some(&marks), new_after.map(Seq), &|at| {
            at.0 / (24 * 60 * MINUTE)
        }))
    }

    #[test]
    fn messages_of_one_author_stand_together() {
        let agent = || Author::Agent { agent: mia() };
        let rows = [
            message(1, 0, Author::Visitor {}),
            message(2, 1, Author::Visitor {}),
            message(3, 2, agent()),
            message(4, 9, agent()),
            message(5, 24 * 60, agent()),
        ];
        assert_eq!(read(&rows, &[], (2, 2), None), "day0, me2Read, staff1, staff1, day1, staff1");
        assert_eq!(
            read(&rows, &[], (2, 1), Some(3)),
            "day0, me1Read, me1Received, staff1, new, staff1, day1, staff1"
        );
    }

    #[test]
    fn what_waits_comes_last_and_keeps_its_key() {
        let waits = |cmid, state| DraftView {
            cmid: Cmid(cmid),
            text: "hi",
            is_note: false,
            file: None,
            choices: &[],
            state,
        };
        let drafts = [
            waits(2, DraftState::Sent),
            waits(3, DraftState::Queued),
            waits(4, DraftState::Queued),
            waits(5, DraftState::Refused(RefusalCode::TooLong)),
        ];
        let rows = [message(1, 0, Author::Visitor {})];
        assert_eq!(read(&rows, &drafts, (0, 0), None), "day0, me1Sent, me1Sent, me2Queued, me1Refused");
    }

    #[test]
    fn events_are_quiet_lines() {
        let mut rows = vec![message(1, 0, Author::Visitor {})];
        let bodies = [
            EntryBody::Assigned { to: mia(), version: 1 },
            EntryBody::Resolved { version: 2 },
            EntryBody::Reopened { version: 3 },
        ];
        for (seq, body) in (2..).zip(bodies) {
            rows.push(Entry { seq: Seq(seq), at: UnixMillis(0), author: Author::Visitor {}, body });
        }
        assert_eq!(read(&rows, &[], (0, 0), Some(0)), "day0, me1Sent, to Mia, EndedByVisitor, Reopened");
    }

    #[test]
    fn a_message_is_shown_with_the_words_it_was_given_last_and_may_be_changed_for_a_time() {
        let edited = |seq, author, of, text: &str| {
            let body = EntryBody::Edited { of: Cmid(of), text: text.to_owned(), audience: None };
            Entry { seq: Seq(seq), at: UnixMillis(24 * 60 * MINUTE), author, body }
        };
        let erased = |seq, cmid: Option<u128>, withdrawn| {
            let body = EntryBody::Erased { cmid: cmid.map(Cmid), withdrawn };
            Entry { seq: Seq(seq), at: UnixMillis(0), author: Author::Visitor {}, body }
        };
        let agent = Author::Agent { agent: mia() };
        let rows = [
            message(1, 0, Author::Visitor {}),
            message(2, 1, Author::Visitor {}),
            message(3, 1, agent.clone()),
            edited(4, Author::Visitor {}, 2, "hello"),
            edited(5, agent, 3, "welcome"),
            erased(6, Some(9), Some(true)),
            erased(7, None, Some(true)),
            erased(8, Some(10), None),
        ];
        let edits = Edits::among(&rows);
        // Only some of the rows are in the window; what was edited behind it counts.
        let at = |minutes: i64| {
            let now = Some(UnixMillis(minutes * MINUTE));
            let items = items(&rows[..3], &edits, now, &[], None, None, &|_| 0);
            let mut said = Vec::new();
            for item in items {
                if let Item::Group(group) = item {
                    for Bubble { text, is_edited, may_change, .. } in group.bubbles {
                        said.push((text.to_owned(), is_edited, may_change));
                    }
                }
            }
            said
        };
        let said = |first: bool, second: bool| {
            [("hi", false, first), ("hello", true, second), ("welcome", true, false)]
                .map(|(text, is_edited, may_change)| (text.to_owned(), is_edited, may_change))
        };
        assert_eq!(at(14), said(true, true));
        assert_eq!(at(15), said(false, true));
        assert_eq!(at(16), said(false, false));
        assert_eq!(
            read(&rows, &[], (0, 0), None),
            "day0, me2Sent, staff1, Withdrawn, Erased",
            "an edit is no line"
        );
    }
}
