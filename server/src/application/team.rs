//! Inboxes with their hours and members, and agents who leave the team, come back or have another role. For owners.

use deskbell_shared::model::{AgentId, InboxId, Role, Routing};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{InboxEdit, InboxView, InboxesView};
use deskbell_shared::protocol::limits::{
    ACCEPT_SECONDS_MAX, ACCEPT_SECONDS_MIN, ANSWER_MINUTES_MAX, OVERFLOW_MINUTES_MAX, WAITING_MAX,
};

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, matching, names};
use crate::auth::secret::random;
use crate::hours::{self, Schedule, Wrong};
use crate::store::accounts::EndSessions;
use crate::store::audit::{Target, What};
use crate::store::team::{InboxChange, InboxRecord};
use crate::store::{Fault, Refusal, Stored};

/// Inboxes of one deployment.
pub const INBOXES_MAX: usize = 200;

impl Application {
    /// All inboxes, and what a form about them needs.
    pub async fn inboxes(&self) -> Result<InboxesView, Denial> {
        let inboxes = self.store.inboxes().await?;
        let inboxes = inboxes.into_iter().map(|inbox| self.shown(inbox)).collect();
        Ok(InboxesView { inboxes, zones: hours::zones() })
    }

    /// Makes an inbox.
    pub async fn add_inbox(&self, by: Signed, asked: InboxEdit) -> Result<InboxView, Denial> {
        let change = self.checked(asked, None).await?;
        if self.store.inboxes().await?.len() >= INBOXES_MAX {
            return Err(Denial::because(RefusalCode::TooLong, format!("at most {INBOXES_MAX} inboxes")));
        }
        let id = InboxId::from_parts(self.now(), random());
        self.noting(by, What::InboxAdded, Target::Inbox(id), "").add_inbox(id, change).await?;
        self.hub.permissions_changed();
        self.inbox(id).await
    }

    /// Changes an inbox. Visitors hear of it at once; who is no member any more loses what they have in it.
    pub async fn edit_inbox(&self, by: Signed, id: InboxId, asked: InboxEdit) -> Result<InboxView, Denial> {
        let change = self.checked(asked, Some(id)).await?;
        let store = self.noting(by, What::InboxChanged, Target::Inbox(id), "");
        let waiting = self.log.edit_inbox(&*store, id, change, self.now()).await?;
        tracing::info!(inbox = %id, waiting = waiting.len(), "an inbox was changed");
        self.hub.permissions_changed();
        self.inbox(id).await
    }

    /// Puts somebody out: their sessions end at once, and what they have waits again.
    pub async fn deactivate(&self, by: Signed, agent: AgentId) -> Result<(), Denial> {
        if by.id == agent {
            return Err(Denial::because(RefusalCode::NotAllowed, "nobody can deactivate themselves"));
        }
        let store = self.noting(by, What::AgentDeactivated, Target::Agent(agent), "");
        let waiting = self.log.deactivate(&*store, agent, self.now()).await.map_err(last_owner)?;
        tracing::info!(%agent, by = %by.id, waiting = waiting.len(), "an agent was deactivated");
        self.hub.end_sessions(agent, EndSessions::All);
        self.hub.permissions_changed();
        Ok(())
    }

    /// Gives somebody another role. Their connections come back with what they may do now, and what they may have no longer
    /// waits again.
    pub async fn set_role(&self, by: Signed, agent: AgentId, role: Role) -> Result<(), Denial> {
        let store = self.noting(by, What::RoleChanged, Target::Agent(agent), role.text());
        let waiting = self.log.set_role(&*store, agent, role, self.now()).await.map_err(last_owner)?;
        tracing::info!(%agent, by = %by.id, role = role.text(), waiting = waiting.len(), "somebody has another role");
        self.hub.come_back(agent);
        self.hub.permissions_changed();
        Ok(())
    }

    /// Lets somebody in again.
    pub async fn reactivate(&self, by: Signed, agent: AgentId) -> Result<(), Denial> {
        self.noting(by, What::AgentReactivated, Target::Agent(agent), "").reactivate(agent).await?;
        tracing::info!(%agent, by = %by.id, "an agent was reactivated");
        self.hub.permissions_changed();
        Ok(())
    }

    async fn inbox(&self, id: InboxId) -> Result<InboxView, Denial> {
        let found = self.store.inboxes().await?.into_iter().find(|inbox| inbox.id == id);
        found.map(|inbox| self.shown(inbox)).ok_or_else(Denial::not_found)
    }

    fn shown(&self, inbox: InboxRecord) -> InboxView {
        let schedule = inbox.hours.as_ref().and_then(|hours| Schedule::of(hours).ok());
        InboxView {
            id: inbox.id,
            name: inbox.name,
            sites: inbox.sites,
            members: inbox.members,
            closed: schedule.and_then(|schedule| schedule.at(self.now()).closed()),
            hours: inbox.hours,
            routing: inbox.routing,
            verified_only: inbox.verified_only,
        }
    }

    /// The inboxes that an agent may see, of those that are wanted: of no other it is looked up.
    pub(super) async fn inboxes_of(
        &self,
        agent: AgentId,
        wanted: impl Fn(&InboxRecord) -> bool,
    ) -> Stored<Vec<InboxRecord>> {
        let mut found = Vec::new();
        for inbox in self.store.inboxes().await?.into_iter().filter(wanted) {
            if self.store.inbox_agents(inbox.id).await?.contains(&agent) {
                found.push(inbox);
            }
        }
        Ok(found)
    }

    /// What is asked for an inbox, in order; `id` where there is one already.
    async fn checked(&self, asked: InboxEdit, id: Option<InboxId>) -> Result<InboxChange, Denial> {
        let InboxEdit { name, mut members, mut hours, mut routing } = asked;
        members.sort_unstable();
        members.dedup();
        if let Some(hours) = &mut hours {
            Schedule::of(hours).map_err(|Wrong(field, why)| Denial::invalid(field, why))?;
            for holiday in &mut hours.holidays {
                if !holiday.name.trim().is_empty() {
                    holiday.name = names::name("holidays", &holiday.name)?;
                }
            }
            hours.holidays.sort_by(|a, b| a.date.cmp(&b.date));
            hours.week.sort_by_key(|span| (span.day, span.from));
        }
        if let Some(routing) = &mut routing {
            within(routing)?;
            matching::tidy(routing, &members)?;
            if let Some(overflow) = &routing.overflow {
                let is_there = self.store.inboxes().await?.iter().any(|inbox| inbox.id == overflow.to);
                if !is_there || id == Some(overflow.to) {
                    return Err(Denial::invalid("overflow", "another inbox that there is"));
                }
            }
        }
        Ok(InboxChange { name: names::name("name", &name)?, members, hours, routing })
    }
}

fn last_owner(fault: Fault) -> Denial {
    match fault {
        Fault::Refused(Refusal { code: RefusalCode::NotAllowed, .. }) => {
            Denial::because(RefusalCode::NotAllowed, "the last owner stays")
        }
        fault => fault.into(),
    }
}

/// Whether what is asked for a queue is within its bounds.
fn within(routing: &Routing) -> Result<(), Denial> {
    if routing.overflow.as_ref().is_some_and(|it| !(1..=OVERFLOW_MINUTES_MAX).contains(&it.after_minutes)) {
        return Err(Denial::invalid("overflow", format!("after 1 to {OVERFLOW_MINUTES_MAX} minutes")));
    }
    let bounds = ACCEPT_SECONDS_MIN..=ACCEPT_SECONDS_MAX;
    if routing.accept_seconds.is_some_and(|seconds| !bounds.contains(&seconds)) {
        let told = format!("from {ACCEPT_SECONDS_MIN} to {ACCEPT_SECONDS_MAX} seconds");
        return Err(Denial::invalid("accept_seconds", told));
    }
    if routing.answer_minutes.is_some_and(|minutes| !(1..=ANSWER_MINUTES_MAX).contains(&minutes)) {
        return Err(Denial::invalid("answer_minutes", format!("from 1 to {ANSWER_MINUTES_MAX} minutes")));
    }
    if routing.waiting_max.is_some_and(|max| !(1..=WAITING_MAX).contains(&max)) {
        return Err(Denial::invalid("waiting_max", format!("from 1 to {WAITING_MAX}")));
    }
    Ok(())
}
