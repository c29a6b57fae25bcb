//! Why a conversation is with whom it is: what the desk noted when it gave it out, with names. Read, never decided here.

use std::collections::HashMap;

use deskbell_shared::model::{AgentId, AgentView, ConversationId};
use deskbell_shared::protocol::api::{AssignmentView, Because, ReasonsView};

use super::Application;
use super::accounts::Signed;
use super::denial::Denial;
use crate::store::Scope;
use crate::store::desks::Reason;

impl Application {
    /// Every assignment of a conversation, oldest first.
    pub async fn reasons(&self, who: Signed, id: ConversationId) -> Result<ReasonsView, Denial> {
        let noted = self.store.assignments(Scope::Agent(who.id), id).await?.ok_or_else(Denial::not_found)?;
        // Those who have left had their reasons, too.
        let left = self.store.deactivated().await?.into_iter().map(|(record, _)| record);
        let everybody = self.store.agents().await?.into_iter().chain(left);
        let views: HashMap<AgentId, AgentView> =
            everybody.map(|record| (record.view.id, record.view)).collect();
        let name = |id| views.get(&id).map_or_else(String::new, |view: &AgentView| view.name.clone());
        let shown = noted.into_iter().filter_map(|noted| {
            let because = match noted.reason {
                Reason::LeastLoaded { load, capacity, eligible } => {
                    Because::LeastLoaded { load, capacity, eligible }
                }
                Reason::InTurn { eligible } => Because::InTurn { eligible },
                Reason::SameAgent => Because::SameAgent {},
                Reason::Claimed { from } => Because::Claimed { from: from.map(name) },
                Reason::Transferred { by } => Because::Transferred { by: name(by) },
            };
            Some(AssignmentView { agent: views.get(&noted.agent)?.clone(), at: noted.at, because })
        });
        Ok(ReasonsView { assignments: shown.collect() })
    }
}
