//! The driver on a store in memory, in virtual time: whatever people do and whoever vanishes, what is stored keeps the
//! promises of a desk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, AgentView, Availability, Closed, Cmid, ConversationId, Draft, Epoch, Feed, InboxId, Overflow,
    Role, Routing, SiteId, SiteLooks, Status, Summary, UnixMillis, VisitorId,
};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::driver::LEASE_KEPT_EVERY;
use super::{deeds, keep_desks};
use crate::application::{Application, Clock};
use crate::auth::Principal;
use crate::bus::presence::InboxMembers;
use crate::bus::{Hub, Joined};
use crate::desk::{AGENT_GRACE, Desk, Input as DeskInput, Settings, Target};
use crate::store::AccountStore;
use crate::store::accounts::{InviteRecord, NewAgent, NewSite};
use crate::store::conversations::Claim;
use crate::store::desks::{Chosen, DeskAgent, DeskStore, NodeId, TakeLease};
use crate::store::memory::MemoryStore;
use crate::store::team::InboxChange;

const INBOX: InboxId = InboxId(7);
const OTHER: InboxId = InboxId(9);
const SITE: SiteId = SiteId(8);
const OWNER: AgentId = AgentId(100);
/// Longer than anything is held back to be told or read together.
const MOMENT: Duration = Duration::from_millis(300);

/// Virtual time.
struct Hours(Instant);

impl Clock for Hours {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_700_000_000_000).plus(self.0.elapsed())
    }
}

struct Office {
    app: Arc<Application>,
    agents: BTreeMap<AgentId, Joined>,
    visitors: BTreeMap<VisitorId, Joined>,
    /// Since when agents have had no connection.
    gone: BTreeMap<AgentId, Instant>,
    chosen: BTreeMap<AgentId, Availability>,
    capacity: u32,
    said: u128,
}

impl Office {
    async fn open(agents: u128, capacity: u32) -> Office {
        let store = MemoryStore::new();
        let person = |id: AgentId, role| NewAgent {
            id,
            name: format!("agent {id}"),
            email: format!("{id}@shop.example"),
            password_hash: String::new(),
            role,
            at: UnixMillis(0),
        };
        let looks =
            SiteLooks { name: "Shop".into(), colour: String::new(), greeting: String::new(), style: None };
        let site =
            NewSite { id: SITE, inbox: INBOX, key: "key".into(), looks, origins: vec![], at: UnixMillis(0) };
        store.set_up(person(OWNER, Role::Owner), site).await.unwrap();
        for id in (1..=agents).map(AgentId) {
            let secret = [id.0 as u8; 32];
            let email = format!("{id}@shop.example");
            let invite =
                InviteRecord { secret, email, role: Role::Agent, agent: None, expires_at: UnixMillis(0) };
            store.invite(invite).await.unwrap();
            store.accept_invite(secret, person(id, Role::Agent)).await.unwrap();
            store.set_availability(id, Availability::Available, Some(capacity)).await.unwrap();
        }
        let app = Arc::new(Application::new(Arc::new(store), Arc::new(Hours(Instant::now()))));
        tokio::spawn(keep_desks(app.clone()));
        let office = Office {
            app,
            agents: BTreeMap::new(),
            visitors: BTreeMap::new(),
            gone: BTreeMap::new(),
            chosen: BTreeMap::new(),
            capacity,
            said: 0,
        };
        sleep(MOMENT).await;
        office
    }

    fn agent(id: AgentId) -> Principal {
        Principal::Agent { id, role: Role::Agent, session: [0; 32], from: None }
    }

    fn visitor(id: VisitorId) -> Principal {
        Principal::Visitor { id, site: SITE, inbox: INBOX, session: None }
    }

    fn agent_connects(&mut self, id: AgentId) {
        self.gone.remove(&id);
        let join = || self.app.hub.join(Office::agent(id)).ok().unwrap();
        self.agents.entry(id).or_insert_with(join);
    }

    fn agent_vanishes(&mut self, id: AgentId) {
        if self.agents.remove(&id).is_some() {
            self.gone.insert(id, Instant::now());
        }
    }

    fn visitor_connects(&mut self, id: VisitorId) {
        let join = || self.app.hub.join(Office::visitor(id)).ok().unwrap();
        self.visitors.entry(id).or_insert_with(join);
    }

    /// Everybody has one conversation, named after them.
    async fn writes(&mut self, id: VisitorId) {
        self.visitor_connects(id);
        self.said += 1;
        let (conversation, messages) = (ConversationId(id.0), vec![Draft::new(Cmid(self.said), "hi")]);
        let who = Office::visitor(id);
        let opening = crate::application::conversations::Opening {
            conversation,
            messages: messages.clone(),
            page: None,
            language: None,
            time_zone: None,
            about: None,
            inbox: None,
        };
        if self.app.store.conversations_of(id, 1).await.unwrap().is_empty() {
            self.app.start(&who, opening).await.unwrap();
        } else {
            self.app.send(&who, conversation, messages).await.unwrap();
        }
    }

    /// In the store, with another inbox to go on to; nobody is told.
    async fn sends_on_after_a_minute(&self) {
        let change = |name: &str, routing| InboxChange {
            name: name.into(),
            members: vec![AgentId(1)],
            hours: None,
            routing: Some(routing),
        };
        let store = &self.app.store;
        store.add_inbox(OTHER, change("Night", Routing::DEFAULT)).await.unwrap();
        let overflow = Some(Overflow { after_minutes: 1, to: OTHER });
        let routing = Routing { overflow, ..Routing::DEFAULT };
        store.edit_inbox(INBOX, change("Day", routing), self.app.now()).await.unwrap();
    }

    async fn all(&self) -> Vec<Summary> {
        self.app.store.feed(OWNER, Feed(0), false, 1000).await.unwrap()
    }

    async fn assignee(&self, id: VisitorId) -> Option<AgentId> {
        let all = self.all().await;
        let own = all.into_iter().find(|line| line.conversation.id == ConversationId(id.0))?;
        own.conversation.assignee.map(|agent| agent.id)
    }

    fn is_free(&self, id: AgentId, load: u32) -> bool {
        self.agents.contains_key(&id)
            && self.chosen.get(&id).is_none_or(|chosen| *chosen == Availability::Available)
            && load < self.capacity
    }

    /// What must hold of what is stored, once things have settled.
    async fn holds(&self) {
        let open: Vec<Summary> =
            self.all().await.into_iter().filter(|line| line.conversation.status == Status::Open).collect();
        let mut loads: BTreeMap<AgentId, u32> = BTreeMap::new();
        for line in &open {
            let Some(agent) = line.conversation.assignee.as_ref().map(|agent| agent.id) else { continue };
            *loads.entry(agent).or_default() += 1;
            let lost = self.gone.get(&agent).is_some_and(|at| at.elapsed() > AGENT_GRACE + MOMENT);
            assert!(!lost, "{agent} is gone and has {}", line.conversation.id);
        }
        for (agent, load) in &loads {
            assert!(*load <= self.capacity, "{agent} has {load}");
        }
        let waits = |line: &&Summary| {
            line.conversation.assignee.is_none() && self.visitors.contains_key(&line.visitor.id)
        };
        if let Some(waiting) = open.iter().find(waits) {
            for id in (1..).map(AgentId).take(4) {
                let load = loads.get(&id).copied().unwrap_or(0);
                let free = self.is_free(id, load) && self.app.store.agent(id).await.unwrap().is_some();
                assert!(!free, "{} waits while {id} is free", waiting.conversation.id);
            }
        }
        assert!(self.app.desks.is_open(INBOX), "the desk lives");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_agents_conversation_goes_to_somebody_else_after_the_grace() {
    let mut office = Office::open(2, 1).await;
    office.agent_connects(AgentId(1));
    office.writes(VisitorId(1)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(1)));
    office.agent_connects(AgentId(2));
    office.agent_vanishes(AgentId(1));
    sleep(AGENT_GRACE - MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(1)), "a flap moves nothing");
    sleep(MOMENT + MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(2)));
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_lost_its_lease_writes_nothing_and_claims_by_hand_go_on() {
    let mut office = Office::open(1, 1).await;
    office.agent_connects(AgentId(1));
    let at = office.app.now();
    let ends_at = at.plus(Duration::from_secs(3600));
    // Another node believes that this one is gone.
    let far = at.plus(Duration::from_secs(600));
    let take = TakeLease { inbox: INBOX, node: NodeId(99), at: far, ends_at };
    office.app.store.take_lease(take).await.unwrap().expect("the lease");
    office.writes(VisitorId(1)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, None);
    assert!(!office.app.desks.is_open(INBOX));
    office.app.claim(&Office::agent(AgentId(1)), ConversationId(1), 0).await.unwrap();
    let mia = Office::agent(AgentId(1));
    let passed = office.app.transfer(&mia, ConversationId(1), 1, Target::Agent(OWNER), None).await;
    assert!(matches!(passed, Err(crate::store::Fault::Unavailable(_))));
}

#[tokio::test(start_paused = true)]
async fn what_waits_too_long_goes_on_only_to_where_it_is_open() {
    let mut office = Office::open(1, 1).await;
    office.sends_on_after_a_minute().await;
    office.app.hub.permissions_changed();
    let standing = |inbox, closed| InboxMembers {
        inbox,
        name: String::new(),
        members: vec![],
        away: vec![],
        closed,
        mail: false,
    };
    let closed = Some(Closed { until: None });
    office.app.hub.keep(vec![standing(INBOX, None), standing(OTHER, closed)], &[]);
    office.writes(VisitorId(1)).await;
    sleep(Duration::from_secs(300)).await;
    assert_eq!(office.all().await[0].conversation.inbox, INBOX, "nobody works there");
    office.app.hub.keep(vec![standing(INBOX, None), standing(OTHER, None)], &[]);
    sleep(LEASE_KEPT_EVERY + MOMENT).await;
    assert_eq!(office.all().await[0].conversation.inbox, OTHER);
}

#[tokio::test(start_paused = true)]
async fn what_has_waited_too_long_already_waits_for_those_who_come_back_after_an_outage() {
    let mut office = Office::open(1, 1).await;
    office.writes(VisitorId(1)).await;
    sleep(Duration::from_secs(120)).await;
    office.sends_on_after_a_minute().await;
    // Another process, by the same store: its clock and its connections begin.
    let at = office.app.now();
    let take =
        TakeLease { inbox: INBOX, node: NodeId(99), at: at.plus(Duration::from_secs(600)), ends_at: at };
    office.app.store.take_lease(take).await.unwrap().expect("the lease");
    sleep(AGENT_GRACE).await;
    office.agent_connects(AgentId(1));
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(1)));
    assert_eq!(office.all().await[0].conversation.inbox, INBOX);
}

#[tokio::test(start_paused = true)]
async fn what_was_promised_is_in_the_ledger_with_its_outcome() {
    let mut office = Office::open(1, 1).await;
    office.agent_connects(AgentId(1));
    office.writes(VisitorId(1)).await;
    sleep(MOMENT).await;
    office.writes(VisitorId(2)).await;
    sleep(MOMENT).await;
    let promised = office.app.store.promises(ConversationId(2)).await.unwrap();
    assert_eq!((promised.len(), promised[0].outcome), (1, None));
    sleep(Duration::from_secs(200)).await;
    office.app.resolve(&Office::agent(AgentId(1)), ConversationId(1)).await.unwrap();
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(2)).await, Some(AgentId(1)));
    let kept = office.app.store.promises(ConversationId(2)).await.unwrap();
    assert!(kept.iter().all(|promise| promise.outcome.is_some()), "{kept:?}");
    let took = office.app.store.desk(INBOX).await.unwrap().handling_times;
    assert!(took.len() == 1 && took[0].0 >= Duration::from_secs(200), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_puts_aside_makes_room_and_returns_to_the_queue_when_they_are_gone() {
    let mut office = Office::open(2, 1).await;
    office.agent_connects(AgentId(1));
    office.writes(VisitorId(1)).await;
    sleep(MOMENT).await;
    let until = office.app.now().plus(Duration::from_secs(3600));
    office.app.snooze(&Office::agent(AgentId(1)), ConversationId(1), until).await.unwrap();
    office.writes(VisitorId(2)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(2)).await, Some(AgentId(1)));
    office.agent_vanishes(AgentId(1));
    sleep(AGENT_GRACE + MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(1)), "nothing is to be done about it yet");
    assert_eq!(office.assignee(VisitorId(2)).await, None);
    office.agent_connects(AgentId(2));
    sleep(MOMENT).await;
    office.app.resolve(&Office::agent(AgentId(2)), ConversationId(2)).await.unwrap();
    office.writes(VisitorId(1)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(2)), "its visitor wrote");
}

#[tokio::test(start_paused = true)]
async fn who_takes_fewer_than_the_desk_was_told_is_passed_over_at_once() {
    let mut office = Office::open(2, 2).await;
    office.agent_connects(AgentId(1));
    office.agent_connects(AgentId(2));
    office.writes(VisitorId(1)).await;
    office.writes(VisitorId(2)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(1)));
    // Stored, and the process that was to tell it died in between.
    office.app.store.set_availability(AgentId(1), Availability::Available, Some(1)).await.unwrap();
    office.writes(VisitorId(3)).await;
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(3)).await, Some(AgentId(2)), "the desk went on, and knows better");
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_was_given_behind_the_desks_back_is_found_out_when_they_are_full() {
    let mut office = Office::open(2, 1).await;
    office.writes(VisitorId(1)).await;
    office.writes(VisitorId(2)).await;
    sleep(MOMENT).await;
    let claim =
        Claim { conversation: ConversationId(2), agent: AgentId(1), version: 0, at: office.app.now() };
    office.app.store.claim(claim).await.unwrap();
    office.agent_connects(AgentId(1));
    sleep(MOMENT / 3).await;
    assert_eq!(office.assignee(VisitorId(1)).await, None, "they have one already");
    office.agent_connects(AgentId(2));
    sleep(MOMENT).await;
    assert_eq!(office.assignee(VisitorId(1)).await, Some(AgentId(2)), "the desk went on, and knows better");
}

#[test]
fn a_desk_is_told_where_it_takes_people_to_be_other_than_they_are_stored() {
    let hub = Hub::new(Epoch(1));
    let now = UnixMillis(1);
    let mia = DeskAgent {
        view: AgentView { id: AgentId(1), name: "Mia".into(), picture: None },
        is_member: true,
        chosen: Chosen { availability: Availability::Available, capacity: 2 },
        load_elsewhere: 0,
        missed_at: None,
        last_assigned_at: None,
    };
    let stored = BTreeMap::from([(AgentId(1), mia.clone())]);
    let mut desk = Desk::new(INBOX, Settings::default());
    let say = |desk: &mut Desk, input: DeskInput| {
        desk.handle(now, input);
        while desk.effect().is_some() {}
    };
    let told = |desk: &mut Desk, stored: &BTreeMap<AgentId, DeskAgent>| {
        let inputs = deeds::people(&hub, desk, stored, now);
        inputs.iter().for_each(|input| say(desk, input.clone()));
        inputs.len()
    };
    assert_eq!((told(&mut desk, &stored), told(&mut desk, &stored)), (1, 0));
    // They missed an offer and are away for this desk; before that was read they chose to be back.
    let (agent, availability) = (AgentId(1), Availability::Away);
    say(&mut desk, DeskInput::AvailabilityChosen { agent, availability });
    assert_eq!((told(&mut desk, &stored), told(&mut desk, &stored)), (1, 0));
    assert_eq!((told(&mut desk, &BTreeMap::new()), desk.agents().count()), (1, 0));
}

/// One thing that happens: which kind, to which agent, to which visitor, and a number for the rest.
type Act = (u8, u128, u128, u32);

async fn act(office: &mut Office, (kind, agent, visitor, number): Act) {
    let (agent, visitor) = (AgentId(agent + 1), VisitorId(visitor + 1));
    let (by, conversation) = (Office::agent(agent), ConversationId(visitor.0));
    let version =
        office.all().await.iter().find(|line| line.conversation.id == conversation).map_or(0, |line| {
            line.conversation.assignment_version.saturating_sub(u32::from(number % 5 == 0))
        });
    match kind {
        0..=3 => office.writes(visitor).await,
        4 | 5 => office.agent_connects(agent),
        6 => office.agent_vanishes(agent),
        7 => drop(office.visitors.remove(&visitor)),
        8 => {
            let choices = [Availability::Available, Availability::Busy, Availability::Away];
            let chosen = choices[number as usize % 3];
            office.chosen.insert(agent, chosen);
            office.app.set_availability(&by, chosen, None).await.unwrap();
        }
        // What is refused is refused: what is stored decides.
        9 => drop(office.app.claim(&by, conversation, version).await),
        10 => {
            let to = Target::Agent(AgentId(u128::from(number % 4) + 1));
            let note = Some("a note".to_owned());
            drop(office.app.transfer(&by, conversation, version, to, note).await);
        }
        11 => drop(office.app.resolve(&by, conversation).await),
        12 => drop(office.app.resolve(&Office::visitor(visitor), conversation).await),
        _ => sleep(Duration::from_secs(u64::from(number))).await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_vanishes_the_store_keeps_what_a_desk_promises(
        acts in prop::collection::vec((0..15u8, 0..4u128, 0..6u128, 0..90u32), 1..50),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let mut office = Office::open(4, 2).await;
            for what in acts {
                act(&mut office, what).await;
                sleep(MOMENT).await;
                office.holds().await;
            }
        });
    }
}
