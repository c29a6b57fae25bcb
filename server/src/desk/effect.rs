//! Everything a desk can ask of its driver, and the reasons it gives for it. Deciding is elsewhere.
//!
//! *Writes* (`Assign`, `Offer`, `EndOffer`, `Requeue`, `HandOver`, `Overflow`, `ArriveAnew`) are compare-and-set on the
//! assignment version (an end: on the offer), under the fencing token of the desk's lease; see the module for what happens
//! when one is not done.

use std::time::Duration;

use deskbell_shared::model::{AgentId, ConversationId, Fit, InboxId, UnixMillis, VisitorId};

use super::promise::{Outcome, Promise, Wait, Why};
use super::queue::{Arrival, Position};

/// One thing to do, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write: give the conversation to an agent, with its row in the transcript. Counts one version.
    Assign {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        agent: AgentId,
        /// The version it must have.
        version_expected: u32,
        /// Why this agent; recorded, and shown to who asks "why me?".
        reason: Reason,
        /// What was asked for, where the desk chose and not anybody would do; recorded beside it.
        fit: Option<Fit>,
    },
    /// Write: offer the conversation to an agent, who may accept it by claiming it. It takes a place of theirs meanwhile.
    /// Counts no version, and is over with the next version however that comes about.
    Offer {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        agent: AgentId,
        /// The version it must have.
        version_expected: u32,
        /// When it is missed.
        until: UnixMillis,
        /// Why this agent.
        pick: Pick,
    },
    /// Write: an offer was not accepted. Who missed one is set away, as if they had chosen it.
    EndOffer {
        /// Which.
        conversation: ConversationId,
        /// Who had it.
        agent: AgentId,
        /// How.
        how: OfferEnd,
    },
    /// Write: take the agent off. It waits again, with its first arrival. Counts one version.
    Requeue {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// Who had it.
        agent: AgentId,
        /// Why.
        reason: Requeued,
    },
    /// Write: move it into the queue of another inbox, with its arrival; that inbox's desk is told `Arrived`. Counts
    /// one version.
    HandOver {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// Where to.
        inbox: InboxId,
        /// Who decided.
        by: AgentId,
        /// For who gets it.
        note: String,
    },
    /// Write: it has waited too long here, and goes on to the queue of another inbox, with its arrival; that inbox's desk
    /// is told `Arrived`. Counts one version. Asked once in a wait: the store remembers it, done or not, so that two
    /// inboxes do not send anybody to and fro.
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
    /// Write: the visitor stayed away for longer than a place is kept, and came back: it arrives anew. Counts no
    /// version.
    ArriveAnew {
        /// Which.
        conversation: ConversationId,
        /// The version it must have.
        version_expected: u32,
        /// From now on.
        arrival: Arrival,
    },
    /// The wish just handled was not done, and nothing was changed by it.
    Refuse {
        /// Why.
        code: Refusal,
    },
    /// Tell the visitor where they are in the queue. Sent on every change, and again on every connection.
    TellPlace {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        visitor: VisitorId,
        /// 1 is next.
        position: Position,
        /// How long it will take.
        wait: Wait,
        /// What changed.
        why: Why,
    },
    /// Tell the visitor that their agent's connection is gone.
    TellAgentLost {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        visitor: VisitorId,
        /// Who.
        agent: AgentId,
    },
    /// Tell the visitor, after `TellAgentLost`, that the agent is there again.
    TellAgentBack {
        /// Which.
        conversation: ConversationId,
        /// To whom.
        visitor: VisitorId,
        /// Who.
        agent: AgentId,
    },
    /// Tell the staff of the inbox how its queue stands.
    TellStaff(QueueState),
    /// Remember: a visitor waited and is gone for good, by themselves or because the place is no longer kept.
    Abandoned {
        /// Which.
        conversation: ConversationId,
        /// The assignment version it waited with: meanwhile it may wait again.
        version: u32,
        /// When it had begun to wait.
        arrived_at: UnixMillis,
        /// How long they had waited.
        waited: Duration,
    },
    /// Remember: how long an agent was busy with a conversation, for later estimates.
    HandlingMeasured {
        /// Which.
        conversation: ConversationId,
        /// Who.
        agent: AgentId,
        /// From assignment to resolution.
        took: Duration,
    },
    /// Remember: an interval was shown.
    PromiseMade(Promise),
    /// Remember: what became of it.
    PromiseKept {
        /// What was shown.
        promise: Promise,
        /// How it compares.
        outcome: Outcome,
    },
}

/// Why the desk chose an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Of those who could take it, nobody had less to do for their capacity.
    LeastLoaded {
        /// What they had before.
        load: u32,
        /// What they take.
        capacity: u32,
        /// How many could have taken it, this one included.
        eligible: u32,
    },
    /// It was their turn: of those who could take it, nobody was given nothing for longer.
    InTurn {
        /// How many could have taken it, this one included.
        eligible: u32,
    },
    /// They answered the visitor before.
    SameAgent,
}

/// How an offer ended that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent did not want it now.
    Declined,
    /// Its time was over.
    Missed,
    /// It can no longer be accepted: the agent or the visitor has gone, or the agent takes less.
    Withdrawn,
}

/// Why a conversation went to this agent. Further policies each add theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The desk chose them.
    Picked(Pick),
    /// They took it themselves.
    Claimed {
        /// From whom, if not from the queue.
        from: Option<AgentId>,
    },
    /// A colleague passed it on.
    Transferred {
        /// Who.
        by: AgentId,
        /// What they wrote for the agent.
        note: String,
    },
}

/// Why a conversation waits again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeued {
    /// The agent's connection was gone for longer than the grace.
    AgentLost,
    /// The agent may not work in this inbox any more.
    MembershipEnded,
}

/// Why a wish was not done. The wiring maps these to codes of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such conversation waits or is answered here.
    NotFound,
    /// Not theirs to do.
    NotAllowed,
    /// Somebody was faster: it has another version.
    Conflict,
    /// The agent who would get it has no connection.
    Offline,
    /// The agent who would get it is away.
    Away,
    /// The agent who would get it has as many as they take.
    Full,
    /// A transfer to where it is already.
    Invalid,
}

/// The queue as staff see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Conversations that wait and can be served.
    pub waiting: u32,
    /// Conversations that are passed over until their visitor is back.
    pub passed_over: u32,
    /// The arrival of the one that has waited longest, of those that can be served.
    pub oldest_arrived_at: Option<UnixMillis>,
    /// Agents who could take one now.
    pub eligible: u32,
    /// Of those who wait, how many are beyond the cap, and were asked for an address.
    pub beyond: u32,
}
