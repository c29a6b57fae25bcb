//! The server goes away on purpose.

use deskbell_shared::protocol::{CloseCode, Command, Frame};
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
