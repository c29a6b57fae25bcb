//! What agents find again: messages, notes and people by words in them. The contract.

use async_trait::async_trait;
use deskbell_shared::model::{AboutView, AgentId, IdentityView, InboxId, Status, UnixMillis};
use deskbell_shared::protocol::api::{SearchOnly, SearchPiece, SearchView};

use super::Stored;
use super::words::Query;

/// Search.
#[async_trait]
pub trait SearchStore: Send + Sync + 'static {
    /// What is found in the agent's scope, as the protocol tells it: at most `SEARCH_HITS_MAX` messages and notes,
    /// newest first, and with `before: None` at most `SEARCH_PEOPLE_MAX` people. `not_found` for somebody who is no
    /// agent (any more).
    ///
    /// - What somebody may not see is never found: the scope is looked up in the same transaction, for each call. A person
    ///   is found only by those who see a conversation of theirs, and by an address only where it was left.
    /// - Found is what is shown: an edited message by its last words, and nothing that was erased, withdrawn, or
    ///   grown too old. What is forgotten leaves no trace in an index either (`ErasureStore::scrub` included).
    /// - One call looks at a bounded number of rows, however many have the words in them. So it may find few, or
    ///   nothing, and still say where to go on: only `earlier: None` is the end.
    async fn search(&self, agent: AgentId, sought: Sought) -> Stored<SearchView>;
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Sought {
    /// The words.
    pub query: Query,
    /// What else has to be so.
    pub filter: Filter,
    /// Only what is older than this place.
    pub before: Option<u64>,
}

/// What else has to be so of what is found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// The conversation is in this inbox.
    pub inbox: Option<InboxId>,
    /// This agent wrote it, or has the conversation.
    pub agent: Option<AgentId>,
    /// The conversation stands so.
    pub status: Option<Status>,
    /// It was written then or later.
    pub since: Option<UnixMillis>,
    /// It was written before.
    pub until: Option<UnixMillis>,
    /// It is a message, or a note.
    pub only: Option<SearchOnly>,
}

impl Filter {
    /// Whether people are looked for as well: they are neither written at a time nor by anybody.
    pub(super) fn is_for_people(&self) -> bool {
        self.only.is_none() && self.since.is_none() && self.until.is_none() && self.agent.is_none()
    }
}

/// Everything that the site of a visitor says of them, and that they or the page have said.
pub(super) fn known_of(identity: Option<IdentityView>, about: Option<AboutView>) -> Vec<String> {
    let mut known = Vec::new();
    if let Some(who) = identity {
        known.extend(who.name.into_iter().chain(who.email).chain([who.sub]));
        known.extend(who.attributes.into_iter().map(|attribute| attribute.value));
    }
    known.extend(about.into_iter().flat_map(|about| about.answers).map(|answer| answer.value));
    known
}

/// A text as it is shown among what was found.
pub(super) fn excerpt(query: &Query, text: &str) -> Vec<SearchPiece> {
    query.excerpt(text).into_iter().map(|(text, is_hit)| SearchPiece { text, is_hit }).collect()
}

/// What is known of a person as it is shown among what was found: those of it in which something was.
pub(super) fn found_of(query: &Query, known: &[String]) -> Vec<SearchPiece> {
    let mut all: Vec<SearchPiece> = Vec::new();
    for pieces in known.iter().map(|text| excerpt(query, text)) {
        if pieces.iter().any(|piece| piece.is_hit) {
            if !all.is_empty() {
                all.push(SearchPiece { text: " · ".into(), is_hit: false });
            }
            all.extend(pieces);
        }
    }
    all
}
