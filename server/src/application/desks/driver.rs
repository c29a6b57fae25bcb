//! Drives the desk of one inbox, as the head of `desk` demands: restores it from the store under a lease, gives it what
//! happens one thing at a time, and does what follows before the next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{AgentId, ConversationId, InboxId, Routing, UnixMillis, VisitorId};
use deskbell_shared::protocol::limits::{COLLEAGUES_MAX, OFFERS_TOLD_MAX};
use deskbell_shared::protocol::{
    ColleagueView, DeskFrame, Frame, OfferView, QueueView, RefusalCode, SpanView, WaitView,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::deeds::{self, Clocks};
use super::{Figures, Wish};
use crate::application::Application;
use crate::bus::hub::frame_bytes;
use crate::bus::{About, DeskFeed, Happening, Heard, Turn};
use crate::desk::{AGENT_GRACE, Desk, Effect, Input, Interval, Offer, Wait};
use crate::store::desks::{Deed, DeskAgent, Found, Lease, OfferEnd, Outcome, Step, Stepped, TakeLease};
use crate::store::team::InboxRecord;
use crate::store::{Fault, Refusal, Stored};

/// How long a lease lasts that nobody keeps.
pub const LEASE_LENGTH: Duration = Duration::from_secs(30);
/// How often it is kept.
pub(super) const LEASE_KEPT_EVERY: Duration = Duration::from_secs(10);
/// Staff are told how the desk stands no more often than this.
const DESK_TOLD_EVERY: Duration = Duration::from_millis(250);
/// What would be told to somebody who came now is looked at no more often than this: of all that is told to staff it
/// takes longest.
const FORESEEN_EVERY: Duration = Duration::from_secs(1);
/// Instants of waits that differ by less are told to staff as the same.
const NEARLY_THE_SAME_MS: u64 = 500;
/// What agents have elsewhere is read no more often than this.
const LOADS_READ_EVERY: Duration = Duration::from_millis(250);
/// Steps that one happening may lead to: a desk that is corrected more often is better made anew.
const STEPS_MAX: usize = 64;

/// Why a desk is not driven any further.
#[derive(Debug)]
pub enum End {
    /// Another holder has the lease.
    LeaseLost,
    /// Nothing can be read or written now.
    StoreGone(Fault),
    /// More has happened than could be heard, or it had to be corrected again and again.
    Behind,
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::StoreGone(fault)
    }
}

/// Drives it to its end.
pub async fn drive(app: Arc<Application>, inbox: InboxId) -> End {
    match Driver::begin(&app, inbox).await {
        Ok(mut driver) => {
            let wishes = app.desks.open(inbox);
            match driver.run(wishes).await {
                Ok(never) => match never {},
                Err(end) => end,
            }
        }
        Err(end) => end,
    }
}

/// The desk's own time: that of the server when it began, and from then on one that never jumps or stands still.
#[derive(Clone, Copy)]
struct DeskClock {
    began_at: UnixMillis,
    began: Instant,
}

impl DeskClock {
    fn now(self) -> UnixMillis {
        self.began_at.plus(self.began.elapsed())
    }

    fn instant(self, at: UnixMillis) -> Instant {
        self.began + at.since(self.began_at)
    }
}

struct Driver<'a> {
    app: &'a Application,
    lease: Lease,
    feed: Arc<DeskFeed>,
    desk: Desk,
    clock: DeskClock,
    name: String,
    routing: Routing,
    /// Whether agents are asked what came of conversations.
    asks_outcome: bool,
    /// What waits too long may go on, as was looked at last.
    goes_on: bool,
    /// All who may work here, as read last.
    agents: BTreeMap<AgentId, DeskAgent>,
    /// Who is told how it stands: all who may see the inbox, also those who are never given anything.
    readers: Vec<AgentId>,
    kept_at: Instant,
    /// What agents have elsewhere has changed since it was read.
    loads_stale: bool,
    loads_read_at: Instant,
    staff_told: Option<DeskFrame>,
    staff_told_at: Instant,
    /// Something may have changed since.
    staff_stale: bool,
    newcomer: Option<SpanView>,
    foreseen_at: Instant,
    /// Something may have changed since that was looked at.
    foreseen_stale: bool,
}

enum Woken {
    Wish(Box<Wish>),
    Heard,
    Time,
    Closed,
}

/// Whether what waits too long may go on: the other inbox is open, and agents whose connections went with an earlier
/// process, or with its network, have had the time to come back.
fn goes_on(app: &Application, routing: &Routing, clock: DeskClock) -> bool {
    let is_time = clock.began.elapsed() >= AGENT_GRACE;
    routing.overflow.as_ref().is_none_or(|overflow| is_time && app.hub.is_open(overflow.to))
}

/// What the owner has chosen, as far as it holds now: nothing is sent on to where nobody works, and it is noticed within
/// `LEASE_KEPT_EVERY` that somebody does again.
fn in_force(routing: &Routing, goes_on: bool) -> Routing {
    let overflow = routing.overflow.clone().filter(|_| goes_on);
    Routing { overflow, ..routing.clone() }
}

impl<'a> Driver<'a> {
    /// Takes the lease, and restores the desk.
    async fn begin(app: &'a Application, inbox: InboxId) -> Result<Driver<'a>, End> {
        let at = app.now();
        let take = TakeLease { inbox, node: app.store.node(), at, ends_at: at.plus(LEASE_LENGTH) };
        let lease = app.store.take_lease(take).await?.ok_or(End::LeaseLost)?;
        // Heard from before the first read, so that nothing falls between.
        let feed = app.hub.open_desk(inbox);
        let mut record = app.store.desk(inbox).await?;
        let clock = DeskClock { began_at: app.now(), began: Instant::now() };
        let now = clock.now();
        let agents = record.agents.iter().map(|agent| (agent.view.id, agent.clone())).collect();
        let routing = record.routing.clone();
        let goes_on = goes_on(app, &routing, clock);
        record.routing = in_force(&routing, goes_on);
        let snapshot = deeds::snapshot(&app.hub, &feed, inbox, record, now);
        let desk = Desk::restore(now, snapshot);
        let long_ago = clock.began;
        let mut driver = Driver {
            app,
            lease,
            feed,
            desk,
            clock,
            name: String::new(),
            routing,
            asks_outcome: false,
            goes_on,
            agents,
            readers: app.store.inbox_agents(inbox).await?,
            kept_at: Instant::now(),
            loads_stale: false,
            loads_read_at: long_ago,
            staff_told: None,
            staff_told_at: long_ago,
            staff_stale: true,
            newcomer: None,
            foreseen_at: long_ago.checked_sub(FORESEEN_EVERY).unwrap_or(long_ago),
            foreseen_stale: true,
        };
        let corrections = driver.follow_up(None).await?.0;
        driver.steps(corrections).await?;
        driver.read_inbox().await?;
        Ok(driver)
    }

    async fn run(&mut self, mut wishes: mpsc::Receiver<Wish>) -> Result<std::convert::Infallible, End> {
        loop {
            self.pass_time().await?;
            self.tell_staff();
            let wake_at = self.wake_at();
            let feed = self.feed.clone();
            let woken = tokio::select! {
                // What has happened is heard before what somebody wants because of it.
                biased;
                () = feed.woken() => Woken::Heard,
                wish = wishes.recv() => wish.map_or(Woken::Closed, |wish| Woken::Wish(Box::new(wish))),
                () = sleep_until(wake_at) => Woken::Time,
            };
            match woken {
                Woken::Heard => self.hear().await?,
                Woken::Wish(wish) => {
                    self.hear().await?;
                    self.grant(*wish).await?;
                }
                Woken::Time => {}
                Woken::Closed => return Err(End::LeaseLost),
            }
        }
    }

    fn wake_at(&self) -> Instant {
        let desk = self.desk.deadline().map(|deadline| self.clock.instant(deadline.at));
        let loads = self.loads_stale.then(|| self.loads_read_at + LOADS_READ_EVERY);
        let staff = self.staff_stale.then(|| self.staff_told_at + DESK_TOLD_EVERY);
        // Staff hear of it when they may be told again: no earlier, or this would wake for nothing.
        let foreseen = self
            .foreseen_stale
            .then(|| (self.foreseen_at + FORESEEN_EVERY).max(self.staff_told_at + DESK_TOLD_EVERY));
        let kept = self.kept_at + LEASE_KEPT_EVERY;
        [desk, loads, staff, foreseen].into_iter().flatten().fold(kept, Instant::min)
    }

    async fn pass_time(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let is_kept = now >= self.kept_at + LEASE_KEPT_EVERY;
        if is_kept {
            self.kept_at = now;
            let ends_at = self.app.now().plus(LEASE_LENGTH);
            if !self.app.store.keep_lease(self.lease, ends_at).await? {
                return Err(End::LeaseLost);
            }
            // Whatever was not told about people is seen now.
            self.loads_stale = true;
            let desk = &self.desk;
            self.feed.keep_following(|visitor| desk.knows_visitor(visitor));
        }
        if self.loads_stale && now >= self.loads_read_at + LOADS_READ_EVERY {
            self.read_people().await?;
        }
        // Looked at only where it may matter: this is passed with everything that happens.
        if (is_kept || self.is_due()) && self.goes_on != goes_on(self.app, &self.routing, self.clock) {
            self.settle_routing().await?;
        }
        if self.is_due() {
            self.give(Input::Timer).await?.ok();
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.desk.deadline().is_some_and(|deadline| deadline.at <= self.clock.now())
    }

    async fn grant(&mut self, wish: Wish) -> Result<(), End> {
        let Wish { input, reply } = wish;
        let answer = self.give(input).await;
        // Who asked may have gone.
        match answer {
            Ok(answer) => {
                let _ = reply.send(answer);
                Ok(())
            }
            Err(End::StoreGone(fault)) => {
                let _ = reply.send(Err(fault.clone()));
                Err(End::StoreGone(fault))
            }
            // Whoever asked finds no desk, and does without.
            Err(end) => Err(end),
        }
    }

    /// Everything that has happened since the last time.
    async fn hear(&mut self) -> Result<(), End> {
        let Heard { happenings, people, loads, missed } = self.feed.take();
        if missed {
            return Err(End::Behind);
        }
        if people {
            self.read_inbox().await?;
            self.read_people().await?;
        }
        self.loads_stale |= loads;
        for happening in happenings {
            match happening {
                Happening::Agent(agent, true) => self.give(Input::AgentConnected(agent)).await?.ok(),
                Happening::Agent(agent, false) => self.give(Input::AgentDisconnected(agent)).await?.ok(),
                Happening::Visitor(visitor, true) => self.give(Input::VisitorConnected(visitor)).await?.ok(),
                Happening::Visitor(visitor, false) => {
                    self.give(Input::VisitorDisconnected(visitor)).await?.ok()
                }
                Happening::Turned { conversation, turn } => {
                    self.turned(conversation, turn).await?;
                    None
                }
            };
        }
        Ok(())
    }

    async fn turned(&mut self, conversation: ConversationId, turn: Turn) -> Result<(), End> {
        let version_known = self.desk.conversation(conversation).map(|known| known.version);
        let input = match turn {
            Turn::Resolved { version, by } => Input::Resolved { conversation, version, by },
            Turn::AddressLeft => Input::AddressLeft { conversation },
            // Written by this desk.
            Turn::Given(version) if version_known.is_some_and(|known| known >= version) => return Ok(()),
            Turn::Given(_) | Turn::Arrived | Turn::Aside => {
                let found = self.app.store.desk_conversation(self.lease.inbox, conversation).await?;
                match (found, turn) {
                    (Found::Open(open), Turn::Arrived) => {
                        self.meet(open.visitor).await?;
                        Input::Arrived(deeds::row(*open, self.clocks()))
                    }
                    // Woken by this desk, together with what it decided.
                    (Found::Open(open), Turn::Aside) if deeds::is_as_stored(&self.desk, &open) => {
                        return Ok(());
                    }
                    (Found::Open(open), _) => {
                        self.meet(open.visitor).await?;
                        Input::Corrected {
                            conversation,
                            stored: deeds::stored(Found::Open(open), self.clocks()),
                        }
                    }
                    // What became of it since comes next.
                    (Found::Gone { .. }, _) => return Ok(()),
                }
            }
        };
        self.give(input).await?.ok();
        Ok(())
    }

    /// From now on it is known whether a visitor is there.
    async fn meet(&mut self, visitor: VisitorId) -> Result<(), End> {
        self.feed.follow(visitor);
        if self.app.hub.visitor_connected(visitor) {
            self.give(Input::VisitorConnected(visitor)).await?.ok();
        }
        Ok(())
    }

    /// Reads what the owner has chosen about the inbox.
    async fn read_inbox(&mut self) -> Result<(), End> {
        let inbox = self.lease.inbox;
        let known = self.app.store.inboxes().await?.into_iter().find(|known| known.id == inbox);
        let Some(InboxRecord { name, routing, asks_outcome, .. }) = known else { return Ok(()) };
        (self.name, self.asks_outcome) = (name, asks_outcome);
        if self.routing != routing {
            self.routing = routing;
            self.settle_routing().await?;
        }
        Ok(())
    }

    async fn settle_routing(&mut self) -> Result<(), End> {
        self.goes_on = goes_on(self.app, &self.routing, self.clock);
        let settings = deeds::settings(&in_force(&self.routing, self.goes_on));
        self.give(Input::SettingsChanged(settings)).await?.ok();
        Ok(())
    }

    /// Reads who works here, and tells the desk what is different.
    async fn read_people(&mut self) -> Result<(), End> {
        let inputs = self.people().await?;
        for input in inputs {
            self.give(input).await?.ok();
        }
        Ok(())
    }

    async fn people(&mut self) -> Result<Vec<Input>, End> {
        self.loads_stale = false;
        self.loads_read_at = Instant::now();
        self.staff_stale = true;
        let read = self.app.store.desk_agents(self.lease.inbox).await?;
        let readers = self.app.store.inbox_agents(self.lease.inbox).await?;
        if readers != self.readers {
            // Whoever is new among them has to hear it, whether anything else is new or not.
            self.staff_told = None;
            self.readers = readers;
        }
        self.agents = read.into_iter().map(|agent| (agent.view.id, agent)).collect();
        Ok(deeds::people(&self.app.hub, &self.desk, &self.agents, self.clock.now()))
    }

    /// Tells the desk one thing and does all that follows. Returns what the author of a wish is told.
    async fn give(&mut self, input: Input) -> Result<Stored<()>, End> {
        let about = match &input {
            Input::Claim { conversation, .. }
            | Input::Decline { conversation, .. }
            | Input::Transfer { conversation, .. } => Some(*conversation),
            _ => None,
        };
        self.desk.handle(self.clock.now(), input);
        let (corrections, answer) = self.follow_up(about).await?;
        self.steps(corrections).await?;
        Ok(answer)
    }

    async fn steps(&mut self, inputs: Vec<Input>) -> Result<(), End> {
        let mut inputs = VecDeque::from(inputs);
        let mut steps = 0;
        while let Some(input) = inputs.pop_front() {
            steps += 1;
            if steps > STEPS_MAX {
                return Err(End::Behind);
            }
            self.desk.handle(self.clock.now(), input);
            inputs.extend(self.follow_up(None).await?.0);
        }
        Ok(())
    }

    /// Stores and tells what the last step has decided. Returns what the desk has to be told for it, and what the
    /// author of a wish about a conversation is.
    async fn follow_up(&mut self, about: Option<ConversationId>) -> Result<(Vec<Input>, Stored<()>), End> {
        self.staff_stale = true;
        let effects: Vec<Effect> = std::iter::from_fn(|| self.desk.effect()).collect();
        let now = self.app.now();
        let deeds: Vec<Deed> = effects.iter().filter_map(|effect| deeds::deed(effect, now)).collect();
        let outcomes = if deeds.is_empty() { Vec::new() } else { self.store(deeds.clone(), now).await? };
        let mut failed: Vec<ConversationId> = Vec::new();
        let mut corrections: Vec<Input> = Vec::new();
        let mut answer: Stored<()> = Ok(());
        for (deed, outcome) in deeds.iter().zip(outcomes) {
            let conversation = deed.conversation();
            let code = match outcome {
                Outcome::Done(changed) => {
                    if let Some(changed) = changed {
                        self.app.log.stepped(&changed);
                    }
                    match deed {
                        Deed::EndOffer { how: OfferEnd::Missed, .. } => self.app.hub.people_changed(),
                        // Other desks count the place that is kept.
                        Deed::Offer { .. } | Deed::EndOffer { .. } => self.app.hub.loads_changed(),
                        _ => {}
                    }
                    continue;
                }
                Outcome::Dropped => continue,
                Outcome::Conflict => {
                    if let Deed::EndOffer { agent, .. } = deed {
                        // They had answered in time: nobody has set them away.
                        let known = self.agents.get(agent);
                        let now = self.clock.now();
                        corrections.extend(known.map(|known| deeds::member(&self.app.hub, known, now)));
                    }
                    RefusalCode::Conflict
                }
                Outcome::Full { load_elsewhere } => {
                    if let Deed::Assign { agent, .. } | Deed::Offer { agent, .. } = deed {
                        corrections.push(Input::LoadElsewhere { agent: *agent, load: load_elsewhere });
                        if let Some(known) = self.agents.get_mut(agent) {
                            known.load_elsewhere = load_elsewhere;
                        }
                        // They take fewer now, or were given something by others, and nobody has told yet.
                        corrections.extend(self.people().await?);
                        corrections.extend(self.unheard_of(*agent).await?);
                    }
                    RefusalCode::Full
                }
                Outcome::NotVerified => RefusalCode::NotAllowed,
                Outcome::NotThere => {
                    corrections.extend(self.people().await?);
                    RefusalCode::Invalid
                }
            };
            failed.push(conversation);
            if about == Some(conversation) {
                answer = Err(Refusal::because(code).into());
            }
        }
        for conversation in &failed {
            let found = self.app.store.desk_conversation(self.lease.inbox, *conversation).await?;
            let stored = deeds::stored(found, self.clocks());
            corrections.push(Input::Corrected { conversation: *conversation, stored });
        }
        for effect in effects {
            if let Effect::Refuse { code } = effect {
                answer = Err(Refusal::because(deeds::code(code)).into());
            } else {
                self.tell(effect, &failed);
            }
        }
        Ok((corrections, answer))
    }

    /// What the store counts for an agent here. Without it the same agent would be chosen again, and again.
    async fn unheard_of(&self, agent: AgentId) -> Result<Vec<Input>, End> {
        let stored = self.app.store.desk(self.lease.inbox).await?.conversations;
        Ok(deeds::unheard_of(&self.app.hub, &self.feed, &self.desk, agent, stored, self.clocks()))
    }

    async fn store(&self, deeds: Vec<Deed>, at: UnixMillis) -> Result<Vec<Outcome>, End> {
        match self.app.store.step(Step { lease: self.lease, at, deeds }).await? {
            Stepped::Deeds(outcomes) => Ok(outcomes),
            Stepped::LeaseLost => Err(End::LeaseLost),
        }
    }

    fn tell(&self, effect: Effect, failed: &[ConversationId]) {
        let (visitor, conversation, about, frame) = match effect {
            Effect::TellPlace { conversation, visitor, position, wait, why } => {
                let wait = self.shown(wait);
                let why = deeds::news(why);
                let frame = Frame::Queue { conversation, position: position.0, wait, why };
                (visitor, conversation, About::Place, frame)
            }
            Effect::TellAgentLost { conversation, visitor, agent } => {
                let frame = Frame::AgentPresence { conversation, agent, online: false };
                (visitor, conversation, About::Agent, frame)
            }
            Effect::TellAgentBack { conversation, visitor, agent } => {
                let frame = Frame::AgentPresence { conversation, agent, online: true };
                (visitor, conversation, About::Agent, frame)
            }
            // The state of the queue goes out with the desk; the rest is stored.
            _ => return,
        };
        if !failed.contains(&conversation) {
            self.app.hub.tell_visitor(visitor, conversation, about, &frame_bytes(&frame));
        }
    }

    fn shown(&self, wait: Wait) -> Option<WaitView> {
        match wait {
            Wait::Between { earliest_at, latest_at } => Some(WaitView {
                earliest_at: self.on_the_clock(earliest_at),
                latest_at: self.on_the_clock(latest_at),
            }),
            Wait::TooUncertain(_) => None,
        }
    }

    /// What the one who waits last was told. Two clocks that are read one after the other differ by a little each time:
    /// what is nearly the same as before is the same, so that staff are not told anew for nothing.
    fn last_wait(&self) -> Option<WaitView> {
        let wait = self.desk.last_told().and_then(|wait| self.shown(wait))?;
        let Some(DeskFrame::Desk { queue: QueueView { last_wait: Some(before), .. }, .. }) = &self.staff_told
        else {
            return Some(wait);
        };
        let is_near = |one: UnixMillis, other: UnixMillis| one.0.abs_diff(other.0) < NEARLY_THE_SAME_MS;
        let is_same =
            is_near(before.earliest_at, wait.earliest_at) && is_near(before.latest_at, wait.latest_at);
        Some(if is_same { before.clone() } else { wait })
    }

    fn clocks(&self) -> Clocks {
        Clocks { machine: self.app.now(), desk: self.clock.now() }
    }

    /// An instant of the desk's time on the server's clock as it is now: visitors count down by that one.
    fn on_the_clock(&self, at: UnixMillis) -> UnixMillis {
        UnixMillis(self.app.now().0.saturating_add(at.0).saturating_sub(self.clock.now().0))
    }

    /// Tells all who may see the inbox how its desk stands, when that has changed.
    fn tell_staff(&mut self) {
        let now = Instant::now();
        self.foreseen_stale |= self.staff_stale;
        let is_foreseen_due = self.foreseen_stale && now >= self.foreseen_at + FORESEEN_EVERY;
        let is_stale = self.staff_stale || is_foreseen_due;
        if !is_stale || (self.staff_told.is_some() && now < self.staff_told_at + DESK_TOLD_EVERY) {
            return;
        }
        self.staff_stale = false;
        self.staff_told_at = now;
        if is_foreseen_due {
            self.foreseen_stale = false;
            self.foreseen_at = now;
            self.newcomer = self.desk.newcomer().map(in_seconds);
        }
        let state = self.desk.queue_state();
        self.app.desks.stands(
            self.lease.inbox,
            Figures {
                waiting: state.waiting,
                oldest_at: state.oldest_arrived_at.map(|at| self.on_the_clock(at)),
                open: self.desk.open_count(),
                available: self.desk.available_count(),
            },
        );
        // Who writes now waits. While nobody wants conversations, agents take them by hand: that is not the same.
        self.app.hub.set_busy(self.lease.inbox, state.eligible == 0 && self.desk.available_count() > 0);
        self.app.hub.turn_away(self.lease.inbox, self.desk.beyond().into_iter().collect());
        let mut colleagues: Vec<ColleagueView> =
            self.agents.values().map(|agent| self.colleague(agent)).collect();
        colleagues.sort_by_cached_key(|colleague| (colleague.agent.name.to_lowercase(), colleague.agent.id));
        colleagues.truncate(COLLEAGUES_MAX);
        let frame = DeskFrame::Desk {
            inbox: self.lease.inbox,
            name: self.name.clone(),
            queue: QueueView {
                waiting: state.waiting,
                passed_over: state.passed_over,
                oldest_at: state.oldest_arrived_at,
                eligible: state.eligible,
                last_wait: self.last_wait(),
                newcomer: self.newcomer.clone(),
                beyond: (state.beyond > 0).then_some(state.beyond),
            },
            colleagues,
            offers: self.offers(),
            answer_minutes: self.routing.answer_minutes,
            outcomes: self.asks_outcome.then_some(true),
        };
        if self.staff_told.as_ref() != Some(&frame) {
            self.app.hub.tell_desk(self.lease.inbox, self.readers.clone(), frame_bytes(&frame));
            self.staff_told = Some(frame);
        }
    }

    /// What is offered to whom; whoever may see the inbox may know.
    fn offers(&self) -> Option<Vec<OfferView>> {
        let view = |Offer { conversation, agent, until }: Offer| OfferView { conversation, agent, until };
        let offers: Vec<OfferView> = self.desk.offers().take(OFFERS_TOLD_MAX).map(view).collect();
        (!offers.is_empty()).then_some(offers)
    }

    fn colleague(&self, agent: &DeskAgent) -> ColleagueView {
        let id = agent.view.id;
        ColleagueView {
            agent: agent.view.clone(),
            availability: agent.chosen.availability,
            online: self.app.hub.agent_connected(id),
            load: self.desk.load(id).unwrap_or(agent.load_elsewhere),
            capacity: agent.chosen.capacity,
            member: agent.is_member,
            missed_at: agent.missed_at,
        }
    }
}

/// In whole seconds, so that nothing is told that nobody could see.
fn in_seconds(interval: Interval) -> SpanView {
    let ms = |span: Duration| span.as_secs() * 1000;
    SpanView { low_ms: ms(interval.low), high_ms: ms(interval.high) }
}
