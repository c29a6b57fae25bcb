//! What an agent has written and not sent: on all of their connections, and on nobody else's.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Audience, ConversationId, Draft, Role};
use deskbell_shared::protocol::api::{SearchRequest, SearchView};
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame, RefusalCode};

use crate::support::http::{get, post};
use crate::support::raw::draft;
use crate::support::server::new_token;
use crate::support::{Heard, Raw, Server};

/// Stands in drafts only.
const CANARY: &str = "canary-71d3";

async fn keeps(raw: &mut Raw, conversation: ConversationId, is_note: bool, text: &str) {
    let (id, text) = (raw.id(), text.to_owned());
    raw.say(&AgentCommand::KeepDraft { id, conversation, is_note, text }).await;
    assert!(matches!(raw.reply(id).await, Heard::Frame(Frame::Done { .. })));
}

async fn follows(raw: &mut Raw) -> Vec<(bool, String)> {
    let id = raw.id();
    raw.say(&AgentCommand::FollowDrafts { id }).await;
    let (reset, drafts) = told(raw).await;
    assert!(reset, "the first says all there are");
    drafts
}

/// What comes next about drafts: whether it is all there are, and each as a note or not, and its text.
async fn told(raw: &mut Raw) -> (bool, Vec<(bool, String)>) {
    raw.until("drafts", |heard| match heard {
        Heard::Desk(DeskFrame::Drafts { reset, drafts, more: false }) => {
            Some((reset, drafts.iter().map(|draft| (draft.is_note, draft.text.clone())).collect()))
        }
        _ => None,
    })
    .await
}

fn one(is_note: bool, text: &str) -> (bool, Vec<(bool, String)>) {
    (false, vec![(is_note, text.to_owned())])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_on_every_connection_of_its_writer_until_it_is_sent() {
    let server = Server::start().await;
    let agent = server.agent("Mia").await;
    let conversation = Raw::visitor(&server, &new_token()).await.starts(&["hello"]).await;
    let mut here = Raw::agent(&server, &agent).await;
    here.claims(conversation).await;
    assert_eq!(follows(&mut here).await, []);
    keeps(&mut here, conversation, false, "half").await;
    assert_eq!(
        told(&mut here).await,
        one(false, "half"),
        "here, too: which is the newest is the server's to say"
    );
    let mut there = Raw::agent(&server, &agent).await;
    assert_eq!(follows(&mut there).await, [(false, "half".to_owned())]);
    keeps(&mut there, conversation, false, "half an answer").await;
    assert_eq!(told(&mut here).await, one(false, "half an answer"));
    assert_eq!(told(&mut there).await, one(false, "half an answer"));
    keeps(&mut there, conversation, true, "a note").await;
    assert_eq!(told(&mut here).await, one(true, "a note"));
    assert_eq!(told(&mut there).await, one(true, "a note"));

    let id = here.id();
    let messages = vec![draft("half an answer, and the other half")];
    here.say(&Command::Send { id, conversation, messages }).await;
    assert!(matches!(here.reply(id).await, Heard::Frame(Frame::Acked { .. })));
    assert_eq!(told(&mut there).await, one(false, ""), "what is sent is no draft any more");
    let id = there.id();
    let note = Draft { audience: Some(Audience::Staff), ..draft("a note") };
    there.say(&Command::Send { id, conversation, messages: vec![note] }).await;
    assert!(matches!(there.reply(id).await, Heard::Frame(Frame::Acked { .. })));
    assert_eq!(told(&mut there).await, one(true, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_is_told_of_a_draft() {
    let server = Server::start().await;
    let (agent, token) = (server.agent("Mia").await, new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello"]).await;
    let mut mia = Raw::agent(&server, &agent).await;
    mia.claims(conversation).await;
    // The owner, who sees everything else, with the conversation open before them.
    let mut olga = Raw::agent_with_lists(&server, server.owner()).await;
    olga.transcript(conversation).await;
    assert_eq!(follows(&mut olga).await, []);
    keeps(&mut mia, conversation, false, CANARY).await;
    keeps(&mut mia, conversation, true, CANARY).await;
    // What is told after it has passed what would have told of it.
    let id = mia.id();
    mia.say(&Command::Send { id, conversation, messages: vec![draft("the last word")] }).await;
    mia.reply(id).await;
    for raw in [&mut visitor, &mut olga] {
        loop {
            let text = raw.next_text().await.expect("a frame");
            assert!(!text.contains(CANARY), "{text}");
            if text.contains("the last word") {
                break;
            }
        }
    }
    assert_eq!(follows(&mut olga).await, []);
    // It is in no transcript, and no search finds it.
    let path = format!("/api/conversations/{conversation}/transcript");
    assert!(!get(server.port(), &path, Some(&agent.cookie)).await.body.contains(CANARY));
    let (inbox, agent_id, status, since) = (None, None, None, None);
    let text = CANARY.to_owned();
    let asked =
        SearchRequest { text, inbox, agent: agent_id, status, since, until: None, only: None, before: None };
    let found: SearchView = post(server.port(), "/api/search", Some(&agent.cookie), &asked).await.read();
    assert_eq!(found.hits.len(), 0, "{}", found.to_text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_read_any_more_is_told_that_it_is_gone() {
    let server = Server::start().await;
    let agent = server.agent("Mia").await;
    let conversation = Raw::visitor(&server, &new_token()).await.starts(&["hello"]).await;
    let mut mia = Raw::agent(&server, &agent).await;
    assert_eq!(follows(&mut mia).await, []);
    keeps(&mut mia, conversation, true, "half a note").await;
    assert_eq!(told(&mut mia).await, one(true, "half a note"));
    server.exclude(&agent);
    // Any change to people has connections look at what they may see.
    server.person("Zoe", Role::Agent).await;
    assert_eq!(told(&mut mia).await, one(true, ""));
    let (id, is_note, text) = (mia.id(), true, "more of it".to_owned());
    mia.say(&AgentCommand::KeepDraft { id, conversation, is_note, text }).await;
    assert_eq!(mia.refusal(id).await, RefusalCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_survive_the_server_and_are_no_longer_than_messages() {
    let mut server = Server::start().await;
    let agent = server.agent("Mia").await;
    let conversation = Raw::visitor(&server, &new_token()).await.starts(&["hello"]).await;
    let mut mia = Raw::agent(&server, &agent).await;
    let longest = "x".repeat(TEXT_BYTES_MAX);
    keeps(&mut mia, conversation, false, &longest).await;
    let (id, is_note) = (mia.id(), false);
    let text = "x".repeat(TEXT_BYTES_MAX + 1);
    mia.say(&AgentCommand::KeepDraft { id, conversation, is_note, text }).await;
    assert_eq!(mia.refusal(id).await, RefusalCode::TooLong);
    server.kill();
    server.run().await;
    let mut mia = Raw::agent(&server, &agent).await;
    assert_eq!(follows(&mut mia).await, [(false, longest)]);
}
