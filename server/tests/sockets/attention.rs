//! Who is at a conversation: colleagues who follow it see who looks and who writes, and nobody else does.

use deskbell_shared::model::{ConversationId, Seq};
use deskbell_shared::protocol::{AgentCommand, Attention, Command, DeskFrame, Frame, Position, RefusalCode};

use crate::support::server::new_token;
use crate::support::{Heard, Raw, Server};

async fn attends(agent: &mut Raw, id: u32, conversation: ConversationId, attention: Option<Attention>) {
    agent.say(&AgentCommand::Attend { id, conversation, attention }).await;
    agent.reply(id).await;
}

/// Waits for the next that is told of who is there: names, with what they do.
async fn told(agent: &mut Raw, of: ConversationId) -> Vec<(String, Attention)> {
    agent
        .until("who is there", |heard| match heard {
            Heard::Desk(DeskFrame::Attended { conversation, agents }) if conversation == of => {
                Some(agents.into_iter().map(|one| (one.agent.name, one.attention)).collect())
            }
            _ => None,
        })
        .await
}

fn names(of: &[(&str, Attention)]) -> Vec<(String, Attention)> {
    of.iter().map(|(name, attention)| ((*name).to_owned(), *attention)).collect()
}

async fn follows(agent: &mut Raw, id: u32, conversation: ConversationId) {
    agent.say(&Command::Watch { id, position: Position { conversation, epoch: None, after: Seq(0) } }).await;
    agent.reply(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_see_who_looks_and_who_writes() {
    use Attention::{Looking, Writing};
    let server = Server::start().await;
    let (mia, bo) = (server.agent("Mia").await, server.agent("Bo").await);
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let (mut mia, mut bo) = (Raw::agent(&server, &mia).await, Raw::agent(&server, &bo).await);

    // Of what one does not follow nothing is said.
    mia.say(&AgentCommand::Attend { id: 1, conversation, attention: Some(Looking) }).await;
    assert_eq!(mia.refusal(1).await, RefusalCode::NotFound);

    follows(&mut mia, 2, conversation).await;
    follows(&mut bo, 2, conversation).await;
    attends(&mut mia, 3, conversation, Some(Looking)).await;
    assert_eq!(told(&mut bo, conversation).await, names(&[("Mia", Looking)]));
    attends(&mut bo, 3, conversation, Some(Looking)).await;
    assert_eq!(told(&mut bo, conversation).await, names(&[("Mia", Looking), ("Bo", Looking)]));
    attends(&mut mia, 4, conversation, Some(Writing)).await;
    assert_eq!(told(&mut bo, conversation).await, names(&[("Mia", Writing), ("Bo", Looking)]));

    // Whoever turns to another conversation has left this one.
    let other = Raw::visitor(&server, &new_token()).await.starts(&["hello"]).await;
    follows(&mut mia, 5, other).await;
    attends(&mut mia, 6, other, Some(Looking)).await;
    assert_eq!(told(&mut bo, conversation).await, names(&[("Bo", Looking)]));

    // And so has whoever does not follow it any more, or is gone.
    attends(&mut mia, 7, conversation, Some(Looking)).await;
    assert_eq!(told(&mut bo, conversation).await.len(), 2);
    mia.say(&Command::Unwatch { id: 8, conversation }).await;
    assert_eq!(told(&mut bo, conversation).await, names(&[("Bo", Looking)]));
    follows(&mut mia, 9, conversation).await;
    attends(&mut mia, 10, conversation, Some(Writing)).await;
    assert_eq!(told(&mut bo, conversation).await.len(), 2);
    drop(mia);
    assert_eq!(told(&mut bo, conversation).await, names(&[("Bo", Looking)]));
    attends(&mut bo, 11, conversation, None).await;
    assert_eq!(told(&mut bo, conversation).await, []);

    // None of it was for the visitor.
    visitor.say(&Command::Typing { conversation, on: false }).await;
    visitor.say(&Command::Resolve { id: 9, conversation }).await;
    visitor
        .until("the end", |heard| match heard {
            Heard::Desk(frame) => panic!("a visitor was told {frame:?}"),
            Heard::Frame(Frame::Done { id: 9, .. }) => Some(()),
            _ => None,
        })
        .await;
}

/// On two screens at once they are one, and write if they write on either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_on_two_screens_is_one() {
    use Attention::{Looking, Writing};
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let conversation = Raw::visitor(&server, &new_token()).await.starts(&["hi"]).await;
    let (mut here, mut there) = (Raw::agent(&server, &mia).await, Raw::agent(&server, &mia).await);
    follows(&mut here, 1, conversation).await;
    follows(&mut there, 1, conversation).await;
    attends(&mut here, 2, conversation, Some(Writing)).await;
    assert_eq!(told(&mut there, conversation).await, names(&[("Mia", Writing)]));
    attends(&mut there, 2, conversation, Some(Looking)).await;
    assert_eq!(told(&mut there, conversation).await, names(&[("Mia", Writing)]));
    attends(&mut here, 3, conversation, None).await;
    assert_eq!(told(&mut there, conversation).await, names(&[("Mia", Looking)]));
}
