//! Who is connected, and who follows which conversation.

use std::time::Duration;

use deskbell_shared::model::{AgentId, InboxId, Service, SiteView};

use crate::store::accounts::EndSessions;
use crate::store::conversations::Changed;

/// The connections of this process.
#[derive(Default)]
pub struct Hub {}

impl Hub {
    /// Nobody yet.
    pub fn new() -> Hub {
        Hub::default()
    }

    /// Tells followers what a transaction has changed. Never waits for anybody.
    pub fn committed(&self, _changed: &Changed) {}

    /// Who answers in an inbox now.
    pub fn service(&self, _inbox: InboxId) -> Service {
        Service { online: false, agents: Vec::new() }
    }

    /// Shows owners who are connected that a site is different now, or that its loader was seen.
    pub fn site_changed(&self, _site: &SiteView) {}

    /// Closes the connections of sessions that have ended, with `signed_out`.
    pub fn end_sessions(&self, _agent: AgentId, _which: EndSessions) {}

    /// Says that somebody may see more or less than before (membership, role, deactivation, a new inbox): every
    /// connection asks the store again before it is sent another row.
    pub fn permissions_changed(&self) {}

    /// See `Application::begin_drain`.
    pub fn begin_drain(&self, _spread: Duration) {}

    /// How many connections there are.
    pub fn connection_count(&self) -> usize {
        0
    }

    /// Waits until there is no connection.
    pub async fn emptied(&self) {}
}
