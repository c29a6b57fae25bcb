//! What a conversation is made of.

use super::agent::AgentView;
use super::filing::Filing;
use super::id::{Cmid, FileId, InboxId, Seq};
use super::time::UnixMillis;
use crate::wire;

wire! {
    /// A message that its author has written and the server has not yet acknowledged.
    pub struct Draft {
        /// The client's id of the message, the same on every retry.
        pub cmid: Cmid,
        /// The text, at most `TEXT_BYTES_MAX` bytes of UTF-8, not only white space; may be empty beside a file.
        pub text: String,
        /// Who may read it; absent for both sides. Only agents write for staff.
        pub audience: Option<Audience>,
        /// A file that its author has uploaded before.
        pub file: Option<FileId>,
        /// Answers to press that come with it. Only messages of agents have them.
        pub choices: Option<Vec<String>>,
    }

    /// Who may read what is written.
    pub enum Audience text {
        /// Visitor and staff.
        All "all",
        /// Staff only: a note.
        Staff "staff",
    }

    /// An uploaded file as readers of a message see it.
    pub struct FileView {
        /// Which one; its bytes are under `/file/`.
        pub id: FileId,
        /// The name its author gave it, one line.
        pub name: String,
        /// The media type the server found, such as `image/png`.
        pub media: String,
        /// Its size in bytes.
        pub size: u64,
        /// Pictures: pixels across.
        pub width: Option<u32>,
        /// Pictures: pixels down.
        pub height: Option<u32>,
    }

    /// One row of a transcript. Rows never change, but for those that are erased.
    pub struct Entry {
        /// The place in the order that this reader sees.
        pub seq: Seq,
        /// When the server received it. Shown, never used for order.
        pub at: UnixMillis,
        /// Who did it.
        pub author: Author,
        /// What was done.
        pub body: EntryBody,
    }

    /// Who did something.
    pub enum Author tag "by" {
        /// The visitor of the conversation.
        Visitor "visitor" {},
        /// An agent.
        Agent "agent" {
            /// Which one.
            agent: AgentView,
        },
        /// The server itself.
        System "system" {},
    }

    /// What was done.
    pub enum EntryBody tag "kind" {
        /// Somebody wrote.
        Message "message" {
            /// The author's own id of the message.
            cmid: Cmid,
            /// The text.
            text: String,
            /// What comes with it.
            file: Option<FileView>,
            /// Answers that the visitor may press in place of typing, in their order. They stay as they are when the
            /// text is edited.
            choices: Option<Vec<String>>,
        },
        /// An agent wrote for staff only.
        Note "note" {
            /// The author's own id of the note.
            cmid: Cmid,
            /// The text.
            text: String,
        },
        /// The author of a message or a note has put other words into it. The last ones count. It is no line of its own:
        /// the message is shown with them. What came with the message stays.
        Edited "edited" {
            /// Which: the author's own id of it.
            of: Cmid,
            /// The text from now on; may be empty beside a file.
            text: String,
            /// Who may read it: whoever may read what it edits. Absent for both sides.
            audience: Option<Audience>,
        },
        /// What stood here was erased. The place stays, so that the order does.
        Erased "erased" {
            /// The author's own id of the message, where it was one.
            cmid: Option<Cmid>,
            /// Its author took it back. Absent when it was forgotten with the rest, or was too old.
            withdrawn: Option<bool>,
        },
        /// The conversation was given to an agent.
        Assigned "assigned" {
            /// Who has it now.
            to: AgentView,
            /// Counts the assignments of this conversation from 1.
            version: u32,
        },
        /// The conversation was resolved, by the author of the entry.
        Resolved "resolved" {
            /// The assignment version after it.
            version: u32,
        },
        /// A new message came after it had been resolved; it is back in the queue.
        Reopened "reopened" {
            /// The assignment version after it.
            version: u32,
        },
        /// The agent was taken off; it waits again, with its first arrival.
        Requeued "requeued" {
            /// Who had it.
            from: AgentView,
            /// Why.
            reason: RequeueReason,
            /// The assignment version after it.
            version: u32,
        },
        /// It was moved into the queue of another inbox, with its arrival.
        Moved "moved" {
            /// Where it is now.
            inbox: InboxId,
            /// The name of that inbox.
            name: String,
            /// The assignment version after it.
            version: u32,
        },
        /// Staff: nothing is to be done before an instant, or before the visitor writes.
        Snoozed "snoozed" {
            /// When it comes back by itself.
            until: UnixMillis,
        },
        /// Staff: it has come back.
        Woken "woken" {},
        /// Staff: it was filed otherwise.
        Filed "filed" {
            /// What has changed.
            what: Filing,
            /// From what, or to what, by its name then.
            which: Option<String>,
        },
        /// The visitor said how it was. The last one counts.
        Rated "rated" {
            /// From 1 (bad) to 5 (good).
            score: u32,
            /// In their words.
            comment: Option<String>,
        },
        /// The visitor left an address for the answer. The last one counts.
        AddressLeft "address_left" {
            /// An e-mail address. Nobody has proved that it is theirs.
            address: String,
        },
        /// Staff: what agents wrote went to the visitor by e-mail.
        Mailed "mailed" {
            /// To which address.
            address: String,
            /// Whether an agent sent it with a mail program of their own.
            by_hand: bool,
            /// It did not: every try was in vain, and none follows.
            failed: Option<bool>,
        },
    }

    /// Why a conversation waits again.
    pub enum RequeueReason text {
        /// The agent's connection was gone for longer than the grace.
        AgentLost "agent_lost",
        /// The agent does not work in this inbox any more.
        MembershipEnded "membership_ended",
        /// The agent gave it back.
        GivenBack "given_back",
    }

    /// The two sides of a conversation.
    pub enum Side text {
        /// The visitor.
        Visitor "visitor",
        /// The agents, together.
        Staff "staff",
    }
}

impl Draft {
    /// A message of words for both sides.
    pub fn new(cmid: Cmid, text: impl Into<String>) -> Draft {
        Draft { cmid, text: text.into(), audience: None, file: None, choices: None }
    }

    /// Whether it is a note.
    pub fn is_note(&self) -> bool {
        self.audience == Some(Audience::Staff)
    }
}

impl EntryBody {
    /// A message of words.
    pub fn message(cmid: Cmid, text: impl Into<String>) -> EntryBody {
        EntryBody::Message { cmid, text: text.into(), file: None, choices: None }
    }

    /// What somebody wrote: the id they gave it, and the text. Both messages and notes.
    pub fn written(&self) -> Option<(Cmid, &str)> {
        match self {
            EntryBody::Message { cmid, text, .. } | EntryBody::Note { cmid, text } => Some((*cmid, text)),
            _ => None,
        }
    }

    /// The answers to press that came with a message.
    pub fn choices(&self) -> &[String] {
        match self {
            EntryBody::Message { choices: Some(choices), .. } => choices,
            _ => &[],
        }
    }

    /// The words in it that somebody wrote: of messages, notes, and edits of them.
    pub fn words(&self) -> &str {
        match self {
            EntryBody::Message { text, .. }
            | EntryBody::Note { text, .. }
            | EntryBody::Edited { text, .. } => text,
            _ => "",
        }
    }

    /// The assignment version after it, for what counts one.
    pub fn version(&self) -> Option<u32> {
        match self {
            EntryBody::Assigned { version, .. }
            | EntryBody::Resolved { version }
            | EntryBody::Reopened { version }
            | EntryBody::Requeued { version, .. }
            | EntryBody::Moved { version, .. } => Some(*version),
            _ => None,
        }
    }

    /// Who may read it by its nature.
    pub fn audience(&self) -> Audience {
        match self {
            EntryBody::Note { .. }
            | EntryBody::Snoozed { .. }
            | EntryBody::Woken {}
            | EntryBody::Filed { .. }
            | EntryBody::Mailed { .. } => Audience::Staff,
            EntryBody::Edited { audience, .. } => audience.unwrap_or(Audience::All),
            _ => Audience::All,
        }
    }
}

/// The message whose answers may be pressed now, with them: the newest of staff, while the visitor has said nothing after
/// it. Whether the conversation is open is for the caller to know.
pub fn offered(rows: &[Entry]) -> Option<(&Entry, &[String])> {
    let said = rows.iter().rev().find(|row| matches!(row.body, EntryBody::Message { .. }))?;
    let choices = said.body.choices();
    (said.author.side() == Side::Staff && !choices.is_empty()).then_some((said, choices))
}

/// The edits among some rows: what messages are shown with.
pub struct Edits<'a>(Vec<&'a Entry>);

impl<'a> Edits<'a> {
    /// Those among these rows, in their order.
    pub fn among(rows: &'a [Entry]) -> Edits<'a> {
        Edits(rows.iter().filter(|row| matches!(row.body, EntryBody::Edited { .. })).collect())
    }

    /// The words that its author has put into a message or a note last, if it was edited.
    pub fn of(&self, message: &Entry) -> Option<&'a str> {
        let (cmid, _) = message.body.written()?;
        let is_its = |row: &&&Entry| {
            matches!(row.body, EntryBody::Edited { of, .. } if of == cmid) && row.author.is(&message.author)
        };
        self.0.iter().rev().find(is_its).map(|row| row.body.words())
    }
}

impl Author {
    /// Whether they are the same person, whatever they look like now.
    pub fn is(&self, other: &Author) -> bool {
        match (self, other) {
            (Author::Agent { agent }, Author::Agent { agent: other }) => agent.id == other.id,
            (Author::Visitor {}, Author::Visitor {}) | (Author::System {}, Author::System {}) => true,
            _ => false,
        }
    }

    /// The side the author is on; the system speaks for the staff.
    pub fn side(&self) -> Side {
        match self {
            Author::Visitor {} => Side::Visitor,
            Author::Agent { .. } | Author::System {} => Side::Staff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AgentId;

    #[test]
    fn only_what_was_asked_last_may_be_answered_by_a_press() {
        let agent = AgentView { id: AgentId(1), name: "Mia".into(), picture: None };
        let row = |author, body| Entry { seq: Seq(1), at: UnixMillis(0), author, body };
        let asks = |choices: &[&str]| {
            let choices = Some(choices.iter().map(|choice| (*choice).to_owned()).collect());
            let body = EntryBody::Message { cmid: Cmid(1), text: "which?".into(), file: None, choices };
            row(Author::Agent { agent: agent.clone() }, body)
        };
        let says = |author| row(author, EntryBody::message(Cmid(2), "hm"));
        let staff = || Author::Agent { agent: agent.clone() };
        let beside = || row(Author::System {}, EntryBody::Reopened { version: 2 });
        let gone =
            || row(Author::Visitor {}, EntryBody::Erased { cmid: Some(Cmid(2)), withdrawn: Some(true) });
        let offered = |rows: &[Entry]| offered(rows).map(|(_, choices)| choices.concat());
        assert_eq!(offered(&[asks(&["a"]), asks(&["b", "c"]), beside()]).as_deref(), Some("bc"));
        assert_eq!(offered(&[asks(&["a"]), says(Author::Visitor {})]), None, "it was answered");
        assert_eq!(offered(&[asks(&["a"]), gone()]).as_deref(), Some("a"), "the answer was taken back");
        assert_eq!(offered(&[asks(&["a"]), says(staff())]), None, "something else was asked since");
        assert_eq!(offered(&[says(staff())]), None);
    }

    #[test]
    fn the_last_words_of_its_own_author_count() {
        let agent = |id, name: &str| Author::Agent {
            agent: AgentView { id: AgentId(id), name: name.into(), picture: None },
        };
        let row = |author, body| Entry { seq: Seq(1), at: UnixMillis(0), author, body };
        let edited = |author, text: &str| {
            row(author, EntryBody::Edited { of: Cmid(7), text: text.into(), audience: None })
        };
        let message = |author| row(author, EntryBody::message(Cmid(7), "helo"));
        let rows = [
            message(Author::Visitor {}),
            edited(Author::Visitor {}, "hello?"),
            edited(agent(1, "Mia"), "welcome"),
            edited(Author::Visitor {}, "hello"),
        ];
        let edits = Edits::among(&rows);
        assert_eq!(edits.of(&rows[0]), Some("hello"));
        // The same person under another name, and another person with the same id of a message.
        assert_eq!(edits.of(&message(agent(1, "Mia M."))), Some("welcome"));
        assert_eq!(edits.of(&message(agent(2, "Ben"))), None);
        assert_eq!(edits.of(&rows[1]), None, "an edit is not edited");
    }
}
