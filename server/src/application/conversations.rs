//! Writing to conversations, reading them, ending them. Taking them is in `desks`.

use std::time::Duration;

use deskbell_shared::model::{
    About, AgentId, Cmid, ConversationId, ConversationView, Draft, InboxId, PageView, Right, Seq,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::RefusedMessage;
use deskbell_shared::protocol::limits::{COMMENT_BYTES_MAX, SCORE_MAX};

use super::audit::By;
use super::{Application, abouts, visitors};
use crate::auth::Principal;
use crate::log::{Written, check_batch};
use crate::store::audit::{Actor, Target, What};
use crate::store::conversations::{
    Append, Edit, Mark, Rate, Resolve, RowsRead, Span, Start, Withdraw, Writer,
};
use crate::store::{Fault, Scope, Stored};

/// Asks only whether there is such a conversation.
const NO_ROWS: Span = Span::After(Seq(1 << 52));

/// What a visitor says when opening a conversation.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The id the client made.
    pub conversation: ConversationId,
    /// The first messages.
    pub messages: Vec<Draft>,
    /// The page it was written on.
    pub page: Option<PageView>,
    /// The language of the browser.
    pub language: Option<String>,
    /// The name of its time zone.
    pub time_zone: Option<String>,
    /// What is said of the visitor.
    pub about: Option<About>,
    /// Whom they chose to talk to.
    pub inbox: Option<InboxId>,
}

impl Application {
    /// A visitor opens a conversation. Refused: `not_allowed` for agents; `rate_limited`.
    pub async fn start(&self, who: &Principal, mut opening: Opening) -> Stored<Written> {
        let Principal::Visitor { id, site, inbox, .. } = *who else {
            return Err(Fault::because(RefusalCode::NotAllowed));
        };
        check_batch(&opening.messages)?;
        let at = self.now();
        let held_back = self.hold_back(who, &mut opening.messages);
        if opening.messages.is_empty() && held_back.is_some() {
            return Ok(Written { acks: Vec::new(), refused: held_back });
        }
        // Repeating a start is no new one: only the first costs.
        let known = self.store.rows(who.scope(), opening.conversation, NO_ROWS).await?;
        if known.is_none()
            && let Err(wait) = self.allowances.start(who, &self.limits, at)
        {
            return Ok(limited(&opening.messages, wait));
        }
        let about = self.said_of(site, opening.about, at).await?;
        let address = about.as_ref().and_then(abouts::address);
        let start = Start {
            conversation: opening.conversation,
            visitor: id,
            site,
            // Whether the site offers it, and to this visitor, is looked up where it is stored.
            inbox: opening.inbox.unwrap_or(inbox),
            page: opening.page.and_then(visitors::tidy_page),
            language: opening.language.and_then(visitors::tidy_language),
            time_zone: opening.time_zone.and_then(visitors::tidy_time_zone),
            about,
            messages: opening.messages,
            at,
        };
        let written = self.log.start(start).await?;
        if known.is_none()
            && let Some(address) = address
        {
            // It stands beside the conversation in any case.
            let left = self.leave_address(who, opening.conversation, &address).await;
            if let Err(fault) = left {
                tracing::debug!(%fault, "an address that was given first is not taken for answers");
            }
        }
        Ok(Written { refused: written.refused.or(held_back), ..written })
    }

    /// Somebody writes.
    pub async fn send(
        &self,
        who: &Principal,
        conversation: ConversationId,
        mut messages: Vec<Draft>,
    ) -> Stored<Written> {
        check_batch(&messages)?;
        let held_back = self.hold_back(who, &mut messages);
        if messages.is_empty() && held_back.is_some() {
            return Ok(Written { acks: Vec::new(), refused: held_back });
        }
        let (writer, at) = (writer(who), self.now());
        let written = self.log.append(Append { conversation, writer, messages, at }).await?;
        if let Principal::Agent { id, .. } = *who {
            // What is sent is no draft any more.
            self.hub.drafts_moved(id);
        }
        Ok(Written { refused: written.refused.or(held_back), ..written })
    }

    /// Reads rows, and notes that an agent did whose conversation it is not: also where there are none yet, because who
    /// reads on hears what is written from then on. Refused: `not_found`.
    pub async fn rows(&self, who: &Principal, conversation: ConversationId, span: Span) -> Stored<RowsRead> {
        let read = self.store.rows(who.scope(), conversation, span).await?;
        let read = read.ok_or(Fault::because(RefusalCode::NotFound))?;
        self.looks_at(who, conversation, read.view.assignee.as_ref()).await?;
        Ok(read)
    }

    /// How a conversation stands, without a row of it, for an agent whose role has a right. Refused: `not_found` for whoever
    /// may not see it, else `not_allowed`. For what is decided outside the transaction that writes it; that looks again.
    pub(super) async fn reach_to(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        right: Right,
    ) -> Stored<ConversationView> {
        let read = self.store.rows(Scope::Agent(agent), conversation, NO_ROWS).await?;
        let view = read.ok_or(Fault::because(RefusalCode::NotFound))?.view;
        match self.store.agent(agent).await? {
            Some(known) if known.role.may(right) => Ok(view),
            _ => Err(Fault::because(RefusalCode::NotAllowed)),
        }
    }

    /// Somebody received and read.
    pub async fn mark(
        &self,
        who: &Principal,
        conversation: ConversationId,
        received: Seq,
        read: Seq,
    ) -> Stored<()> {
        self.log.mark(Mark { conversation, scope: who.scope(), received, read }).await
    }

    /// A visitor ends, an agent resolves.
    pub async fn resolve(&self, who: &Principal, conversation: ConversationId) -> Stored<()> {
        self.log.resolve(Resolve { conversation, scope: who.scope(), at: self.now() }).await
    }

    /// A visitor says how it was. Refused: `not_allowed` for agents; `invalid`; `rate_limited`; and see
    /// `ConversationStore::rate`.
    pub async fn rate(
        &self,
        who: &Principal,
        conversation: ConversationId,
        score: u32,
        comment: Option<String>,
    ) -> Stored<()> {
        let Principal::Visitor { id: visitor, .. } = *who else {
            return Err(Fault::because(RefusalCode::NotAllowed));
        };
        let comment = comment.map(|said| said.trim().to_owned()).filter(|said| !said.is_empty());
        if !(1..=SCORE_MAX).contains(&score) {
            return Err(Fault::because(RefusalCode::Invalid));
        }
        if comment.as_ref().is_some_and(|said| said.len() > COMMENT_BYTES_MAX) {
            return Err(Fault::because(RefusalCode::TooLong));
        }
        self.one_more(who)?;
        self.log.rate(Rate { conversation, visitor, score, comment, at: self.now() }).await
    }

    /// Somebody puts other words into what they wrote. Refused: `rate_limited`, as a message is; `too_long`; and see
    /// `ConversationStore::edit`.
    pub async fn edit(
        &self,
        who: &Principal,
        conversation: ConversationId,
        message: Cmid,
        text: String,
    ) -> Stored<()> {
        self.one_more(who)?;
        let (writer, at) = (writer(who), self.now());
        self.log.edit(Edit { conversation, writer, message, text, at }).await
    }

    /// Somebody takes back what they wrote; that an agent did is noted. Refused as `edit` is.
    pub async fn withdraw(&self, who: &Principal, conversation: ConversationId, message: Cmid) -> Stored<()> {
        self.one_more(who)?;
        let store = match *who {
            Principal::Visitor { .. } => self.store.clone(),
            Principal::Agent { id, from, .. } => {
                let by = By { actor: Actor::Agent(id), from };
                self.noting(by, What::MessageWithdrawn, Target::Conversation(conversation), "")
            }
        };
        let (writer, at) = (writer(who), self.now());
        if self.log.withdraw(&*store, Withdraw { conversation, writer, message, at }).await? {
            self.unclean.notify_one();
        }
        Ok(())
    }

    /// What is no message counts as one: a flood of it is a flood.
    fn one_more(&self, who: &Principal) -> Stored<()> {
        match self.allowances.messages(who, &self.limits, 1, self.now()).0 {
            0 => Err(Fault::because(RefusalCode::RateLimited)),
            _ => Ok(()),
        }
    }

    /// Cuts a batch to what its author's allowance holds, and says which message has to wait.
    fn hold_back(&self, who: &Principal, messages: &mut Vec<Draft>) -> Option<RefusedMessage> {
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let (allowed, wait) = self.allowances.messages(who, &self.limits, count, self.now());
        let first = messages.get(allowed as usize).map(|message| held(message, wait));
        messages.truncate(allowed as usize);
        first
    }
}

fn writer(who: &Principal) -> Writer {
    match *who {
        Principal::Visitor { id, .. } => Writer::Visitor(id),
        Principal::Agent { id, .. } => Writer::Agent(id),
    }
}

fn limited(messages: &[Draft], wait: Duration) -> Written {
    Written { acks: Vec::new(), refused: messages.first().map(|message| held(message, wait)) }
}

fn held(message: &Draft, wait: Duration) -> RefusedMessage {
    let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
    RefusedMessage { cmid: message.cmid, code: RefusalCode::RateLimited, retry_after_ms: Some(wait_ms) }
}
