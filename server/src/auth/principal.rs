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
        /// Who, derived from the site and the visitor token, or remembered for what the site calls them by.
        id: VisitorId,
        /// The site whose widget it is.
        site: SiteId,
        /// Where their conversations land.
        inbox: InboxId,
        /// How they have proved it; absent where their socket cannot be ended by it.
        session: Option<VisitorSession>,
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

/// The token that a visitor came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitorSession {
    /// Its digest.
    pub token: SecretDigest,
    /// Whether the site's server has signed who they are.
    pub is_verified: bool,
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

    /// Whether it is a visitor whom the site's server has signed for.
    pub fn is_verified(&self) -> bool {
        matches!(self, Principal::Visitor { session: Some(session), .. } if session.is_verified)
    }

    /// What the client is told about itself.
    pub fn me(&self) -> Me {
        match *self {
            Principal::Visitor { id, .. } => Me::Visitor { id },
            Principal::Agent { id, role, .. } => Me::Agent { id, role },
        }
    }
}
