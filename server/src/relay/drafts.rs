//! What an agent has written and not sent, told on each of their connections: what a client was told is compared with what is
//! stored, so that whatever ends a draft (sent, erased, out of sight) is told in one way.

use std::collections::HashMap;

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::limits::PAGE_BYTES_MAX;
use deskbell_shared::protocol::{CloseCode, DeskFrame, DraftView};
use tokio::io::{AsyncRead, AsyncWrite};

use super::connection::Connection;
use super::reply;
use super::socket::End;
use crate::bus::hub::frame_bytes;
use crate::store::Fault;

/// A draft is in a conversation, and a note or not.
type Slot = (ConversationId, bool);

/// What a client was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whether it was told anything yet.
    begun: bool,
    revisions: HashMap<Slot, u64>,
}

impl Told {
    /// What it has to be told now; then it was.
    fn news(&mut self, now: Vec<DraftView>) -> Vec<DraftView> {
        let slot = |draft: &DraftView| (draft.conversation, draft.is_note);
        let mut news: Vec<DraftView> = Vec::new();
        self.revisions.retain(|(conversation, is_note), revision| {
            let is_kept = now.iter().any(|draft| slot(draft) == (*conversation, *is_note));
            if !is_kept {
                let (conversation, is_note, revision) = (*conversation, *is_note, *revision);
                news.push(DraftView { conversation, is_note, text: String::new(), revision });
            }
            is_kept
        });
        for draft in now {
            if self.revisions.insert(slot(&draft), draft.revision) != Some(draft.revision) {
                news.push(draft);
            }
        }
        news
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection<S> {
    /// Tells what is another than it was told before.
    pub(super) async fn tell_drafts(&mut self) -> Result<(), End> {
        if self.drafts.is_none() || !self.joined.mailbox.take_drafts_moved() {
            return Ok(());
        }
        let now = match self.app.drafts(&self.who()).await {
            Ok(now) => now,
            // Whoever was told nothing yet saves nothing: they come again. Else whatever is kept next, or the look of each
            // minute, tells of it.
            Err(Fault::Unavailable(_)) => {
                let is_begun = self.drafts.as_ref().is_some_and(|told| told.begun);
                return if is_begun { Ok(()) } else { Err(End::Close(CloseCode::Unavailable)) };
            }
            Err(fault) => return reply::fault(None, None, fault).map(|_| ()),
        };
        let Some(told) = &mut self.drafts else { return Ok(()) };
        let mut reset = !std::mem::replace(&mut told.begun, true);
        let news = told.news(now);
        if news.is_empty() && !reset {
            return Ok(());
        }
        let mut left = news.into_iter().peekable();
        loop {
            let (mut drafts, mut bytes) = (Vec::new(), 0);
            while let Some(draft) =
                left.next_if(|draft| bytes == 0 || bytes + draft.text.len() <= PAGE_BYTES_MAX)
            {
                bytes += draft.text.len().max(1);
                drafts.push(draft);
            }
            let more = left.peek().is_some();
            self.socket.put(frame_bytes(&DeskFrame::Drafts { reset, drafts, more })).await?;
            reset = false;
            if !more {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(conversation: u128, text: &str, revision: u64) -> DraftView {
        let conversation = ConversationId(conversation);
        DraftView { conversation, is_note: false, text: text.to_owned(), revision }
    }

    #[test]
    fn each_is_told_once_and_its_end_too() {
        let mut told = Told::default();
        let (first, second) = (draft(1, "half", 1), draft(2, "other", 2));
        assert_eq!(told.news(vec![first.clone(), second.clone()]), [first.clone(), second.clone()]);
        assert_eq!(told.news(vec![first.clone(), second.clone()]), []);
        let later = draft(1, "half an", 3);
        assert_eq!(told.news(vec![second.clone(), later.clone()]), std::slice::from_ref(&later));
        let gone = told.news(vec![later]);
        assert_eq!(gone, [DraftView { text: String::new(), ..second }]);
        assert_eq!(told.news(vec![]).len(), 1);
    }
}
