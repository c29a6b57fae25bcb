//! One run with browsers, from an empty folder to a verdict: the chat server behind a road, the shop, the people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use deskbell_browser::{Driver, Engine};
use deskbell_shared::model::SiteLooks;
use deskbell_shared::protocol::api::{SetupRequest, SiteEdit, SitesView};

use super::diary::{Diary, Line};
use super::person::{Person, Places};
use super::road::{Road, Way};
use super::shop::Shop;
use crate::bench::dice::Dice;
use crate::bench::http::{self, Place};
use crate::bench::meter::Meter;
use crate::bench::node::{Node, Program};
use crate::bench::plan::Plan;
use crate::bench::report::Report;
use crate::bench::world::World;
use crate::bench::{setup, stored};
use crate::checker;
use crate::history::{What, digest};

/// The promise: a minute after everything works again all is well.
const REST_MAX: Duration = Duration::from_secs(60);
/// Pages of one person that the server may hold at a time: two tabs, and those of a browser that was killed.
const PAGES_A_PERSON: usize = 6;
/// Between two looks at all pages.
const LOOK: Duration = Duration::from_millis(100);

/// Everything that takes part. Browsers end first, the folder with their profiles last.
pub struct Scene {
    pub people: Vec<Person>,
    pub driver: Driver,
    pub diary: Diary,
    pub dice: Dice,
    pub road: Road,
    pub node: Node,
    meter: Meter,
    /// What the meter has read.
    measured: Arc<World>,
    /// How long pages may take to be at rest.
    pub rest_max: Duration,
    _shop: Shop,
    plan: Plan,
    broken: Vec<String>,
    recovery_ms_max: u64,
    began: Instant,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// A fresh server, a shop, and so many people with the chat open.
    pub async fn open(plan: &Plan, people: usize) -> Result<Scene> {
        let folder = tempfile::Builder::new().prefix("deskbell-browsers-").tempdir()?;
        let road = Road::build().await?;
        let host = format!("localhost:{}", road.address().port());
        // It says the public address where it listens: its own port is chosen here.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let place = Place { address, origin: format!("http://{host}"), host };
        let mut node = Node::new(&plan.binary, &folder.path().join("data"), Program::default());
        node.set_public(place.clone(), "127.0.0.1");
        node.start().await?;
        let measured = Arc::new(World::new(place.clone()));
        let meter = Meter::start(&measured, people * PAGES_A_PERSON);
        meter.watch(node.server_id());
        road.leads_to(address.port());
        let mut shop = Shop::rent().await?;
        let (site_key, tag) = set_up(&node, &place, &shop.origin).await?;
        shop.open(&tag);
        let places = Places { shop: shop.origin.clone(), chat: place.origin, site_key };
        let driver = Driver::start(Engine::Chromium)?;
        let mut diary = Diary::new();
        let mut here = Vec::new();
        for number in 0..people {
            let profile = folder.path().join(format!("profile-{number}"));
            here.push(Person::arrives(&driver, number, profile, places.clone(), &mut diary).await?);
        }
        meter.begin();
        Ok(Scene {
            people: here,
            driver,
            diary,
            dice: Dice::of(plan.seed, "browsers"),
            road,
            node,
            meter,
            measured,
            rest_max: REST_MAX,
            _shop: shop,
            plan: plan.clone(),
            broken: Vec::new(),
            recovery_ms_max: 0,
            began: Instant::now(),
            _folder: folder,
        })
    }

    /// Somebody types some messages into one tab.
    pub async fn says(&mut self, who: usize, tab: usize, messages: usize) -> Result<()> {
        for _ in 0..messages {
            self.people[who].says(tab, &mut self.diary).await?;
        }
        Ok(())
    }

    /// Looks at what a tab in front shows.
    pub async fn looks(&mut self, who: usize, tab: usize) -> Result<Vec<Line>> {
        let shown = self.people[who].reads().await?;
        self.diary.sees(self.people[who].tabs[tab].page, &shown.lines);
        Ok(shown.lines)
    }

    /// The server is killed and comes back at once.
    pub async fn restarts_server(&mut self) -> Result<()> {
        self.kills_server();
        self.starts_server().await
    }

    /// It is gone.
    pub fn kills_server(&mut self) {
        self.meter.watch(None);
        self.node.kill();
    }

    /// It is back.
    pub async fn starts_server(&mut self) -> Result<()> {
        self.node.start().await?;
        self.meter.watch(self.node.server_id());
        Ok(())
    }

    /// Everything works again: waits until every page of everybody shows everything as sent, and the same rows; a
    /// minute at most. Whether it came to that.
    pub async fn recovers(&mut self, after: &str) -> Result<bool> {
        self.road.set(Way::Open);
        let began = Instant::now();
        for who in 0..self.people.len() {
            loop {
                let pages = self.look_around(who).await?;
                let Some(why) = self.unrest(who, &pages) else {
                    for (tab, lines) in pages.iter().enumerate() {
                        self.diary.at_rest(self.people[who].tabs[tab].page, lines);
                    }
                    break;
                };
                if began.elapsed() > self.rest_max {
                    let waited = self.rest_max.as_secs();
                    self.broken.push(format!("{waited} s after {after}, of person {who}: {why}"));
                    return Ok(false);
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        self.recovery_ms_max = self.recovery_ms_max.max(began.elapsed().as_millis() as u64);
        Ok(true)
    }

    /// What all pages of somebody show.
    async fn look_around(&mut self, who: usize) -> Result<Vec<Vec<Line>>> {
        let mut pages = Vec::new();
        for tab in 0..self.people[who].tabs.len() {
            self.people[who].turns_to(tab).await?;
            pages.push(self.looks(who, tab).await?);
        }
        Ok(pages)
    }

    /// Why somebody's pages are not at rest.
    fn unrest(&self, who: usize, pages: &[Vec<Line>]) -> Option<String> {
        for (tab, lines) in pages.iter().enumerate() {
            if let Some(line) = lines.iter().find(|line| !line.is_sent()) {
                return Some(format!("tab {tab} shows `{}` as {}", line.text, line.mark));
            }
            let shows = |text: &str| lines.iter().any(|line| line.text == text);
            if let Some(text) = self.diary.awaited(who).into_iter().find(|text| !shows(text)) {
                return Some(format!("tab {tab} does not show `{text}`, which had to come"));
            }
        }
        // A page that was scrolled or has been there for long shows more of the past.
        let shortest = pages.iter().map(Vec::len).min().unwrap_or(0);
        let newest = |lines: &Vec<Line>| -> Vec<String> {
            lines[lines.len() - shortest..].iter().map(|line| line.text.clone()).collect()
        };
        let first = pages.first().map(newest);
        let differs = pages.iter().any(|lines| Some(newest(lines)) != first);
        differs.then(|| "two tabs show different rows".to_owned())
    }

    /// The end: rest, a page that was opened afresh, the log, the verdict.
    pub async fn finish(mut self, rounds: usize, notes: String) -> Result<Report> {
        self.diary.tell(What::Healed {});
        self.plan.has_worked();
        let rested = self.broken.is_empty() && self.recovers("the end").await?;
        for who in 0..self.people.len() {
            let before: Vec<_> = self.people[who].tabs.iter().map(|tab| tab.page).collect();
            if rested {
                if before.len() > 1 {
                    // Two at most: the fresh one takes its place.
                    self.people[who].turns_to(1).await?;
                    self.people[who].closes(1, &mut self.diary).await?;
                }
                self.people[who].opens_tab(&mut self.diary).await?;
                self.recovers("opening a page afresh").await?;
            }
            for (tab, lines) in self.look_around(who).await?.iter().enumerate() {
                let page = self.people[who].tabs[tab].page;
                self.diary.ends(page, lines, !before.contains(&page));
            }
        }
        let took = self.began.elapsed();
        for person in &mut self.people {
            person.ends_browser(&mut Diary::new()).await;
        }
        let memory = self.meter.memory();
        let Scene { node, plan, diary, broken, people, recovery_ms_max, measured, .. } = self;
        let log = stored::log(&node.database()).context("reading the store at the end")?;
        let (said, unsure) = (diary.said(), diary.unsure());
        let drafts: Vec<&String> = people.iter().flat_map(|person| &person.drafts_back).collect();
        let stored = |text: &str| {
            let digest = digest(text);
            log.iter().any(|what| matches!(what, What::Log { row, .. } if row.digest == digest))
        };
        let twice = drafts.iter().filter(|draft| diary.typed_from(draft.trim()).any(stored)).count();
        let mut history = diary.history(log);
        history.extend(measured.take_history());
        let mut verdict = checker::check(&history);
        verdict.recovery_ms_max = verdict.recovery_ms_max.max(Some(recovery_ms_max));
        let notes = format!(
            "{notes}; {said} typed, {unsure} of them in pages that ended at once; {} drafts came back, {twice} of them sent as well",
            drafts.len()
        );
        let mut report = Report::of(&plan, rounds, verdict, notes);
        report.acked_per_second = report.verdict.acknowledged as f64 / took.as_secs_f64();
        report.read_afresh = (people.len(), people.len());
        report.grew(memory, people.len() * PAGES_A_PERSON);
        report.broken = broken;
        if !report.held() {
            report.said = node.said();
            report.keep(&plan, &history)?;
        }
        Ok(report)
    }
}

/// Sets the server up for the shop. The key and the tag of the site.
async fn set_up(node: &Node, place: &Place, shop: &str) -> Result<(String, String)> {
    let looks = SiteLooks {
        name: "Shop".to_owned(),
        colour: "#3355aa".to_owned(),
        greeting: "Hello".to_owned(),
        style: None,
    };
    let request = SetupRequest {
        token: setup::link_of(node).await?,
        name: "Olga".to_owned(),
        email: "olga@shop.example".to_owned(),
        password: "correct horse battery".to_owned(),
        site: SiteEdit { looks, origins: vec![shop.to_owned()], inbox: None, inboxes: None },
    };
    let answer = http::post(place, "/api/setup", None, &request).await?;
    let owner = answer.cookie().with_context(|| format!("setting up: {}", answer.body))?;
    let sites: SitesView = http::get(place, "/api/sites", Some(&owner)).await?.read()?;
    let site = sites.sites.first().context("no site")?;
    Ok((site.key.clone(), site.tag.clone()))
}
