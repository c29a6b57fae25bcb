//! Somebody has another role from now on; and what nobody sees of light agents.

use deskbell_shared::model::{EntryBody, Role, Service};
use deskbell_shared::protocol::api::ProofRequest;
use deskbell_shared::protocol::{AgentCommand, CloseCode, DeskFrame, Frame, Me, RefusalCode};

use super::{CANARY, Office};
use crate::access::command;
use crate::support::http::{get, post};
use crate::support::server::{PASSWORD, agent_ticket, new_token};
use crate::support::{Heard, Raw};

/// S70: a role is looked up with whatever is done, and open connections come back with what they may do now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_another_role_has_it_at_once() {
    let office = Office::open(Role::Agent, true).await;
    let token = new_token();
    let mut visitor = Raw::visitor(&office.server, &token).await;
    let conversation = visitor.starts(&[CANARY]).await;
    let mut pat = Raw::agent(&office.server, &office.pat).await;
    pat.claims(conversation).await;
    assert_eq!(office.becomes(Role::LightAgent).await.status, 200);
    assert_eq!(pat.closed().await, CloseCode::TicketExpired.code());
    // The session goes on; it is another role's.
    let ticket = agent_ticket(office.server.port(), &office.pat.cookie).await.expect("a ticket");
    let mut pat = Raw::with_ticket(office.server.port(), ticket, Vec::new()).await;
    let role = pat
        .until("welcome", |heard| match heard {
            Heard::Frame(Frame::Welcome { me: Me::Agent { role, .. }, .. }) => Some(role),
            _ => None,
        })
        .await;
    assert_eq!(role, Role::LightAgent);
    let rows = pat.transcript(conversation).await;
    assert!(matches!(rows.last().map(|row| &row.body), Some(EntryBody::Requeued { .. })), "{rows:?}");
    for (tag, id) in [("send", 801), ("claim", 802), ("resolve", 803)] {
        pat.say_text(&command(tag, id, conversation)).await;
        assert_eq!(pat.refusal(id).await, RefusalCode::NotAllowed, "{tag}");
    }
    // And a ticket that was had before is one of what they were.
    let old = agent_ticket(office.server.port(), &office.pat.cookie).await.expect("a ticket");
    assert_eq!(office.becomes(Role::Supervisor).await.status, 200);
    let mut late = Raw::with_ticket(office.server.port(), old, Vec::new()).await;
    assert_eq!(late.closed().await, CloseCode::TicketExpired.code());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_given_by_an_owner_who_proves_it() {
    let office = Office::open(Role::Agent, true).await;
    let (port, owner) = (office.server.port(), office.server.owner());
    let path = |who: &str, role: &str| format!("/api/agents/{who}/role/{role}");
    let (pat, own) = (office.pat.id.to_hex(), owner.id.to_hex());
    let proof = |password: &str| ProofRequest { password: password.into(), code: None };
    let right = proof(PASSWORD);
    let to_owner = path(&pat, "owner");
    assert_eq!(post(port, &to_owner, Some(&owner.cookie), &proof("wrong horse")).await.status, 422);
    // Nobody gives one to themselves.
    assert_eq!(post(port, &to_owner, Some(&office.pat.cookie), &right).await.status, 403);
    // The last owner stays one, until there is another.
    let less = path(&own, "agent");
    let last = post(port, &less, Some(&owner.cookie), &right).await;
    assert_eq!((last.status, last.body.contains("the last owner stays")), (403, true), "{}", last.body);
    for nothing in [path(&"0".repeat(32), "agent"), path(&pat, "root")] {
        assert_eq!(post(port, &nothing, Some(&owner.cookie), &right).await.status, 404, "{nothing}");
    }
    assert_eq!(post(port, &to_owner, Some(&owner.cookie), &right).await.status, 200);
    assert_eq!(post(port, &less, Some(&owner.cookie), &right).await.status, 200);
    assert_eq!(get(port, "/api/sites", Some(&owner.cookie)).await.status, 403, "what they were is over");
    assert_eq!(get(port, "/api/sites", Some(&office.pat.cookie)).await.status, 200);
}

/// Visitors are told of nobody who may not answer them, and no desk gives them anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_light_agent_is_nobody_to_visitors() {
    let office = Office::open(Role::LightAgent, true).await;
    let mut pat = Raw::agent_with_lists(&office.server, &office.pat).await;
    let mut visitor = Raw::visitor(&office.server, &new_token()).await;
    let conversation = visitor.starts(&["is anybody there?"]).await;
    // They see the line, that its visitor is there, and the queue, in which they are no colleague.
    pat.until("the line", |heard| match heard {
        Heard::Desk(DeskFrame::ConversationChanged { summary, .. }) => {
            (summary.conversation.id == conversation && summary.visitor.online).then_some(())
        }
        _ => None,
    })
    .await;
    pat.until("the queue", |heard| match heard {
        Heard::Desk(DeskFrame::Desk { queue, colleagues, .. }) => {
            assert!(colleagues.iter().all(|colleague| colleague.agent.id != office.pat.id));
            (queue.waiting == 1).then_some(())
        }
        _ => None,
    })
    .await;
    let mut mia = Raw::agent(&office.server, &office.mia).await;
    let service = visitor
        .until("somebody is there", |heard| match heard {
            Heard::Frame(Frame::ServiceChanged { service, .. }) => Some(service),
            _ => None,
        })
        .await;
    let Service { online, agents, .. } = service;
    assert_eq!(
        (online, agents.iter().map(|agent| agent.id).collect::<Vec<_>>()),
        (true, vec![office.mia.id])
    );
    // Given to who is on duty, and to nobody else by anybody.
    mia.until("it is given to Mia", |heard| match heard {
        Heard::Desk(DeskFrame::Desk { colleagues, .. }) => {
            colleagues.iter().any(|one| one.agent.id == office.mia.id && one.load == 1).then_some(())
        }
        _ => None,
    })
    .await;
    let (agent, inbox, note) = (Some(office.pat.id), None, None);
    mia.say(&AgentCommand::Transfer { id: 7, conversation, version: 1, agent, inbox, note }).await;
    assert_eq!(mia.refusal(7).await, RefusalCode::NotAllowed);
}
