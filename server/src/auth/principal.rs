//! Whom a connection or a request belongs to, once that is proved. It carries no permission of its own: those are
//! looked up when something is done, so that losing one takes effect at once.

use deskbell_shared::model::{AgentId, InboxId, Role, SiteId, VisitorId};
use deskbell_shared::protocol::Me;

use crate::store::Scope;
use crate::store::accounts::SecretDigest;
use crate::store::audit::Network;

/// A proven identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Somebody at the widget of one site.
    Visitor {
        /// Who, derived from the site and the visitor token.
        id: VisitorId,
        /// The site whose widget it is.
        site: SiteId,
        /// Where their conversations land.
        inbox: InboxId,
    },
    /// Somebody who is signed in.
    Agent {
        /// Who.
        id: AgentId,
        /// What they were when the ticket was issued; whatever rests on it asks the store again.
        role: Role,
        /// The session they signed in with; it ends their connections when it ends.
        session: SecretDigest,
        /// Where they asked for the ticket.
        from: Option<Network>,
    },
}

impl Principal {
    /// On whose behalf the store is asked.
    pub fn scope(&self) -> Scope {
        match *self {
            Principal::Visitor { id, .. } => Scope::Visitor(id),
            Principal::Agent { id, .. } => Scope::Agent(id),
        }
    }

    /// Whether it is a visitor.
    pub fn is_visitor(&self) -> bool {
        matches!(self, Principal::Visitor { .. })
    }

    /// What the client is told about itself.
    pub fn me(&self) -> Me {
        match *self {
            Principal::Visitor { id, .. } => Me::Visitor { id },
            Principal::Agent { id, role, .. } => Me::Agent { id, role },
        }
    }
}
