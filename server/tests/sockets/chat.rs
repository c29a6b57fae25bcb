//! A chat and what may happen to it.

use crate::support::{Person, Server};

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
