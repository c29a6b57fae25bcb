//! Who is connected: visitors for agents, agents for visitors. Somebody who was there a moment ago still counts as
//! there (a reload, a tunnel, another page), and after that grace they do not. The rules are here; the look-ups they
//! need (who is a member of which inbox) come from `keep`'s caller.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::model::{AgentId, AgentView, Closed, InboxId, Service, SiteId, VisitorId};
use deskbell_shared::protocol::{CloseCode, Frame};
use tokio::time::Instant;

use super::desk_feed::DesksTold;
use super::hub::{CONNECTIONS_PER_AGENT_MAX, CONNECTIONS_PER_VISITOR_MAX, Hub, frame_bytes};
use super::mailbox::{ConnectionId, Mailbox};
use crate::auth::Principal;

/// How long a visitor without a connection is still shown as online.
pub const VISITOR_GRACE: Duration = Duration::from_secs(20);
/// How long an agent without a connection still counts as somebody who answers.
pub const AGENT_GRACE: Duration = Duration::from_secs(60);
/// Agents named to visitors.
pub const AGENTS_SHOWN_MAX: usize = 3;

/// Everybody who is connected or was a moment ago.
#[derive(Default)]
pub struct Presence {
    visitors_mailboxes: HashMap<ConnectionId, Arc<Mailbox>>,
    agents_mailboxes: HashMap<ConnectionId, Arc<Mailbox>>,
    visitors: HashMap<VisitorId, Present>,
    agents: HashMap<AgentId, Present>,
    inboxes: HashMap<InboxId, Inbox>,
    /// The inboxes among which visitors of a site choose, where there is a choice.
    choices: HashMap<SiteId, Vec<Choice>>,
    /// Where all who want conversations have as many as they take.
    busy: HashSet<InboxId>,
    /// Who waits beyond what an inbox gives a place: they are asked for an address.
    turned_away: HashMap<InboxId, HashSet<VisitorId>>,
    /// In the order in which their grace ends.
    visitors_leaving: VecDeque<(Instant, VisitorId, InboxId)>,
    agents_leaving: VecDeque<(Instant, AgentId)>,
    /// Who answers where has to be found out anew.
    unsettled: bool,
    pub(super) desks: DesksTold,
}

#[derive(Default)]
struct Present {
    connections: Vec<Arc<Mailbox>>,
    /// Without connections: when the grace ends.
    gone_at: Option<Instant>,
}

/// What visitors are told of an inbox: where it is the only one, and where it is one of several.
struct ServiceFrames {
    plain: Bytes,
    named: Bytes,
}

impl ServiceFrames {
    fn of(inbox: InboxId, service: &Service) -> ServiceFrames {
        let frame = |inbox| frame_bytes(&Frame::ServiceChanged { service: service.clone(), inbox });
        ServiceFrames { plain: frame(None), named: frame(Some(inbox)) }
    }
}

/// One of the inboxes among which visitors of a site choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub inbox: InboxId,
    /// Whether it takes nothing from visitors who are not verified.
    pub verified_only: bool,
}

struct Inbox {
    name: String,
    members: Vec<AgentId>,
    service: Service,
}

impl Presence {
    /// Every connection.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.visitors_mailboxes.values().chain(self.agents_mailboxes.values())
    }

    /// Every connection of an agent.
    pub fn agents_mailboxes(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.agents_mailboxes.values()
    }

    /// How many there are.
    pub fn connection_count(&self) -> usize {
        self.visitors_mailboxes.len() + self.agents_mailboxes.len()
    }

    /// How many there are of visitors, and of agents.
    pub fn connection_counts(&self) -> (usize, usize) {
        (self.visitors_mailboxes.len(), self.agents_mailboxes.len())
    }

    /// Has `stir` say that who answers has to be found out anew.
    pub fn unsettle(&mut self) {
        self.unsettled = true;
    }

    /// Who answers in an inbox now.
    pub fn service(&self, inbox: InboxId) -> Service {
        let nobody = Service { online: false, agents: Vec::new(), closed: None, mail: None, busy: None };
        self.inboxes.get(&inbox).map_or(nobody, |inbox| inbox.service.clone())
    }

    /// What a visitor is told of an inbox: that of their ticket, or one that they may choose instead. Whoever has no place in a
    /// queue sees everybody busy there, and what is offered when nobody answers.
    pub fn service_for(&self, who: &Principal, inbox: InboxId) -> Service {
        let service = self.service(inbox);
        let is_open = service.online && service.closed.is_none();
        match is_open && self.is_turned_away(who, inbox) {
            true => Service { closed: Some(Closed { until: None }), busy: Some(true), ..service },
            false => service,
        }
    }

    /// The inboxes among which a visitor may choose, that of their ticket last; none where there is no choice.
    pub fn choices_of(&self, who: &Principal) -> Vec<InboxId> {
        let Principal::Visitor { site, inbox, .. } = *who else { return Vec::new() };
        let Some(choices) = self.choices.get(&site) else { return Vec::new() };
        let may = |its: &&Choice| its.inbox != inbox && (!its.verified_only || who.is_verified());
        choices.iter().filter(may).map(|its| its.inbox).chain([inbox]).collect()
    }

    /// Whether they wait beyond what is given a place, where they were told of this inbox. What they are told of that of
    /// their ticket stands for wherever else their conversation went, too.
    fn is_turned_away(&self, who: &Principal, inbox: InboxId) -> bool {
        let Principal::Visitor { id, .. } = *who else { return false };
        if self.turned_away.is_empty() {
            return false;
        }
        let choices = self.choices_of(who);
        let is_meant = |of: &InboxId| {
            let is_of_ticket = matches!(*who, Principal::Visitor { inbox: main, .. } if main == inbox);
            *of == inbox || is_of_ticket && !choices.contains(of)
        };
        self.turned_away.iter().any(|(of, away)| away.contains(&id) && is_meant(of))
    }

    /// Whether a visitor is there.
    pub fn visitor_online(&self, visitor: VisitorId) -> bool {
        self.visitors.contains_key(&visitor)
    }

    /// Agents who are there.
    fn agent_online(&self, agent: AgentId) -> bool {
        self.agents.contains_key(&agent)
    }

    /// The connections of a visitor.
    pub(super) fn mailboxes_of(&self, visitor: VisitorId) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.visitors.get(&visitor).into_iter().flat_map(|present| &present.connections)
    }

    /// Whether an agent has a connection.
    pub(super) fn agent_connected(&self, agent: AgentId) -> bool {
        self.agents.get(&agent).is_some_and(|present| !present.connections.is_empty())
    }

    fn mailboxes_like(&mut self, mailbox: &Mailbox) -> &mut HashMap<ConnectionId, Arc<Mailbox>> {
        if mailbox.principal.is_visitor() { &mut self.visitors_mailboxes } else { &mut self.agents_mailboxes }
    }

    /// Tells all who work in an inbox, but for those inboxes of which it is known that the visitor has nothing there.
    fn tell_agents(&self, visitor: VisitorId, but: &[InboxId], online: bool) {
        let inboxes = self.inboxes.iter().filter(|(inbox, _)| !but.contains(inbox));
        let inboxes: Vec<&Inbox> = inboxes.map(|(_, inbox)| inbox).collect();
        for mailbox in self.agents_mailboxes.values() {
            let works_there = |agent| inboxes.iter().any(|inbox| inbox.members.contains(&agent));
            if mailbox.agent().is_some_and(works_there) {
                mailbox.presence(visitor, online);
            }
        }
    }

    /// Tells visitors who is there in those of these inboxes that they know of. The frames of most are made once.
    fn tell_visitors(&self, services: &HashMap<InboxId, ServiceFrames>) {
        for mailbox in self.visitors_mailboxes.values() {
            let Principal::Visitor { inbox: main, .. } = mailbox.principal else { continue };
            let choices = self.choices_of(&mailbox.principal);
            let is_named = !choices.is_empty();
            for inbox in choices.into_iter().chain((!is_named).then_some(main)) {
                match services.get(&inbox) {
                    Some(_) if self.is_turned_away(&mailbox.principal, inbox) => {
                        self.tell_visitor(mailbox, inbox)
                    }
                    Some(frames) if is_named => mailbox.service(Some(inbox), &frames.named),
                    Some(frames) => mailbox.service(None, &frames.plain),
                    None => {}
                }
            }
        }
    }

    fn tell_visitor(&self, mailbox: &Mailbox, inbox: InboxId) {
        let named = (!self.choices_of(&mailbox.principal).is_empty()).then_some(inbox);
        let service = self.service_for(&mailbox.principal, inbox);
        mailbox.service(named, &frame_bytes(&Frame::ServiceChanged { service, inbox: named }));
    }

    /// Takes down those whose grace has ended.
    fn expire(&mut self, now: Instant, inboxes_without: impl Fn(VisitorId, InboxId) -> Vec<InboxId>) {
        while let Some((_, visitor, inbox)) = self.visitors_leaving.pop_front_if(|(at, ..)| *at <= now) {
            if self.visitors.get(&visitor).is_some_and(|present| present.is_gone(now)) {
                self.visitors.remove(&visitor);
                self.tell_agents(visitor, &inboxes_without(visitor, inbox), false);
            }
        }
        while let Some((_, agent)) = self.agents_leaving.pop_front_if(|(at, _)| *at <= now) {
            if self.agents.get(&agent).is_some_and(|present| present.is_gone(now)) {
                self.agents.remove(&agent);
                self.unsettled = true;
            }
        }
    }

    fn next_expiry(&self) -> Option<Instant> {
        let visitor = self.visitors_leaving.front().map(|(at, ..)| *at);
        let agent = self.agents_leaving.front().map(|(at, _)| *at);
        visitor.into_iter().chain(agent).min()
    }
}

impl Present {
    fn arrive(&mut self, mailbox: &Arc<Mailbox>) -> bool {
        self.connections.push(mailbox.clone());
        // Somebody within the grace never went.
        self.connections.len() == 1 && self.gone_at.take().is_none()
    }

    /// Returns when the grace ends, if that was the last connection.
    fn depart(&mut self, mailbox: &Mailbox, grace: Duration) -> Option<Instant> {
        self.connections.retain(|other| other.id != mailbox.id);
        self.gone_at = self.connections.is_empty().then(|| Instant::now() + grace);
        self.gone_at
    }

    fn is_gone(&self, now: Instant) -> bool {
        self.gone_at.is_some_and(|at| at <= now)
    }
}

/// What `Hub::keep` has to know about an inbox.
pub struct InboxMembers {
    /// Which.
    pub inbox: InboxId,
    /// Its name.
    pub name: String,
    /// Who may see it.
    pub members: Vec<AgentId>,
    /// Those of them who are away by their own word, because they missed an offer, or by their role: connected or not, they do
    /// not answer.
    pub away: Vec<AgentId>,
    /// Outside its hours.
    pub closed: Option<Closed>,
    /// Whether messages left there are answered by e-mail.
    pub mail: bool,
}

impl Hub {
    /// Counts a new connection.
    pub(super) fn arrive(&self, mailbox: &Arc<Mailbox>) -> Result<(), CloseCode> {
        let mut present = self.present();
        match mailbox.principal {
            Principal::Visitor { id, inbox, .. } => {
                let entry = present.visitors.entry(id).or_default();
                if entry.connections.len() >= CONNECTIONS_PER_VISITOR_MAX {
                    return Err(CloseCode::Overloaded);
                }
                if entry.arrive(mailbox) {
                    present.tell_agents(id, &self.inboxes_without(id, inbox), true);
                }
                self.tell_desks_of_visitor(id, true);
            }
            Principal::Agent { id, .. } => {
                let entry = present.agents.entry(id).or_default();
                if entry.connections.len() >= CONNECTIONS_PER_AGENT_MAX {
                    return Err(CloseCode::Overloaded);
                }
                if entry.arrive(mailbox) {
                    present.unsettle();
                    self.stirred.notify_one();
                }
                self.tell_desks_of_agent(id, true);
                for (inbox, told) in &present.desks {
                    if let Some(frame) = told.frame_for(id) {
                        mailbox.desk(*inbox, frame);
                    }
                }
            }
        }
        present.mailboxes_like(mailbox).insert(mailbox.id, mailbox.clone());
        Ok(())
    }

    /// Takes a connection off the count.
    pub(super) fn depart(&self, mailbox: &Mailbox) {
        let mut present = self.present();
        let present = &mut *present;
        present.mailboxes_like(mailbox).remove(&mailbox.id);
        match mailbox.principal {
            Principal::Visitor { id, inbox, .. } => {
                let gone =
                    present.visitors.get_mut(&id).and_then(|entry| entry.depart(mailbox, VISITOR_GRACE));
                if gone.is_some() {
                    self.tell_desks_of_visitor(id, false);
                }
                present.visitors_leaving.extend(gone.map(|at| (at, id, inbox)));
            }
            Principal::Agent { id, .. } => {
                let gone = present.agents.get_mut(&id).and_then(|entry| entry.depart(mailbox, AGENT_GRACE));
                if gone.is_some() {
                    self.tell_desks_of_agent(id, false);
                }
                present.agents_leaving.extend(gone.map(|at| (at, id)));
            }
        }
        // The keeper looks when the next grace ends.
        self.stirred.notify_one();
    }

    /// Waits until something happened that may change who is there, or a grace has ended. Returns whether who answers
    /// has to be found out anew. For one caller at a time.
    pub async fn stir(&self) -> bool {
        let expiry = self.present().next_expiry();
        let ended = async {
            match expiry {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stirred.notified() => {}
            () = ended => {}
        }
        self.expire(Instant::now());
        let mut present = self.present();
        std::mem::take(&mut present.unsettled)
    }

    /// Takes down those whose grace has ended.
    pub(super) fn expire(&self, now: Instant) {
        self.present().expire(now, |visitor, inbox| self.inboxes_without(visitor, inbox));
    }

    /// Sets who answers in every inbox there is, from the members of each and the views of all agents, and tells the
    /// visitors whose answer has changed.
    pub fn keep(&self, inboxes: Vec<InboxMembers>, agents: &[AgentView]) {
        let mut present = self.present();
        let mut told: HashMap<InboxId, ServiceFrames> = HashMap::new();
        let mut kept = HashMap::with_capacity(inboxes.len());
        for InboxMembers { inbox, name, members, away, closed, mail } in inboxes {
            let answers = |id: &AgentId| members.contains(id) && !away.contains(id);
            let is_there = |agent: &&AgentView| answers(&agent.id) && present.agent_online(agent.id);
            let shown: Vec<AgentView> =
                agents.iter().filter(is_there).take(AGENTS_SHOWN_MAX).cloned().collect();
            let mail = mail.then_some(true);
            let online = !shown.is_empty();
            let busy = (online && closed.is_none() && present.busy.contains(&inbox)).then_some(true);
            let service = Service { online, agents: shown, closed, mail, busy };
            if present.inboxes.get(&inbox).is_none_or(|before| before.service != service) {
                told.insert(inbox, ServiceFrames::of(inbox, &service));
            }
            kept.insert(inbox, Inbox { name, members, service });
        }
        let known: Vec<InboxId> = present.inboxes.keys().copied().collect();
        let is_one_new = kept.keys().any(|inbox| !known.contains(inbox));
        present.inboxes = kept;
        present.tell_visitors(&told);
        // Who came before it was known who works there: nobody could be told.
        if is_one_new {
            for visitor in present.visitors.keys() {
                present.tell_agents(*visitor, &known, true);
            }
        }
    }

    /// Sets among which inboxes the visitors of each site choose. Those for whom that is news come back with new tickets:
    /// what there is to choose is said in the welcome.
    pub fn choose(&self, choices: HashMap<SiteId, Vec<Choice>>) {
        let mut present = self.present();
        let before = std::mem::replace(&mut present.choices, choices);
        for mailbox in present.visitors_mailboxes.values() {
            if let Principal::Visitor { site, .. } = mailbox.principal
                && before.get(&site) != present.choices.get(&site)
            {
                mailbox.close(CloseCode::TicketExpired);
            }
        }
    }

    /// The name of an inbox, as far as it is known here.
    pub fn inbox_name(&self, inbox: InboxId) -> String {
        self.present().inboxes.get(&inbox).map_or_else(String::new, |known| known.name.clone())
    }

    /// Whether an inbox is open by its hours, as far as is known here.
    pub fn is_open(&self, inbox: InboxId) -> bool {
        self.present().inboxes.get(&inbox).is_none_or(|known| known.service.closed.is_none())
    }

    /// Says whether all who want conversations in an inbox have as many as they take.
    pub fn set_busy(&self, inbox: InboxId, is_busy: bool) {
        let present = &mut *self.present();
        let is_news = if is_busy { present.busy.insert(inbox) } else { present.busy.remove(&inbox) };
        let Some(known) = present.inboxes.get_mut(&inbox).filter(|_| is_news) else { return };
        let busy = (is_busy && known.service.online && known.service.closed.is_none()).then_some(true);
        if known.service.busy != busy {
            known.service.busy = busy;
            let frames = ServiceFrames::of(inbox, &known.service);
            present.tell_visitors(&HashMap::from([(inbox, frames)]));
        }
    }

    /// Sets who waits in an inbox beyond what it gives a place, and tells those for whom that is news.
    pub fn turn_away(&self, inbox: InboxId, visitors: HashSet<VisitorId>) {
        let present = &mut *self.present();
        let before = match visitors.is_empty() {
            true => present.turned_away.remove(&inbox),
            false => present.turned_away.insert(inbox, visitors.clone()),
        };
        let before = before.unwrap_or_default();
        for visitor in before.symmetric_difference(&visitors) {
            for mailbox in present.mailboxes_of(*visitor) {
                let Principal::Visitor { inbox: main, .. } = mailbox.principal else { continue };
                let is_named = present.choices_of(&mailbox.principal).contains(&inbox);
                present.tell_visitor(mailbox, if is_named { inbox } else { main });
            }
        }
    }
}
