//! The desk of one inbox: who is there, who waits in which order, who gets what, and what may be said about the wait.
//! Pure: no clock, no randomness, no store, no socket, no logging, and nothing in it can fail. It does not know what
//! people write, and not what their screens look like.
//!
//! ```text
//!   presence ──► capacity ──┐
//!   (leases)    (agents)    ├──► assignment ──► Assign, Offer, EndOffer, Requeue, HandOver, Overflow, ArriveAnew, Refuse
//!   presence ──► queue ─────┘         │
//!   (leases)    (order)               ▼
//!     waits ──► wait_estimate ──► promise ────► TellPlace, PromiseMade, PromiseKept
//!   (learned)  (looks forward)       ▲
//!                                 telling: to whom in this step
//!   conversations, staff: who there is, and what is looked up about them      line: the order, with places
//!   offer: asked before given         matching: who fits what is asked for
//!   deadlines: the one timer          invariant: what holds after every step          restore: from rows
//! ```
//!
//! # Driving it
//! ```text
//! desk.handle(now, input);                           // one thing happened
//! while let Some(effect) = desk.effect() { … }       // do what follows, in order, all of it
//! set_timer(desk.deadline());                        // one timer; when it fires: handle(now, Input::Timer)
//! ```
//! One task drives a desk. It holds the *lease* of the inbox, a row in the store with the node, an end and a fencing
//! token that grows with every new holder. Every write of a step carries that token and its `version_expected`, and
//! the store does it only if both are still so, in the transaction that writes the row of the transcript. All writes
//! of a step may share one commit; the task awaits it before the next input, so that a desk is never more than one
//! step ahead of what is stored. What can happen to a write:
//!
//! - *Done*: nothing is said to the desk. What tells and remembers (everything that is no write) follows the commit;
//!   best in the same transaction where it is for the ledger. The author of a wish is answered now, as is one whose
//!   step held no `Refuse`.
//! - *Not done, the version is another, or it is not open* (somebody resolved it meanwhile on any node): drop the
//!   other effects of the step that name this conversation, answer the author of the wish with `conflict`, and
//!   handle `Corrected` with the row as stored.
//! - *Not done, the agent is full* (another inbox was faster, or something of theirs was not told; the store counts in
//!   the same transaction): handle `LoadElsewhere`, `MemberSet` where they take fewer now, and `Corrected` for what
//!   they have here unheard of, all first, so that the same agent is not chosen again; then `Corrected`.
//! - *Not done, the token is old*: the lease is lost. Drop the desk.
//! - *The store cannot be reached*: drop the desk and restore it when it can be.
//!
//! A step that panics has found a bug by its invariant: the task ends with it, the desk is restored from what is
//! stored, and a second panic in a row leaves the inbox to claims by hand until somebody looks.
//!
//! Restored from: inbox and members with availability and capacity; open conversations with arrival, assignee, version,
//! priority and address; what is offered, and who declined; the unscored promises of the ledger; what is learned, from
//! the handling times stored by `HandlingMeasured` and the scored promises; an `Abandoned` about the present arrival
//! means `Lapsed`. Presence comes from the connections of all nodes; whoever nothing is known about gets a full grace.
//! See `restore`.
//!
//! # What happens, and what follows
//! After every input, whatever it is: presence moves on with time, whoever can be served is assigned (where the
//! policy is automatic; `Offer` where agents accept first, `EndOffer` where that makes no sense any more), what has
//! waited too long goes on (`Overflow`), visitors are told their place if it changed (far back in a long line soon after:
//! `telling`), staff are told the state of the queue if it changed.
//!
//! | input | its own effects |
//! |---|---|
//! | `Arrived` | none; a repeat is ignored |
//! | `Corrected` | `Requeue` when the stored assignee is gone; `PromiseKept` (censored) when the conversation is; `TellAgentLost` when it came back to somebody who is missed |
//! | `Resolved` | `HandlingMeasured` unless it was put aside, or `Abandoned` when the visitor left while waiting; `PromiseKept` |
//! | `AddressLeft` | `ArriveAnew` when its place had lapsed |
//! | `PrioritySet`, `SettingsChanged`, `LoadElsewhere`, `CapacitySet`, `AvailabilityChosen`, `MemberSet` | none; agents keep what they have |
//! | `VisitorConnected` | `TellPlace` again; `ArriveAnew` when the place had lapsed; `TellAgentLost` again while it is so |
//! | `VisitorDisconnected` | none; after 20 s passed over; after `place_kept_max` `Abandoned`, `PromiseKept` (censored) |
//! | `AgentConnected` | `TellAgentBack` where the loss was told |
//! | `AgentDisconnected` | none; after 10 s `TellAgentLost`; after 60 s `Requeue`; neither about what they put aside |
//! | `MemberRemoved` | `Requeue` |
//! | `Claim` | `Assign` or `Refuse`; nothing when they have it already. What was offered to them they accept by it |
//! | `Decline` | `EndOffer` or `Refuse` |
//! | `Transfer` | `Assign`, `HandOver` or `Refuse` |
//! | `Timer` | none |
//!
//! `PromiseKept` follows every `Assign` of a conversation whose visitor had been promised something.
//!
//! # What a step costs
//! A step looks at whom it is about and at whom its time has come, not at everybody: whatever is asked in every step is
//! kept on every change, in `conversations` and `staff` and nowhere else, and what is to be told to thousands is told in
//! parts (`telling`). So a step costs what it changes, times a logarithm or the length of a part of the line. Steps that
//! are about everybody (a restore, a grace that is over for all at once) cost that for each. `xtask bench desk` measures
//! it: with 1,000 agents and 10,000 waiting the median step takes 0.2 to 0.3 of what cloning and sorting the list of those
//! who wait does, and took 38 to 46 times as much when it looked at everybody. From a quarter of that house to all of it
//! such a step grows by 3.6 at most, one about everybody by 4.2 (n log n: 4.7). On the machine of that run, p99 was 0.6 ms.
//! Not in that measurement: while somebody is free whom nobody who waits is for, every step goes through the line; of those
//! who ask for the same it tries one. New settings and members are about everybody.
//!
//! # The invariant
//! Checked after every step, everywhere (`invariant`, which says what is looked at anew in a large house): nobody who can be served waits while an eligible agent is free
//! (under an automatic policy; who is offered something is taken, who declined it is not free for it for
//! `DECLINE_LASTS`, and who does not fit is not free for what waits for somebody who fits); capacity is never exceeded; no version has two assignees; nothing is held by somebody
//! who is lost, unless it is put aside: that is nobody's load and waits for nobody. That nobody falls out of the books is held against a store in the tests.
//!
//! # Room left
//! Teams: a set of members as a rule of `matching` might ask for, and a further `Target`.

mod assignment;
mod capacity;
mod conversations;
mod deadlines;
mod effect;
mod input;
mod invariant;
mod line;
mod matching;
mod offer;
mod outlook;
mod presence;
mod promise;
mod queue;
mod restore;
mod settings;
mod staff;
mod telling;
#[cfg(test)]
mod tests;
mod wait_estimate;
pub mod waits;

pub use self::capacity::{AgentRow, Membership};
pub use self::deadlines::{Deadline, Due};
pub use self::effect::{Effect, OfferEnd, Pick, QueueState, Reason, Refusal, Requeued};
pub use self::input::{Input, Stored, Target};
pub use self::invariant::Violation;
pub use self::matching::Matching;
pub use self::offer::Offer;
pub use self::presence::{AGENT_GRACE, AGENT_LOSS_TOLD_AFTER, Presence, VISITOR_GRACE};
pub use self::promise::{Outcome, PROMISES_PER_WAIT_MAX, Promise, Told, Uncertain, Wait, Why};
pub use self::queue::{Arrival, ConversationRow, DECLINE_LASTS, Position, Standing};
pub use self::restore::Snapshot;
pub use self::settings::{Overflow, Policy, Settings};
pub use self::wait_estimate::{Interval, WAIT_SHOWN_MAX, WIDTH_SHOWN_MAX};
pub use self::waits::Learned;

use std::collections::VecDeque;

use deskbell_shared::model::{AgentId, ConversationId, InboxId, Priority, UnixMillis, VisitorId};

use self::capacity::Agent;
use self::conversations::Conversations;
use self::invariant::Audit;
use self::presence::Event;
use self::staff::Staff;
use self::telling::Telling;

/// Queue and assignment of one inbox. See the module for how to drive it.
#[derive(Clone, Debug)]
pub struct Desk {
    inbox: InboxId,
    now: UnixMillis,
    settings: Settings,
    agents: Staff,
    /// All open conversations of the inbox, and who of their visitors is there.
    conversations: Conversations,
    learned: Learned,
    telling: Telling,
    audit: Audit,
    staff_told: Option<QueueState>,
    effects: VecDeque<Effect>,
}

impl Desk {
    /// The desk of a new inbox: no agents, nobody waits.
    pub fn new(inbox: InboxId, settings: Settings) -> Desk {
        Desk {
            inbox,
            now: UnixMillis(0),
            settings,
            agents: Staff::default(),
            conversations: Conversations::default(),
            learned: Learned::default(),
            telling: Telling::default(),
            audit: Audit::default(),
            staff_told: None,
            effects: VecDeque::new(),
        }
    }

    /// Takes one input. A clock that goes back stands still here.
    ///
    /// # Panics
    /// When effects of the step before were not drained, or the invariant does not hold: bugs, both.
    pub fn handle(&mut self, now: UnixMillis, input: Input) {
        assert!(self.effects.is_empty(), "drain the effects of a step before the next");
        let passed = now.since(self.now);
        self.now = self.now.max(now);
        if self.staff_told.is_some_and(|state| state.waiting > 0) {
            self.learned.rush.passes(passed);
        }
        // What time has done comes before what happened now: a grace that is over is over, however late we notice.
        self.expire();
        self.take(input);
        self.settle();
    }

    /// What is to be done next, if anything.
    pub fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A conversation that is open here.
    pub fn conversation(&self, id: ConversationId) -> Option<&ConversationRow> {
        self.conversations.get(&id)
    }

    /// How many conversations an agent has now, over all inboxes; `None` for who does not work here.
    pub fn load(&self, agent: AgentId) -> Option<u32> {
        self.agents.get(&agent).map(Agent::load)
    }

    /// Who may work here, as the desk takes them to be, by id.
    pub fn agents(&self) -> impl Iterator<Item = &AgentRow> {
        self.agents.values().map(|agent| &agent.row)
    }

    /// Conversations that are open here, what is put aside included.
    pub fn open_count(&self) -> usize {
        self.conversations.len()
    }

    /// Members who are connected and want conversations, whether they have room or not.
    pub fn available_count(&self) -> usize {
        self.agents.values().filter(|agent| agent.is_available()).count()
    }

    /// Whether a visitor's coming and going matters here.
    pub fn knows_visitor(&self, visitor: VisitorId) -> bool {
        self.conversations.visitors().contains_key(&visitor)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Arrived(row) => {
                let row = self.looked_at(row);
                self.comes_before_others(row.comes());
                self.arrived(row);
            }
            Input::Corrected { conversation, stored } => self.corrected(conversation, stored),
            Input::Resolved { conversation, version, by } => self.resolved(conversation, version, by),
            Input::AddressLeft { conversation } => self.address_left(conversation),
            Input::PrioritySet { conversation, priority } => {
                let rises = self.conversations.change(conversation, |known| {
                    let before = known.comes();
                    known.priority = priority;
                    Some(known.comes()).filter(|after| known.is_queued() && *after > before)
                });
                if let Some(priority) = rises.flatten() {
                    self.comes_before_others(priority);
                }
            }
            Input::VisitorConnected(visitor) => self.visitor_presence(visitor, Event::Connected),
            Input::VisitorDisconnected(visitor) => self.visitor_presence(visitor, Event::Disconnected),
            Input::AgentConnected(agent) => self.agent_presence(agent, Event::Connected),
            Input::AgentDisconnected(agent) => self.agent_presence(agent, Event::Disconnected),
            Input::AvailabilityChosen { agent, availability } => {
                self.change_agent(agent, |row| row.availability = availability);
            }
            Input::CapacitySet { agent, capacity } => self.change_agent(agent, |row| row.capacity = capacity),
            Input::LoadElsewhere { agent, load } => self.change_agent(agent, |row| row.load_elsewhere = load),
            Input::MemberSet(row) => self.member_set(row),
            Input::MemberRemoved(agent) => {
                self.requeue_all_of(agent, Requeued::MembershipEnded);
                self.agents.remove(agent);
                self.look_at_what_is_asked();
            }
            Input::SettingsChanged(settings) => {
                self.settings = settings;
                self.look_at_what_is_asked();
            }
            Input::Claim { agent, conversation, version } => self.claim(agent, conversation, version),
            Input::Decline { agent, conversation } => self.decline(agent, conversation),
            Input::Transfer { by, conversation, version, to, note } => {
                self.transfer(by, conversation, version, to, note);
            }
            Input::Timer => {}
        }
    }

    /// What follows every input and a restore.
    fn settle(&mut self) {
        // The input may have made something due: a shorter keeping of places, a correction.
        self.expire();
        self.withdraw_offers();
        self.assign_waiting();
        self.overflow();
        self.tell_visitors();
        self.tell_staff();
        let violation = self.violation_of_step();
        assert!(violation.is_none(), "the desk of {} broke its promise: {violation:?}", self.inbox);
    }

    fn tell_staff(&mut self) {
        let state = self.queue_state();
        if self.staff_told.replace(state) != Some(state) {
            self.effects.push_back(Effect::TellStaff(state));
        }
    }

    fn comes_before_others(&mut self, priority: Priority) {
        if priority > Priority::Normal && self.staff_told.is_some_and(|state| state.waiting > 0) {
            self.learned.rush.arrives();
        }
    }

    fn address_left(&mut self, id: ConversationId) {
        let standing = self.conversations.change(id, |conversation| {
            conversation.has_address = true;
            conversation.standing
        });
        if standing == Some(Standing::Lapsed) {
            self.arrive_anew(id);
        }
    }

    fn member_set(&mut self, row: AgentRow) {
        let Some(known) = self.agents.get(&row.id) else {
            self.agents.insert(row);
            return self.look_at_what_is_asked();
        };
        let is_other = known.row.membership != row.membership;
        self.agents.change(row.id, |known| {
            // Who is there, and what they were given, is known here better than to whoever changed the membership.
            let (presence, last_assigned_at) = (known.row.presence, known.row.last_assigned_at);
            known.row = AgentRow { presence, last_assigned_at, ..row };
            known.keep_what_they_have();
        });
        if is_other {
            self.look_at_what_is_asked();
        }
    }

    fn change_agent(&mut self, id: AgentId, change: impl FnOnce(&mut AgentRow)) {
        self.agents.change(id, |agent| {
            change(&mut agent.row);
            agent.keep_what_they_have();
        });
    }
}
