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
use crate::history::Id;

/// Beginning is not what is measured: it may take long on a busy machine, and still has to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Conversations that an agent takes beyond their share: passing on and returning need some room.
const SPARE: usize = 2;

/// Everybody.
pub struct Crowd {
    pub visitors: Vec<Client>,
    pub agents: Vec<Client>,
}

impl Crowd {
    /// Opens every page and has every conversation begun and given to an agent.
    pub async fn gather(world: &Arc<World>, keys: &Keys, visitors: usize, dice: &mut Dice) -> Result<Crowd> {
        let token =
            |dice: &mut Dice| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(dice.bytes::<32>());
        let visitors: Vec<Client> = (0..visitors)
            .map(|_| {
                let pass = Pass::Visitor { site_key: keys.site_key.clone(), token: token(dice) };
                Client::open(world, pass, dice.next())
            })
            .collect();
        let agents: Vec<Client> = keys
            .agents
            .iter()
            .map(|cookie| {
                let pass = Pass::Agent { cookie: cookie.clone() };
                Client::open(world, pass, dice.next())
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
        // The desk gives each conversation to somebody; there is room for all, and not much more.
        let agents = self.agents.len();
        let room = self.visitors.len().div_ceil(agents.max(1)) + SPARE;
        for agent in &self.agents {
            let id = lock(&agent.page.session).new_id();
            let capacity = u32::try_from(room).ok().map(|room| room.min(CAPACITY_MAX));
            let availability = Availability::Available;
            let text = AgentCommand::SetAvailability { id, availability, capacity }.to_text();
            agent.does(Input::Ask { id, text });
            let answer = agent.until(PATIENCE, |page| lock(&page.answers).get(&id).cloned()).await;
            if !matches!(answer, Some(Answer::Done)) {
                bail!("an agent could not choose: {answer:?}");
            }
        }
        for visitor in &self.visitors {
            write(visitor, None, dice);
            let first = visitor.until(PATIENCE, |page| {
                let conversation = page.conversation()?;
                page.shows_first(conversation).then_some(())
            });
            if first.await.is_none() {
                bail!("a conversation could not be begun");
            }
        }
        self.are_given().await
    }

    /// Waits until every conversation has its agent, who opens it.
    async fn are_given(&self) -> Result<()> {
        let Some(observer) = self.agents.first() else { return Ok(()) };
        for visitor in &self.visitors {
            let Some(conversation) = visitor.page.conversation() else { continue };
            let holder = observer.until(PATIENCE, |page| {
                let lists = lock(&page.lists);
                lists.get(&conversation)?.conversation.assignee.as_ref().map(|agent| Id(agent.id.0))
            });
            let Some(holder) = holder.await else { bail!("{conversation} was given to nobody") };
            let holds = |agent: &&Client| agent.page.person() == Some(holder);
            if let Some(agent) = self.agents.iter().find(holds) {
                agent.does(Input::Watch { conversation });
            }
        }
        Ok(())
    }

    /// Everybody with a page.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.visitors.iter().chain(&self.agents)
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
