//! The live board over the real routes: what is told about waits now, what has ended, and to whom that is shown.

use deskbell_shared::model::Availability;
use deskbell_shared::protocol::api::{BoardView, EndedView, InboxEdit, InboxView, InboxesView};
use deskbell_shared::protocol::{Command, DeskFrame, Frame};

use crate::support::http::{get, post};
use crate::support::server::new_token;
use crate::support::{Heard, Raw, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_and_what_has_ended() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.chooses(Availability::Available, Some(1)).await;
    let mut first = Raw::visitor(&server, &new_token()).await;
    let served = first.starts(&["hi"]).await;
    let (mut second, mut third) =
        (Raw::visitor(&server, &new_token()).await, Raw::visitor(&server, &new_token()).await);
    let given_up = second.starts(&["me too"]).await;
    third.starts(&["and me"]).await;
    let inbox = agent
        .until("what the last was told, and a newcomer would be", |heard| match heard {
            Heard::Desk(DeskFrame::Desk { inbox, queue, .. }) => {
                let (last, newcomer) = (queue.last_wait?, queue.newcomer?);
                let is_right = queue.waiting == 2 && last.earliest_at < last.latest_at && newcomer.low_ms > 0;
                is_right.then_some(inbox)
            }
            _ => None,
        })
        .await;
    let id = second.id();
    second.say(&Command::Resolve { id, conversation: given_up }).await;
    third
        .until("the place of who waits behind", |heard| {
            matches!(heard, Heard::Frame(Frame::Queue { position: 1, .. })).then_some(())
        })
        .await;

    let cookie = Some(mia.cookie.as_str());
    let board: BoardView = get(server.port(), "/api/board/0", cookie).await.read();
    let sums: Vec<_> = board.inboxes.iter().map(|sum| (sum.inbox, sum.served, sum.given_up)).collect();
    assert_eq!(sums, [(inbox, 1, 1)]);
    assert!(board.since.0 > 0, "no further back than a day: {board:?}");
    assert!(board.inboxes[0].median_ms.is_some());
    let path = format!("/api/inboxes/{}/ended/0", inbox.to_hex());
    let ended: EndedView = get(server.port(), &path, cookie).await.read();
    let told: Vec<_> = ended.waits.iter().map(|wait| (wait.summary.conversation.id, wait.given_up)).collect();
    assert_eq!(told, [(given_up, true), (served, false)]);
    let later = format!("/api/inboxes/{}/ended/{}", inbox.to_hex(), i64::MAX);
    assert_eq!(get(server.port(), &later, cookie).await.read::<EndedView>().waits.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_out_of_sight_is_not_on_the_board() {
    let server = Server::start().await;
    let (mia, owner) = (server.agent("Mia").await, server.owner().cookie.clone());
    let edit = InboxEdit { name: "Private".into(), members: Vec::new(), hours: None, routing: None };
    let private: InboxView = post(server.port(), "/api/inboxes", Some(&owner), &edit).await.read();
    let all: InboxesView = get(server.port(), "/api/inboxes", Some(&owner)).await.read();
    assert_eq!(all.inboxes.len(), 2);
    for (cookie, count, status) in [(&owner, 2, 200), (&mia.cookie, 1, 404)] {
        let board: BoardView = get(server.port(), "/api/board/0", Some(cookie)).await.read();
        assert_eq!(board.inboxes.len(), count);
        assert_eq!(board.inboxes.iter().any(|sum| sum.inbox == private.id), status == 200);
        for part in ["waits", "ended/0"] {
            let path = format!("/api/inboxes/{}/{part}", private.id.to_hex());
            assert_eq!(get(server.port(), &path, Some(cookie)).await.status, status, "{path}");
        }
    }
}
