//! Who sits in front of a tab.

use deskbell_server::auth::Principal;
use deskbell_shared::model::{AgentId, InboxId, Role, Side, SiteId, VisitorId};

use crate::history::Id;

/// A visitor of an inbox, or an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    Visitor { id: VisitorId, inbox: InboxId },
    Agent { id: AgentId },
}

impl Person {
    pub fn side(self) -> Side {
        match self {
            Person::Visitor { .. } => Side::Visitor,
            Person::Agent { .. } => Side::Staff,
        }
    }

    pub fn id(self) -> Id {
        match self {
            Person::Visitor { id, .. } => Id(id.0),
            Person::Agent { id } => Id(id.0),
        }
    }

    /// Everything a visitor writes holds this.
    pub fn canary(self) -> Option<String> {
        match self {
            Person::Visitor { id, .. } => Some(format!("by v{}.", id.0)),
            Person::Agent { .. } => None,
        }
    }

    /// What a ticket of theirs stands for.
    pub fn principal(self) -> Principal {
        match self {
            Person::Visitor { id, inbox } => {
                Principal::Visitor { id, site: SiteId(inbox.0), inbox, session: None }
            }
            Person::Agent { id } => Principal::Agent { id, role: Role::Agent, session: [0; 32], from: None },
        }
    }
}
