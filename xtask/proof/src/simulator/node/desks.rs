//! The desks of the model node: the real `Desk` of each inbox, driven as `application::desks` does it. A desk does one
//! thing at a time, and waits for the store in between. Two of one inbox may be there when one of them has stalled:
//! only the one with the newest lease gets anything done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use deskbell_server::application::desks::deeds::{self, Clocks};
use deskbell_server::bus::hub::frame_bytes;
use deskbell_server::bus::{About, DeskFeed, Happening, Turn};
use deskbell_server::desk::{Desk, Effect, Input, Wait};
use deskbell_server::store::conversations::Claim;
use deskbell_server::store::desks::{
    Deed, DeskAgent, Found, Lease, NodeId, Outcome, Step, Stepped, TakeLease,
};
use deskbell_server::store::{Fault, Refusal};
use deskbell_shared::model::{AgentId, Cmid, ConversationId, Draft, InboxId, UnixMillis};
use deskbell_shared::protocol::{Frame, RefusalCode, WaitView};

use super::super::double::Double;
use super::super::store::{Write, Written};
use super::super::world::{BEGIN_MS, Event, World};
use crate::history::{Id, What, digest};

/// The one process that there is; its name stays over a restart.
const NODE: NodeId = NodeId(7);
/// See `application::desks::driver`.
const LEASE_MS: u64 = 30_000;
const LEASE_KEPT_EVERY_MS: u64 = 10_000;
const LOADS_READ_EVERY_MS: u64 = 250;
/// See `application::desks::kept::RETRY`.
const RETRY_MS: u64 = 2_000;

/// Something for a desk to do, one after the other.
enum Todo {
    Input(Input),
    Wish { input: Input, number: u64 },
    Turned(ConversationId, Turn),
}

/// What a desk has asked of the store and waits for.
enum Asked {
    Lease,
    Kept,
    Step { effects: Vec<Effect>, deeds: Vec<Deed>, wish: Option<Box<(u64, Input)>>, decided_at: UnixMillis },
}

/// One task that drives the desk of an inbox.
pub struct DeskTask {
    inbox: InboxId,
    lease: Option<Lease>,
    /// From its lease on.
    running: Option<Running>,
    todo: VecDeque<Todo>,
    /// What it was wrong about, told one after the other before anything else.
    corrections: VecDeque<Input>,
    asked: Option<Asked>,
    /// What it has decided and not said: it has stalled in between.
    held: Option<Step>,
    hung_until: u64,
    retry_at: u64,
}

struct Running {
    desk: Desk,
    feed: Arc<DeskFeed>,
    /// Its own time: the server's when it began, and one that never jumps from then on.
    ahead_ms: i64,
    agents: BTreeMap<AgentId, DeskAgent>,
    kept_at: u64,
    loads_stale: bool,
    loads_read_at: u64,
}

/// All of a node.
#[derive(Default)]
pub struct Desks {
    tasks: BTreeMap<u64, DeskTask>,
    /// Which task the wishes of agents go to.
    open: BTreeMap<InboxId, u64>,
    /// Numbers of writes, and whose they are.
    asked: BTreeMap<u64, u64>,
    stirred: bool,
    /// The next one that is about to write stalls.
    pub stalls_next: bool,
}

impl World {
    /// Has a desk begin for an inbox.
    pub fn begin_desk(&mut self, inbox: InboxId, wait: u64) {
        self.asked += 1;
        let (number, retry_at) = (self.asked, self.now + wait);
        let Some(node) = &mut self.node else { return };
        let task = DeskTask {
            inbox,
            lease: None,
            running: None,
            todo: VecDeque::new(),
            corrections: VecDeque::new(),
            asked: None,
            held: None,
            hung_until: 0,
            retry_at,
        };
        node.desks.tasks.insert(number, task);
        if let Some(life) = self.node.as_ref().map(|node| node.life) {
            self.later(wait, Event::Desks { life });
        }
    }

    /// Something has happened that desks may have heard of.
    pub fn stir_desks(&mut self) {
        let Some(node) = &mut self.node else { return };
        if !std::mem::replace(&mut node.desks.stirred, true) {
            let life = node.life;
            let wait = self.random.below(3);
            self.later(wait, Event::Desks { life });
        }
    }

    pub fn step_desks(&mut self) {
        let Some(node) = &mut self.node else { return };
        node.desks.stirred = false;
        let numbers: Vec<u64> = node.desks.tasks.keys().copied().collect();
        for number in numbers {
            while self.step_desk(number) {}
        }
    }

    fn task(&mut self, number: u64) -> Option<&mut DeskTask> {
        self.node.as_mut()?.desks.tasks.get_mut(&number)
    }

    /// Whether the desk of an inbox runs here, for wishes.
    fn desk_of(&self, inbox: InboxId) -> Option<u64> {
        self.node.as_ref()?.desks.open.get(&inbox).copied()
    }

    /// One thing that a desk can do now. False when there is none.
    fn step_desk(&mut self, number: u64) -> bool {
        let (now, server_now) = (self.now, self.server_now());
        let Some(task) = self.task(number) else { return false };
        if task.hung_until > now {
            return false;
        }
        if let Some(step) = task.held.take() {
            self.tell(|_| format!("the stalled desk {number} goes on"));
            self.ask_for_desk(number, Write::Step(step));
            return false;
        }
        if task.asked.is_some() || task.retry_at > now {
            return false;
        }
        let inbox = task.inbox;
        if task.running.is_none() {
            task.asked = Some(Asked::Lease);
            let ends_at = server_now.plus(Duration::from_millis(LEASE_MS));
            let take = TakeLease { inbox, node: NODE, at: server_now, ends_at };
            self.ask_for_desk(number, Write::TakeLease(take));
            return false;
        }
        if let Some(input) = task.corrections.pop_front() {
            self.desk_does(number, Todo::Input(input));
            return true;
        }
        if let Some(todo) = task.todo.pop_front() {
            self.desk_does(number, todo);
            return true;
        }
        self.pass_desk_time(number) || self.desk_hears(number)
    }

    fn ask_for_desk(&mut self, number: u64, write: Write) {
        self.asked += 1;
        let asked = self.asked;
        if let Some(node) = &mut self.node {
            node.desks.asked.insert(asked, number);
        }
        self.submit(asked, write);
    }

    /// Whether a write was a desk's; then its answer is.
    pub(super) fn desk_answered(&mut self, number: u64, written: &Result<Written, Fault>) -> bool {
        let Some(node) = &mut self.node else { return false };
        let Some(number) = node.desks.asked.remove(&number) else { return false };
        let Some(asked) = node.desks.tasks.get_mut(&number).and_then(|task| task.asked.take()) else {
            return true;
        };
        match (asked, written) {
            (Asked::Lease, Ok(Written::Lease(Some(lease)))) => self.run_desk(number, *lease),
            (Asked::Kept, Ok(Written::Kept(true))) => {}
            (
                Asked::Step { effects, deeds, wish, decided_at },
                Ok(Written::Stepped(Stepped::Deeds(outcomes))),
            ) => {
                let outcomes = outcomes.clone();
                self.follow_up(number, effects, deeds, outcomes, wish.map(|wish| *wish), decided_at);
            }
            (asked, _) => {
                if let Asked::Step { wish: Some(wish), .. } = asked
                    && let Some(task) = self.task(number)
                {
                    let (answer, input) = *wish;
                    task.todo.push_front(Todo::Wish { input, number: answer });
                }
                self.end_desk(number, RETRY_MS);
            }
        }
        self.stir_desks();
        true
    }

    /// It is driven no further; whoever waits for it does without, and another one begins.
    fn end_desk(&mut self, number: u64, wait: u64) {
        let Some(node) = &mut self.node else { return };
        let Some(task) = node.desks.tasks.remove(&number) else { return };
        let is_open = node.desks.open.get(&task.inbox) == Some(&number);
        let hub = node.hub.clone();
        if is_open {
            node.desks.open.remove(&task.inbox);
            hub.close_desk(task.inbox);
        }
        for todo in task.todo {
            if let Todo::Wish { input, number } = todo {
                self.without_desk(number, input);
            }
        }
        let others = self.node.as_ref().is_some_and(|node| {
            node.desks.tasks.values().any(|other| other.inbox == task.inbox && other.hung_until <= self.now)
        });
        self.tell(|_| format!("the desk {number} of {} ends", task.inbox.0));
        if !others {
            self.begin_desk(task.inbox, wait);
        }
    }

    /// Restores the desk under its lease.
    fn run_desk(&mut self, number: u64, lease: Lease) {
        let (now, server_now) = (self.now, self.server_now());
        let Some(node) = &mut self.node else { return };
        let (hub, inbox) = (node.hub.clone(), lease.inbox);
        let feed = hub.open_desk(inbox);
        let record = self.store.durable.desk(inbox);
        let agents = record.agents.iter().map(|agent| (agent.view.id, agent.clone())).collect();
        let snapshot = deeds::snapshot(&hub, &feed, inbox, record, server_now);
        let running = Running {
            desk: Desk::restore(server_now, snapshot),
            feed,
            ahead_ms: server_now.0 - BEGIN_MS - now as i64,
            agents,
            kept_at: now,
            loads_stale: false,
            loads_read_at: now,
        };
        if let Some(task) = node.desks.tasks.get_mut(&number) {
            (task.lease, task.running) = (Some(lease), Some(running));
            node.desks.open.insert(inbox, number);
            self.tell(|_| format!("the desk {number} of {} runs under lease {}", inbox.0, lease.token));
            self.decide(number, None);
        }
    }

    fn desk_now(&mut self, number: u64) -> UnixMillis {
        let now = BEGIN_MS + self.now as i64;
        let running = self.task(number).and_then(|task| task.running.as_ref());
        UnixMillis(now + running.map_or(0, |running| running.ahead_ms))
    }

    fn clocks(&mut self, number: u64) -> Clocks {
        Clocks { machine: self.server_now(), desk: self.desk_now(number) }
    }

    fn pass_desk_time(&mut self, number: u64) -> bool {
        let (now, server_now, desk_now) = (self.now, self.server_now(), self.desk_now(number));
        let Some(task) = self.task(number) else { return false };
        let (Some(running), Some(lease)) = (&mut task.running, task.lease) else { return false };
        if now >= running.kept_at + LEASE_KEPT_EVERY_MS {
            (running.kept_at, running.loads_stale) = (now, true);
            let desk = &running.desk;
            running.feed.keep_following(|visitor| desk.knows_visitor(visitor));
            task.asked = Some(Asked::Kept);
            let ends_at = server_now.plus(Duration::from_millis(LEASE_MS));
            self.ask_for_desk(number, Write::KeepLease(lease, ends_at));
            return false;
        }
        if running.loads_stale && now >= running.loads_read_at + LOADS_READ_EVERY_MS {
            let inputs = self.people(number);
            if let Some(task) = self.task(number) {
                task.todo.extend(inputs.into_iter().map(Todo::Input));
            }
            return true;
        }
        let due = running.desk.deadline().is_some_and(|deadline| deadline.at <= desk_now);
        if due {
            task.todo.push_back(Todo::Input(Input::Timer));
        }
        due
    }

    fn desk_hears(&mut self, number: u64) -> bool {
        let deaf = self.double == Some(Double::DeafDesk);
        let Some(running) = self.task(number).and_then(|task| task.running.as_mut()) else { return false };
        let heard = running.feed.take();
        if heard.missed {
            self.end_desk(number, 0);
            return false;
        }
        running.loads_stale |= heard.loads;
        let mut todo: Vec<Todo> = Vec::new();
        if heard.people {
            todo.extend(self.people(number).into_iter().map(Todo::Input));
        }
        for happening in heard.happenings {
            todo.push(match happening {
                Happening::Turned { turn: Turn::Arrived, .. } if deaf => continue,
                Happening::Turned { conversation, turn } => Todo::Turned(conversation, turn),
                Happening::Agent(agent, true) => Todo::Input(Input::AgentConnected(agent)),
                Happening::Agent(agent, false) => Todo::Input(Input::AgentDisconnected(agent)),
                Happening::Visitor(visitor, true) => Todo::Input(Input::VisitorConnected(visitor)),
                Happening::Visitor(visitor, false) => Todo::Input(Input::VisitorDisconnected(visitor)),
            });
        }
        let any = !todo.is_empty();
        if let Some(task) = self.task(number) {
            task.todo.extend(todo);
        }
        any
    }

    /// Reads who works here; what is different is told to the desk.
    fn people(&mut self, number: u64) -> Vec<Input> {
        let now = self.now;
        let desk_now = self.desk_now(number);
        let Some(node) = &mut self.node else { return Vec::new() };
        let hub = node.hub.clone();
        let Some(task) = node.desks.tasks.get_mut(&number) else { return Vec::new() };
        let read = self.store.durable.desk_agents(task.inbox);
        let Some(running) = &mut task.running else { return Vec::new() };
        (running.loads_stale, running.loads_read_at) = (false, now);
        running.agents = read.into_iter().map(|agent| (agent.view.id, agent)).collect();
        deeds::people(&hub, &running.desk, &running.agents, desk_now)
    }

    fn desk_does(&mut self, number: u64, todo: Todo) {
        let (input, wish) = match todo {
            Todo::Input(input) => (input, None),
            Todo::Wish { input, number } => (input.clone(), Some((number, input))),
            Todo::Turned(conversation, turn) => {
                for input in self.turned(number, conversation, turn).into_iter().rev() {
                    if let Some(task) = self.task(number) {
                        task.todo.push_front(Todo::Input(input));
                    }
                }
                return;
            }
        };
        let at = self.desk_now(number);
        if let Some(running) = self.task(number).and_then(|task| task.running.as_mut()) {
            running.desk.handle(at, input);
            self.decide(number, wish);
        }
    }

    fn turned(&mut self, number: u64, conversation: ConversationId, turn: Turn) -> Vec<Input> {
        let clocks = self.clocks(number);
        let Some(node) = &mut self.node else { return Vec::new() };
        let hub = node.hub.clone();
        let Some(task) = node.desks.tasks.get_mut(&number) else { return Vec::new() };
        let Some(running) = &task.running else { return Vec::new() };
        let known = running.desk.conversation(conversation).map(|known| known.version);
        let found = match turn {
            Turn::Resolved { version, by } => return vec![Input::Resolved { conversation, version, by }],
            Turn::AddressLeft => return vec![Input::AddressLeft { conversation }],
            Turn::Given(version) if known.is_some_and(|known| known >= version) => return Vec::new(),
            Turn::Given(_) | Turn::Arrived | Turn::Aside => {
                self.store.durable.found(task.inbox, conversation)
            }
        };
        let Found::Open(open) = found else { return Vec::new() };
        // Woken by this desk, together with what it decided.
        if turn == Turn::Aside && deeds::is_as_stored(&running.desk, &open) {
            return Vec::new();
        }
        running.feed.follow(open.visitor);
        let mut inputs = Vec::new();
        if hub.visitor_connected(open.visitor) {
            inputs.push(Input::VisitorConnected(open.visitor));
        }
        inputs.push(match turn {
            Turn::Arrived => Input::Arrived(deeds::row(*open, clocks)),
            _ => Input::Corrected { conversation, stored: deeds::stored(Found::Open(open), clocks) },
        });
        inputs
    }

    /// Has what the last step decided stored, if anything is to be; tells the rest.
    fn decide(&mut self, number: u64, wish: Option<(u64, Input)>) {
        let (server_now, decided_at) = (self.server_now(), self.desk_now(number));
        let Some(task) = self.task(number) else { return };
        let (Some(running), Some(lease)) = (&mut task.running, task.lease) else { return };
        let effects: Vec<Effect> = std::iter::from_fn(|| running.desk.effect()).collect();
        let mut deeds: Vec<Deed> =
            effects.iter().filter_map(|effect| deeds::deed(effect, server_now)).collect();
        if deeds.is_empty() {
            return self.follow_up(number, effects, deeds, Vec::new(), wish, decided_at);
        }
        self.enclose(&mut deeds, server_now);
        let step = Step { lease, at: server_now, deeds: deeds.clone() };
        let stalls = self.stalls_now(number);
        let Some(task) = self.task(number) else { return };
        task.asked = Some(Asked::Step { effects, deeds, wish: wish.map(Box::new), decided_at });
        if stalls {
            task.held = Some(step);
        } else {
            self.ask_for_desk(number, Write::Step(step));
        }
    }

    /// Notes that go along get an id here: the product's is made of chance that no seed knows.
    fn enclose(&mut self, deeds: &mut [Deed], now: UnixMillis) {
        for deed in deeds {
            let (author, note) = match deed {
                Deed::Assign {
                    reason: deskbell_server::store::desks::Reason::Transferred { by },
                    note: Some(note),
                    ..
                } => (*by, note),
                Deed::HandOver { by, note: Some(note), .. } => (*by, note),
                _ => continue,
            };
            *note = Draft { cmid: Cmid::from_parts(now, self.random.bytes()), ..note.clone() };
            let what = What::Enclosed { author: Id(author.0), digest: digest(&note.text) };
            self.note(what);
        }
    }

    /// A desk stalls with a decision in hand, and another one takes its place.
    fn stalls_now(&mut self, number: u64) -> bool {
        let stalled_ms = self.random.between(500, 30_000);
        let (now, Some(node)) = (self.now, &mut self.node) else { return false };
        if !std::mem::take(&mut node.desks.stalls_next) {
            return false;
        }
        let Some(task) = node.desks.tasks.get_mut(&number) else { return false };
        let inbox = task.inbox;
        task.hung_until = now + stalled_ms;
        if node.desks.open.get(&inbox) == Some(&number) {
            node.desks.open.remove(&inbox);
        }
        let life = node.life;
        self.tell(|_| format!("the desk {number} of {} stalls with a decision in hand", inbox.0));
        self.later(stalled_ms, Event::Desks { life });
        self.begin_desk(inbox, 0);
        true
    }

    /// As `Driver::follow_up` goes on from what was stored.
    fn follow_up(
        &mut self,
        number: u64,
        effects: Vec<Effect>,
        deeds: Vec<Deed>,
        outcomes: Vec<Outcome>,
        wish: Option<(u64, Input)>,
        decided_at: UnixMillis,
    ) {
        let about = wish.as_ref().and_then(|(_, input)| match input {
            Input::Claim { conversation, .. }
            | Input::Decline { conversation, .. }
            | Input::Transfer { conversation, .. } => Some(*conversation),
            _ => None,
        });
        let (mut failed, mut corrections, mut answer) = (Vec::new(), Vec::new(), Ok(Written::Nothing));
        for (deed, outcome) in deeds.iter().zip(outcomes) {
            let code = match outcome {
                Outcome::Done(_) => {
                    match (deed, &self.node) {
                        (
                            Deed::EndOffer { how: deskbell_server::store::desks::OfferEnd::Missed, .. },
                            Some(node),
                        ) => node.hub.people_changed(),
                        (Deed::Offer { .. } | Deed::EndOffer { .. }, Some(node)) => node.hub.loads_changed(),
                        _ => {}
                    }
                    continue;
                }
                Outcome::Dropped => continue,
                Outcome::Conflict => {
                    if let Deed::EndOffer { agent, .. } = deed {
                        corrections.extend(self.agent_as_stored(number, *agent));
                    }
                    RefusalCode::Conflict
                }
                Outcome::Full { load_elsewhere } => {
                    if let Deed::Assign { agent, .. } | Deed::Offer { agent, .. } = deed {
                        corrections.push(Input::LoadElsewhere { agent: *agent, load: load_elsewhere });
                        let running = self.task(number).and_then(|task| task.running.as_mut());
                        if let Some(known) = running.and_then(|running| running.agents.get_mut(agent)) {
                            known.load_elsewhere = load_elsewhere;
                        }
                        corrections.extend(self.people(number));
                        corrections.extend(self.unheard_of(number, *agent));
                    }
                    RefusalCode::Full
                }
                Outcome::NotVerified => RefusalCode::NotAllowed,
                Outcome::NotThere => {
                    corrections.extend(self.people(number));
                    RefusalCode::Invalid
                }
            };
            failed.push(deed.conversation());
            if about == Some(deed.conversation()) {
                answer = Err(refused(code));
            }
        }
        let Some(inbox) = self.task(number).map(|task| task.inbox) else { return };
        let clocks = self.clocks(number);
        for conversation in &failed {
            let found = self.store.durable.found(inbox, *conversation);
            let stored = deeds::stored(found, clocks);
            corrections.push(Input::Corrected { conversation: *conversation, stored });
        }
        for effect in effects {
            match effect {
                Effect::Refuse { code } => answer = Err(refused(deeds::code(code))),
                effect => self.tell_wait(effect, &failed, decided_at),
            }
        }
        if let Some(task) = self.task(number) {
            task.corrections.extend(corrections);
        }
        if let Some((number, _)) = wish {
            self.written(number, answer);
        }
        self.stir_desks();
    }

    fn agent_as_stored(&mut self, number: u64, agent: AgentId) -> Option<Input> {
        let desk_now = self.desk_now(number);
        let hub = self.node.as_ref()?.hub.clone();
        let running = self.task(number)?.running.as_ref()?;
        Some(deeds::member(&hub, running.agents.get(&agent)?, desk_now))
    }

    fn unheard_of(&mut self, number: u64, agent: AgentId) -> Vec<Input> {
        let clocks = self.clocks(number);
        let Some(node) = &mut self.node else { return Vec::new() };
        let hub = node.hub.clone();
        let Some(task) = node.desks.tasks.get_mut(&number) else { return Vec::new() };
        let Some(running) = &task.running else { return Vec::new() };
        let stored = self.store.durable.desk(task.inbox).conversations;
        deeds::unheard_of(&hub, &running.feed, &running.desk, agent, stored, clocks)
    }

    fn tell_wait(&mut self, effect: Effect, failed: &[ConversationId], now: UnixMillis) {
        let (visitor, conversation, about, frame) = match effect {
            Effect::TellPlace { conversation, visitor, position, wait, why } => {
                let (position, why) = (position.0, deeds::news(why));
                let wait = match wait {
                    Wait::Between { earliest_at, latest_at } => {
                        // What lies behind is shown as "now", by everybody who shows it.
                        let (earliest_ms, latest_ms) = ((earliest_at.0 - now.0).max(0), latest_at.0 - now.0);
                        let conversation = Id(conversation.0);
                        self.note(What::Told { conversation, position, earliest_ms, latest_ms });
                        Some(WaitView { earliest_at, latest_at })
                    }
                    Wait::TooUncertain(_) => None,
                };
                (visitor, conversation, About::Place, Frame::Queue { conversation, position, wait, why })
            }
            Effect::TellAgentLost { conversation, visitor, agent } => {
                let frame = Frame::AgentPresence { conversation, agent, online: false };
                (visitor, conversation, About::Agent, frame)
            }
            Effect::TellAgentBack { conversation, visitor, agent } => {
                let frame = Frame::AgentPresence { conversation, agent, online: true };
                (visitor, conversation, About::Agent, frame)
            }
            _ => return,
        };
        if let Some(node) = &self.node
            && !failed.contains(&conversation)
        {
            node.hub.tell_visitor(visitor, conversation, about, &frame_bytes(&frame));
            self.later(0, Event::Poke);
        }
    }

    // Wishes

    /// An agent wants something decided. `number` is answered.
    pub(super) fn wish(&mut self, number: u64, inbox: InboxId, input: Input) {
        let Some(task) = self.desk_of(inbox) else { return self.without_desk(number, input) };
        if let Some(task) = self.task(task) {
            task.todo.push_back(Todo::Wish { input, number });
        }
        self.stir_desks();
    }

    /// Where no desk runs agents claim by compare-and-set, and pass nothing on.
    fn without_desk(&mut self, number: u64, input: Input) {
        match input {
            Input::Claim { agent, conversation, version } => {
                let at = self.server_now();
                self.submit(number, Write::Claim(Claim { conversation, agent, version, at }));
            }
            _ => self.written(number, Err(Fault::Unavailable("no desk runs".into()))),
        }
    }
}

fn refused(code: RefusalCode) -> Fault {
    // It is in the agent's scope, so it is there: the desk has it no longer.
    let code = if code == RefusalCode::NotFound { RefusalCode::Conflict } else { code };
    Fault::Refused(Refusal::because(code))
}
