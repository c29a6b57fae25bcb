//! Random schedules of people, tabs and mishaps. After each of them, once all is well again, what was promised must
//! hold; and at every moment in between, what must always hold (see `world`).

use std::hash::{BuildHasher, RandomState};

use deskbell_shared::model::*;
use deskbell_shared::session::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::world::World;

/// Schedules in one run. A failure prints the smallest schedule found and its seed.
const CASES: u32 = 300;

#[derive(Clone, Debug)]
enum Happens {
    Says(usize),
    BeginsAnother(usize),
    Refusable(usize),
    Reads(usize),
    Types(usize),
    Scrolls(usize),
    Ends(usize),
    Retries(usize),
    Passes(u16),
    Cut(usize),
    HalfOpen(usize),
    Aside(usize),
    Back(usize),
    Hint(usize),
    Reload(usize),
    ClosesTab(usize),
    OpensTab(usize),
    StorageDenied(usize, bool),
    StorageHangs(usize, bool),
    ServerDown,
    ServerUp,
    Drain,
    SlowNet(u16),
    StoresOnly(usize),
    Swallows(usize),
    AcksLast(bool),
    Backup,
    Restore,
}

fn happens() -> impl Strategy<Value = Happens> {
    use Happens::*;
    let who = 0..6usize;
    prop_oneof![
        12 => who.clone().prop_map(Says),
        2 => who.clone().prop_map(BeginsAnother),
        1 => who.clone().prop_map(Refusable),
        2 => who.clone().prop_map(Reads),
        1 => who.clone().prop_map(Types),
        1 => who.clone().prop_map(Scrolls),
        1 => who.clone().prop_map(Ends),
        1 => who.clone().prop_map(Retries),
        8 => (1..4_000u16).prop_map(Passes),
        2 => (10_000..40_000u16).prop_map(Passes),
        5 => who.clone().prop_map(Cut),
        2 => who.clone().prop_map(HalfOpen),
        1 => who.clone().prop_map(Aside),
        2 => who.clone().prop_map(Back),
        2 => who.clone().prop_map(Hint),
        3 => who.clone().prop_map(Reload),
        1 => who.clone().prop_map(ClosesTab),
        1 => who.clone().prop_map(OpensTab),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, on)| StorageDenied(who, on)),
        1 => (who, any::<bool>()).prop_map(|(who, on)| StorageHangs(who, on)),
        1 => Just(ServerDown),
        2 => Just(ServerUp),
        1 => Just(Drain),
        1 => (1..9_000u16).prop_map(SlowNet),
        2 => (0..4usize).prop_map(StoresOnly),
        2 => (1..4usize).prop_map(Swallows),
        1 => any::<bool>().prop_map(AcksLast),
        1 => Just(Backup),
        1 => Just(Restore),
    ]
}

/// Two visitors (the first with two tabs) and an agent who follows every conversation.
struct Play {
    world: World,
    agent: usize,
    backup: std::collections::BTreeMap<ConversationId, super::server::Log>,
    said: usize,
}

impl Play {
    fn new(seed: u64) -> Play {
        let mut world = World::new(seed);
        let anna = world.visitor();
        world.another_tab(anna);
        world.visitor();
        let agent = world.agent();
        Play { world, agent, backup: Default::default(), said: 0 }
    }

    fn text(&mut self) -> String {
        self.said += 1;
        self.said.to_string()
    }

    fn follow(&mut self) {
        let known: Vec<_> = self.world.server.logs.keys().copied().collect();
        if self.world.clients[self.agent].open {
            for conversation in known {
                let _ = self.world.give(self.agent, Input::Watch { conversation });
            }
        }
    }

    fn happen(&mut self, happens: Happens) {
        use Happens::*;
        let tabs = self.world.clients.len();
        let open = |play: &Play, who: usize| Some(who % tabs).filter(|tab| play.world.clients[*tab].open);
        let current = |play: &Play, tab: usize| match tab == play.agent {
            true => play.world.server.logs.keys().next().copied(),
            false => play.world.clients[tab].session.current(),
        };
        match happens {
            Says(who) => {
                let text = self.text();
                if let Some(tab) = open(self, who) {
                    let _ = self.world.says_in(tab, current(self, tab), &text);
                }
            }
            BeginsAnother(who) => {
                let text = self.text();
                if let Some(tab) = open(self, who) {
                    let _ = self.world.says_in(tab, None, &text);
                }
            }
            Refusable(who) => {
                if let Some(tab) = open(self, who) {
                    let _ = self.world.says_in(tab, current(self, tab), "forbidden");
                }
            }
            Reads(who) => {
                self.about(open(self, who), |conversation, last| Input::Seen { conversation, read: last })
            }
            Types(who) => self.about(open(self, who), |conversation, last| Input::Typing {
                conversation,
                on: last.0.is_multiple_of(2),
            }),
            Scrolls(who) => self.about(open(self, who), |conversation, _| Input::LoadOlder { conversation }),
            Ends(who) => self.about(open(self, who), |conversation, _| Input::Resolve { conversation }),
            Retries(who) => {
                if let Some(tab) = open(self, who) {
                    self.retry(tab);
                }
            }
            Passes(ms) => {
                self.world.run(i64::from(ms));
                self.follow();
            }
            Cut(who) => open(self, who).into_iter().for_each(|tab| self.world.cut(tab)),
            HalfOpen(who) => open(self, who).into_iter().for_each(|tab| self.world.half_open(tab)),
            Aside(who) => self.tell(open(self, who), Input::Stop),
            Back(who) => self.tell(open(self, who), Input::Start),
            Hint(who) => self.tell(open(self, who), Input::Online(true)),
            Reload(who) => open(self, who).into_iter().for_each(|tab| self.world.reload(tab)),
            ClosesTab(who) => {
                if let Some(tab) = open(self, who).filter(|tab| *tab != self.agent) {
                    self.world.close_tab(tab);
                }
            }
            OpensTab(who) => {
                let tab = who % tabs;
                if tabs < 7 && tab != self.agent {
                    self.world.another_tab(tab);
                }
            }
            StorageDenied(who, on) => self.device(who).denied = on,
            StorageHangs(who, on) => self.device(who).hangs = on,
            ServerDown => {
                self.world.server_up = false;
                for tab in 0..tabs {
                    self.world.cut(tab);
                }
            }
            ServerUp => self.world.server_up = true,
            Drain => self.world.drain(3_000),
            SlowNet(ms) => self.world.latency_ms_max = u64::from(ms),
            StoresOnly(messages) => {
                self.world.server.moods.stores = Some(messages).filter(|messages| *messages < 3);
            }
            Swallows(replies) => self.world.server.moods.swallows = replies,
            AcksLast(on) => self.world.server.moods.acks_last = on,
            Backup => self.backup = self.world.server.logs.clone(),
            Restore => self.world.restore(self.backup.clone()),
        }
    }

    fn tell(&mut self, tab: Option<usize>, input: Input) {
        if let Some(tab) = tab {
            let _ = self.world.give(tab, input);
        }
    }

    fn about(&mut self, tab: Option<usize>, input: impl FnOnce(ConversationId, Seq) -> Input) {
        let Some(tab) = tab else { return };
        let session = &self.world.clients[tab].session;
        if let Some(c) = session.conversations().first() {
            let input = input(c.id, c.rows().last().map_or(Seq(0), |row| row.seq));
            let _ = self.world.give(tab, input);
        }
    }

    fn retry(&mut self, tab: usize) {
        let session = &self.world.clients[tab].session;
        let drafts = session.conversations().iter().flat_map(|c| session.drafts(c.id));
        let mut refused = drafts.filter(|draft| matches!(draft.state, DraftState::Refused(_)));
        let Some(cmid) = refused.next().map(|draft| draft.cmid) else { return };
        drop(refused);
        let mut random = [0; 20];
        random.fill_with(|| self.world.random() as u8);
        if self.world.give(tab, Input::Retry { cmid, random }).is_ok() {
            // Somebody decided about it: it is no longer something to look for.
            for client in &mut self.world.clients {
                client.decided(cmid);
            }
        }
    }

    fn device(&mut self, who: usize) -> &mut super::world::Device {
        let at = who % self.world.devices.len();
        &mut self.world.devices[at]
    }

    fn end(&mut self) {
        for tab in 0..self.world.clients.len() {
            if self.world.clients[tab].open {
                let _ = self.world.give(tab, Input::Start);
            }
        }
        // Everybody comes back some day.
        for tab in 0..self.world.clients.len() {
            let device = self.world.clients[tab].device;
            if !self.world.clients.iter().any(|client| client.device == device && client.open) {
                self.world.reload(tab);
            }
        }
        self.world.latency_ms_max = 20;
        self.world.server_up = true;
        self.world.server.moods = Default::default();
        self.world.run(60_000);
        // What a page could not read, the next one does.
        for tab in 0..self.world.clients.len() {
            if self.world.is_locked_out(tab) {
                self.world.reload(tab);
            }
        }
        self.world.run(60_000);
        self.follow();
        self.world.settle();
    }
}

/// Other cases each time, and a seed that a failure shows. Keep what it finds as a story in `found`.
fn config() -> ProptestConfig {
    let seed = match ProptestConfig::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(CASES),
    };
    println!("the same again: PROPTEST_RNG_SEED={seed} cargo test -p deskbell-shared --test session");
    ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_nothing_is_lost_doubled_or_out_of_order(
        seed in any::<u64>(),
        schedule in proptest::collection::vec(happens(), 1..60),
    ) {
        let mut play = Play::new(seed);
        for happens in schedule {
            play.happen(happens);
        }
        play.end();
    }
}

/// Found by the test above: one wait in a thousand was drawn as nothing.
#[test]
fn no_try_is_due_at_the_moment_the_last_one_ended() {
    use Happens::{Cut, Drain, HalfOpen, Passes, Says, SlowNet};
    let mut play = Play::new(16_554_336_521_342_470_584);
    let schedule =
        [Passes(59), Drain, Says(0), Says(0), SlowNet(3328), Passes(2551), Cut(0), Passes(2587), Cut(2)];
    for happens in schedule.into_iter().chain([Says(0), Passes(1242), HalfOpen(2)]) {
        play.happen(happens);
    }
    play.end();
}
