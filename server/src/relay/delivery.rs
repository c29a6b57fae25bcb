//! From the mailbox to the socket: rows that wait, rows to be fetched, signs, and the list feed.

use deskbell_shared::model::{ConversationId, Feed, Seq};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{DeskFrame, Frame, Position, RefusalCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::connection::{Connection, FEED_LINE_INTERVAL, FEED_READ_INTERVAL, FeedPlace};
use super::reply;
use super::socket::End;
use crate::bus::hub::frame_bytes;
use crate::bus::mailbox::{Signs, Typing};
use crate::store::Fault;
use crate::store::conversations::{OutOfSight, Span};

/// The position of a client whose lists are empty.
const NOTHING_YET: FeedPosition = FeedPosition { epoch: None, after: Feed(0) };

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection<S> {
    /// Tells the client everything that waits.
    pub(super) async fn deliver(&mut self) -> Result<(), End> {
        let taken = self.joined.mailbox.take();
        if let Some(code) = taken.close {
            return Err(End::Close(code));
        }
        for entry in taken.entries {
            self.socket.put(entry).await?;
        }
        let mut signs = taken.signs;
        let waits = std::mem::take(&mut signs.waits);
        let attended = std::mem::take(&mut signs.attended);
        self.tell_signs(signs, &taken.behind).await?;
        for (conversation, after) in taken.behind {
            self.catch_up(conversation, after).await?;
        }
        // A place in the queue is said after the row that put it there.
        for (_, _, frame) in waits {
            self.socket.put(frame).await?;
        }
        for (conversation, frame) in attended {
            // Reading on has found out whether it is still theirs to read.
            if self.joined.mailbox.watches(conversation) {
                self.socket.put(frame).await?;
            }
        }
        self.tell_feed().await?;
        self.tell_drafts().await?;
        if let (Some(drain), false) = (taken.drain, self.goodbye_said) {
            self.goodbye_said = true;
            self.close_at = Some(drain.close_at);
            self.socket.put(frame_bytes(&Frame::Goodbye { reconnect_within_ms: drain.spread_ms })).await?;
        }
        self.socket.flush().await
    }

    /// Answers the positions of a hello, subscribing before it reads.
    pub(super) async fn resume(
        &mut self,
        resume: Vec<Position>,
        feed: Option<FeedPosition>,
    ) -> Result<(), End> {
        for position in resume {
            self.watch(None, position).await?;
        }
        match feed {
            Some(position) => self.feed_pages(None, position).await,
            None => Ok(()),
        }
    }

    /// Follows a conversation and sends where it stands. Authorised anew each time: the rows are read in the
    /// client's own scope.
    pub(super) async fn watch(&mut self, id: Option<u32>, position: Position) -> Result<(), End> {
        let Position { conversation, epoch, after } = position;
        let mailbox = self.mailbox();
        let watched_before = mailbox.watches(conversation);
        if !self.app.hub.follow(conversation, &mailbox) {
            return self.socket.put(reply::refused(id, RefusalCode::TooLong, Some(conversation))).await;
        }
        let after = if epoch == Some(self.app.store.epoch()) { after } else { Seq(0) };
        match self.app.rows(&self.who(), conversation, Span::Newest(after)).await {
            Ok(read) => {
                let upto = read.rows.last().map_or(read.view.head, |row| row.seq);
                self.socket
                    .put(frame_bytes(&Frame::Page { id, conversation: read.view, rows: read.rows }))
                    .await?;
                if read.erased {
                    // It was erased while nobody could tell this client, as far as is known.
                    let epoch = self.app.store.epoch();
                    self.socket.put(frame_bytes(&Frame::Erased { conversation, epoch })).await?;
                }
                if !mailbox.caught_up(conversation, upto) {
                    mailbox.wake();
                }
                Ok(())
            }
            Err(fault) => {
                if !watched_before || fault.is(RefusalCode::NotFound) {
                    self.app.hub.unfollow(conversation, &mailbox);
                }
                let refused = reply::fault(id, Some(conversation), fault)?;
                self.socket.put(refused).await
            }
        }
    }

    /// Fetches rows that did not fit the queue, one page at a time, at the pace at which the client takes them.
    async fn catch_up(&mut self, conversation: ConversationId, after: Seq) -> Result<(), End> {
        let mailbox = self.mailbox();
        let epoch = self.app.store.epoch();
        match self.app.rows(&self.who(), conversation, Span::After(after)).await {
            Ok(read) => {
                let upto = read.rows.last().map_or(after, |row| row.seq);
                let found = !read.rows.is_empty();
                for entry in read.rows {
                    self.socket.put(frame_bytes(&Frame::Entry { conversation, epoch, entry })).await?;
                }
                if mailbox.caught_up(conversation, upto.max(after)) {
                    let marks = read.view.marks;
                    self.socket.put(frame_bytes(&Frame::Cursor { conversation, epoch, marks })).await?;
                } else if found {
                    mailbox.wake();
                }
                Ok(())
            }
            // No longer theirs to read.
            Err(fault) if fault.is(RefusalCode::NotFound) => {
                self.app.hub.unfollow(conversation, &mailbox);
                self.socket.put(reply::refused(None, RefusalCode::NotFound, Some(conversation))).await
            }
            // It stays behind, and the next thing that happens on this connection tries again.
            Err(Fault::Unavailable(_)) => Ok(()),
            // Whoever comes back asks for it anew and is refused; nobody stays behind without a word.
            Err(fault) => reply::fault(None, None, fault).map(|_| ()),
        }
    }

    async fn tell_signs(&mut self, signs: Signs, behind: &[(ConversationId, Seq)]) -> Result<(), End> {
        let epoch = self.app.store.epoch();
        for (conversation, marks) in signs.marks {
            // Marks of rows that are still to be fetched come with them.
            if !behind.iter().any(|(other, _)| *other == conversation) {
                self.socket.put(frame_bytes(&Frame::Cursor { conversation, epoch, marks })).await?;
            }
        }
        for conversation in signs.erased {
            self.socket.put(frame_bytes(&Frame::Erased { conversation, epoch })).await?;
        }
        for Typing { conversation, agent, on } in signs.typing {
            // Whether it is still theirs to read is found out with the rows.
            if behind.iter().any(|(other, _)| *other == conversation) {
                continue;
            }
            self.socket.put(frame_bytes(&Frame::Typing { conversation, agent, on })).await?;
        }
        for (visitor, online) in signs.presence {
            self.socket.put(frame_bytes(&DeskFrame::VisitorPresence { visitor, online })).await?;
        }
        for (_, service) in signs.services {
            self.socket.put(service).await?;
        }
        for (_, frame) in signs.desks {
            self.socket.put(frame).await?;
        }
        for site in signs.sites {
            self.socket.put(frame_bytes(&DeskFrame::SiteChanged { site })).await?;
        }
        Ok(())
    }

    /// Sends the list feed from a place on, and follows it.
    pub(super) async fn feed_pages(&mut self, id: Option<u32>, position: FeedPosition) -> Result<(), End> {
        let mailbox = self.mailbox();
        self.app.hub.follow_feed(&mailbox);
        mailbox.take_feed_moved();
        let epoch = self.app.store.epoch();
        let (app, who) = (self.app.clone(), self.who());
        let mut known = position.epoch == Some(epoch) && position.after > Feed(0);
        if known {
            match app.out_of_sight(&who, position.after).await {
                Ok(OutOfSight::Gone(gone)) => self.tell_gone(gone).await?,
                Ok(OutOfSight::Anew) => known = false,
                Err(fault) => {
                    let refused = reply::fault(id, None, fault)?;
                    return self.socket.put(refused).await;
                }
            }
        }
        let mut after = if known { position.after } else { Feed(0) };
        let mut reset = !known;
        // Whoever starts with nothing gets open conversations only, and would never hear that one of them is resolved
        // while the pages are read: what changes from here on is told afterwards.
        let mut begun_at = None;
        loop {
            // The head before the read: whatever is committed later is announced.
            let read = match app.store.feed_head().await {
                Ok(head) => app.feed_after(&who, after, !known).await.map(|lines| (head, lines)),
                Err(fault) => Err(fault),
            };
            let (head, lines) = match read {
                Ok(read) => read,
                Err(fault) => {
                    let refused = reply::fault(id, None, fault)?;
                    return self.socket.put(refused).await;
                }
            };
            let last = lines.rows.last().map_or(after, |row| row.feed);
            after = if lines.more { last } else { last.max(head) };
            let complete_to = if known { Feed(u64::MAX) } else { *begun_at.get_or_insert(head) };
            let upto = after.min(complete_to);
            let page = DeskFrame::FeedPage { id, epoch, reset, rows: lines.rows, upto, more: lines.more };
            self.socket.put(frame_bytes(&page)).await?;
            reset = false;
            if !lines.more {
                let pending = upto < after;
                let read_at = Instant::now();
                self.feed = Some(FeedPlace { told: upto, scanned: upto, pending, read_at });
                return Ok(());
            }
        }
    }

    async fn tell_gone(&mut self, gone: Vec<(Feed, ConversationId)>) -> Result<(), End> {
        for (feed, conversation) in gone {
            self.socket.put(frame_bytes(&DeskFrame::ConversationGone { conversation, feed })).await?;
        }
        Ok(())
    }

    /// Tells what changed in the lists since the client was told last.
    async fn tell_feed(&mut self) -> Result<(), End> {
        let Some(place) = &mut self.feed else { return Ok(()) };
        place.pending |= self.joined.mailbox.take_feed_moved();
        let now = Instant::now();
        if !place.pending || now < place.read_at {
            return Ok(());
        }
        let (told, scanned) = (place.told, place.scanned);
        place.read_at = now + FEED_READ_INTERVAL;
        let head = self.app.hub.feed_head();
        match self.app.out_of_sight(&self.who(), scanned).await {
            Ok(OutOfSight::Gone(gone)) => self.tell_gone(gone).await?,
            Ok(OutOfSight::Anew) => return self.feed_pages(None, NOTHING_YET).await,
            Err(Fault::Unavailable(_)) => return Ok(()),
            Err(fault) => return reply::fault(None, None, fault).map(|_| ()),
        }
        let lines = match self.app.feed_after(&self.who(), scanned, false).await {
            Ok(lines) => lines,
            // It stays pending.
            Err(Fault::Unavailable(_)) => return Ok(()),
            Err(fault) => return reply::fault(None, None, fault).map(|_| ()),
        };
        let mut prev = told;
        let lines_told = u32::try_from(lines.rows.len()).unwrap_or(u32::MAX);
        for summary in lines.rows {
            let feed = summary.feed;
            self.socket.put(frame_bytes(&DeskFrame::ConversationChanged { prev, summary })).await?;
            prev = feed;
        }
        if let Some(place) = &mut self.feed {
            place.read_at = now + FEED_READ_INTERVAL.max(FEED_LINE_INTERVAL * lines_told);
            place.told = prev;
            place.scanned = if lines.more { prev } else { prev.max(head).max(scanned) };
            place.pending = lines.more;
        }
        Ok(())
    }
}
