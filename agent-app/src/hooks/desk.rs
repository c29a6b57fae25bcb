//! What is known of the conversations, and what can be done with them.

use deskbell_shared::model::{
    Availability, Cmid, ConversationId, FileView, Seq, SiteView, UnixMillis, ViewView,
};
use deskbell_shared::protocol::Attention;
use deskbell_shared::session::NotTaken;
use yew::prelude::*;

use crate::route::Narrow;
use crate::shown::filed::FileDeed;
use crate::shown::transfer::To;
use crate::state::bulk::Bulk;
use crate::state::desk::Shared;

/// What can be done.
#[derive(Clone, PartialEq)]
pub struct Hands {
    /// Writes a message, with answers to press. On `Err` nothing was taken, and all of it stays with the caller.
    pub write: Callback<(ConversationId, String, Vec<String>), Result<(), NotTaken>>,
    /// Writes a note for colleagues. On `Err` nothing was taken and the text stays with the caller.
    pub note: Callback<(ConversationId, String), Result<(), NotTaken>>,
    /// Puts other words into a message of mine, or into a note (`true`). On `Err` nothing was taken.
    pub edit: Callback<(ConversationId, Cmid, bool, String), Result<(), NotTaken>>,
    /// Something was written in a conversation, or in a note (`true`), and is to be kept.
    pub written: Callback<(ConversationId, bool)>,
    /// What was written is left, and to be kept now.
    pub save: Callback<()>,
    /// Takes a message or a note of mine back.
    pub withdraw: Callback<(ConversationId, Cmid)>,
    /// Puts a conversation of mine aside until an instant, or with none takes it back.
    pub snooze: Callback<(ConversationId, Option<UnixMillis>)>,
    /// Files a conversation.
    pub file: Callback<(ConversationId, FileDeed)>,
    /// Takes up a resolved conversation again.
    pub reopen: Callback<ConversationId>,
    /// A conversation that is in no list is wanted.
    pub find: Callback<ConversationId>,
    /// The saved answers are wanted.
    pub snippets: Callback<()>,
    /// These are the saved views, as the server has them.
    pub views: Callback<Vec<ViewView>>,
    /// Sends a file that the server has. On `Err` nothing was taken.
    pub send_file: Callback<(ConversationId, FileView), Result<(), NotTaken>>,
    /// Takes a conversation.
    pub claim: Callback<ConversationId>,
    /// Does not take what is offered to me.
    pub decline: Callback<ConversationId>,
    /// Passes a conversation on, with a note.
    pub transfer: Callback<(ConversationId, To, String)>,
    /// Chooses about getting conversations: whether any, and with a number how many at once.
    pub choose: Callback<(Availability, Option<u32>)>,
    /// Resolves a conversation.
    pub resolve: Callback<ConversationId>,
    /// I type, or stopped.
    pub typing: Callback<(ConversationId, bool)>,
    /// Shows colleagues what one does, and where.
    pub attend: Callback<Option<(ConversationId, Attention)>>,
    /// Rows up to this one were on screen while I looked.
    pub seen: Callback<(ConversationId, Seq)>,
    /// Older rows are wanted.
    pub older: Callback<ConversationId>,
    /// Which conversation is open on the screen.
    pub open: Callback<Option<ConversationId>>,
    /// Sends a refused message again.
    pub retry: Callback<Cmid>,
    /// Forgets a refused message.
    pub discard: Callback<Cmid>,
    /// I have answered by e-mail with a program of my own.
    pub mailed: Callback<ConversationId>,
    /// Further resolved conversations are wanted.
    pub resolved: Callback<()>,
    /// Narrows the lists.
    pub narrow: Callback<Narrow>,
    /// Tries to connect at once.
    pub reconnect: Callback<()>,
    /// Time has passed: how the connection is has to be told anew.
    pub tick: Callback<()>,
    /// These are the sites, as the server has them.
    pub sites: Callback<Vec<SiteView>>,
    /// Does something to many conversations.
    pub bulk: Callback<Bulk>,
    /// What came of that has been read.
    pub bulk_read: Callback<()>,
    /// Says something once.
    pub say: Callback<String>,
    /// What was said has been read.
    pub unsay: Callback<()>,
}

/// What is known and what can be done.
#[derive(Clone, PartialEq)]
pub struct Desk {
    /// What is known.
    pub state: Shared,
    /// What can be done.
    pub hands: Hands,
}

/// What is known and what can be done. Only below the provider in `connected`, where somebody is signed in.
#[hook]
pub fn use_desk() -> Desk {
    use_context::<Desk>().expect("only pages below `Connected` ask for the desk")
}
