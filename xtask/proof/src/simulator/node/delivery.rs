//! From the mailbox to the link: as `relay::delivery` does it.

use deskbell_server::auth::Principal;
use deskbell_server::bus::mailbox::{ENTRIES_QUEUED_MAX, Signs, Typing};
use deskbell_server::store::conversations::Span;
use deskbell_shared::model::{AgentId, ConversationId, Feed, Seq};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{DeskFrame, Frame, RefusalCode};

use super::super::double::Double;
use super::super::network::Direction;
use super::super::world::{Event, World};
use super::{FeedPlace, For, Job};

impl World {
    pub(super) fn begin(&mut self, link: u32, job: Job) {
        match job {
            Job::Watch { id, position } => {
                let conversation = position.conversation;
                let Some(node) = &self.node else { return };
                let Some(connection) = node.connections.get(&link) else { return };
                let watched = connection.joined.mailbox.watches(conversation);
                if !node.hub.follow(conversation, &connection.joined.mailbox) {
                    return self.refuse(link, id, RefusalCode::TooLong, Some(conversation));
                }
                let ours = position.epoch == Some(self.store.durable.epoch);
                let after = if ours { position.after } else { Seq(0) };
                let what = For::Watch { id, conversation, watched };
                self.ask_rows(link, what, conversation, Span::Newest(after));
            }
            Job::CatchUp { conversation, after, full } => {
                let what = For::CatchUp { conversation, after, full };
                self.ask_rows(link, what, conversation, Span::After(after));
            }
            Job::Feed { id, after } => self.feed_page(link, id, after),
        }
    }

    /// Tells the client everything that waits.
    pub(super) fn deliver(&mut self, link: u32) {
        let Some(connection) = self.connection(link) else { return };
        let taken = connection.joined.mailbox.take();
        if let Some(code) = taken.close {
            return self.close(link, code);
        }
        let full = taken.entries.len() >= ENTRIES_QUEUED_MAX;
        for entry in taken.entries {
            let text = String::from_utf8_lossy(&entry).into_owned();
            self.transmit(link, Direction::Down, text);
        }
        self.tell_signs(link, taken.signs, &taken.behind);
        for (conversation, after) in taken.behind {
            if let Some(connection) = self.connection(link) {
                connection.jobs.push_back(Job::CatchUp { conversation, after, full });
            }
        }
        self.tell_feed(link);
        if let Some(drain) = taken.drain {
            self.say_goodbye(link, drain.spread_ms);
        }
    }

    fn say_goodbye(&mut self, link: u32, spread_ms: u32) {
        let Some(connection) = self.connection(link) else { return };
        if std::mem::replace(&mut connection.goodbye_said, true) {
            return;
        }
        self.put(link, &Frame::Goodbye { reconnect_within_ms: spread_ms });
        let wait = self.random.below(u64::from(spread_ms));
        if let Some(life) = self.node.as_ref().map(|node| node.life) {
            self.later(wait, Event::GoesAway { life, link });
        }
    }

    fn tell_signs(&mut self, link: u32, signs: Signs, behind: &[(ConversationId, Seq)]) {
        let epoch = self.store.durable.epoch;
        for (conversation, marks) in signs.marks {
            if !behind.iter().any(|(other, _)| *other == conversation) {
                self.put(link, &Frame::Cursor { conversation, epoch, marks });
            }
        }
        for conversation in signs.erased {
            self.put(link, &Frame::Erased { conversation, epoch });
        }
        for (_, _, frame) in signs.waits {
            let text = String::from_utf8_lossy(&frame).into_owned();
            self.transmit(link, Direction::Down, text);
        }
        for Typing { conversation, agent, on } in signs.typing {
            self.put(link, &Frame::Typing { conversation, agent, on });
        }
        for (visitor, online) in signs.presence {
            self.put(link, &DeskFrame::VisitorPresence { visitor, online });
        }
        for (_, service) in signs.services {
            let text = String::from_utf8_lossy(&service).into_owned();
            self.transmit(link, Direction::Down, text);
        }
    }

    /// Sends the list feed from a place on, and follows it.
    fn feed_page(&mut self, link: u32, id: Option<u32>, position: FeedPosition) {
        let epoch = self.store.durable.epoch;
        let Some(node) = &self.node else { return };
        let Some(connection) = node.connections.get(&link) else { return };
        let Principal::Agent { id: agent, .. } = connection.who else { return };
        node.hub.follow_feed(&connection.joined.mailbox);
        connection.joined.mailbox.take_feed_moved();
        let known = position.epoch == Some(epoch) && position.after > Feed(0);
        if known {
            self.tell_gone(link, agent, position.after);
        }
        let Some(node) = &self.node else { return };
        let after = if known { position.after } else { Feed(0) };
        let head = self.store.feed_head();
        let mut rows = self.store.feed(agent, after, !known);
        for row in &mut rows {
            row.visitor.online = node.hub.visitor_online(row.visitor.id);
        }
        let upto = rows.last().map_or(after, |row| row.feed).max(head);
        let page = DeskFrame::FeedPage { id, epoch, reset: !known, rows, upto, more: false };
        self.put(link, &page);
        if let Some(connection) = self.connection(link) {
            connection.feed = Some(FeedPlace { told: upto, scanned: upto, pending: false });
        }
    }

    fn tell_gone(&mut self, link: u32, agent: AgentId, after: Feed) {
        for (feed, conversation) in self.store.out_of_sight(agent, after) {
            self.put(link, &DeskFrame::ConversationGone { conversation, feed });
        }
    }

    /// Tells what changed in the lists since the client was told last.
    fn tell_feed(&mut self, link: u32) {
        let Some(node) = &self.node else { return };
        let hub = node.hub.clone();
        let Some(connection) = self.connection(link) else { return };
        let Principal::Agent { id: agent, .. } = connection.who else { return };
        let moved = connection.joined.mailbox.take_feed_moved();
        let Some(place) = &mut connection.feed else { return };
        if !std::mem::take(&mut place.pending) && !moved {
            return;
        }
        let (told, scanned) = (place.told, place.scanned);
        self.tell_gone(link, agent, scanned);
        let head = hub.feed_head();
        let mut prev = told;
        for mut summary in self.store.feed(agent, scanned, false) {
            summary.visitor.online = hub.visitor_online(summary.visitor.id);
            let feed = summary.feed;
            self.put(link, &DeskFrame::ConversationChanged { prev, summary });
            prev = feed;
        }
        if let Some(place) = self.connection(link).and_then(|connection| connection.feed.as_mut()) {
            place.told = prev;
            place.scanned = prev.max(head).max(scanned);
        }
    }

    /// Whether the broken hub drops what a full mailbox could not hold.
    pub(super) fn drops(&self, full: bool) -> bool {
        full && self.double == Some(Double::DropsWhenFull)
    }
}
