//! The server goes away on purpose, and clients that do not read.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Draft, Seq};
use deskbell_shared::protocol::{CloseCode, Command, Frame, Position};
use deskbell_shared::session::Input;

use crate::support::raw::draft;
use crate::support::server::new_token;
use crate::support::{Heard, Person, Raw, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_finishes_what_is_in_hand_and_sends_everybody_home() {
    let mut server = Server::start().await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hi"]).await;
    let mut idle = Raw::visitor(&server, &new_token()).await;
    server.ask_to_go();
    visitor.say(&Command::Send { id: 9, conversation, messages: vec![draft("just in time")] }).await;
    let goodbye = |heard| match heard {
        Heard::Frame(Frame::Goodbye { reconnect_within_ms }) => Some(reconnect_within_ms),
        _ => None,
    };
    idle.until("goodbye", goodbye).await;
    assert_eq!(idle.closed().await, CloseCode::GoingAway.code());
    // The message was either taken and acknowledged, or not taken at all: the client sends it again either way.
    let mut acknowledged = false;
    let code = loop {
        match visitor.next().await {
            Ok(Heard::Frame(Frame::Acked { id: 9, acks, .. })) => acknowledged = acks.len() == 1,
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(code, CloseCode::GoingAway.code());
    server.gone().await;
    server.run().await;
    let mut back = Raw::visitor(&server, &token).await;
    let rows = back.transcript(conversation).await;
    assert!(!acknowledged || rows.len() == 2, "acknowledged and gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_do_not_notice_a_restart() {
    let mut server = Server::start().await;
    let mia = server.agent("Mia").await;
    let visitor = Person::visitor(&server, "the visitor");
    let agent = Person::agent(&server, "Mia", &mia);
    visitor.says("0").await;
    let conversation = visitor.conversation().await;
    agent.takes(conversation).await;
    for round in 1..=3 {
        visitor.writes(Some(conversation), &format!("{round} before"));
        server.ask_to_go();
        agent.writes(Some(conversation), &format!("{round} meanwhile"));
        server.gone().await;
        server.run().await;
        for person in [&visitor, &agent] {
            person.does(Input::Wake);
            person.sees(&format!("{round} before")).await;
            person.sees(&format!("{round} meanwhile")).await;
        }
    }
    assert_eq!(visitor.texts(conversation).len(), 7);
    assert_eq!(visitor.texts(conversation), agent.texts(conversation));
}

/// R26: what did not fit the queue is read from the store, in order, when the client reads again; nobody waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_holds_up_nobody_and_misses_nothing() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.claims(conversation).await;
    let mut sleeper = Raw::agent(&server, &mia).await;
    let position = Position { conversation, epoch: None, after: Seq(0) };
    sleeper.say(&Command::Watch { id: 1, position }).await;
    sleeper.reply(1).await;
    // More than the socket's buffers and the queue hold; nothing of it is read meanwhile.
    let text = "x".repeat(4000);
    let mut count = 0;
    for id in 100..140 {
        let messages: Vec<Draft> = (0..12).map(|_| draft(&text)).collect();
        loop {
            agent.say(&Command::Send { id, conversation, messages: messages.clone() }).await;
            match agent.reply(id).await {
                Heard::Frame(Frame::Acked { acks, refused: None, .. }) => {
                    count += acks.len();
                    break;
                }
                // Faster than an agent may: the same again.
                Heard::Frame(Frame::Acked { refused: Some(_), .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let mut last = Seq(0);
    let mut seen = 0;
    while seen < count {
        let entry = sleeper
            .until("a row", |heard| match heard {
                Heard::Frame(Frame::Entry { entry, .. }) => Some(entry),
                _ => None,
            })
            .await;
        assert!(last == Seq(0) || entry.seq == last.next(), "a gap after {last:?}: {:?}", entry.seq);
        last = entry.seq;
        seen += usize::from(entry.body.to_text().len() > text.len());
    }
}
