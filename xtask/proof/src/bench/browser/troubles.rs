//! What happens to people at browsers, one kind of trouble at a time, and what they write meanwhile. Each ends with
//! everything working again.

use anyhow::{Context as _, Result};
use rustix::process::Pid;

use super::crash;
use super::road::Way;
use super::scene::Scene;
use crate::bench::dice::Dice;

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No network, said by the browser and true on the road, and back.
    Offline,
    /// The tab is closed right after a message was sent in it.
    TabClosed,
    /// The processes that draw pages are killed.
    RenderersKilled,
    /// The browser is killed.
    BrowserKilled,
    /// The page is loaded again right after a message was sent in it.
    Reloaded,
    /// Two tabs write by turns.
    TwoTabs,
    /// The page is left by a link, and come back to.
    LeftAndBack,
    /// The page is frozen, as in sleep, and goes on.
    Frozen,
    /// The server is killed, and is away for a while.
    ServerKilled,
}

/// All of them.
pub const ALL: [Trouble; 9] = [
    Trouble::TwoTabs,
    Trouble::Offline,
    Trouble::TabClosed,
    Trouble::RenderersKilled,
    Trouble::ServerKilled,
    Trouble::Reloaded,
    Trouble::LeftAndBack,
    Trouble::Frozen,
    Trouble::BrowserKilled,
];

impl Trouble {
    /// In a few words.
    pub fn name(self) -> &'static str {
        match self {
            Trouble::Offline => "offline",
            Trouble::TabClosed => "tab closed",
            Trouble::RenderersKilled => "renderers killed",
            Trouble::BrowserKilled => "browser killed",
            Trouble::Reloaded => "reloaded",
            Trouble::TwoTabs => "two tabs",
            Trouble::LeftAndBack => "left and back",
            Trouble::Frozen => "frozen",
            Trouble::ServerKilled => "server killed",
        }
    }
}

/// All of them in an order from the seed, again and again.
pub fn deck(dice: &mut Dice, rounds: usize) -> Vec<Trouble> {
    let mut deck = Vec::new();
    while deck.len() < rounds {
        let mut all = ALL.to_vec();
        while !all.is_empty() {
            deck.push(all.swap_remove(dice.below(all.len())));
        }
    }
    deck
}

/// What one run has struck, beside the rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Struck {
    /// Pages that were gone back to and were still alive.
    pub alive: usize,
    /// Pages that were gone back to and had to be loaded again.
    pub loaded: usize,
    /// Processes that were drawing pages when they were killed.
    pub renderers: usize,
    /// Messages that a page showed as waiting when trouble came.
    pub waiting: usize,
}

/// Carries one out on somebody.
pub async fn strike(scene: &mut Scene, trouble: Trouble, who: usize, struck: &mut Struck) -> Result<()> {
    scene.people[who].turns_to(0).await?;
    let some = 1 + scene.dice.below(3);
    match trouble {
        Trouble::Offline => offline(scene, who, some, struck).await?,
        Trouble::TabClosed => {
            let empty = scene.people[who].keeps_empty_tab().await?;
            scene.people[who].turns_to(0).await?;
            scene.says(who, 0, some).await?;
            meanwhile(scene, who).await?;
            scene.people[who].closes(0, &mut scene.diary).await?;
            scene.people[who].fills(empty, &mut scene.diary).await?;
            scene.people[who].tabs.rotate_right(1);
        }
        Trouble::RenderersKilled | Trouble::BrowserKilled => {
            scene.says(who, 0, some).await?;
            meanwhile(scene, who).await?;
            let browser: Pid = scene.people[who].process().context("the process of a browser")?;
            match trouble {
                Trouble::BrowserKilled => crash::kill_browser(browser),
                _ => struck.renderers += crash::kill_renderers(browser),
            }
            let Scene { people, driver, diary, .. } = scene;
            people[who].ends_browser(diary).await;
            people[who].starts_browser(driver, diary).await?;
        }
        Trouble::Reloaded => {
            scene.says(who, 0, some).await?;
            meanwhile(scene, who).await?;
            scene.people[who].reloads(0, &mut scene.diary).await?;
        }
        Trouble::TwoTabs => two_tabs(scene, who, some).await?,
        Trouble::LeftAndBack => {
            scene.says(who, 0, some).await?;
            meanwhile(scene, who).await?;
            let writes = scene.dice.chance(0.5);
            match scene.people[who].leaves_and_returns(0, writes, &mut scene.diary).await? {
                true => struck.alive += 1,
                false => struck.loaded += 1,
            }
        }
        Trouble::Frozen => {
            scene.says(who, 0, some).await?;
            scene.people[who].freezes(true).await?;
            // Long enough for the server to be another process by the time it wakes.
            scene.restarts_server().await?;
            scene.people[who].freezes(false).await?;
        }
        Trouble::ServerKilled => {
            scene.says(who, 0, some).await?;
            scene.kills_server();
            scene.says(who, 0, some).await?;
            struck.waiting += waiting(scene, who).await?;
            scene.starts_server().await?;
        }
    }
    // Life goes on: what is written after comes after.
    scene.people[who].turns_to(0).await?;
    scene.says(who, 0, 1).await
}

/// While somebody is in trouble, the server may die, too; and it may be looked whether storage has what was typed: if
/// so, it has to come.
async fn meanwhile(scene: &mut Scene, who: usize) -> Result<()> {
    if scene.dice.chance(0.25) {
        scene.restarts_server().await?;
    }
    if scene.dice.chance(0.5) {
        scene.people[who].looks_into_storage(&mut scene.diary).await?;
        scene.looks(who, 0).await?;
    }
    Ok(())
}

async fn offline(scene: &mut Scene, who: usize, some: usize, struck: &mut Struck) -> Result<()> {
    scene.people[who].goes_offline(true).await?;
    scene.road.set(if scene.dice.chance(0.5) { Way::Cut } else { Way::Silent });
    scene.people[who].turns_to(0).await?;
    scene.says(who, 0, 1 + some).await?;
    struck.waiting += waiting(scene, who).await?;
    if scene.dice.chance(0.25) {
        scene.restarts_server().await?;
    }
    if scene.dice.chance(0.5) {
        // Closed while everything waits: what storage has comes with the next page.
        let empty = scene.people[who].keeps_empty_tab().await?;
        scene.people[who].turns_to(0).await?;
        scene.people[who].sees_stored(&mut scene.diary).await?;
        scene.people[who].closes(0, &mut scene.diary).await?;
        scene.road.set(Way::Open);
        scene.people[who].goes_offline(false).await?;
        scene.people[who].fills(empty, &mut scene.diary).await?;
        scene.people[who].tabs.rotate_right(1);
        return Ok(());
    }
    scene.road.set(Way::Open);
    scene.people[who].goes_offline(false).await
}

/// What waits is seen in the storage, which is then emptied from outside, and the page is closed.
pub async fn wiped(scene: &mut Scene, who: usize) -> Result<()> {
    scene.people[who].goes_offline(true).await?;
    scene.road.set(Way::Cut);
    let empty = scene.people[who].keeps_empty_tab().await?;
    scene.people[who].turns_to(0).await?;
    scene.says(who, 0, 2).await?;
    scene.people[who].sees_stored(&mut scene.diary).await?;
    scene.people[who].wipes_storage().await?;
    scene.people[who].closes(0, &mut scene.diary).await?;
    scene.road.set(Way::Open);
    scene.people[who].fills(empty, &mut scene.diary).await
}

/// Until the seed closes one of them, both stay.
async fn two_tabs(scene: &mut Scene, who: usize, some: usize) -> Result<()> {
    if scene.people[who].tabs.len() < 2 {
        scene.people[who].opens_tab(&mut scene.diary).await?;
    }
    for turn in 0..2 * some {
        scene.people[who].turns_to(turn % 2).await?;
        scene.says(who, turn % 2, 1).await?;
    }
    if scene.dice.chance(0.25) {
        scene.restarts_server().await?;
    }
    if scene.dice.chance(0.5) {
        // Often the one that sends: the other has to take over.
        let closed = scene.dice.below(2);
        scene.people[who].turns_to(closed).await?;
        scene.people[who].closes(closed, &mut scene.diary).await?;
    }
    Ok(())
}

/// How many messages the chat in front shows as not sent.
async fn waiting(scene: &mut Scene, who: usize) -> Result<usize> {
    let lines = scene.looks(who, 0).await?;
    Ok(lines.iter().filter(|line| !line.is_sent()).count())
}
