//! One fault's run, from an empty folder to a verdict: a server, a crowd at work, the fault, healing, rest, the log,
//! fresh readers, the checker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::sync::Mutex;

use super::client::Client;
use super::crowd::Crowd;
use super::desks::Desks;
use super::dice::Dice;
use super::load::Load;
use super::meter::Meter;
use super::node::{Node, Program};
use super::plan::Plan;
use super::report::Report;
use super::setup;
use super::world::World;
use super::{settle, stored, team};
use crate::checker;
use crate::history::What;

/// Everything that takes part.
pub struct Stage {
    pub plan: Plan,
    pub dice: Dice,
    pub world: Arc<World>,
    pub node: Node,
    pub meter: Meter,
    pub crowd: Arc<Mutex<Crowd>>,
    pub load: Load,
    desks: Desks,
    /// The data folder and what else the fault leaves lying; gone with the run.
    pub folder: tempfile::TempDir,
    began: Instant,
}

impl Stage {
    /// A server run by itself, and the crowd at work.
    pub async fn open(plan: &Plan) -> Result<Stage> {
        Stage::open_with(plan, |_| Ok(Program::default())).await
    }

    /// The same; the program is made for the run's own folder.
    pub async fn open_with(
        plan: &Plan,
        program: impl FnOnce(&std::path::Path) -> Result<Program>,
    ) -> Result<Stage> {
        let folder = tempfile::Builder::new().prefix("deskbell-faults-").tempdir()?;
        let program = program(folder.path())?;
        let node = Node::new(&plan.binary, &folder.path().join("data"), program);
        Stage::open_on(plan, folder, node).await
    }

    /// The same, with a server that was prepared.
    pub async fn open_on(plan: &Plan, folder: tempfile::TempDir, mut node: Node) -> Result<Stage> {
        let mut dice = Dice::of(plan.seed, "stage");
        node.start().await?;
        let world = Arc::new(World::new(node.place()));
        let size = plan.size;
        let keys = setup::set_up(&node, size.agents).await?;
        // Readers at the end come on top of those who work.
        let more = size.strangers + 2 * settle::FRESH_MAX;
        let meter = Meter::start(&world, size.visitors + size.agents + more);
        meter.watch(node.server_id());
        let crowd = Crowd::gather(&world, &keys, size.visitors, &mut dice).await?;
        meter.begin();
        let crowd = Arc::new(Mutex::new(crowd));
        let load = Load::start(crowd.clone(), size, Dice::of(plan.seed, "load"));
        let plan = plan.clone();
        let (desks, began) = (Desks::default(), Instant::now());
        Ok(Stage { plan, dice, world, node, meter, crowd, load, desks, folder, began })
    }

    /// Starts the server again, as it was.
    pub async fn start(&mut self) -> Result<()> {
        self.node.start().await?;
        self.meter.watch(self.node.server_id());
        Ok(())
    }

    /// Kills the server. Returns how many messages were on their way.
    pub async fn kill(&mut self) -> u64 {
        self.meter.watch(None);
        self.node.kill();
        self.crowd.lock().await.waiting()
    }

    /// Waits until so many more messages were acknowledged, or a time has passed.
    pub async fn until_acked(&mut self, more: u64, patience: Duration) -> bool {
        let (goal, began) = (self.world.acked() + more, Instant::now());
        while self.world.acked() < goal {
            if began.elapsed() > patience {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.look_at_desks();
        true
    }

    /// Notes who has what. The server works at such a moment; where it cannot be read after all, it is another time.
    fn look_at_desks(&mut self) {
        if let Ok(news) = self.desks.look(&self.node.database()) {
            self.world.note_all(news);
        }
    }

    /// Waits a little for a moment at which messages are on their way.
    pub async fn until_waiting(&self) {
        for _ in 0..200 {
            if self.crowd.lock().await.waiting() > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Some people look at their page, as they do when something seems wrong; the others' browsers wait their turn.
    pub async fn some_look(&mut self, share: f64) {
        let crowd = self.crowd.lock().await;
        crowd.some_look(share, &mut self.dice);
    }

    /// Some visitors reload their page, and go on with what their browser has stored.
    pub async fn some_reload(&mut self, share: f64) {
        self.crowd.lock().await.some_reload(share, &mut self.dice);
    }

    /// Waits until nothing waits for its ack any more, with nobody writing; then people write on.
    pub async fn rest(&mut self) -> Result<()> {
        self.load.set(false);
        let began = Instant::now();
        while self.crowd.lock().await.waiting() > 0 {
            if began.elapsed() > Duration::from_secs(60) {
                let crowd = self.crowd.lock().await;
                let waiting = crowd.clients().filter(|client| client.page.waiting() > 0);
                let who = waiting.map(|client| {
                    let page = &client.page;
                    format!("client {} ({}; {})", page.number.0, page.waiting(), page.connection())
                });
                let who = who.collect::<Vec<_>>().join(", ");
                let said = self.node.said();
                let told: Vec<&str> = said.lines().rev().take(3).collect();
                bail!(
                    "after a minute messages still wait: {who}; the server said last: {}",
                    told.join(" | ")
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.load.set(true);
        Ok(())
    }

    /// Everything works again; judges what happened.
    pub async fn finish(self, rounds: usize, notes: String) -> Result<Report> {
        self.load.set(false);
        let Stage { plan, mut dice, world, node, meter, crowd, load, mut desks, .. } = self;
        let worked = world.elapsed();
        let crowd = {
            drop(load);
            crowd
        };
        let mut crowd = crowd.lock().await;
        world.note(What::Healed {});
        plan.has_worked();
        if plan.is_short() {
            // A test does not sit through waits of half a minute; a full run does.
            crowd.some_look(1.0, &mut dice);
        }
        let unrest = settle::rest(&world, &crowd, &mut desks, &node.database(), plan.rest_max).await?;
        let heads = stored::heads(&node.database())?;
        // The grace of a page that reloads has to pass, too long for a test; others read meanwhile.
        let leaving = if plan.is_short() { 0 } else { settle::LEAVERS.min(crowd.visitors.len()) };
        crowd.visitors[..leaving].iter_mut().for_each(Client::leave);
        let (fresh, ()) = tokio::join!(
            settle::read_afresh(&world, &crowd, &heads, leaving),
            settle::absence(&world, &crowd, leaving)
        );
        let fresh = fresh?;
        let memory = meter.memory();
        drop(meter);
        for client in crowd.clients() {
            client.freeze(true);
        }
        world.note_all(stored::log(&node.database()).context("reading the store at the end")?);
        if node.said().contains(team::NOTE) {
            let place = "the log of the server".to_owned();
            world.note(What::Leaked { canary: team::NOTE.to_owned(), place });
        }
        let history = world.take_history();
        let verdict = checker::check(&history);
        let conversations = heads.len();
        let mut report = Report::of(&plan, rounds, verdict, notes);
        report.acked_per_second =
            world.acked() as f64 / self.began.elapsed().min(worked).as_secs_f64().max(0.001);
        report.read_afresh = (fresh, conversations);
        report.grew(memory, plan.size.visitors + plan.size.agents + plan.size.strangers);
        let agents: Vec<_> = crowd.agents.iter().map(|agent| agent.page.number).collect();
        report.count_refused(&history, |client| agents.contains(&client));
        if !report.held() {
            report.unrest = unrest;
            report.said = node.said();
            report.keep(&plan, &history)?;
        }
        Ok(report)
    }
}
