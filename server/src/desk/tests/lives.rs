//! Random lives of an inbox: whatever happens in whatever order, the desk asserts its invariant after every step, the
//! books are held against what it believes, and a restored one decides the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deskbell_shared::model::{
    Able, AgentId, Availability, ConversationId, Fit, InboxId, Matching as Rules, Priority, RankRule, Side,
    SkillRule, UnixMillis, VisitorId,
};

use super::super::presence::{OF_AGENTS, OF_VISITORS};
use super::super::{
    AgentRow, ConversationRow, Deadline, Desk, Due, Effect, Input, Matching, Membership, Offer, Overflow,
    Policy, Position, Presence, QueueState, Settings, Snapshot, Standing, Target, Wait, Why,
};
use super::office::{Office, agent, conversation, member, visitor};
use super::restored::{from_books, from_snapshot, is_write};

const AGENTS: [&str; 4] = ["mia", "noa", "ola", "pia"];
const VISITORS: [&str; 7] = ["s", "t", "u", "v", "w", "x", "y"];

/// One thing that happens: which kind, to whom, and a number for the rest.
type Act = (u8, usize, usize, u32);

const KINDS: u8 = 26;

fn act(office: &mut Office, (kind, who, whom, number): Act) {
    office.effects.clear();
    let agent = agent(AGENTS[who % AGENTS.len()]);
    let name = VISITORS[whom % VISITORS.len()];
    let (visitor, conversation) = (visitor(name), conversation(name));
    let stale = u32::from(number.is_multiple_of(7));
    let version = office.version(conversation) - stale.min(office.version(conversation));
    match kind {
        0..=3 => office.visitor(name).writes(),
        4 => office.say(Input::VisitorConnected(visitor)),
        5 => office.say(Input::VisitorDisconnected(visitor)),
        6 => office.say(Input::AgentConnected(agent)),
        7 => office.say(Input::AgentDisconnected(agent)),
        8 => office.say(Input::AvailabilityChosen { agent, availability: availability(number) }),
        9 => office.say(Input::CapacitySet { agent, capacity: number % 4 }),
        10 => office.say(Input::LoadElsewhere { agent, load: number % 3 }),
        11 => office.say(Input::Claim { agent, conversation, version }),
        12 => transfer(office, agent, conversation, version, number),
        13 | 14 => office.resolves(conversation, if number % 2 == 0 { Side::Staff } else { Side::Visitor }),
        15 => drop(office.books.resolve(conversation)), // the desk hears of it when a write fails, or never
        16 => office.visitor(name).leaves_an_address(),
        17 => office.visitor(name).gets(if number % 2 == 0 { Priority::High } else { Priority::Normal }),
        18 => office.say(Input::SettingsChanged(settings(number))),
        19 if number % 4 == 0 => office.say(Input::MemberRemoved(agent)),
        19 => {
            let row = row(office, agent, number);
            office.say(Input::MemberSet(row));
        }
        20 => office.puts_aside(conversation, true),
        21 => office.puts_aside(conversation, false),
        22 => answer_offer(office, number),
        23 => office.say(Input::Decline { agent, conversation }),
        24 => office.passes(Duration::from_secs(u64::from(number))),
        _ => {
            // A sleep from which everybody wakes late, or a clock set back.
            let jump = Duration::from_millis(u64::from(number) * 3000);
            office.now = if number % 9 == 0 { office.desk.now } else { office.now.plus(jump) };
            office.say(Input::Timer);
        }
    }
}

/// Somebody who is asked accepts, or declines.
fn answer_offer(office: &mut Office, number: u32) {
    let offers: Vec<Offer> = office.desk.offers().collect();
    let Some(Offer { conversation, agent, .. }) = offers.get(number as usize % offers.len().max(1)).copied()
    else {
        return;
    };
    let version = office.version(conversation);
    office.say(match number % 5 {
        0 => Input::Decline { agent, conversation },
        _ => Input::Claim { agent, conversation, version },
    });
}

fn availability(number: u32) -> Availability {
    [Availability::Available, Availability::Busy, Availability::Away, Availability::Available]
        [number as usize % 4]
}

fn settings(number: u32) -> Settings {
    let policy = [Policy::AgentsClaim, Policy::LeastLoaded, Policy::RoundRobin][number as usize % 3];
    let same_agent = number.is_multiple_of(2);
    let span = Duration::from_secs(u64::from(number));
    let overflow = number.is_multiple_of(5).then_some(Overflow { after: span / 2, to: InboxId(2) });
    let waiting_max = (number % 7 < 3).then_some(number % 7 + 1);
    let accept_within = number.is_multiple_of(3).then(|| Duration::from_secs(u64::from(number % 60 + 10)));
    let rule = |value: &str, priority| RankRule {
        key: "plan".into(),
        contains: false,
        value: value.into(),
        priority,
    };
    let ranks = match number % 6 {
        0 | 1 => vec![rule("gold", Priority::Urgent), rule("free", Priority::Low)],
        2 => vec![rule("gold", Priority::Low)],
        _ => Vec::new(),
    };
    let matching = (number % 8 < 4).then(|| matching(number));
    Settings {
        policy,
        same_agent,
        place_kept_max: span,
        accept_within,
        overflow,
        waiting_max,
        matching,
        ranks,
    }
}

/// Some speak and can something, and some rules ask for what nobody has.
fn matching(number: u32) -> Matching {
    let of = |name: &str, languages: &[&str], skills: &[&str]| {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let agent = agent(name);
        (agent, Able { agent, languages: words(languages), skills: words(skills) })
    };
    let rule = |page: &str, skill: &str| SkillRule { page: page.into(), skill: skill.into() };
    let rules = Rules {
        language: (number % 16 < 12).then(|| "en".to_owned()),
        skills: vec![rule("/pay", "billing"), rule("/pay", "magic")],
        prefer_seconds: (number % 5 < 3).then_some(number % 300 + 1),
    };
    let able =
        [of("mia", &["zh"], &[]), of("noa", &["en", "zh"], &["billing"]), of("ola", &[], &["billing"])];
    Matching { rules, able: able.into_iter().collect() }
}

fn row(office: &Office, agent: AgentId, number: u32) -> AgentRow {
    let membership = if number.is_multiple_of(3) { Membership::Helper } else { Membership::Member };
    let last_assigned_at = office.books.last_assigned_at.get(&agent).copied();
    let (availability, capacity) = (availability(number), number % 4);
    AgentRow { membership, availability, last_assigned_at, ..member(agent, capacity) }
}

fn transfer(office: &mut Office, by: AgentId, conversation: ConversationId, version: u32, number: u32) {
    // By who has it, mostly: others are refused.
    let holder = office.desk.conversation(conversation).and_then(|row| row.assignee());
    let by = if number.is_multiple_of(5) { by } else { holder.unwrap_or(by) };
    let to = match number % 6 {
        0 => Target::Inbox(InboxId(2)),
        other => Target::Agent(agent(AGENTS[other as usize % AGENTS.len()])),
    };
    office.say(Input::Transfer { by, conversation, version, to, note: String::new() });
}

/// What is held against every step.
#[derive(Default)]
struct Witness {
    told: BTreeMap<ConversationId, Wait>,
}

impl Witness {
    fn sees(&mut self, office: &Office) {
        self.is_the_same_in_the_books(office);
        is_as_counted_plainly(&office.desk);
        let queue = office.desk.queue();
        let mut given = BTreeSet::new();
        for effect in &office.effects {
            match effect {
                Effect::TellPlace { conversation, visitor, position, wait, why } => {
                    is_for_somebody_there(office, *visitor);
                    assert!(position.0 >= 1 && position.0 as usize <= VISITORS.len());
                    self.is_in_the_direction_of(*why, *conversation, *wait);
                }
                Effect::Assign { conversation, agent, fit, .. } => {
                    is_given_to_who_fits_or_late(office, *conversation, *agent, fit.as_ref());
                    self.told.remove(conversation);
                    given.insert(*conversation);
                }
                Effect::Requeue { conversation, .. }
                | Effect::HandOver { conversation, .. }
                | Effect::Overflow { conversation, .. }
                | Effect::Abandoned { conversation, .. } => drop(self.told.remove(conversation)),
                _ => {}
            }
        }
        self.told.retain(|conversation, _| office.books.open.contains_key(conversation));
        // Positions as told last are those of the queue, dense from 1; beyond the cap there are none.
        let places_max = office.desk.settings.waiting_max.map_or(usize::MAX, |max| max as usize);
        let beyond = queue.iter().skip(places_max).map(|id| office.desk.conversation(*id).unwrap());
        for row in beyond.clone() {
            assert_eq!(row.told, None);
            self.told.remove(&row.id);
        }
        assert_eq!(office.desk.beyond(), beyond.map(|row| row.visitor).collect::<Vec<_>>());
        for (index, id) in queue.iter().enumerate().take(places_max) {
            let row = office.desk.conversation(*id).unwrap();
            let online = office.desk.presence(row.visitor) == Presence::Online;
            let expected = Position(index as u32 + 1);
            assert!(!online || row.told.is_some_and(|told| told.position == expected), "{row:?}");
        }
    }

    /// Nobody is lost, nobody has two agents, and arrivals are kept.
    fn is_the_same_in_the_books(&self, office: &Office) {
        for (id, row) in &office.books.open {
            let believed = office.desk.conversation(*id).unwrap_or_else(|| panic!("{id} was lost"));
            assert_eq!(believed.standing, row.standing, "{id}");
            assert_eq!((believed.version, believed.arrival), (row.version, row.arrival), "{id}");
            assert_eq!(believed.is_aside, row.is_aside, "{id}");
            assert_eq!(
                believed.promises,
                office.books.row(*id).unwrap().promises,
                "what was promised about {id} is in the ledger"
            );
        }
        let deadline = office.desk.deadline();
        assert!(deadline.is_none_or(|deadline| deadline.at > office.desk.now), "{deadline:?} is due");
    }

    fn is_in_the_direction_of(&mut self, why: Why, conversation: ConversationId, wait: Wait) {
        let before = self.told.insert(conversation, wait);
        let (Some(Wait::Between { latest_at: was, .. }), Wait::Between { latest_at: is, .. }) =
            (before, wait)
        else {
            return;
        };
        match why {
            Why::MovedUp | Why::MoreHands => assert!(is <= was, "{why:?}: {was:?} became {is:?}"),
            Why::MovedBack | Why::FewerHands => assert!(is >= was, "{why:?}: {was:?} became {is:?}"),
            Why::Returned => assert_eq!(is, was),
            Why::LongerThanSaid => assert!(is > was),
            Why::Joined | Why::RulesChanged => {}
        }
    }
}

/// What the desk keeps is what is found when everybody is looked at.
fn is_as_counted_plainly(desk: &Desk) {
    let rows = desk.snapshot().conversations;
    let mut waiting: Vec<&ConversationRow> =
        rows.iter().filter(|row| row.waits() && desk.can_be_reached(row)).collect();
    waiting.sort_by_key(|row| (Reverse(rank(desk, row)), row.arrival, row.id));
    assert_eq!(desk.queue(), waiting.iter().map(|row| row.id).collect::<Vec<_>>());
    let agents = desk.snapshot().agents;
    let eligible = agents.iter().filter(|row| {
        let load = desk.load(row.id).expect("they work here");
        let is_available = row.availability == Availability::Available && row.presence == Presence::Online;
        row.membership == Membership::Member && is_available && load < row.capacity
    });
    let state = QueueState {
        waiting: waiting.len() as u32,
        passed_over: rows.iter().filter(|row| row.waits() && !desk.can_be_reached(row)).count() as u32,
        oldest_arrived_at: waiting.iter().map(|row| row.arrival.at).min(),
        eligible: eligible.count() as u32,
        beyond: (waiting.len() as u32).saturating_sub(desk.settings.waiting_max.unwrap_or(u32::MAX)),
    };
    assert_eq!(desk.queue_state(), state);
    // Of several that are due for the same at the same instant any may be named.
    let kind = |deadline: Deadline| (deadline.at, std::mem::discriminant(&deadline.due));
    assert_eq!(desk.deadline().map(kind), first_deadline(desk, &rows).map(kind));
}

/// By the first rule that holds, or as somebody decided.
fn rank(desk: &Desk, row: &ConversationRow) -> Priority {
    let ranked = RankRule::ranked(&desk.settings.ranks, row.identity.as_deref());
    ranked.map_or(row.priority, |ranked| ranked.priority)
}

fn first_deadline(desk: &Desk, rows: &[ConversationRow]) -> Option<Deadline> {
    let Snapshot { agents, visitors, settings, .. } = desk.snapshot();
    let mut all: Vec<(Option<UnixMillis>, Due)> = Vec::new();
    let of_agent = |row: &AgentRow| (row.presence.changes_at(OF_AGENTS), Due::AgentPresence(row.id));
    all.extend(agents.iter().map(of_agent));
    all.extend(visitors.iter().map(|(id, one)| (one.changes_at(OF_VISITORS), Due::VisitorPresence(*id))));
    for row in rows {
        let (is_queued, presence) = (row.standing == Standing::Queued, desk.presence(row.visitor));
        let lapses = match presence {
            Presence::Offline { since } if is_queued && !row.has_address => {
                Some(since.plus(settings.place_kept_max))
            }
            _ => None,
        };
        let offer_ends = match row.standing {
            Standing::Offered { until, .. } => Some(until),
            Standing::Queued => row.declined.values().min().copied(),
            _ => None,
        };
        let may_overflow = is_queued && desk.can_be_reached(row) && !row.has_overflowed;
        let overflows = settings.overflow.filter(|_| may_overflow);
        let broken = match row.told.map(|told| told.wait) {
            Some(Wait::Between { latest_at, .. }) if row.waits() && presence == Presence::Online => {
                Some(UnixMillis(latest_at.0 + 1))
            }
            _ => None,
        };
        all.push((lapses, Due::PlaceLapses(row.id)));
        all.push((offer_ends, Due::OfferEnds(row.id)));
        all.push((overflows.map(|overflow| row.arrival.at.plus(overflow.after)), Due::Overflows(row.id)));
        all.push((broken, Due::PromiseBroken(row.id)));
        let kept_for = settings.matching.as_ref().and_then(|matching| matching.rules.lapses_after());
        let kept_for =
            kept_for.filter(|_| row.waits() && desk.can_be_reached(row) && !row.asked.is_nothing());
        let kept_until = kept_for.map(|kept_for| row.arrival.at.plus(kept_for));
        all.push((kept_until.filter(|at| *at > desk.now), Due::AnybodyWillDo(row.id)));
    }
    all.into_iter().filter_map(|(at, due)| Some(Deadline { at: at?, due })).min()
}

/// Whoever is given something by the desk can what it asks for, or it had waited long enough for them.
fn is_given_to_who_fits_or_late(office: &Office, id: ConversationId, agent: AgentId, fit: Option<&Fit>) {
    let Some(fit) = fit.filter(|fit| !fit.asked.is_nothing()) else { return };
    let matching = office.desk.settings.matching.as_ref().expect("something was asked for");
    assert_eq!(matching.fits(agent, &fit.asked), fit.fits);
    let arrived_at = office.books.open.get(&id).map(|row| row.arrival.at);
    if let (false, Some(arrived_at)) = (fit.fits, arrived_at) {
        let after = matching.rules.lapses_after().expect("never given to anybody else");
        assert!(arrived_at.plus(after) <= office.desk.now, "given too early to who does not fit");
    }
}

fn is_for_somebody_there(office: &Office, visitor: VisitorId) {
    assert_eq!(office.desk.presence(visitor), Presence::Online, "told who cannot hear it");
}

/// The twin of an office whose desk was restored; it lives the same life from then on.
fn twin(office: &Office, (desk, effects): (Desk, Vec<Effect>)) -> Office {
    let mut twin = Office::open();
    twin.now = office.now;
    twin.books = office.books.clone();
    twin.desk = desk;
    twin.feed_of(office);
    for effect in effects {
        assert!(twin.books.store(twin.now, &effect));
    }
    twin
}

fn seeded(office: &mut Office) {
    for (number, name) in VISITORS.into_iter().enumerate() {
        office.visitor(name).speaks(["zh-Hans", "en-GB", "fi"][number % 3]);
        if let Some(plan) = [Some("gold"), Some("free"), None, None][number % 4] {
            office.visitor(name).has_signed("plan", plan);
        }
        office.visitor(name).reads(["https://a.example/pay", "https://a.example/"][number % 2]);
    }
    for (name, capacity) in AGENTS.into_iter().zip([1, 2, 1, 3]).take(3) {
        office.agent(name).works(capacity);
    }
}

fn acts() -> impl proptest::strategy::Strategy<Value = Vec<Act>> {
    proptest::collection::vec((0..KINDS, 0..AGENTS.len(), 0..VISITORS.len(), 0u32..2400), 1..120)
}

fn config(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}

proptest::proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn whatever_happens_the_invariant_holds_and_nobody_is_lost(acts in acts()) {
        let mut office = Office::open();
        seeded(&mut office);
        let mut witness = Witness::default();
        for what in acts {
            act(&mut office, what);
            witness.sees(&office);
        }
    }
}

proptest::proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn a_restored_desk_decides_the_same(acts in acts(), restored_after in 0usize..60) {
        let mut office = Office::open();
        seeded(&mut office);
        // What was resolved without the desk's knowledge is the one thing in which a restored desk knows more.
        let mut acts = acts.into_iter().filter(|(kind, ..)| *kind != 15);
        acts.by_ref().take(restored_after).for_each(|what| act(&mut office, what));
        let mut copied = twin(&office, from_snapshot(&office.desk));
        let mut reread = twin(&office, from_books(&office));
        for what in acts {
            act(&mut office, what);
            act(&mut copied, what);
            act(&mut reread, what);
            assert_eq!(copied.effects, office.effects);
            let writes = |office: &Office| {
                let writes = office.effects.iter().filter(|effect| is_write(effect));
                writes.cloned().collect::<Vec<_>>()
            };
            assert_eq!(writes(&reread), writes(&office));
            assert_eq!(reread.queue(), office.queue());
        }
    }
}
