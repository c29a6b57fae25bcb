//! What of a row goes into the history, the same for a row on a screen and one in the store.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{Author, Entry, EntryBody};

use super::world::World;
use crate::history::{Id, Row, digest, digest_with};

/// A row as a client shows it.
pub fn shown(world: &World, conversation: Id, entry: &Entry) -> Row {
    let author = match &entry.author {
        Author::Visitor {} => world.visitor_of(conversation),
        Author::Agent { agent } => Some(Id(agent.id.0)),
        Author::System {} => None,
    };
    let (cmid, digest) = match &entry.body {
        EntryBody::Message { cmid, text, file, .. } => {
            (Some(Id(cmid.0)), digest_with(text, file.as_ref().map(|file| Id(file.id.0))))
        }
        EntryBody::Note { cmid, text } => (Some(Id(cmid.0)), digest(text)),
        EntryBody::Requeued { from, version, .. } => (None, event("requeued", *version, Some(Id(from.id.0)))),
        EntryBody::Assigned { to, version } => (None, event("assigned", *version, Some(Id(to.id.0)))),
        EntryBody::Resolved { version } => (None, event("resolved", *version, None)),
        EntryBody::Reopened { version } => (None, event("reopened", *version, None)),
        other => (None, digest(&other.to_text())),
    };
    Row { cmid, author, digest }
}

/// The digest of a row that is no message.
pub fn event(kind: &str, version: u32, whom: Option<Id>) -> u64 {
    digest(&format!("{kind} {version} {}", whom.map(|id| id.to_string()).unwrap_or_default()))
}
