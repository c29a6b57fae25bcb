//! The model node: what `relay` and `application` do, around the real hub and its mailboxes. A connection does one
//! thing at a time, in the order in which its client said them, and waits for the store in between; the hub is
//! followed before rows are read. It models no rate limits and no sessions. Desks are in `desks`.

mod chores;
mod commands;
mod delivery;
mod desks;
mod forgetting;
mod replies;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbell_server::auth::Principal;
use deskbell_server::bus::presence::InboxMembers;
use deskbell_server::bus::{Hub, Joined};
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{ConversationId, Feed, Seq};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::limits::SILENCE_MAX;
use deskbell_shared::protocol::{CloseCode, Command, Frame, Position, VERSION};

use super::network::Direction;
use super::store::{Write, agent_view};
use super::world::{Event, World};

/// Each second beat of this interval is a frame; the others only look for silence.
const HALF_BEAT_MS: u64 = 5_000;
/// See `relay::connection::RECHECK_BEATS`, in half beats.
const RECHECK_HALF_BEATS: u64 = 12;
/// See `relay::socket::WRITE_TIMEOUT`.
const WRITE_MS_MAX: u64 = 10_000;
/// How often the keeper of presence looks whether a grace has ended.
const PRESENCE_MS: u64 = 1_000;

pub struct Node {
    /// What belongs to another life is from before a crash.
    pub life: u32,
    pub hub: Arc<Hub>,
    pub tickets: BTreeMap<String, Principal>,
    pub greeting: BTreeSet<u32>,
    pub connections: BTreeMap<u32, Connection>,
    asked: BTreeMap<u64, Asked>,
    pub desks: desks::Desks,
    post: chores::Post,
    /// Uploads that are not stored yet: by whom, and for which conversation.
    uploads: BTreeMap<u64, forgetting::Upload>,
    /// Visitors who have asked to be forgotten and wait for it, by device.
    forgetting: BTreeMap<u64, usize>,
    pub draining: bool,
    pub hung_until: u64,
}

/// A connection that has said hello.
pub struct Connection {
    joined: Joined,
    pub who: Principal,
    heard: VecDeque<String>,
    /// The last commands that were taken: see `relay::commands::Taken`.
    taken: VecDeque<String>,
    jobs: VecDeque<Job>,
    /// For the store.
    waits: bool,
    feed: Option<FeedPlace>,
    goodbye_said: bool,
    heard_at: u64,
    blocked_at: Option<u64>,
    half_beats: u64,
    deliver: bool,
}

/// Where a connection stands in the list feed: see `relay::connection::FeedPlace`.
struct FeedPlace {
    told: Feed,
    scanned: Feed,
    pending: bool,
}

/// What a connection does before it listens again.
enum Job {
    Watch { id: Option<u32>, position: Position },
    CatchUp { conversation: ConversationId, after: Seq, full: bool },
    Feed { id: Option<u32>, after: FeedPosition },
}

/// A question to the store, and what its answer is for.
struct Asked {
    link: u32,
    what: For,
}

enum For {
    Start {
        id: u32,
        conversation: ConversationId,
        watched: bool,
    },
    Send {
        id: u32,
        conversation: ConversationId,
    },
    Done {
        id: u32,
        conversation: ConversationId,
    },
    /// Of an agent about getting conversations.
    Choice {
        id: u32,
    },
    Mark {
        conversation: ConversationId,
    },
    Sync {
        id: u32,
        conversation: ConversationId,
    },
    Watch {
        id: Option<u32>,
        conversation: ConversationId,
        watched: bool,
    },
    CatchUp {
        conversation: ConversationId,
        after: Seq,
        full: bool,
    },
}

impl World {
    /// A node comes up on what the store has.
    pub fn start_node(&mut self) {
        self.node_lives += 1;
        let life = self.node_lives;
        self.node = Some(Node {
            life,
            hub: Arc::new(Hub::new(self.store.durable.epoch)),
            tickets: BTreeMap::new(),
            greeting: BTreeSet::new(),
            connections: BTreeMap::new(),
            asked: BTreeMap::new(),
            desks: desks::Desks::default(),
            post: chores::Post::default(),
            uploads: BTreeMap::new(),
            forgetting: BTreeMap::new(),
            draining: false,
            hung_until: 0,
        });
        self.tell(|_| "the node starts".into());
        self.keep_presence(true);
        self.forget_again();
        for inbox in self.inboxes.clone() {
            self.begin_desk(inbox, 0);
        }
        self.later(PRESENCE_MS, Event::Presence { life });
    }

    /// The node is gone, with everything that was not synced. Its peers see their sockets reset.
    pub fn kill_node(&mut self) {
        let Some(node) = self.node.take() else { return };
        self.store.crash();
        self.forget_unsynced();
        let links: Vec<u32> = node.greeting.iter().chain(node.connections.keys()).copied().collect();
        drop(node);
        for link in links {
            let midway = self.random.once_in(2);
            self.cut(link, midway);
        }
    }

    /// A socket has been opened, and nothing was said on it yet.
    pub fn accept(&mut self, link: u32) -> bool {
        match &mut self.node {
            Some(node) if !node.draining => {
                node.greeting.insert(link);
                true
            }
            _ => false,
        }
    }

    /// A frame has arrived; an empty one is a pong.
    pub fn node_hears(&mut self, link: u32, text: String) {
        let now = self.now;
        let Some(node) = &mut self.node else { return };
        if let Some(connection) = node.connections.get_mut(&link) {
            connection.heard_at = now;
            if !text.is_empty() {
                connection.heard.push_back(text);
            }
            self.step(link);
        } else if node.greeting.remove(&link)
            && let Err(code) = self.admit(link, &text)
        {
            self.close_from_node(link, code.code());
        }
    }

    fn admit(&mut self, link: u32, text: &str) -> Result<(), CloseCode> {
        let Ok(Command::Hello { ticket, resume, feed, .. }) = Command::from_text(text) else {
            return Err(CloseCode::Malformed);
        };
        let now = self.now;
        let server_now = self.server_now();
        let Some(node) = &mut self.node else { return Err(CloseCode::Unavailable) };
        let who = node.tickets.remove(&ticket).ok_or(CloseCode::Ticket)?;
        let joined = node.hub.join(who)?;
        let (conversations, service) = match who {
            Principal::Visitor { id, inbox, .. } => {
                (self.store.conversations_of(id), Some(node.hub.service(inbox)))
            }
            Principal::Agent { .. } => (Vec::new(), None),
        };
        let mut jobs: VecDeque<Job> =
            resume.into_iter().map(|position| Job::Watch { id: None, position }).collect();
        jobs.extend(feed.map(|after| Job::Feed { id: None, after }));
        let life = node.life;
        node.connections.insert(
            link,
            Connection {
                joined,
                who,
                heard: VecDeque::new(),
                taken: VecDeque::new(),
                jobs,
                waits: false,
                feed: None,
                goodbye_said: false,
                heard_at: now,
                blocked_at: None,
                half_beats: 0,
                deliver: true,
            },
        );
        let epoch = self.store.durable.epoch;
        let (version, me) = (VERSION, who.me());
        // Only a list shows them, and nobody looks at lists here.
        let last_messages = None;
        let welcome = Frame::Welcome {
            version,
            epoch,
            now: server_now,
            me,
            conversations,
            last_messages,
            told: None,
            service,
        };
        self.put(link, &welcome);
        if let Some(link) = self.links.get_mut(&link) {
            link.welcomed = true;
        }
        let first = self.random.below(HALF_BEAT_MS);
        self.later(first, Event::HalfBeat { life, link });
        self.keep_presence(false);
        self.stir_desks();
        self.step(link);
        Ok(())
    }

    /// The connection is over, as far as the node knows.
    pub fn node_sees_close(&mut self, link: u32) {
        // Graces begin at the present time.
        self.sync_clock();
        let Some(node) = &mut self.node else { return };
        node.greeting.remove(&link);
        if node.connections.remove(&link).is_some() {
            self.keep_presence(false);
            self.stir_desks();
        }
    }

    /// The node ends a connection.
    pub fn close(&mut self, link: u32, code: CloseCode) {
        self.node_sees_close(link);
        if let Some(link) = self.links.get_mut(&link) {
            link.up.cut();
        }
        self.close_from_node(link, code.code());
    }

    pub fn half_beat(&mut self, link: u32) {
        let (now, server_now) = (self.now, self.server_now());
        let blocked = self.links.get(&link).is_none_or(|link| link.is_blocked(now));
        let Some(node) = &mut self.node else { return };
        let life = node.life;
        let Some(connection) = node.connections.get_mut(&link) else { return };
        connection.half_beats += 1;
        let half_beats = connection.half_beats;
        connection.blocked_at = blocked.then_some(connection.blocked_at.unwrap_or(now));
        if connection.blocked_at.is_some_and(|at| now >= at + WRITE_MS_MAX) {
            return self.close(link, CloseCode::TooSlow);
        }
        if now >= connection.heard_at + SILENCE_MAX.as_millis() as u64 {
            return self.close(link, CloseCode::Silent);
        }
        if half_beats.is_multiple_of(RECHECK_HALF_BEATS) {
            connection.joined.mailbox.recheck();
            if let Some(place) = &mut connection.feed {
                place.pending = true;
            }
            connection.deliver = true;
        }
        if half_beats.is_multiple_of(2) && !blocked {
            self.put(link, &Frame::Beat { now: server_now });
        }
        self.later(HALF_BEAT_MS, Event::HalfBeat { life, link });
        self.step(link);
    }

    /// Lets every connection go on as far as it can.
    pub fn step_all(&mut self) {
        let links: Vec<u32> =
            self.node.as_ref().map(|node| node.connections.keys().copied().collect()).unwrap_or_default();
        for link in links {
            self.step(link);
        }
    }

    fn step(&mut self, link: u32) {
        loop {
            let now = self.now;
            let blocked = self.links.get(&link).is_some_and(|link| link.is_blocked(now));
            let Some(connection) = self.connection(link) else { return };
            if connection.waits || blocked {
                return;
            }
            if let Some(job) = connection.jobs.pop_front() {
                self.begin(link, job);
            } else if std::mem::take(&mut connection.deliver) | connection.is_woken() {
                self.deliver(link);
            } else if let Some(text) = connection.heard.pop_front() {
                connection.deliver = true;
                self.obey(link, &text);
            } else {
                return;
            }
        }
    }

    /// Whether it has something in hand.
    pub fn is_busy(&self, link: u32) -> bool {
        let connection = self.node.as_ref().and_then(|node| node.connections.get(&link));
        connection.is_some_and(|c| c.waits || !c.heard.is_empty() || !c.jobs.is_empty())
    }

    fn connection(&mut self, link: u32) -> Option<&mut Connection> {
        let hung = self.node.as_ref().is_none_or(|node| node.hung_until > self.now);
        if hung { None } else { self.node.as_mut()?.connections.get_mut(&link) }
    }

    /// Asks the store to write; the connection waits.
    fn ask_write(&mut self, link: u32, what: For, write: Write) {
        let number = self.ask(link, what);
        self.submit(number, write);
    }

    /// Has the store write; the answer comes under a number.
    pub fn submit(&mut self, number: u64, write: Write) {
        if self.store.submit(number, write)
            && let Some(life) = self.node.as_ref().map(|node| node.life)
        {
            let wait = self.random.below(2);
            self.later(wait, Event::Append { life });
        }
    }

    /// Notes what an answer will be for.
    fn ask(&mut self, link: u32, what: For) -> u64 {
        self.asked += 1;
        let number = self.asked;
        if let Some(node) = &mut self.node {
            node.asked.insert(number, Asked { link, what });
            if let Some(connection) = node.connections.get_mut(&link) {
                connection.waits = true;
            }
        }
        number
    }

    fn put(&mut self, link: u32, frame: &impl Wire) {
        self.transmit(link, Direction::Down, frame.to_text());
    }

    // Presence

    /// Does what `relay::keep_presence` does, as far as it can go now.
    pub fn keep_presence(&mut self, anew: bool) {
        self.sync_clock();
        let Some(node) = &self.node else { return };
        if anew {
            self.settle_presence();
        }
        let hub = node.hub.clone();
        while let Poll::Ready(unsettled) = poll(hub.stir()) {
            if unsettled {
                self.settle_presence();
            }
        }
    }

    pub fn look_at_presence(&mut self, life: u32) {
        self.keep_presence(false);
        self.do_chores();
        self.step_desks();
        self.step_all();
        self.later(PRESENCE_MS, Event::Presence { life });
    }

    fn settle_presence(&self) {
        let Some(node) = &self.node else { return };
        let members = |inbox| {
            let all = self.store.durable.members.iter();
            all.filter(|(of, _)| *of == inbox).map(|(_, agent)| *agent).collect()
        };
        let inboxes = self.inboxes.iter().map(|inbox| InboxMembers {
            inbox: *inbox,
            name: String::new(),
            members: members(*inbox),
            away: Vec::new(),
            closed: None,
            mail: false,
        });
        let agents: Vec<_> = self.agents().into_iter().map(agent_view).collect();
        node.hub.keep(inboxes.collect(), &agents);
    }

    /// Brings the clock that the hub reads to the present.
    fn sync_clock(&mut self) {
        let behind = self.now.saturating_sub(self.clock_at);
        if behind > 0 {
            self.clock_at = self.now;
            self.runtime.block_on(tokio::time::advance(Duration::from_millis(behind)));
        }
    }
}

impl Connection {
    fn is_woken(&self) -> bool {
        poll(self.joined.mailbox.woken()).is_ready()
    }
}

/// Looks at a future once. The hub's futures keep what has happened for whoever looks next.
fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
