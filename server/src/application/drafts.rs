//! What agents have written and not sent: kept for them, and told on their other connections.

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;
use deskbell_shared::protocol::{DraftView, RefusalCode};

use super::{Application, agent};
use crate::auth::Principal;
use crate::store::drafts::KeepDraft;
use crate::store::{Fault, Stored};

impl Application {
    /// An agent has written something and not sent it. Refused: `not_allowed` for visitors; and see `DraftStore::keep_draft`.
    pub async fn keep_draft(
        &self,
        who: &Principal,
        conversation: ConversationId,
        is_note: bool,
        text: String,
    ) -> Stored<()> {
        let (agent, at) = (agent(who)?, self.now());
        if text.len() > TEXT_BYTES_MAX {
            return Err(Fault::because(RefusalCode::TooLong));
        }
        if self.store.keep_draft(KeepDraft { conversation, agent, is_note, text, at }).await? {
            self.hub.drafts_moved(agent);
        }
        Ok(())
    }

    /// What an agent has written and not sent, where they may still read. Refused: `not_allowed` for visitors.
    pub async fn drafts(&self, who: &Principal) -> Stored<Vec<DraftView>> {
        self.store.drafts(agent(who)?).await
    }
}
