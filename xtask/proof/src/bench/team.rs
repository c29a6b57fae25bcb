//! What agents do beside answering: they note something down, send a file, pass a conversation on with a word about it.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{AgentId, ConversationId, Status};
use deskbell_shared::protocol::AgentCommand;
use deskbell_shared::session::Input;

use super::client::Client;
use super::crowd::{self, Crowd};
use super::dice::Dice;
use super::world::lock;
use crate::history::{Id, What, digest};

/// Begins every note: no visitor, and no line of the server's log, may hold it.
pub const NOTE: &str = "kiwis are for staff";

/// Of what an agent does, so much each; the rest are answers.
const NOTES: f64 = 0.12;
const FILES: f64 = 0.06;
const TRANSFERS: f64 = 0.08;
/// Of what a visitor does.
const VISITORS_FILES: f64 = 0.002;

/// What an agent has now, with the assignment version, as far as told.
pub fn has(agent: &Client) -> Vec<(ConversationId, u32)> {
    let Some(me) = agent.page.person() else { return Vec::new() };
    let own = |view: &deskbell_shared::model::ConversationView| {
        let holder = view.assignee.as_ref().map(|agent| Id(agent.id.0));
        view.status == Status::Open && holder == Some(me)
    };
    let lists = lock(&agent.page.lists);
    let views = lists.values().map(|summary| &summary.conversation).filter(|view| own(view));
    views.map(|view| (view.id, view.assignment_version)).collect()
}

/// Opens what an agent has and does not follow yet.
pub fn opens(agent: &Client, conversation: ConversationId) {
    let follows = lock(&agent.page.session).conversation(conversation).is_some();
    if !follows {
        agent.does(Input::Watch { conversation });
    }
}

/// One thing in one of their conversations.
pub fn acts(agent: &Client, crowd: &Crowd, dice: &mut Dice) {
    let has = has(agent);
    if has.is_empty() {
        return;
    }
    let (conversation, version) = has[dice.below(has.len())];
    opens(agent, conversation);
    if dice.chance(NOTES) {
        let text = format!("{NOTE} {:x}", dice.next());
        agent.does(Input::WriteNote { conversation, text, random: dice.bytes() });
    } else if dice.chance(FILES) {
        sends_file(agent, conversation, dice);
    } else if dice.chance(TRANSFERS) {
        passes_on(agent, crowd, conversation, version, dice);
    } else {
        crowd::write(agent, Some(conversation), dice);
    }
}

/// A visitor sends a file now and then.
pub fn may_send_file(visitor: &Client, conversation: ConversationId, dice: &mut Dice) {
    if dice.chance(VISITORS_FILES) {
        sends_file(visitor, conversation, dice);
    }
}

fn sends_file(client: &Client, conversation: ConversationId, dice: &mut Dice) {
    let content = format!("a page of notes, {:x}\n", dice.next());
    client.uploads(conversation, content, dice.bytes());
}

fn passes_on(agent: &Client, crowd: &Crowd, conversation: ConversationId, version: u32, dice: &mut Dice) {
    let me = agent.page.person();
    let colleagues = crowd.agents.iter().filter_map(|agent| agent.page.person());
    let colleagues: Vec<Id> = colleagues.filter(|colleague| Some(*colleague) != me).collect();
    let (Some(author), false) = (me, colleagues.is_empty() || !agent.page.is_live()) else { return };
    let to = colleagues[dice.below(colleagues.len())];
    let note = format!("{NOTE} {:x}", dice.next());
    agent.page.world.note(What::Enclosed { author, digest: digest(&note) });
    let id = lock(&agent.page.session).new_id();
    let (agent_id, inbox) = (Some(AgentId(to.0)), None);
    let command =
        AgentCommand::Transfer { id, conversation, version, agent: agent_id, inbox, note: Some(note) };
    agent.does(Input::Ask { id, text: command.to_text() });
}
