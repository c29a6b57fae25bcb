//! How staff files conversations never reaches a visitor: not in a frame, on no page, in nothing they keep. And who may
//! not see a conversation does not file it.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    ConversationId, Entry, EntryBody, Filed, InboxId, InboxOutcomes, OutcomeId, Priority, Seq, TagColour,
    TagId, TagView,
};
use deskbell_shared::protocol::api::{
    ConversationCard, FilingView, OutcomeEdit, OutcomesEdit, TagEdit, TranscriptRequest,
};
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame, RefusalCode};

use crate::support::http::{Request, get, own_page, post, send};
use crate::support::raw::draft;
use crate::support::server::new_token;
use crate::support::{Heard, Raw, Server};

/// Stands in names of tags and outcomes only.
const CANARY: &str = "canary-5b1e";

async fn makes_tag(server: &Server, name: &str) -> TagView {
    let tag = TagEdit { name: name.to_owned(), colour: TagColour::Green, is_archived: false };
    post(server.port(), "/api/tags", Some(&server.owner().cookie), &tag).await.read()
}

async fn asks(server: &Server, inbox: InboxId, names: &[&str], is_required: bool) -> InboxOutcomes {
    let outcomes = names.iter().map(|name| OutcomeEdit { id: None, name: (*name).to_owned() }).collect();
    let path = format!("/api/inboxes/{inbox}/outcomes");
    let asked = OutcomesEdit { outcomes, is_required };
    post(server.port(), &path, Some(&server.owner().cookie), &asked).await.read()
}

async fn tags(raw: &mut Raw, conversation: ConversationId, tag: TagId, on: bool) -> Heard {
    let id = raw.id();
    raw.say(&AgentCommand::Tag { id, conversation, tag, on }).await;
    raw.reply(id).await
}

async fn wraps_up(raw: &mut Raw, conversation: ConversationId, outcome: Option<OutcomeId>) -> Heard {
    let id = raw.id();
    raw.say(&AgentCommand::WrapUp { id, conversation, outcome }).await;
    raw.reply(id).await
}

fn assert_done(heard: &Heard) {
    assert!(matches!(heard, Heard::Frame(Frame::Done { .. })), "{heard:?}");
}

/// The inbox of a conversation.
async fn inbox_of(raw: &mut Raw, conversation: ConversationId) -> InboxId {
    let id = raw.id();
    raw.say(&Command::Sync { id, conversation, after: Some(Seq(0)), before: None }).await;
    match raw.reply(id).await {
        Heard::Frame(Frame::Page { conversation, .. }) => conversation.inbox,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_that_a_visitor_gets_says_how_they_are_filed() {
    let server = Server::start().await;
    let (agent, token) = (server.agent("Mia").await, new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello"]).await;
    let mut mia = Raw::agent(&server, &agent).await;
    mia.claims(conversation).await;
    let inbox = inbox_of(&mut mia, conversation).await;
    let tag = makes_tag(&server, &format!("{CANARY} tag")).await;
    let asked = asks(&server, inbox, &[&format!("{CANARY} end")], true).await;
    let mut ben = Raw::agent_with_lists(&server, &server.agent("Ben").await).await;

    assert_done(&tags(&mut mia, conversation, tag.id, true).await);
    let id = mia.id();
    mia.say(&AgentCommand::SetPriority { id, conversation, priority: Priority::Urgent }).await;
    assert_done(&mia.reply(id).await);
    // What an older desk says where an outcome is wanted is refused and says why.
    let id = mia.id();
    mia.say(&Command::Resolve { id, conversation }).await;
    assert_eq!(mia.refusal(id).await, RefusalCode::OutcomeNeeded);
    assert_done(&wraps_up(&mut mia, conversation, Some(asked.outcomes[0].id)).await);
    let summary = ben
        .until("how it is filed", |heard| match heard {
            Heard::Desk(DeskFrame::ConversationChanged { summary, .. }) => {
                summary.filed.clone().filter(|filed| filed.outcome.is_some())
            }
            _ => None,
        })
        .await;
    let outcome = Some(asked.outcomes[0].name.clone());
    assert_eq!(summary, Filed { tags: vec![tag], priority: Priority::Urgent, outcome });

    // The visitor goes on writing: their count has no gap, and nothing they get says any of it.
    let id = visitor.id();
    visitor.say(&Command::Send { id, conversation, messages: vec![draft("one more thing")] }).await;
    let mut texts = Vec::new();
    loop {
        let text = visitor.next_text().await.expect("a frame");
        let is_end = matches!(Frame::from_text(&text), Ok(Frame::Acked { id: reply, .. }) if reply == id);
        texts.push(text);
        if is_end {
            break;
        }
    }
    let id = visitor.id();
    visitor.say(&Command::Sync { id, conversation, after: Some(Seq(0)), before: None }).await;
    loop {
        let text = visitor.next_text().await.expect("a frame");
        let is_end =
            matches!(Frame::from_text(&text), Ok(Frame::Page { id: Some(reply), .. }) if reply == id);
        texts.push(text);
        if is_end {
            break;
        }
    }
    let seqs: Vec<u64> = visitor.transcript(conversation).await.iter().map(|row| row.seq.0).collect();
    // Hello, given, resolved, opened again, one more thing; by now it may be given to somebody again.
    let all: Vec<u64> = (1..=seqs.len() as u64).collect();
    assert!(seqs == all && seqs.len() >= 5, "{seqs:?}");
    // The form without scripts, and what a visitor takes away.
    let headers = || {
        let mut headers = own_page(server.port(), None);
        headers.push(("cookie", format!("__Host-deskbell_visitor_{}={token}", server.port())));
        headers
    };
    let path = format!("/w/{}/plain", server.site_key());
    let plain = Request { method: "GET", path: &path, headers: headers(), body: String::new() };
    texts.push(send(server.port(), plain).await.body);
    let path = format!("/w/{}/transcript", server.site_key());
    let body = TranscriptRequest { conversation }.to_text();
    let kept = Request { method: "POST", path: &path, headers: headers(), body };
    let kept = send(server.port(), kept).await;
    assert!(kept.status == 200 && kept.body.contains("one more thing"), "{} {}", kept.status, kept.body);
    texts.push(kept.body);
    for text in &texts {
        for telling in [CANARY, "urgent", "\"filed\"", "\"filing\"", "outcome"] {
            assert!(!text.contains(telling), "{telling} reached the visitor: {text}");
        }
    }
    // What staff takes away is for the visitor's eyes, too.
    let path = format!("/api/conversations/{conversation}/transcript");
    let taken = get(server.port(), &path, Some(&agent.cookie)).await;
    assert!(taken.status == 200 && !taken.body.contains(CANARY), "{}", taken.body);
    let rows = mia.transcript(conversation).await;
    let is_filed = |row: &&Entry| matches!(row.body, EntryBody::Filed { .. });
    assert_eq!(rows.iter().filter(is_filed).count(), 3, "staff reads all of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_see_it_does_not_file_it() {
    let server = Server::start().await;
    let (agent, token) = (server.agent("Mia").await, new_token());
    let conversation = Raw::visitor(&server, &token).await.starts(&["hello"]).await;
    let mut mia = Raw::agent(&server, &agent).await;
    let inbox = inbox_of(&mut mia, conversation).await;
    let tag = makes_tag(&server, "billing").await;
    let asked = asks(&server, inbox, &["bug"], false).await;
    let outsider = server.agent("Oscar").await;
    server.exclude(&outsider);
    let mut oscar = Raw::agent(&server, &outsider).await;
    let id = oscar.id();
    oscar.say(&AgentCommand::Tag { id, conversation, tag: tag.id, on: true }).await;
    assert_eq!(oscar.refusal(id).await, RefusalCode::NotFound);
    let id = oscar.id();
    oscar.say(&AgentCommand::SetPriority { id, conversation, priority: Priority::High }).await;
    assert_eq!(oscar.refusal(id).await, RefusalCode::NotFound);
    let id = oscar.id();
    oscar.say(&AgentCommand::WrapUp { id, conversation, outcome: Some(asked.outcomes[0].id) }).await;
    assert_eq!(oscar.refusal(id).await, RefusalCode::NotFound);
    // Tags are everybody's, what an inbox asks is for whoever sees it.
    let theirs: FilingView = get(server.port(), "/api/filing", Some(&outsider.cookie)).await.read();
    assert_eq!((theirs.tags.len(), theirs.inboxes.len()), (1, 0));
    let hers: FilingView = get(server.port(), "/api/filing", Some(&agent.cookie)).await.read();
    assert_eq!(hers.inboxes, [asked]);
    assert!(
        mia.transcript(conversation).await.iter().all(|row| !matches!(row.body, EntryBody::Filed { .. }))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_they_are_filed_survives_the_server() {
    let mut server = Server::start().await;
    let (agent, token) = (server.agent("Mia").await, new_token());
    let conversation = Raw::visitor(&server, &token).await.starts(&["hello"]).await;
    let tag = makes_tag(&server, "billing").await;
    let mut mia = Raw::agent(&server, &agent).await;
    assert_done(&tags(&mut mia, conversation, tag.id, true).await);
    server.kill();
    server.run().await;
    let path = format!("/api/conversations/{conversation}");
    let card: ConversationCard = get(server.port(), &path, Some(&agent.cookie)).await.read();
    assert_eq!(card.summary.filed, Some(Filed { tags: vec![tag.clone()], ..Filed::NOTHING }));
    // The same again adds nothing, whoever says it, before or after.
    let mut mia = Raw::agent(&server, &agent).await;
    let before = mia.transcript(conversation).await.len();
    assert_done(&tags(&mut mia, conversation, tag.id, true).await);
    assert_eq!(mia.transcript(conversation).await.len(), before);
    // Agents choose from the list, owners make it.
    let edit = TagEdit { name: "mine".to_owned(), colour: TagColour::Red, is_archived: false };
    assert_eq!(post(server.port(), "/api/tags", Some(&agent.cookie), &edit).await.status, 403);
    let again = TagEdit { name: "BILLING".to_owned(), ..edit };
    assert_eq!(post(server.port(), "/api/tags", Some(&server.owner().cookie), &again).await.status, 409);
}
