//! How staff files conversations: what may be said, and what there is to choose from. None of it is a visitor's business.

use deskbell_shared::model::{
    ConversationId, InboxId, InboxOutcomes, OutcomeId, OutcomeView, Priority, TagId, TagView,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{FilingView, OutcomesEdit, TagEdit};
use deskbell_shared::protocol::limits::{OUTCOMES_MAX, TAG_CHARS_MAX};

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, agent, names};
use crate::auth::Principal;
use crate::auth::secret::random;
use crate::store::audit::{Target, What};
use crate::store::filing::{Prioritise, TagWrite, Tagging, WrapUp};
use crate::store::{Fault, Refusal, Stored};

impl Application {
    /// An agent puts a tag on, or takes it off. Refused: `not_allowed` for visitors; and see `FilingStore::tag`.
    pub async fn tag(
        &self,
        who: &Principal,
        conversation: ConversationId,
        tag: TagId,
        on: bool,
    ) -> Stored<()> {
        let (agent, at) = (agent(who)?, self.now());
        self.log.tag(Tagging { conversation, agent, tag, on, at }).await
    }

    /// An agent says how much a conversation matters. Refused: `not_allowed` for visitors.
    pub async fn prioritise(
        &self,
        who: &Principal,
        conversation: ConversationId,
        priority: Priority,
    ) -> Stored<()> {
        let (agent, at) = (agent(who)?, self.now());
        self.log.prioritise(Prioritise { conversation, agent, priority, at }).await
    }

    /// An agent resolves and says what came of it. Refused: `not_allowed` for visitors; and see `FilingStore::wrap_up`.
    pub async fn wrap_up(
        &self,
        who: &Principal,
        conversation: ConversationId,
        outcome: Option<OutcomeId>,
    ) -> Stored<()> {
        let (agent, at) = (agent(who)?, self.now());
        self.log.wrap_up(WrapUp { conversation, agent, outcome, at }).await
    }

    /// All tags, and what the inboxes that somebody may see ask.
    pub async fn filing(&self, who: Signed) -> Result<FilingView, Denial> {
        let asking = self.store.outcomes().await?;
        let asks = |id: InboxId| asking.iter().any(|asked| asked.inbox == id);
        let theirs = self.inboxes_of(who.id, |inbox| asks(inbox.id)).await?;
        let is_theirs = |id: InboxId| theirs.iter().any(|inbox| inbox.id == id);
        let inboxes = asking.into_iter().filter(|asked| is_theirs(asked.inbox)).collect();
        Ok(FilingView { tags: self.store.tags().await?, inboxes })
    }

    /// Makes a tag, or with an id changes one.
    pub async fn write_tag(&self, by: Signed, id: Option<TagId>, asked: TagEdit) -> Result<TagView, Denial> {
        let name = short("name", &asked.name)?;
        let (is_new, what) = match id {
            None => (true, What::TagAdded),
            Some(_) => (false, What::TagChanged),
        };
        let id = id.unwrap_or_else(|| TagId::from_parts(self.now(), random()));
        let tag = TagView { id, name, colour: asked.colour, is_archived: asked.is_archived };
        let store = self.noting(by, what, Target::Nothing, id.to_hex());
        let written = store.write_tag(TagWrite { tag: tag.clone(), is_new }).await;
        written.map_err(|fault| match fault {
            Fault::Refused(Refusal { code: RefusalCode::Conflict, .. }) => Denial {
                field: Some("name"),
                ..Denial::because(RefusalCode::Conflict, "there is a tag of this name already")
            },
            Fault::Refused(Refusal { code: RefusalCode::TooLong, .. }) => {
                Denial::because(RefusalCode::TooLong, "there are as many tags as there may be")
            }
            fault => fault.into(),
        })?;
        Ok(tag)
    }

    /// Says what an inbox asks when a conversation is resolved.
    pub async fn set_outcomes(
        &self,
        by: Signed,
        inbox: InboxId,
        asked: OutcomesEdit,
    ) -> Result<InboxOutcomes, Denial> {
        if asked.outcomes.len() > OUTCOMES_MAX {
            return Err(Denial::invalid("outcomes", format!("at most {OUTCOMES_MAX}")));
        }
        let mut outcomes: Vec<OutcomeView> = Vec::new();
        for outcome in &asked.outcomes {
            let name = short("outcomes", &outcome.name)?;
            let id = outcome.id.unwrap_or_else(|| OutcomeId::from_parts(self.now(), random()));
            let is_again =
                |known: &OutcomeView| known.id == id || known.name.to_lowercase() == name.to_lowercase();
            if outcomes.iter().any(is_again) {
                return Err(Denial::invalid("outcomes", format!("{name} stands there twice")));
            }
            outcomes.push(OutcomeView { id, name });
        }
        if asked.is_required && outcomes.is_empty() {
            return Err(Denial::invalid("outcomes", "there is nothing to choose from"));
        }
        let asked = InboxOutcomes { inbox, outcomes, is_required: asked.is_required };
        let store = self.noting(by, What::OutcomesChanged, Target::Inbox(inbox), "");
        store.set_outcomes(asked.clone()).await?;
        // Desks tell agents whether they are asked.
        self.hub.permissions_changed();
        Ok(asked)
    }
}

/// A name that stands in a line of a list.
fn short(field: &'static str, text: &str) -> Result<String, Denial> {
    let name = names::name(field, text)?;
    match name.chars().count() > TAG_CHARS_MAX {
        true => Err(Denial::invalid(field, format!("at most {TAG_CHARS_MAX} characters"))),
        false => Ok(name),
    }
}
