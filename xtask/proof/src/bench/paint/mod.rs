//! How fast the desk is for whoever works at it: from a key to its character on the screen, and from a frame that arrives to its
//! text on the screen, with hundreds of conversations open and messages arriving, in a real browser; and whether its
//! memory stays flat over an hour of that, compressed in time.
//!
//! The named baseline is a bare page (`bare.rs`) in the same browser and run: keys go through the same field and frames
//! through the same socket, and nothing else is done. Both wait for the next frame of the screen, which comes 60 times a
//! second. Times belong to the machine; the ratios travel. Nothing is asserted.

mod bare;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use deskbell_browser::{self as browser, Driver, Engine, Profile, devtools};
use deskbell_shared::model::ConversationId;
use deskbell_shared::session::Input;
use fantoccini::{Client as Browser, Locator};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use super::client::Client;
use super::crowd::Crowd;
use super::dice::Dice;
use super::node::{Node, Program};
use super::setup;
use super::world::{World, lock};
use bare::Bare;

/// How the command is used.
pub const USAGE: &str = "bench paint [--conversations N] [--rate N] [--seconds N] [--hour]";
/// Open conversations.
const CONVERSATIONS: usize = 300;
/// Messages that arrive in a second.
const RATE: u32 = 100;
/// How long is measured each time.
const SECONDS: u64 = 30;
/// Of the messages that arrive, one in so many is for the conversation that is open.
const IN_SIGHT: usize = 10;
/// Between two keys: somebody who types fast.
const KEY: Duration = Duration::from_millis(110);
/// Colleagues who share the conversations.
const AGENTS: usize = 10;
/// The hour, compressed: so many times faster.
const FASTER: u32 = 8;
const HOUR_SECONDS: u32 = 3600;
/// How often memory is looked at in the hour.
const LOOKS: u32 = 12;
/// A page or a server that takes longer does not work.
const PATIENCE: Duration = Duration::from_secs(60);
const PROBE: &str = include_str!("probe.js");

struct Options {
    conversations: usize,
    rate: u32,
    seconds: u64,
    hour: bool,
}

/// Runs it, and prints the tables.
pub fn command(args: &[&str]) -> Result<bool> {
    let mut options = Options { conversations: CONVERSATIONS, rate: RATE, seconds: SECONDS, hour: false };
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let mut number = || -> Result<u32> {
            rest.next()
                .context(USAGE)?
                .parse()
                .with_context(|| format!("{flag} takes a whole number; {USAGE}"))
        };
        match *flag {
            "--conversations" => options.conversations = (number()?.max(AGENTS as u32)) as usize,
            "--rate" => options.rate = number()?.max(1),
            "--seconds" => options.seconds = u64::from(number()?.max(1)),
            "--hour" => options.hour = true,
            _ => bail!("usage: {USAGE}"),
        }
    }
    let binary = std::env::var_os("DESKBELL_BINARY").context("DESKBELL_BINARY names the server")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(PathBuf::from(binary), &options)).map(|()| true)
}

async fn measure(binary: PathBuf, options: &Options) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("deskbell-paint-").tempdir()?;
    let driver = Driver::start(Engine::Chromium)?;
    println!(
        "{} conversations, {} messages a second, one in {IN_SIGHT} of them in the open one; {} s each",
        options.conversations, options.rate, options.seconds
    );
    println!("\n{:<52}{:>8}{:>9}{:>9}{:>9}{:>11}", "", "n", "p50 ms", "p95 ms", "p99 ms", "p95 / bare");

    let bare = bare_page(&driver, folder.path().join("bare"), options).await?;
    bare.print(None);

    let mut node = Node::new(&binary, &folder.path().join("data"), Program::default());
    node.start().await?;
    let world = Arc::new(World::new(node.place()));
    let keys = setup::set_up(&node, AGENTS).await?;
    let mut dice = Dice::of(1, "paint");
    let crowd = Crowd::gather(&world, &keys, options.conversations, &mut dice).await?;
    let talk = crowd.agents[0]
        .until(PATIENCE, |page| {
            let me = page.person()?;
            let lists = lock(&page.lists);
            let mine = |id: &ConversationId| {
                lists[id].conversation.assignee.as_ref().is_some_and(|agent| agent.id.0 == me.0)
            };
            lists.keys().copied().find(mine)
        })
        .await
        .context("the first agent was given nothing")?;

    let page = open(&driver, folder.path().join("desk")).await?;
    let (name, value) = keys.agents[0].split_once('=').context("a cookie without a value")?;
    let origin = node.place().origin;
    devtools(&page, "Network.setCookie", json!({ "name": name, "value": value, "url": origin })).await?;
    page.goto(&format!("{origin}/desk/inbox/all/{talk}")).await?;
    page.wait().at_most(PATIENCE).for_element(Locator::Css("#answer")).await?;
    page.wait().at_most(PATIENCE).for_element(Locator::Css(".row")).await?;

    let mut writers = Writers { crowd: &crowd, talk, dice, number: 0, next: 0 };
    page.find(Locator::Css("#answer")).await?.click().await?;
    let quiet = run(&page, options.seconds, |_| {}, 0).await?;
    quiet.name("the desk, nothing arriving").print(Some(&bare));
    let busy = run(&page, options.seconds, |written| writers.write(written), options.rate).await?;
    busy.name("the desk").print(Some(&bare));
    if options.hour {
        hour(&page, &world, &mut writers, options.rate).await?;
    }
    browser::close(page).await;
    Ok(())
}

/// A browser with the probe in every page.
async fn open(driver: &Driver, folder: PathBuf) -> Result<Browser> {
    let page = driver.open(&folder, Profile::default(), None).await?;
    devtools(&page, "Page.addScriptToEvaluateOnNewDocument", json!({ "source": PROBE })).await?;
    Ok(page)
}

async fn bare_page(driver: &Driver, folder: PathBuf, options: &Options) -> Result<Measured> {
    let bare = Bare::open().await?;
    let page = open(driver, folder).await?;
    page.goto(&bare.address).await?;
    let began = Instant::now();
    while !bare.is_heard() {
        if began.elapsed() > PATIENCE {
            bail!("the bare page does not connect");
        }
        tokio::time::sleep(KEY).await;
    }
    page.find(Locator::Css("#answer")).await?.click().await?;
    let mut number = 0;
    // As many as are in sight on the desk.
    let in_sight = options.rate.div_ceil(IN_SIGHT as u32);
    let measured = run(
        &page,
        options.seconds,
        |written| {
            bare.says(token(number, written));
            number += 1;
        },
        in_sight,
    )
    .await?;
    browser::close(page).await;
    Ok(measured.name("a bare page"))
}

/// When each message was written, in milliseconds since 1970.
type Written = HashMap<String, f64>;

/// The words of a message: its number is found again on the screen.
fn token(number: u64, written: &mut Written) -> String {
    let token = format!("m{number:07}");
    written.insert(token.clone(), now_ms());
    format!("{token} is this what you meant, or the other one?")
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}

/// Visitors who write in turn.
struct Writers<'a> {
    crowd: &'a Crowd,
    talk: ConversationId,
    dice: Dice,
    number: u64,
    next: usize,
}

impl Writers<'_> {
    /// The next one writes; every tenth time whoever is open on the desk.
    fn write(&mut self, written: &mut Written) {
        let in_sight = self.number.is_multiple_of(IN_SIGHT as u64);
        let wanted = |one: &&Client| one.page.conversation() == Some(self.talk);
        let visitor = match self.crowd.visitors.iter().find(wanted).filter(|_| in_sight) {
            Some(visitor) => visitor,
            None => {
                self.next = (self.next + 1) % self.crowd.visitors.len();
                &self.crowd.visitors[self.next]
            }
        };
        let text = token(self.number, written);
        self.number += 1;
        let conversation = visitor.page.conversation();
        visitor.does(Input::Write { conversation, text, random: self.dice.bytes() });
    }
}

/// Types and has written for some seconds, and reads what the probe has seen.
async fn run(
    page: &Browser,
    seconds: u64,
    mut write: impl FnMut(&mut Written),
    rate: u32,
) -> Result<Measured> {
    page.execute("Object.assign(probe, { keys: [], talk: [], list: [] })", Vec::new()).await?;
    devtools(page, "Performance.enable", json!({})).await?;
    let before = durations(page).await?;
    let mut written = Written::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    let typing = async {
        let mut ticks = tokio::time::interval(KEY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while Instant::now() < end {
            ticks.tick().await;
            for kind in ["keyDown", "keyUp"] {
                let key = json!({ "type": kind, "key": "a", "code": "KeyA", "text": if kind == "keyDown" { "a" } else { "" } });
                devtools(page, "Input.dispatchKeyEvent", key).await?;
            }
        }
        anyhow::Ok(())
    };
    let writing = async {
        if rate == 0 {
            return;
        }
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while Instant::now() < end {
            ticks.tick().await;
            write(&mut written);
        }
    };
    let (typed, ()) = tokio::join!(typing, writing);
    typed?;
    let after = durations(page).await?;
    let of_second = |what: usize| (after[what] - before[what]) * 1000.0 / seconds as f64;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen =
        page.execute("return { keys: probe.keys, talk: probe.talk, list: probe.list }", Vec::new()).await?;
    let rows = |place: &str| -> Vec<(f64, f64)> {
        let row = |row: &Value| {
            let (token, took, at) = (row[0].as_str()?, row[1].as_f64()?, row[2].as_f64()?);
            Some((took, at - written.get(token)?))
        };
        seen[place].as_array().into_iter().flatten().filter_map(row).collect()
    };
    let keys = seen["keys"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let busy_ms = [of_second(0), of_second(1), of_second(2), of_second(3)];
    Ok(Measured { name: "", keys, talk: rows("talk"), list: rows("list"), busy_ms })
}

/// What the page's thread was busy with, as the browser counts it.
const DURATIONS: [(&str, &str); 4] = [
    ("ScriptDuration", "scripts"),
    ("RecalcStyleDuration", "styles"),
    ("LayoutDuration", "layout"),
    ("TaskDuration", "all"),
];

/// For how many seconds it was busy with each until now.
async fn durations(page: &Browser) -> Result<[f64; DURATIONS.len()]> {
    let metrics = devtools(page, "Performance.getMetrics", json!({})).await?;
    Ok(DURATIONS.map(|(name, _)| metric(&metrics, name)))
}

fn metric(metrics: &Value, name: &str) -> f64 {
    let all = metrics["metrics"].as_array();
    all.into_iter()
        .flatten()
        .find(|one| one["name"] == name)
        .and_then(|one| one["value"].as_f64())
        .unwrap_or(0.0)
}

/// What was measured of one page, in milliseconds.
struct Measured {
    name: &'static str,
    keys: Vec<f64>,
    /// Of messages in the open conversation: from the frame, and from when they were written.
    talk: Vec<(f64, f64)>,
    /// The same of rows of the list.
    list: Vec<(f64, f64)>,
    /// For how many milliseconds of each second the page's thread was busy, with what.
    busy_ms: [f64; DURATIONS.len()],
}

impl Measured {
    fn name(self, name: &'static str) -> Measured {
        Measured { name, ..self }
    }

    fn print(&self, bare: Option<&Measured>) {
        let frames = |rows: &[(f64, f64)]| rows.iter().map(|row| row.0).collect::<Vec<_>>();
        let written = |rows: &[(f64, f64)]| rows.iter().map(|row| row.1).collect::<Vec<_>>();
        let lines = [
            ("key to painted character", self.keys.clone(), bare.map(|bare| bare.keys.clone())),
            ("frame to painted message", frames(&self.talk), bare.map(|bare| frames(&bare.talk))),
            ("frame to painted row of the list", frames(&self.list), bare.map(|bare| frames(&bare.talk))),
            (
                "written elsewhere to painted message",
                written(&self.talk),
                bare.map(|bare| written(&bare.talk)),
            ),
        ];
        for (what, times, bare) in lines.into_iter().filter(|(_, times, _)| !times.is_empty()) {
            let p = |percent| percentile(&times, percent);
            let ratio = bare.map(|bare| percentile(&bare, 95.0)).filter(|bare| *bare > 0.0);
            let ratio = ratio.map_or_else(String::new, |bare| format!("{:.2}", p(95.0) / bare));
            let name = format!("{}: {what}", self.name);
            println!(
                "{name:<52}{:>8}{:>9.1}{:>9.1}{:>9.1}{ratio:>11}",
                times.len(),
                p(50.0),
                p(95.0),
                p(99.0)
            );
        }
        let busy = DURATIONS.iter().zip(self.busy_ms).map(|((_, what), ms)| format!("{what} {ms:.0}"));
        println!("    its thread, ms of each second: {}", busy.collect::<Vec<_>>().join(", "));
    }
}

fn percentile(times: &[f64], percent: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * percent / 100.0).round() as usize).copied().unwrap_or(0.0)
}

/// An hour of messages in a part of the time: what the page keeps, a dozen times on the way.
async fn hour(page: &Browser, world: &World, writers: &mut Writers<'_>, rate: u32) -> Result<()> {
    let messages = HOUR_SECONDS * rate;
    println!("\nan hour, {FASTER} times as fast: {messages} messages");
    println!("{:>12}{:>16}{:>16}{:>12}", "messages", "WASM MB", "scripts MB", "nodes");
    devtools(page, "HeapProfiler.enable", json!({})).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / (rate * FASTER));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut forgotten = Written::new();
    for look in 0..=LOOKS {
        if look > 0 {
            for _ in 0..messages / LOOKS {
                ticks.tick().await;
                writers.write(&mut forgotten);
            }
            forgotten.clear();
            // What the clients note for the checker is not asked for here.
            world.take_history();
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        devtools(page, "HeapProfiler.collectGarbage", json!({})).await?;
        let metrics = devtools(page, "Performance.getMetrics", json!({})).await?;
        let wasm =
            page.execute("return probe.memory ? probe.memory.buffer.byteLength : 0", Vec::new()).await?;
        let mb = |bytes: f64| bytes / 1e6;
        println!(
            "{:>12}{:>16.1}{:>16.1}{:>12}",
            look * (messages / LOOKS),
            mb(wasm.as_f64().unwrap_or(0.0)),
            mb(metric(&metrics, "JSHeapUsedSize")),
            metric(&metrics, "Nodes")
        );
    }
    Ok(())
}
