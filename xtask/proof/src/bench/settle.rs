//! After every fault has ended: waits until everybody is at rest, a minute at most as a rule, and has fresh clients read what
//! there is. What did not come to rest stands in the history as it is; the checker judges.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use deskbell_shared::model::ConversationId;
use deskbell_shared::session::Input;

use super::client::{Client, Page};
use super::crowd::Crowd;
use super::desks::{Desks, in_vain};
use super::link::Pass;
use super::plan::REST_MAX;
use super::stored::{self, Heads, head_of};
use super::world::{World, lock};
use crate::history::{Id, What};

/// How often it is looked whether it is so.
const LOOK: Duration = Duration::from_millis(100);
/// Conversations that fresh clients read, of each kind; all of them where there are no more.
pub const FRESH_MAX: usize = 60;
/// How long a fresh client may take to read a conversation from the first row.
const READ_MAX: Duration = Duration::from_secs(30);

/// Waits until everybody is at rest and notes who is. Returns why somebody is not.
pub async fn rest(
    world: &World,
    crowd: &Crowd,
    desks: &mut Desks,
    database: &Path,
    rest_max: Duration,
) -> Result<Option<String>> {
    let began = Instant::now();
    loop {
        let heads = stored::heads(database)?;
        let unrest: Vec<Option<String>> = crowd
            .clients()
            .map(|client| client.page.unrest(|conversation, side| head_of(&heads, conversation, side)))
            .collect();
        let presence = presence(crowd);
        let told = presence.iter().all(|(_, shown)| *shown);
        let quiet = unrest.iter().all(Option::is_none) && told;
        let news = if quiet { desks.look(database)? } else { Vec::new() };
        world.note_all(news);
        let found = desks.waiting_and_idle(crowd);
        let served = !in_vain(&found);
        let all = quiet && served;
        if all || began.elapsed() >= rest_max {
            note(world, crowd, &unrest, &presence);
            world.note_all(found);
            let why = crowd.clients().zip(unrest).find_map(|(client, unrest)| {
                unrest.map(|why| format!("client {} {why}", client.page.number.0))
            });
            let why = why.or((!served).then(|| "somebody waits while an agent is free".to_owned()));
            return Ok(why.or((!told).then(|| "a visitor is there and not shown".to_owned())));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Every visitor of the crowd is there: whether each agent who follows the lists is told so.
fn presence(crowd: &Crowd) -> Vec<(Id, bool)> {
    let mut shown: BTreeMap<Id, bool> = BTreeMap::new();
    for agent in &crowd.agents {
        for summary in lock(&agent.page.lists).values() {
            let all = shown.entry(Id(summary.visitor.id.0)).or_insert(true);
            *all &= summary.visitor.online;
        }
    }
    let there: Vec<Id> = crowd.visitors.iter().filter_map(|visitor| visitor.page.person()).collect();
    there.into_iter().filter_map(|id| Some((id, *shown.get(&id)?))).collect()
}

fn note(world: &World, crowd: &Crowd, unrest: &[Option<String>], presence: &[(Id, bool)]) {
    for (client, unrest) in crowd.clients().zip(unrest) {
        let page = &client.page;
        if unrest.is_none() {
            world.note(What::Quiet { client: page.number, waiting: page.waiting() });
        }
        world.note_all(page.shown(false));
    }
    world.note_all(presence.iter().map(|&(person, shown)| What::Presence { person, shown, truth: true }));
}

/// Visitors who leave at the end of a full run, to see whether anybody notices.
pub const LEAVERS: usize = 5;

/// The first visitors have closed their pages for good: a minute later no agent is told that they are there.
pub async fn absence(world: &World, crowd: &Crowd, leaving: usize) {
    let gone: Vec<Id> =
        crowd.visitors[..leaving].iter().filter_map(|visitor| visitor.page.person()).collect();
    let shown = |person: Id| {
        let told = |agent: &Client| {
            let lists = lock(&agent.page.lists);
            lists.values().any(|summary| Id(summary.visitor.id.0) == person && summary.visitor.online)
        };
        crowd.agents.iter().any(told)
    };
    let began = Instant::now();
    while gone.iter().any(|person| shown(*person)) && began.elapsed() < REST_MAX {
        tokio::time::sleep(LOOK).await;
    }
    world.note_all(gone.iter().map(|&person| What::Presence { person, shown: shown(person), truth: false }));
}

/// Has fresh clients read conversations from the first row: an agent and the visitor whose own it is. Not those of the
/// first visitors, who have left and must stay away.
pub async fn read_afresh(world: &Arc<World>, crowd: &Crowd, heads: &Heads, left: usize) -> Result<usize> {
    let mut readers = Vec::new();
    // Spread over all, so that long and short ones are among them.
    let staying = &crowd.visitors[left..];
    let step = staying.len().div_ceil(FRESH_MAX).max(1);
    for visitor in staying.iter().step_by(step) {
        let Some(conversation) = visitor.page.conversation() else { continue };
        if !heads.contains_key(&Id(conversation.0)) {
            continue;
        }
        readers.push((Client::open(world, visitor.page.pass.clone(), 1), conversation));
    }
    let conversations: Vec<ConversationId> = readers.iter().map(|(_, id)| *id).collect();
    let cookies: Vec<Pass> = crowd.agents.iter().map(|agent| agent.page.pass.clone()).collect();
    for (at, conversation) in conversations.iter().enumerate().filter(|_| !cookies.is_empty()) {
        readers.push((Client::open(world, cookies[at % cookies.len()].clone(), 2), *conversation));
    }
    // All of them read at the same time, so that they take as long as the slowest.
    let reading = readers.into_iter().map(|(reader, conversation)| read(reader, conversation, heads));
    let done = futures_util::future::join_all(reading).await;
    for mut reader in done {
        world.note_all(reader.page.shown(true));
        reader.leave();
    }
    Ok(conversations.len())
}

/// Reads one conversation from the end to its first row.
async fn read(reader: Client, conversation: ConversationId, heads: &Heads) -> Client {
    let head = head_of(heads, Id(conversation.0), reader.page.side()).unwrap_or(0);
    reader.does(Input::Watch { conversation });
    let inputs = &reader;
    let all = |page: &Page| {
        if page.shows_all(conversation, head) {
            return Some(());
        }
        let session = lock(&page.session);
        let older = session.conversation(conversation).is_some_and(|c| c.has_older() && !c.loading_older());
        drop(session);
        if older {
            inputs.does(Input::LoadOlder { conversation });
        }
        None
    };
    // When it does not come so far, what it shows says so.
    let _ = reader.until(READ_MAX, all).await;
    reader
}
