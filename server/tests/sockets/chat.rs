//! A chat and what may happen to it.

use std::time::Duration;

use deskbell_shared::model::{Author, Availability, Cmid, ConversationId, EntryBody, Seq};
use deskbell_shared::protocol::{Command, Frame, Position, RefusalCode};
use deskbell_shared::session::{Input, Mark};

use crate::support::raw::draft;
use crate::support::server::new_token;
use crate::support::{Heard, Person, Raw, Server, now, random};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_goes_both_ways() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    let agent = Person::agent(&server, "Mia", &mia);
    visitor.says("hi").await;
    let conversation = visitor.conversation().await;
    agent.takes(conversation).await;
    agent.sees("hi").await;
    agent.says("hello, how can I help?").await;
    visitor.sees("hello, how can I help?").await;
    visitor.says("where is my parcel?").await;
    agent.sees("where is my parcel?").await;
    assert_eq!(visitor.texts(conversation), agent.texts(conversation));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_the_server_is_away_arrives_once() {
    let mut server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    let agent = Person::agent(&server, "Mia", &mia);
    visitor.says("one").await;
    let conversation = visitor.conversation().await;
    agent.takes(conversation).await;
    server.kill();
    visitor.writes(Some(conversation), "two");
    agent.writes(Some(conversation), "zwei");
    server.run().await;
    for person in [&visitor, &agent] {
        person.does(Input::Wake);
        person.sees("two").await;
        person.sees("zwei").await;
    }
    visitor.has_sent_everything().await;
    let texts = visitor.texts(conversation);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(texts, agent.texts(conversation));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_keeps_the_conversation_and_what_was_not_sent() {
    let mut server = Server::start().await;
    let visitor = Person::visitor(&server, "the visitor");
    visitor.says("before").await;
    let conversation = visitor.conversation().await;
    server.kill();
    visitor.writes(Some(conversation), "typed on the train");
    visitor.until("has the draft", |session| (!session.drafts(conversation).is_empty()).then_some(())).await;
    let visitor = visitor.reloads(&server);
    server.run().await;
    visitor.does(Input::Wake);
    visitor.sees("typed on the train").await;
    assert_eq!(visitor.texts(conversation), ["before", "typed on the train"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_message_sent_from_two_tabs_at_once_is_one_message() {
    let server = Server::start().await;
    let token = new_token();
    let (mut tab, mut other) = (Raw::visitor(&server, &token).await, Raw::visitor(&server, &token).await);
    let conversation = ConversationId::from_parts(now(), random());
    let start = Command::start(1, conversation, vec![draft("hi"), draft("anybody there?")]);
    tokio::join!(tab.say(&start), other.say(&start));
    let acks = [acks_of(tab.reply(1).await), acks_of(other.reply(1).await)];
    assert_eq!(acks[0], acks[1]);
    assert_eq!(acks[0].iter().map(|(_, seq)| seq.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(tab.transcript(conversation).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cmid_stands_for_one_text_for_ever() {
    let mut server = Server::start().await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hi"]).await;
    let message = draft("once");
    let send = |id, message| Command::Send { id, conversation, messages: vec![message] };
    visitor.say(&send(10, message.clone())).await;
    let first = acks_of(visitor.reply(10).await);
    // Also after a restart: it is a key in the store, not a memory of the process.
    server.kill();
    server.run().await;
    let mut visitor = Raw::visitor(&server, &token).await;
    visitor.say(&send(11, message.clone())).await;
    assert_eq!(acks_of(visitor.reply(11).await), first);
    let mut other = draft("another text");
    other.cmid = message.cmid;
    visitor.say(&send(12, other)).await;
    match visitor.reply(12).await {
        Heard::Frame(Frame::Acked { acks, refused: Some(refused), .. }) => {
            assert!(acks.is_empty());
            assert_eq!((refused.cmid, refused.code), (message.cmid, RefusalCode::CmidReused));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(visitor.transcript(conversation).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_has_one_open_conversation() {
    let server = Server::start().await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let id = visitor.id();
    let other = ConversationId::from_parts(now(), random());
    let start = Command::start(id, other, vec![draft("again")]);
    visitor.say(&start).await;
    match visitor.reply(id).await {
        Heard::Frame(Frame::Refused { code, conversation: named, .. }) => {
            assert_eq!((code, named), (RefusalCode::AlreadyOpen, Some(conversation)));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_see_one_order_without_gaps() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    let agent = Person::agent(&server, "Mia", &mia);
    visitor.says("v0").await;
    let conversation = visitor.conversation().await;
    agent.takes(conversation).await;
    for n in 1..8 {
        visitor.writes(Some(conversation), &format!("v{n}"));
        agent.writes(Some(conversation), &format!("a{n}"));
    }
    visitor.has_sent_everything().await;
    agent.has_sent_everything().await;
    for person in [&visitor, &agent] {
        person.sees("v7").await;
        person.sees("a7").await;
    }
    let texts = visitor.texts(conversation);
    assert_eq!(texts, agent.texts(conversation));
    for author in ["v", "a"] {
        let own: Vec<_> = texts.iter().filter(|text| text.starts_with(author)).collect();
        assert!(own.is_sorted(), "{own:?}");
    }
    let mut fresh = Raw::agent(&server, &mia).await;
    let rows = fresh.transcript(conversation).await;
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == Seq(seq)), "dense from one");
}

/// Connected is not there: who has set themselves away answers nobody, and visitors are told at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_is_not_said_to_be_there() {
    let server = Server::start().await;
    let owner = server.owner().clone();
    let mut agent = Raw::agent(&server, &owner).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    visitor.starts(&["hi"]).await;
    for (availability, is_there) in
        [(Availability::Away, false), (Availability::Busy, true), (Availability::Away, false)]
    {
        agent.chooses(availability, None).await;
        visitor
            .until("who is there now", |heard| match heard {
                Heard::Frame(Frame::ServiceChanged { service, .. }) => {
                    (service.online == is_there && service.agents.is_empty() != is_there).then_some(())
                }
                _ => None,
            })
            .await;
    }
}

/// One who writes many short messages has a typing sign before each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_fast_is_not_put_out() {
    let server = Server::start().await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    for _ in 0..45 {
        visitor.say(&Command::Typing { conversation, on: true }).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    visitor.say(&Command::Send { id: 9, conversation, messages: vec![draft("still here")] }).await;
    visitor.reply(9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_typing_and_presence_reach_the_other_side() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    visitor.says("hi").await;
    let conversation = visitor.conversation().await;
    let agent = Person::agent(&server, "Mia", &mia);
    visitor
        .until("is told that Mia is there", |session| {
            let service = session.service()?;
            (service.online && service.agents.iter().any(|agent| agent.name == "Mia")).then_some(())
        })
        .await;
    agent.takes(conversation).await;
    agent
        .until("is shown the visitor online", |_| {
            agent.lists().iter().any(|summary| summary.visitor.online).then_some(())
        })
        .await;
    agent.says("hello").await;
    visitor.sees("hello").await;
    agent
        .until("knows that it was received", |session| {
            let c = session.conversation(conversation)?;
            (session.mark(c, c.rows().last()?)? >= Mark::Received).then_some(())
        })
        .await;
    let read = visitor
        .until("reads", |session| {
            session.conversation(conversation).and_then(|c| c.rows().last().map(|row| row.seq))
        })
        .await;
    visitor.does(Input::Seen { conversation, read });
    agent
        .until("knows that it was read", |session| {
            let c = session.conversation(conversation)?;
            (session.mark(c, c.rows().last()?)? == Mark::Read).then_some(())
        })
        .await;
    visitor.does(Input::Typing { conversation, on: true });
    agent
        .until("sees the visitor type", |session| {
            let c = session.conversation(conversation)?;
            session.typists(c).any(|typist| typist.is_none()).then_some(())
        })
        .await;
    agent.does(Input::Typing { conversation, on: true });
    visitor
        .until("sees Mia type", |session| {
            let c = session.conversation(conversation)?;
            session.typists(c).any(|typist| typist.is_some_and(|agent| agent.name == "Mia")).then_some(())
        })
        .await;
    drop(visitor);
    // After the grace of twenty seconds.
    agent
        .until("is shown that the visitor went", |_| {
            agent.lists().iter().all(|summary| !summary.visitor.online).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resolved_conversation_comes_back_when_somebody_writes() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    let agent = Person::agent(&server, "Mia", &mia);
    visitor.says("hi").await;
    let conversation = visitor.conversation().await;
    agent.takes(conversation).await;
    agent.does(Input::Resolve { conversation });
    visitor
        .until("sees it resolved", |session| {
            let rows = session.conversation(conversation)?.rows();
            matches!(rows.last()?.body, EntryBody::Resolved { .. }).then_some(())
        })
        .await;
    visitor.writes(Some(conversation), "one more thing");
    agent.sees("one more thing").await;
    // Mia is there, so the desk gives it to her again.
    let kinds = agent
        .until("is given it again", |session| {
            let rows = session.conversation(conversation)?.rows();
            let kinds: Vec<&str> = rows.iter().map(|row| row.body.tag()).collect();
            let after = kinds.iter().position(|kind| *kind == "reopened")?;
            kinds[after..].contains(&"assigned").then(|| kinds.join(" "))
        })
        .await;
    assert_eq!(kinds, "message assigned resolved reopened message assigned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_first_of_two_agents_gets_a_conversation() {
    let server = Server::start().await;
    let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
    let (mut first, mut second) = (Raw::agent(&server, &mia).await, Raw::agent(&server, &noah).await);
    // They choose what they take.
    first.chooses(Availability::Busy, None).await;
    second.chooses(Availability::Busy, None).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let claim = deskbell_shared::protocol::AgentCommand::Claim { id: 1, conversation, version: 0 };
    tokio::join!(first.say(&claim), second.say(&claim));
    let replies = [first.reply(1).await, second.reply(1).await];
    let done = replies.iter().filter(|reply| matches!(reply, Heard::Frame(Frame::Done { .. }))).count();
    let conflict =
        |reply: &&Heard| matches!(reply, Heard::Frame(Frame::Refused { code: RefusalCode::Conflict, .. }));
    assert_eq!((done, replies.iter().filter(conflict).count()), (1, 1), "{replies:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_comes_back_gets_the_rows_after_their_place() {
    let server = Server::start().await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["one", "two", "three"]).await;
    let epoch = visitor
        .until("a row", |heard| match heard {
            Heard::Frame(Frame::Entry { epoch, .. }) => Some(epoch),
            _ => None,
        })
        .await;
    let resume = vec![Position { conversation, epoch: Some(epoch), after: Seq(1) }];
    let mut back = Raw::visitor_at(&server, &token, resume).await;
    let rows = back.page().await;
    assert_eq!(rows.iter().map(|row| row.seq.0).collect::<Vec<_>>(), [2, 3]);
    assert!(rows.iter().all(|row| row.author == Author::Visitor {}));
    // A place in another lineage means nothing here.
    let elsewhere = deskbell_shared::model::Epoch(epoch.0 ^ 1);
    let resume = vec![Position { conversation, epoch: Some(elsewhere), after: Seq(2) }];
    let mut back = Raw::visitor_at(&server, &token, resume).await;
    assert_eq!(back.page().await.len(), 3);
}

fn acks_of(heard: Heard) -> Vec<(Cmid, Seq)> {
    match heard {
        Heard::Frame(Frame::Acked { acks, refused: None, .. }) => {
            acks.into_iter().map(|ack| (ack.cmid, ack.seq)).collect()
        }
        other => panic!("not acknowledged: {other:?}"),
    }
}
