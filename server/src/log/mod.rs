//! The conversation log: checks what is written against the limits, has the store commit it, and then, from the
//! committed rows only, tells those who follow. An answer from here means durable.

use std::sync::Arc;

use crate::bus::Hub;
use crate::store::Store;

/// The only way to write to a conversation.
#[derive(Clone)]
pub struct ConversationLog {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
}

impl ConversationLog {
    /// A log over a store, whose followers are in `hub`.
    pub fn new(store: Arc<dyn Store>, hub: Arc<Hub>) -> ConversationLog {
        ConversationLog { store, hub }
    }
}
