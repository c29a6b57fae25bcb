//! Languages and skills over the real routes: an owner says who speaks what, and visitors go to who fits, or wait for them.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Able, Asked, Availability, ConversationId, Fit, Matching, Routing};
use deskbell_shared::protocol::api::{Failure, InboxEdit, InboxView, InboxesView, ReasonsView};
use deskbell_shared::protocol::{Command, DeskFrame, Frame};

use crate::support::http::{Answer, get, post};
use crate::support::raw::draft;
use crate::support::server::{Account, new_token};
use crate::support::{Heard, Raw, Server, now, random};

/// What the owner decides: English is usual, one of them speaks Chinese, and it is waited for.
fn routing(speaks: &Account, usual: &str) -> Routing {
    let able = Able { agent: speaks.id, languages: vec!["en".into(), "ZH-Hans".into()], skills: vec![] };
    let matching = Matching { language: Some(usual.into()), skills: vec![], prefer_seconds: None };
    Routing { matching: Some(matching), able: Some(vec![able]), ..Routing::DEFAULT }
}

async fn decides(server: &Server, routing: Routing) -> Answer {
    let cookie = Some(server.owner().cookie.as_str());
    let all: InboxesView = get(server.port(), "/api/inboxes", cookie).await.read();
    let InboxView { id, name, members, hours, .. } = all.inboxes.into_iter().next().expect("an inbox");
    let edit = InboxEdit { name, members, hours, routing: Some(routing) };
    post(server.port(), &format!("/api/inboxes/{}", id.to_hex()), cookie, &edit).await
}

async fn reasons(server: &Server, who: &Account, conversation: ConversationId) -> ReasonsView {
    let path = format!("/api/conversations/{}/reasons", conversation.to_hex());
    get(server.port(), &path, Some(&who.cookie)).await.read()
}

/// Somebody whose browser asks for Chinese.
async fn asks_in_chinese(server: &Server) -> (Raw, ConversationId) {
    let mut visitor = Raw::visitor(server, &new_token()).await;
    let (id, conversation) = (visitor.id(), ConversationId::from_parts(now(), random()));
    let (language, messages) = (Some("zh-CN".to_owned()), vec![draft("你好")]);
    visitor
        .say(&Command::Start {
            id,
            conversation,
            messages,
            page: None,
            language,
            time_zone: None,
            about: None,
            inbox: None,
        })
        .await;
    (visitor, conversation)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_goes_to_who_speaks_their_language_or_waits_for_them() {
    let server = Server::start().await;
    let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
    let wrong = decides(&server, routing(&noah, "English")).await;
    let failure = Failure::from_text(&wrong.body).expect("a failure");
    assert_eq!((wrong.status, failure.field.as_deref()), (422, Some("language")));
    let inbox: InboxView = decides(&server, routing(&noah, "en")).await.read();
    let able = inbox.routing.able.expect("what was said of Noah");
    assert_eq!(able[0].languages, ["en", "zh"], "written alike");

    let (mut first, mut second) = (Raw::agent(&server, &mia).await, Raw::agent(&server, &noah).await);
    first.chooses(Availability::Available, Some(4)).await;
    second.chooses(Availability::Away, None).await;
    let (mut visitor, conversation) = asks_in_chinese(&server).await;
    let wait = visitor
        .until("a place in the queue", |heard| match heard {
            Heard::Frame(Frame::Queue { position: 1, wait, .. }) => Some(wait),
            _ => None,
        })
        .await;
    assert_eq!(wait, None, "nobody who speaks it is at work: nothing is promised");
    first
        .until("that Mia is free while somebody waits", |heard| match heard {
            Heard::Desk(DeskFrame::Desk { queue, .. }) => {
                (queue.waiting == 1 && queue.eligible == 1).then_some(())
            }
            _ => None,
        })
        .await;
    let asked = Asked { language: Some("zh".into()), skills: vec![] };
    let waits = reasons(&server, &mia, conversation).await.waits_for.expect("it waits for somebody");
    assert_eq!((waits.asked, waits.until), (asked.clone(), None));

    second.chooses(Availability::Available, Some(4)).await;
    visitor
        .until("that it is given to somebody", |heard| match heard {
            Heard::Frame(Frame::Entry { entry, .. }) => (entry.body.tag() == "assigned").then_some(()),
            _ => None,
        })
        .await;
    let why = reasons(&server, &mia, conversation).await;
    assert_eq!(why.waits_for, None);
    assert_eq!(why.assignments[0].agent.id, noah.id);
    assert_eq!(why.assignments[0].fit, Some(Fit { asked, fits: true, ranked: None }));
}
