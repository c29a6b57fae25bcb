//! What the desk of an inbox needs to be rebuilt and to act: the contract. Who gets what is decided in `desk`, and who
//! drives it in `application`; here a decision is done only when it still fits what is stored.

use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, AgentView, Availability, ConversationId, Draft, Feed, Fit, IdentityView, InboxId, RequeueReason,
    Routing, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::WaitNews;
use deskbell_shared::protocol::limits::CAPACITY_DEFAULT;

use super::conversations::Changed;
use super::{Scope, Stored};

/// Handling times that are read back for estimates: older ones weigh nothing any more.
pub const HANDLING_TIMES_READ_MAX: usize = 400;
/// Promises that are read back for them: what is further back has long been outweighed.
pub const PROMISES_READ_MAX: usize = 2000;
/// Waits that are read to be summed up, of one inbox.
pub const WAITS_SUMMED_MAX: usize = 20_000;
/// Promises that are read to be looked at, in one answer.
pub const PROMISES_SHOWN_MAX: usize = 20_000;

/// Queues, leases and ledgers.
#[async_trait]
pub trait DeskStore: Send + Sync + 'static {
    /// The name of this node among those that share the database. It stays over a restart: a lease that the process
    /// before held is taken over at once.
    fn node(&self) -> NodeId;

    /// What an agent chose, or the defaults. `None` for who is not active.
    async fn availability(&self, agent: AgentId) -> Stored<Option<Chosen>>;

    /// Puts it in place; without a capacity that one stays. Refused: `not_found`.
    async fn set_availability(
        &self,
        agent: AgentId,
        availability: Availability,
        capacity: Option<u32>,
    ) -> Stored<()>;

    /// Makes a node the holder of an inbox's desk, under a greater token than any before. `None` while another node
    /// holds it and its time is not over. Refused: `not_found`.
    async fn take_lease(&self, take: TakeLease) -> Stored<Option<Lease>>;

    /// Moves the end of a lease. `false` when somebody has taken it since.
    async fn keep_lease(&self, lease: Lease, ends_at: UnixMillis) -> Stored<bool>;

    /// Everything a desk is made from, of one moment.
    async fn desk(&self, inbox: InboxId) -> Stored<DeskRecord>;

    /// All who may work in an inbox: its members, and the owners.
    async fn desk_agents(&self, inbox: InboxId) -> Stored<Vec<DeskAgent>>;

    /// One conversation as the desk of an inbox would find it.
    async fn desk_conversation(&self, inbox: InboxId, conversation: ConversationId) -> Stored<Found>;

    /// Does all that one step of a desk has decided, in one transaction: each deed in order, or none of them when the
    /// token is not the newest. A write whose version is not the one expected any more, or whose conversation is not
    /// open in the inbox, is not done, nor is any later deed about that conversation; the others are. An assignment is
    /// also not done when the agent may not work in the inbox, or has as many conversations, over all inboxes, as
    /// they take; what is put aside does not count. Whatever changes hands is woken.
    async fn step(&self, step: Step) -> Stored<Stepped>;

    /// Why a conversation went to whom, oldest first; for agents in whose scope it is. `None` outside it, and for
    /// visitors.
    async fn assignments(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<AssignmentRecord>>>;

    /// Where a conversation went on to by itself because it had waited too long, oldest first; for agents in whose scope
    /// it is now. `None` outside it, and for visitors.
    async fn overflows(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<OverflowRecord>>>;

    /// Whom a conversation was offered to, oldest first; for agents in whose scope it is. `None` outside it, and for
    /// visitors.
    async fn offers(&self, scope: Scope, conversation: ConversationId) -> Stored<Option<Vec<OfferRecord>>>;

    /// What was promised in an inbox and is scored since an instant, by when it was scored; of more than
    /// `PROMISES_SHOWN_MAX` the newest.
    async fn kept_promises(&self, inbox: InboxId, since: UnixMillis) -> Stored<Vec<PromiseRecord>>;

    /// The waits of an inbox that have ended since an instant, the last one first, at most `count_max`. Each ends once:
    /// what waits again after it was taken off an agent is still the same wait.
    async fn ended_waits(
        &self,
        inbox: InboxId,
        since: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<EndedWait>>;

    /// The ledger of what was promised about a conversation, in order.
    async fn promises(&self, conversation: ConversationId) -> Stored<Vec<PromiseRecord>>;
}

/// One of the processes that share a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub u128);

/// What an agent chose about getting conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Whether any.
    pub availability: Availability,
    /// How many at once, over all inboxes.
    pub capacity: u32,
}

impl Default for Chosen {
    fn default() -> Chosen {
        Chosen { availability: Availability::Available, capacity: CAPACITY_DEFAULT }
    }
}

/// See `DeskStore::take_lease`.
#[derive(Clone, Copy, Debug)]
pub struct TakeLease {
    /// Whose desk.
    pub inbox: InboxId,
    /// For whom.
    pub node: NodeId,
    /// The server's clock.
    pub at: UnixMillis,
    /// Until when, unless it is kept.
    pub ends_at: UnixMillis,
}

/// The right to decide for an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which.
    pub inbox: InboxId,
    /// Grows with every holder. What carries an older one is not done.
    pub token: u64,
}

/// See `DeskStore::desk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskRecord {
    /// All who may work in it.
    pub agents: Vec<DeskAgent>,
    /// All open conversations, in no order.
    pub conversations: Vec<DeskConversation>,
    /// How long the last conversations took, oldest first, and whether they had waited before.
    pub handling_times: Vec<(Duration, bool)>,
    /// The last promises that are scored, by when they were.
    pub kept: Vec<PromiseRecord>,
    /// How it gives conversations out.
    pub routing: Routing,
}

/// Somebody who may work in an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskAgent {
    /// As colleagues see them.
    pub view: AgentView,
    /// A member, not only an owner.
    pub is_member: bool,
    /// What they chose.
    pub chosen: Chosen,
    /// Their open conversations in other inboxes, without what is put aside; and what they are offered there.
    pub load_elsewhere: u32,
    /// Since when they are away because they missed an offer, and have not chosen since.
    pub missed_at: Option<UnixMillis>,
    /// When something was last given to them here.
    pub last_assigned_at: Option<UnixMillis>,
}

/// An open conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskConversation {
    /// Which.
    pub id: ConversationId,
    /// Whose.
    pub visitor: VisitorId,
    /// The place of the list feed it took when it began to wait.
    pub arrival: Feed,
    /// When that was.
    pub arrived_at: UnixMillis,
    /// The assignment version.
    pub version: u32,
    /// Whether the visitor left an address.
    pub has_address: bool,
    /// The language of the visitor's browser.
    pub language: Option<String>,
    /// The address of the page they wrote from.
    pub page: Option<String>,
    /// Who the visitor is, by the word of the site's server.
    pub identity: Option<IdentityView>,
    /// To whom something of the visitor's was given last in this inbox.
    pub answered_by: Option<AgentId>,
    /// Who has it, and since when they work on it: since it was given to them, or came back to them last.
    pub assigned: Option<(AgentId, UnixMillis)>,
    /// They put it aside.
    pub is_aside: bool,
    /// Its visitor was away for longer than its place was kept.
    pub is_lapsed: bool,
    /// Whom it is offered to now.
    pub offered: Option<OpenOffer>,
    /// Who declined it, and when last.
    pub declined: Vec<(AgentId, UnixMillis)>,
    /// It was to go on to another inbox since it arrived.
    pub has_overflowed: bool,
    /// What was promised and is not scored, in order.
    pub promises: Vec<PromiseRecord>,
    /// The number of the last promise ever made about it; 0 when there is none.
    pub last_promise: u32,
}

/// See `DeskStore::desk_conversation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is open in that inbox.
    Open(Box<DeskConversation>),
    /// It is not.
    Gone {
        /// What was promised about it and is not scored.
        promises: Vec<PromiseRecord>,
    },
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseRecord {
    /// About which conversation.
    pub conversation: ConversationId,
    /// Grows with the promises about it, from 1.
    pub number: u32,
    /// When it was shown.
    pub made_at: UnixMillis,
    /// The place in the queue then.
    pub position: u32,
    /// The 10 % end.
    pub earliest_at: UnixMillis,
    /// The 90 % end.
    pub latest_at: UnixMillis,
    /// Why it was shown.
    pub why: WaitNews,
    /// What became of it.
    pub outcome: Option<(OutcomeKind, UnixMillis)>,
}

/// A wait that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedWait {
    /// Who waited.
    pub conversation: ConversationId,
    /// When it ended.
    pub at: UnixMillis,
    /// How long it was.
    pub waited: Duration,
    /// Without an agent.
    pub is_given_up: bool,
}

/// How a wait compares with what was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// It ended before the interval.
    Earlier,
    /// It ended inside.
    Inside,
    /// It ended after it.
    Later,
    /// It did not end with an agent.
    Censored,
}

/// See `DeskStore::step`.
#[derive(Clone, Debug)]
pub struct Step {
    /// Under which right.
    pub lease: Lease,
    /// The server's clock.
    pub at: UnixMillis,
    /// In order.
    pub deeds: Vec<Deed>,
}

/// One thing to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Write: to an agent, with its `assigned` row; before it, in a transfer, the note. Counts one version.
    Assign {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        agent: AgentId,
        /// The version it must have.
        version_expected: u32,
        /// Why; says too who the author of the row is.
        reason: Reason,
        /// In a transfer: what the one who passes it on wrote.
        note: Option<Draft>,
        /// What was asked for, where the desk chose.
        fit: Option<Fit>,
    },
    /// Write: offered to an agent, who has a place less until the offer is over. No row and no version. Not done, as an
    /// assignment, when the agent may not work in the inbox or has as many as they take; nor when somebody has it or is
    /// asked already. An offer is over with the next version: accepted when the conversation is then with that agent.
    Offer {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        agent: AgentId,
        /// The version it must have.
        version_expected: u32,
        /// When it is missed.
        until: UnixMillis,
        /// Why they: the desk's own choice.
        reason: Reason,
    },
    /// Write: an offer was not accepted. Not done when it is over already. Who missed one is away from then on, until
    /// they choose again.
    EndOffer {
        /// Which.
        conversation: ConversationId,
        /// Who had it.
        agent: AgentId,
        /// How.
        how: OfferEnd,
    },
    /// Write: back into the queue, with its `requeued` row and its first arrival. Counts one version.
    Requeue {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// Why.
        reason: RequeueReason,
    },
    /// Write: into the queue of another inbox, with its arrival, the note and a `moved` row. Counts one version. Not
    /// done either when its visitor has an open one there, or may not write there, or there is no such inbox.
    HandOver {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// Where to.
        inbox: InboxId,
        /// Who decided.
        by: AgentId,
        /// What they wrote.
        note: Option<Draft>,
    },
    /// Write: it has waited too long, and goes on to the queue of another inbox, with its arrival and a `moved` row of the
    /// system. Counts one version. Where it cannot go (there is no such inbox, its visitor has an open one there or may
    /// not write there) it stays, which is not done; that it was to go is noted all the same, with the arrival.
    Overflow {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// Where to.
        inbox: InboxId,
        /// How long it has waited.
        waited: Duration,
    },
    /// Write: it waits from now on. No row and no version.
    ArriveAnew {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// The place it takes.
        arrival: Feed,
        /// From when its wait counts.
        arrived_at: UnixMillis,
    },
    /// Remember: a visitor waited and is gone.
    Abandoned {
        /// Which.
        conversation: ConversationId,
        /// The assignment version it waited with.
        version: u32,
        /// When it had begun to wait.
        arrived_at: UnixMillis,
        /// How long they had waited.
        waited: Duration,
    },
    /// Remember: how long it took.
    Handled {
        /// Which.
        conversation: ConversationId,
        /// Who.
        agent: AgentId,
        /// How long.
        took: Duration,
    },
    /// Remember: an interval was shown.
    Promised(PromiseRecord),
    /// Remember: what became of it.
    Scored {
        /// About which conversation.
        conversation: ConversationId,
        /// Which promise.
        number: u32,
        /// How it compares.
        outcome: OutcomeKind,
        /// When.
        at: UnixMillis,
    },
}

impl Deed {
    /// Which conversation it is about.
    pub fn conversation(&self) -> ConversationId {
        match self {
            Deed::Assign { conversation, .. }
            | Deed::Offer { conversation, .. }
            | Deed::EndOffer { conversation, .. }
            | Deed::Requeue { conversation, .. }
            | Deed::HandOver { conversation, .. }
            | Deed::Overflow { conversation, .. }
            | Deed::ArriveAnew { conversation, .. }
            | Deed::Abandoned { conversation, .. }
            | Deed::Handled { conversation, .. }
            | Deed::Promised(PromiseRecord { conversation, .. })
            | Deed::Scored { conversation, .. } => *conversation,
        }
    }
}

/// Why a conversation went to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody who could take it had less to do for their capacity.
    LeastLoaded {
        /// What they had before.
        load: u32,
        /// What they take.
        capacity: u32,
        /// How many could have taken it.
        eligible: u32,
    },
    /// It was their turn.
    InTurn {
        /// How many could have taken it.
        eligible: u32,
    },
    /// They answered the visitor before.
    SameAgent,
    /// They took it themselves.
    Claimed {
        /// From whom, if not from the queue.
        from: Option<AgentId>,
    },
    /// A colleague passed it on.
    Transferred {
        /// Who.
        by: AgentId,
    },
}

/// One assignment of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentRecord {
    /// The assignment version after it.
    pub version: u32,
    /// To whom.
    pub agent: AgentId,
    /// When.
    pub at: UnixMillis,
    /// Why.
    pub reason: Reason,
    /// What was asked for, where the desk chose and not anybody would do.
    pub fit: Option<Fit>,
}

/// What an agent is asked to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOffer {
    /// Who.
    pub agent: AgentId,
    /// When they have missed it.
    pub until: UnixMillis,
    /// Why they.
    pub reason: Reason,
}

/// How an offer ended that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent did not want it then.
    Declined,
    /// Its time was over.
    Missed,
    /// It could not be accepted any more, or somebody else has it.
    Withdrawn,
}

/// An agent was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferRecord {
    /// Who.
    pub agent: AgentId,
    /// When.
    pub at: UnixMillis,
    /// When they would have missed it.
    pub until: UnixMillis,
    /// How it ended, and when; `None` inside: they accepted.
    pub ended: Option<(Option<OfferEnd>, UnixMillis)>,
}

/// A conversation had waited too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverflowRecord {
    /// When it was to go on.
    pub at: UnixMillis,
    /// The name of the inbox where it had waited.
    pub from: String,
    /// The name of the one it was to go to.
    pub to: String,
    /// How long it had waited.
    pub waited: Duration,
    /// It went; otherwise it could not.
    pub went: bool,
}

/// See `DeskStore::step`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// The token is an old one; nothing was done.
    LeaseLost,
    /// What became of each deed, in order.
    Deeds(Vec<Outcome>),
}

/// What became of one deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done(Option<Box<Changed>>),
    /// Not done: the conversation is not as expected.
    Conflict,
    /// Not done: the agent has as many as they take.
    Full {
        /// How many of them in other inboxes.
        load_elsewhere: u32,
    },
    /// Not done: the agent, or the inbox, is none that it could go to.
    NotThere,
    /// Not done: the inbox takes nothing from visitors who are not verified, and this one is not. They would be mute there.
    NotVerified,
    /// Not tried, because an earlier deed about the conversation was not done.
    Dropped,
}
