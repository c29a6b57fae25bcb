//! F14: one byte of the database or its log is another than was written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use deskbell_shared::model::ConversationId;
use deskbell_shared::session::Input;

use super::{Fault, Running};
use crate::bench::client::{Client, Page};
use crate::bench::dice::Dice;
use crate::bench::flip::{self, Flip};
use crate::bench::link::Pass;
use crate::bench::node::{Node, Program};
use crate::bench::plan::{Plan, Size};
use crate::bench::rows;
use crate::bench::stage::Stage;
use crate::bench::stored;
use crate::bench::world::{World, lock};
use crate::history::{Id, Row, Side, What};

pub const FAULT: Fault = Fault {
    id: "F14",
    name: "a flipped byte",
    means: "The server is killed under load and its folder copied. In copies of the copy one byte is changed: in the \
        write-ahead log, or in a page of the database that holds rows. A server on each either refuses to start and \
        says why, or serves every row as it was stored, or refuses it and names the conversation in its log: never \
        another text, never a row less without a word. A change inside the very last transaction of the log cannot be \
        told from a write that a power cut has torn, and may cost that transaction; those are counted.",
    needs: &[],
    rounds: 40,
    share: 1.5,
    size: Size { visitors: 40, agents: 4, messages_per_second: 500, in_flight_max: 36, strangers: 0 },
    run,
};

/// Copies that are changed in one round: one in the log, one in the database.
const FLIPS: usize = 2;
/// How long a reader may take to show everything, or the server to say why not.
const READ_MAX: Duration = Duration::from_secs(20);
/// The same where the last transaction may be gone, and nobody will say so.
const READ_SHORT_MAX: Duration = Duration::from_secs(4);
/// One of these stands in what a server says that refuses to start.
const REASONS: [&str; 3] = ["is damaged", "malformed", "is not a database"];

/// What became of the changed copies.
#[derive(Default)]
struct Count {
    refused_to_start: usize,
    rows_refused: usize,
    harmless: usize,
    last_transaction: usize,
    wrong: Vec<String>,
}

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut chance = Dice::of(plan.seed, "flips");
        let (mut rounds, mut count) = (plan.rounds(), Count::default());
        while rounds.more() {
            stage.until_acked(50, Duration::from_secs(10)).await;
            let life = stage.dice.span_ms(50, 1_500);
            tokio::time::sleep(life).await;
            stage.kill().await;
            let whole = stage.folder.path().join("whole");
            flip::copy(stage.node.data(), &whole)?;
            stage.start().await?;
            stage.some_look(0.5).await;
            let truth = Truth::of(&stage, &whole)?;
            for at in 0..FLIPS {
                let changed = stage.folder.path().join("changed");
                flip::copy(&whole, &changed)?;
                let flip = flip::flip(&changed, at % 2 == 0, &mut chance)?;
                judge(&stage, &changed, &flip, &truth, &mut count).await?;
            }
        }
        let notes = format!(
            "of {} flips {} kept the server from starting, {} were refused when rows were read, {} fell into the last \
             transaction of the log, {} hit nothing that is served",
            rounds.done * FLIPS,
            count.refused_to_start,
            count.rows_refused,
            count.last_transaction,
            count.harmless,
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        for wrong in count.wrong {
            report.demand(false, || wrong);
        }
        Ok(report)
    })
}

/// What a folder holds: the rows of each conversation as agents (true) and visitor count them.
struct Truth {
    rows: BTreeMap<(Id, bool), BTreeMap<u64, Row>>,
}

impl Truth {
    fn of(stage: &Stage, whole: &Path) -> Result<Truth> {
        // A copy of its own: SQLite goes through the log when it reads.
        let read = stage.folder.path().join("read");
        flip::copy(whole, &read)?;
        let mut rows: BTreeMap<(Id, bool), BTreeMap<u64, Row>> = BTreeMap::new();
        for what in stored::log(&read.join("deskbell.db"))? {
            let What::Log { conversation, seq, visitor_seq, row, .. } = what else { continue };
            rows.entry((conversation, true)).or_default().insert(seq, row);
            if let Some(seq) = visitor_seq {
                rows.entry((conversation, false)).or_default().insert(seq, row);
            }
        }
        Ok(Truth { rows })
    }
}

async fn judge(stage: &Stage, changed: &Path, flip: &Flip, truth: &Truth, count: &mut Count) -> Result<()> {
    let mut node = Node::new(&stage.plan.binary, changed, Program::default());
    if let Err(error) = node.start().await {
        count.refused_to_start += 1;
        if !gives_reason(&node).await {
            count.wrong.push(format!("{flip}: the server did not start and gave no reason: {error:#}"));
        }
        return Ok(());
    }
    let world = Arc::new(World::new(node.place()));
    let readers = readers(stage, &world, truth, node.port()).await;
    let patience = if flip.in_last_transaction { READ_SHORT_MAX } else { READ_MAX };
    let reading =
        readers.iter().map(|(reader, conversation)| read(reader, *conversation, truth, &node, patience));
    let done = futures_util::future::join_all(reading).await;
    let said = node.said();
    let (mut refused, mut short) = (false, false);
    for ((reader, conversation), complete) in readers.iter().zip(done) {
        let side = reader.page.side();
        let expected = &truth.rows[&(Id(conversation.0), side == Side::Staff)];
        if let Some(seq) = differs(&reader.page, *conversation, expected) {
            count.wrong.push(format!("{flip}: row {seq} of {conversation} is shown with another content"));
        }
        match complete {
            true => {}
            false if said.contains(&conversation.to_string()) || names_damage(&said) => refused = true,
            false if flip.in_last_transaction => short = true,
            false => count.wrong.push(format!("{flip}: rows of {conversation} are missing without a word")),
        }
    }
    match (refused, short || said.contains("is not whole")) {
        (true, _) => count.rows_refused += 1,
        (false, true) => count.last_transaction += 1,
        (false, false) => count.harmless += 1,
    }
    for (mut reader, _) in readers {
        reader.leave();
    }
    Ok(())
}

/// Whether a server that ended says why; its last words may still be on their way.
async fn gives_reason(node: &Node) -> bool {
    for _ in 0..200 {
        let said = node.said();
        if REASONS.iter().any(|reason| said.contains(reason)) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// Whether SQLite has found what no single conversation can be named for.
fn names_damage(said: &str) -> bool {
    said.contains("malformed") || said.contains("stops for good")
}

/// Readers of every conversation, as its visitor and as an agent.
async fn readers(
    stage: &Stage,
    world: &Arc<World>,
    truth: &Truth,
    port: u16,
) -> Vec<(Client, ConversationId)> {
    let crowd = stage.crowd.lock().await;
    let mut readers = Vec::new();
    for (at, visitor) in crowd.visitors.iter().enumerate() {
        let Some(conversation) = visitor.page.conversation() else { continue };
        let id = Id(conversation.0);
        if let Some(person) = stage.world.visitor_of(id) {
            world.know_visitor(id, person);
        }
        let agent = &crowd.agents[at % crowd.agents.len()].page.pass;
        for pass in [&visitor.page.pass, agent].map(|pass| moved(pass, stage.node.port(), port)) {
            let staff = matches!(pass, Pass::Agent { .. });
            if truth.rows.contains_key(&(id, staff)) {
                readers.push((Client::open(world, pass, at as u64), conversation));
            }
        }
    }
    readers
}

/// What gets the same person in at another port: the names of cookies carry it.
fn moved(pass: &Pass, from: u16, to: u16) -> Pass {
    match pass {
        Pass::Agent { cookie } => {
            Pass::Agent { cookie: cookie.replacen(&format!("_{from}="), &format!("_{to}="), 1) }
        }
        visitor => visitor.clone(),
    }
}

/// Reads a conversation to its first row, or until the server says that it cannot. Whether all of it was there.
async fn read(
    reader: &Client,
    conversation: ConversationId,
    truth: &Truth,
    node: &Node,
    patience: Duration,
) -> bool {
    let staff = reader.page.side() == Side::Staff;
    let rows = &truth.rows[&(Id(conversation.0), staff)];
    let head = rows.keys().next_back().copied().unwrap_or(0);
    reader.does(Input::Watch { conversation });
    let name = conversation.to_string();
    let ended = reader.until(patience, |page| {
        if page.shows_all(conversation, head) {
            return Some(true);
        }
        let session = lock(&page.session);
        let older = session.conversation(conversation).is_some_and(|c| c.has_older() && !c.loading_older());
        drop(session);
        let said = node.said();
        if said.contains(&name) || names_damage(&said) {
            return Some(false);
        }
        if older {
            reader.does(Input::LoadOlder { conversation });
        }
        None
    });
    ended.await.unwrap_or(false)
}

/// The first place at which something else is shown than was stored.
fn differs(page: &Page, conversation: ConversationId, expected: &BTreeMap<u64, Row>) -> Option<u64> {
    let session = lock(&page.session);
    let shown = session.conversation(conversation).map(|c| c.rows()).unwrap_or_default();
    let wrong = |entry: &&deskbell_shared::model::Entry| {
        let row = rows::shown(&page.world, Id(conversation.0), entry);
        expected.get(&entry.seq.0) != Some(&row)
    };
    shown.iter().find(wrong).map(|entry| entry.seq.0)
}
