//! What an agent is shown of a visitor beside the conversation that is open, and blocking. What lies outside the agent's
//! inboxes does not exist here either.

use std::time::Duration;

use deskbell_shared::model::{AgentId, ConversationId, InboxId, Summary, VisitorId};
use deskbell_shared::protocol::api::{BlockRequest, BlocksView, ConversationCard, VisitorCard};
use deskbell_shared::protocol::limits::{BLOCK_MAX, BLOCKS_SHOWN_MAX, EARLIER_MAX};

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, names};
use crate::store::audit::{Target, What};
use crate::store::tools::Block;

impl Application {
    /// One conversation as lists show it.
    pub async fn conversation_card(
        &self,
        who: Signed,
        id: ConversationId,
    ) -> Result<ConversationCard, Denial> {
        let summary = self.store.summary(who.id, id).await?.ok_or_else(Denial::not_found)?;
        Ok(ConversationCard { summary: self.with_presence(summary) })
    }

    /// A visitor's conversations, and whether they are blocked.
    pub async fn visitor_card(&self, who: Signed, visitor: VisitorId) -> Result<VisitorCard, Denial> {
        let conversations = self.store.conversations_with(who.id, visitor, EARLIER_MAX).await?;
        if conversations.is_empty() {
            return Err(Denial::not_found());
        }
        let identity = self.store.identity(visitor).await?;
        let closed_inboxes = if identity.is_some() { Vec::new() } else { self.for_verified(who.id).await? };
        let blocks = self.store.blocks(who.id, Some(visitor), self.now(), 1).await?;
        let conversations = conversations.into_iter().map(|line| self.with_presence(line)).collect();
        let about = self.store.about(visitor).await?;
        Ok(VisitorCard { conversations, block: blocks.into_iter().next(), identity, about, closed_inboxes })
    }

    /// The inboxes of an agent that take nothing from visitors who are not verified.
    async fn for_verified(&self, agent: AgentId) -> Result<Vec<InboxId>, Denial> {
        let closed = self.inboxes_of(agent, |inbox| inbox.verified_only).await?;
        Ok(closed.into_iter().map(|inbox| inbox.id).collect())
    }

    /// Blocks a visitor for a time.
    pub async fn block(&self, who: Signed, visitor: VisitorId, asked: BlockRequest) -> Result<(), Denial> {
        let at = self.now();
        let reason = names::reason(&asked.reason)?;
        let span = Duration::from_secs(asked.for_seconds.into());
        if span.is_zero() || span > BLOCK_MAX {
            let days = BLOCK_MAX.as_secs() / (24 * 60 * 60);
            return Err(Denial::invalid("for_seconds", format!("at least a second, at most {days} days")));
        }
        let until = at.plus(span);
        let store = self.noting(who, What::VisitorBlocked, Target::Visitor(visitor), "");
        Ok(store.block(Block { visitor, agent: who.id, reason, at, until }).await?)
    }

    /// Ends a block.
    pub async fn unblock(&self, who: Signed, visitor: VisitorId) -> Result<(), Denial> {
        let store = self.noting(who, What::VisitorUnblocked, Target::Visitor(visitor), "");
        Ok(store.unblock(who.id, visitor).await?)
    }

    /// Who is blocked.
    pub async fn blocks(&self, who: Signed) -> Result<BlocksView, Denial> {
        Ok(BlocksView { blocks: self.store.blocks(who.id, None, self.now(), BLOCKS_SHOWN_MAX).await? })
    }

    /// With whether its visitor is there.
    pub(super) fn with_presence(&self, mut summary: Summary) -> Summary {
        summary.visitor.online = self.hub.visitor_online(summary.visitor.id);
        summary
    }
}
