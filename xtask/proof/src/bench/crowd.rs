//! The people of the load: visitors with a conversation each, and agents who share them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use base64::Engine as _;
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Availability, ConversationId};
use deskbell_shared::protocol::AgentCommand;
use deskbell_shared::protocol::limits::CAPACITY_MAX;
use deskbell_shared::session::{Answer, Input};

use super::client::Client;
use super::dice::Dice;
use super::link::Pass;
use super::setup::Keys;
use super::world::{World, lock};

/// Beginning is not what is measured: it may take long on a busy machine, and still has to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everybody.
pub struct Crowd {
    pub visitors: Vec<Client>,
    pub agents: Vec<Agent>,
}

/// An agent with the conversations they have taken.
pub struct Agent {
    pub client: Client,
    pub has: Vec<ConversationId>,
}

impl Crowd {
    /// Opens every page and has every conversation begun and taken.
    pub async fn gather(world: &Arc<World>, keys: &Keys, visitors: usize, dice: &mut Dice) -> Result<Crowd> {
        let token =
            |dice: &mut Dice| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(dice.bytes::<32>());
        let visitors: Vec<Client> = (0..visitors)
            .map(|_| {
                let pass = Pass::Visitor { site_key: keys.site_key.clone(), token: token(dice) };
                Client::open(world, pass, dice.next())
            })
            .collect();
        let agents: Vec<Agent> = keys
            .agents
            .iter()
            .map(|cookie| {
                let pass = Pass::Agent { cookie: cookie.clone() };
                Agent { client: Client::open(world, pass, dice.next()), has: Vec::new() }
            })
            .collect();
        let mut crowd = Crowd { visitors, agents };
        crowd.begin(dice).await?;
        Ok(crowd)
    }

    async fn begin(&mut self, dice: &mut Dice) -> Result<()> {
        for client in self.clients() {
            if client.until(PATIENCE, |page| page.is_live().then_some(())).await.is_none() {
                bail!("a client could not connect at the beginning");
            }
        }
        // Each conversation has its agent from the beginning: they take what they are told to take, as many as there are.
        for agent in &self.agents {
            let id = lock(&agent.client.page.session).new_id();
            let (availability, capacity) = (Availability::Busy, Some(CAPACITY_MAX));
            let text = AgentCommand::SetAvailability { id, availability, capacity }.to_text();
            agent.client.does(Input::Ask { id, text });
            let answer = agent.client.until(PATIENCE, |page| lock(&page.answers).get(&id).cloned()).await;
            if !matches!(answer, Some(Answer::Done)) {
                bail!("an agent could not choose: {answer:?}");
            }
        }
        let agents = self.agents.len();
        for (at, visitor) in self.visitors.iter().enumerate() {
            write(visitor, None, dice);
            let first = visitor.until(PATIENCE, |page| {
                let conversation = page.conversation()?;
                page.shows_all(conversation, 1).then_some(conversation)
            });
            let Some(conversation) = first.await else { bail!("a conversation could not be begun") };
            if agents > 0 {
                take(&mut self.agents[at % agents], conversation).await?;
            }
        }
        Ok(())
    }

    /// Everybody with a page.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.visitors.iter().chain(self.agents.iter().map(|agent| &agent.client))
    }

    /// Messages that wait for their ack.
    pub fn waiting(&self) -> u64 {
        self.clients().map(|client| u64::from(client.page.waiting())).sum()
    }

    /// Some visitors reload their page in the middle of whatever it does.
    pub fn some_reload(&mut self, share: f64, dice: &mut Dice) {
        let reload = |visitor: Client| match dice.chance(share) {
            true => visitor.reload(dice.next()),
            false => visitor,
        };
        self.visitors = std::mem::take(&mut self.visitors).into_iter().map(reload).collect();
    }

    /// Some people come back to their page and look: what a browser does then. The rest wait for their turn.
    pub fn some_look(&self, share: f64, dice: &mut Dice) {
        for client in self.clients() {
            if dice.chance(share) {
                client.does(Input::Wake);
            }
        }
    }
}

/// Somebody writes something new.
pub fn write(client: &Client, conversation: Option<ConversationId>, dice: &mut Dice) -> bool {
    // As short as most things that people say, with a long one now and then.
    let words = if dice.chance(0.01) { 200 } else { 1 + dice.below(12) };
    let text: Vec<String> = (0..words).map(|_| format!("{:x}", dice.next() & 0xffff_ffff)).collect();
    client.does(Input::Write { conversation, text: text.join(" "), random: dice.bytes() })
}

/// An agent opens a conversation and takes it.
async fn take(agent: &mut Agent, conversation: ConversationId) -> Result<()> {
    let seen = agent.client.until(PATIENCE, |page| {
        lock(&page.lists).get(&conversation).map(|summary| summary.conversation.assignment_version)
    });
    let Some(version) = seen.await else { bail!("an agent was not told of {conversation}") };
    agent.client.does(Input::Watch { conversation });
    let id = lock(&agent.client.page.session).new_id();
    agent.client.does(Input::Ask { id, text: AgentCommand::Claim { id, conversation, version }.to_text() });
    let answer = agent.client.until(PATIENCE, |page| lock(&page.answers).get(&id).cloned()).await;
    // A connection that went away meanwhile is no reason to stop: somebody has it or nobody, and both are fine.
    if !matches!(answer, Some(Answer::Done | Answer::Lost)) {
        bail!("an agent could not take {conversation}: {answer:?}");
    }
    agent.has.push(conversation);
    Ok(())
}
