//! From rows to what a person reads: day lines, groups of one author, quiet lines, and how far each message got.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::conversation::Marks;
use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::{Author, Entry, EntryBody, FileView, Side};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
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
    /// It waits again.
    Requeued,
    /// It waits elsewhere, in the inbox of this name.
    Moved(&'a str),
}

/// Puts rows and messages on their way in the form in which they are read. `day_of` gives the day of an instant.
pub fn items<'a>(
    rows: &'a [Entry],
    drafts: &[DraftView<'a>],
    marks: Option<&Marks>,
    mut new_after: Option<Seq>,
    day_of: &dyn Fn(UnixMillis) -> i64,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut day = None;
    for row in rows {
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
            EntryBody::Message { cmid, text, file } => {
                let agent = author(&row.author);
                let mark = agent.is_none().then(|| mark(row.seq, marks));
                let bubble = Bubble { cmid: *cmid, text, file: file.as_ref(), waits: false, refused: None };
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
        let bubble = Bubble { cmid: draft.cmid, text: draft.text, file: draft.file, waits, refused };
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
        shape(&items(rows, drafts, Some(&marks), new_after.map(Seq), &|at| at.0 / (24 * 60 * MINUTE)))
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
        let waits =
            |cmid, state| DraftView { cmid: Cmid(cmid), text: "hi", is_note: false, file: None, state };
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
}
