//! One connection, from hello to close: a loop over what comes in, what waits to be told, and the time.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{Feed, UnixMillis};
use deskbell_shared::protocol::limits::BEAT_INTERVAL;
use deskbell_shared::protocol::{CloseCode, Frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};

use super::PeerAddress;
use super::commands::Taken;
use super::drafts::Told;
use super::handshake::{Admitted, admit, still_signed_in};
use super::socket::{End, Heard, Limits, Socket};
use crate::application::Application;
use crate::application::allowance::{Bucket, Rate};
use crate::auth::Principal;
use crate::auth::throttle::Place;
use crate::bus::hub::frame_bytes;
use crate::bus::{Joined, Mailbox};

/// The list feed is read for one connection no more often than this.
pub const FEED_READ_INTERVAL: Duration = Duration::from_millis(50);
/// Each line told adds this to the wait before the next look: a hundred lines a second are more than anybody reads,
/// and what changes ten thousand times a second must not cost the writers their machine.
pub const FEED_LINE_INTERVAL: Duration = Duration::from_millis(10);
/// After so many beats everything followed is compared with the store, and a session looked up: once a minute, so
/// that ten thousand idle visitors cost the store less than two hundred small reads a second.
pub const RECHECK_BEATS: u32 = 6;

/// A connection that has said hello.
pub(super) struct Connection<S> {
    pub(super) app: Arc<Application>,
    pub(super) socket: Socket<S>,
    pub(super) joined: Joined,
    /// Where its client is, as far as caps by address go.
    place: Place,
    pub(super) feed: Option<FeedPlace>,
    /// What the client was told of what its agent has written and not sent, if it wants to know.
    pub(super) drafts: Option<Told>,
    pub(super) goodbye_said: bool,
    /// When the server closes it in a drain.
    pub(super) close_at: Option<Instant>,
    beat_at: Instant,
    beats: u32,
    /// The client has said something since the last look at its session.
    active: bool,
    pub(super) taken: Taken,
    frames: Bucket,
    pub(super) typing: Bucket,
    pub(super) attention: Bucket,
    pings: Bucket,
    strikes: Bucket,
    /// It was told to send no message before this.
    told_to_wait_until: UnixMillis,
}

/// Where a connection stands in the list feed.
pub(super) struct FeedPlace {
    /// The place its client was told last.
    pub(super) told: Feed,
    /// Everything up to here has been looked at.
    pub(super) scanned: Feed,
    /// There is more to look at.
    pub(super) pending: bool,
    /// Not before this.
    pub(super) read_at: Instant,
}

/// What a client did that it may not, for the log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Overstep {
    /// More frames than it may send.
    Frames,
    /// Messages before the wait was over that it had been told.
    Messages,
    /// A frame that is wrong, or not for it.
    Frame,
    /// Something about a conversation that is not theirs.
    Conversation,
}

enum Event {
    Heard(Result<Heard, End>),
    Woken,
    Time,
}

/// Serves one connection to its end.
pub(super) async fn serve<S>(app: Arc<Application>, stream: S, peer: PeerAddress)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut socket = Socket::new(stream, Limits::default()).await;
    let end = match Box::pin(admit(&app, &mut socket)).await {
        Ok(Admitted { joined, resume, feed }) => {
            let mut connection = Connection::new(app, socket, joined, peer);
            let end = match Box::pin(connection.resume(resume, feed)).await {
                Ok(()) => connection.run().await,
                Err(end) => end,
            };
            // Whoever has left is told nothing more and counts no more, while the socket lingers.
            drop(connection.joined);
            socket = connection.socket;
            end
        }
        Err(end) => end,
    };
    tracing::debug!(%peer, ?end, "a connection ends");
    Box::pin(socket.finish(end)).await;
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection<S> {
    fn new(app: Arc<Application>, socket: Socket<S>, joined: Joined, peer: PeerAddress) -> Connection<S> {
        let now = Instant::now();
        // Connections that came together need not all beat together.
        let phase = (joined.mailbox.id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32;
        let first_beat = BEAT_INTERVAL.mul_f64(f64::from(phase) / f64::from(u32::MAX));
        Connection {
            app,
            socket,
            joined,
            place: peer.0.into(),
            feed: None,
            drafts: None,
            goodbye_said: false,
            close_at: None,
            beat_at: now + first_beat,
            beats: phase % RECHECK_BEATS,
            active: false,
            taken: Taken::default(),
            frames: Bucket::default(),
            typing: Bucket::default(),
            attention: Bucket::default(),
            pings: Bucket::default(),
            strikes: Bucket::default(),
            told_to_wait_until: UnixMillis(0),
        }
    }

    /// Whose connection it is.
    pub(super) fn who(&self) -> Principal {
        self.joined.mailbox.principal
    }

    /// What waits to be told on it.
    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        self.joined.mailbox.clone()
    }

    async fn run(&mut self) -> End {
        let timer = sleep_until(self.next_time());
        tokio::pin!(timer);
        loop {
            // What takes memory to do is boxed: an idle connection keeps only what it needs to wait.
            if let Err(end) = Box::pin(self.deliver()).await {
                return end;
            }
            let next = self.next_time();
            if timer.is_elapsed() || next < timer.deadline() {
                timer.as_mut().reset(next);
            }
            let event = tokio::select! {
                heard = self.socket.next() => Event::Heard(heard),
                () = self.joined.mailbox.woken() => Event::Woken,
                () = &mut timer => Event::Time,
            };
            let taken = match event {
                Event::Heard(Ok(heard)) => Box::pin(self.hear(heard)).await,
                Event::Heard(Err(end)) => Err(end),
                Event::Woken => Ok(()),
                Event::Time => Box::pin(self.pass_time(Instant::now())).await,
            };
            if let Err(end) = taken {
                return end;
            }
        }
    }

    async fn hear(&mut self, heard: Heard) -> Result<(), End> {
        match heard {
            Heard::Text(text) => {
                self.active = true;
                self.obey(&text).await
            }
            Heard::Ping => {
                let rate = self.app.limits.pings;
                match self.pings.take_one(rate, self.app.now()) {
                    Ok(()) => Ok(()),
                    Err(_) => Err(End::Close(CloseCode::Abuse)),
                }
            }
            Heard::Pong => self.frame_allowed().map(|_| ()),
        }
    }

    /// Whether another frame may come now; otherwise how long until it may, in milliseconds.
    pub(super) fn frame_allowed(&mut self) -> Result<Option<u32>, End> {
        let limits = &self.app.limits;
        let rate: Rate = if self.who().is_visitor() { limits.visitor_frames } else { limits.agent_frames };
        match self.frames.take_one(rate, self.app.now()) {
            Ok(()) => Ok(None),
            Err(wait) => {
                self.strike(Overstep::Frames)?;
                Ok(Some(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)))
            }
        }
    }

    /// Whether so much may be written from where this client is; otherwise how long until it may, in milliseconds.
    /// Agents are known and are not counted.
    pub(super) fn place_allows(&self, starts: u32, messages: usize) -> Result<(), u32> {
        if !self.who().is_visitor() {
            return Ok(());
        }
        let (limits, from, now) = (&self.app.limits, &self.app.from_places, self.app.now());
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        let begun = from.starts.take(limits.place_starts, self.place, starts, now);
        begun
            .and_then(|()| from.messages.take(limits.place_messages, self.place, messages, now))
            .map_err(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX))
    }

    /// Notes that the client overstepped; too often is the end. Not when it was this process that stood still: what
    /// was sent over a minute is then read in a moment.
    pub(super) fn strike(&mut self, overstep: Overstep) -> Result<(), End> {
        if self.app.pauses.just_ended() {
            return Ok(());
        }
        let rate = self.app.limits.strikes;
        self.strikes.take_one(rate, self.app.now()).map_err(|_| {
            tracing::info!(who = ?self.who(), ?overstep, "a connection is closed: it overstepped its limits too often");
            End::Close(CloseCode::Abuse)
        })
    }

    /// Notes that messages came faster than they may. Whoever waits as long as they were told to writes as fast as they
    /// may, however much they have to offer (after a restored backup, a device offers hundreds): only who comes again
    /// before that oversteps.
    pub(super) fn too_fast(&mut self, wait_ms: u32) -> Result<(), End> {
        let now = self.app.now();
        if now < self.told_to_wait_until {
            return self.strike(Overstep::Messages);
        }
        self.told_to_wait_until = UnixMillis(now.0 + i64::from(wait_ms));
        Ok(())
    }

    async fn pass_time(&mut self, now: Instant) -> Result<(), End> {
        if self.close_at.is_some_and(|at| now >= at) {
            return Err(End::Close(CloseCode::GoingAway));
        }
        if now >= self.socket.silent_at() {
            return Err(End::Close(CloseCode::Silent));
        }
        if now >= self.beat_at {
            self.beat_at = now + BEAT_INTERVAL;
            self.socket.put(frame_bytes(&Frame::Beat { now: self.app.now() })).await?;
            self.socket.ping().await?;
            self.beats += 1;
            if self.beats.is_multiple_of(RECHECK_BEATS) {
                self.recheck().await?;
            }
        }
        Ok(())
    }

    async fn recheck(&mut self) -> Result<(), End> {
        self.joined.mailbox.recheck();
        if let Some(place) = &mut self.feed {
            place.pending = true;
        }
        let who = self.who();
        let active = std::mem::take(&mut self.active);
        // Before the look: who has worked until now is not idle because the wall clock has jumped.
        if let (Principal::Agent { session, .. }, true) = (who, active) {
            self.app.in_use.note(session);
        }
        // Visitors who are not verified have nothing that ends by itself: what ends them ends their sockets at once.
        if !who.is_visitor() || who.is_verified() {
            still_signed_in(&self.app, &who).await?;
        }
        if let (Principal::Agent { session, .. }, true) = (who, active)
            && let Err(fault) = self.app.store.touch_session(session, self.app.now()).await
        {
            tracing::warn!(%fault, "could not note that a session is in use");
        }
        Ok(())
    }

    fn next_time(&self) -> Instant {
        let feed = self.feed.as_ref().filter(|place| place.pending).map(|place| place.read_at);
        let times = [self.close_at, feed];
        times.into_iter().flatten().fold(self.beat_at.min(self.socket.silent_at()), Instant::min)
    }
}
