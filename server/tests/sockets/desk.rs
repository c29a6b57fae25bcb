//! Waiting and being taken: what a desk does for people, as both sides hear of it.

use deskbell_shared::model::{Author, Availability, ConversationId, Entry, EntryBody};
use deskbell_shared::protocol::{AgentCommand, ColleagueView, DeskFrame, Frame, RefusalCode, WaitView};

use crate::support::server::{Program, new_token};
use crate::support::{Heard, Raw, Server};

/// The place a visitor is told, and how long it takes.
async fn place(visitor: &mut Raw) -> (u32, Option<WaitView>) {
    visitor
        .until("a place in the queue", |heard| match heard {
            Heard::Frame(Frame::Queue { position, wait, .. }) => Some((position, wait)),
            _ => None,
        })
        .await
}

/// The row that gives a conversation to somebody.
async fn given(visitor: &mut Raw) -> (Author, String) {
    visitor
        .until("the row that gives it to somebody", |heard| match heard {
            Heard::Frame(Frame::Entry {
                entry: Entry { author, body: EntryBody::Assigned { to, .. }, .. },
                ..
            }) => Some((author, to.name)),
            _ => None,
        })
        .await
}

fn colleague(heard: Heard, name: &str) -> Option<ColleagueView> {
    let Heard::Desk(DeskFrame::Desk { colleagues, .. }) = heard else { return None };
    colleagues.into_iter().find(|colleague| colleague.agent.name == name)
}

async fn resolves(agent: &mut Raw, conversation: ConversationId) {
    let id = agent.id();
    agent.say(&deskbell_shared::protocol::Command::Resolve { id, conversation }).await;
    let reply = agent.reply(id).await;
    assert!(matches!(reply, Heard::Frame(Frame::Done { .. })), "{reply:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_and_being_taken() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.chooses(Availability::Available, Some(1)).await;
    let mut first = Raw::visitor(&server, &new_token()).await;
    let conversation = first.starts(&["hi"]).await;
    assert_eq!(given(&mut first).await, (Author::System {}, "Mia".to_owned()));
    // Mia takes one at a time.
    let (mut second, mut third) =
        (Raw::visitor(&server, &new_token()).await, Raw::visitor(&server, &new_token()).await);
    second.starts(&["me too"]).await;
    let (position, wait) = place(&mut second).await;
    assert_eq!(position, 1);
    let wait = wait.expect("one agent serves");
    assert!(wait.earliest_at < wait.latest_at, "{wait:?}");
    third.starts(&["and me"]).await;
    assert_eq!(place(&mut third).await.0, 2);
    agent
        .until("who waits", |heard| match heard {
            Heard::Desk(DeskFrame::Desk { queue, .. }) => {
                (queue.waiting == 2 && queue.oldest_at.is_some()).then_some(())
            }
            _ => None,
        })
        .await;
    resolves(&mut agent, conversation).await;
    assert_eq!(given(&mut second).await.1, "Mia");
    assert_eq!(place(&mut third).await.0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_with_a_note_that_only_staff_read() {
    let server = Server::start().await;
    let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
    let mut first = Raw::agent(&server, &mia).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    assert_eq!(given(&mut visitor).await.1, "Mia");
    let mut pass = async |to: AgentCommand, id: u32| {
        first.say(&to).await;
        first.reply(id).await
    };
    let to = |id, agent| AgentCommand::Transfer {
        id,
        conversation,
        version: 1,
        agent,
        inbox: None,
        note: Some(" knows the order ".to_owned()),
    };
    let refused = pass(to(501, Some(noah.id)), 501).await;
    assert!(
        matches!(refused, Heard::Frame(Frame::Refused { code: RefusalCode::Offline, .. })),
        "{refused:?}"
    );
    let refused = pass(to(502, None), 502).await;
    assert!(matches!(refused, Heard::Frame(Frame::Refused { code: RefusalCode::Malformed, .. })));
    let mut second = Raw::agent(&server, &noah).await;
    second.until("Noah at work", |heard| colleague(heard, "Noah").filter(|noah| noah.online)).await;
    let done = pass(to(503, Some(noah.id)), 503).await;
    assert!(matches!(done, Heard::Frame(Frame::Done { .. })), "{done:?}");
    let (by, to) = given(&mut visitor).await;
    assert!(matches!(by, Author::Agent { agent } if agent.id == mia.id));
    assert_eq!(to, "Noah");
    let kinds = |rows: Vec<Entry>| rows.iter().map(|row| row.body.tag()).collect::<Vec<_>>().join(" ");
    let staff = second.transcript(conversation).await;
    assert!(matches!(&staff[2].body, EntryBody::Note { text, .. } if text == "knows the order"));
    assert_eq!(kinds(staff), "message assigned note assigned");
    assert_eq!(kinds(visitor.transcript(conversation).await), "message assigned assigned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_given_more_than_they_want() {
    let server = Server::start().await;
    let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
    let (mut first, mut second) = (Raw::agent(&server, &mia).await, Raw::agent(&server, &noah).await);
    first.chooses(Availability::Away, None).await;
    second.chooses(Availability::Busy, Some(1)).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    // Nobody is given anything: how long it takes cannot be said.
    assert_eq!(place(&mut visitor).await, (1, None));
    first.say(&AgentCommand::Claim { id: 501, conversation, version: 0 }).await;
    assert_eq!(first.refusal(501).await, RefusalCode::Away);
    second.claims(conversation).await;
    let mut other = Raw::visitor(&server, &new_token()).await;
    let conversation = other.starts(&["hi"]).await;
    second.say(&AgentCommand::Claim { id: 502, conversation, version: 0 }).await;
    assert_eq!(second.refusal(502).await, RefusalCode::Full);
    first.chooses(Availability::Available, None).await;
    assert_eq!(given(&mut other).await.1, "Mia");
}

/// Who waits when the server is killed.
const WAITING: u32 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_among_hundreds_who_wait_changes_nobodys_place() {
    let mut server = Server::start_with(Program::tireless()).await;
    let mut waiting = Vec::new();
    for position in 1..=WAITING {
        let token = new_token();
        let mut visitor = Raw::visitor(&server, &token).await;
        visitor.starts(&["hi"]).await;
        assert_eq!(place(&mut visitor).await.0, position);
        waiting.push((token, position, visitor));
    }
    server.kill();
    server.run().await;
    // They come back in another order than they came.
    waiting.sort_by_key(|(_, position, _)| position * 131 % WAITING);
    for (token, position, _) in waiting {
        let mut visitor = Raw::visitor(&server, &token).await;
        assert_eq!(place(&mut visitor).await.0, position);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_changes_nobodys_place() {
    let mut server = Server::start().await;
    let tokens = [new_token(), new_token()];
    for token in &tokens {
        Raw::visitor(&server, token).await.starts(&["hi"]).await;
    }
    server.kill();
    server.run().await;
    // In the other order.
    for (token, position) in tokens.iter().zip([1, 2]).rev() {
        let mut visitor = Raw::visitor(&server, token).await;
        assert_eq!(place(&mut visitor).await.0, position);
    }
}
