//! Who comes before others by what the site's server has signed of them, and nobody by what they say themselves.

use deskbell_shared::model::{Availability, Priority, RankRule, Ranked, Routing};
use deskbell_shared::protocol::api::{InboxesView, ReasonsView};

use super::*;

async fn place(visitor: &mut Raw, wanted: u32) {
    visitor
        .until("a place in the queue", |heard| match heard {
            Heard::Frame(Frame::Queue { position, .. }) => (position == wanted).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_of_a_visitor_brings_them_before_others() {
    let shop = Shop::open().await;
    let owner = shop.server.owner().clone();
    let cookie = Some(owner.cookie.as_str());
    let all: InboxesView = get(shop.server.port(), "/api/inboxes", cookie).await.read();
    let inbox = all.inboxes.into_iter().find(|inbox| inbox.id == shop.inbox).expect("the shop's");
    let (key, value) = ("plan".to_owned(), "GOLD".to_owned());
    let ranks = Some(vec![RankRule { key, contains: true, value, priority: Priority::Urgent }]);
    let routing = Some(Routing { ranks, ..Routing::DEFAULT });
    let InboxView { name, members, hours, .. } = inbox;
    let edit = InboxEdit { name, members, hours, routing };
    let path = format!("/api/inboxes/{}", shop.inbox);
    assert_eq!(shop.owner(&path, &edit).await.status, 200);

    let mut plain = Raw::visitor(&shop.server, &new_token()).await;
    plain.starts(&["hello"]).await;
    place(&mut plain, 1).await;
    let claims = shop.claims("7", r#","attributes":{"plan":"gold 2026"}"#);
    let visit: VisitView = shop.identifies(&hs256(&claims, &shop.secret.secret), None).await.read();
    let (mut gold, _) = shop.arrives(&visit.token.expect("a token")).await;
    let conversation = gold.starts(&["me too"]).await;
    place(&mut gold, 1).await;
    place(&mut plain, 2).await;
    let reasons = format!("/api/conversations/{conversation}/reasons");
    let view: ReasonsView = get(shop.server.port(), &reasons, cookie).await.read();
    assert_eq!(view.ranked, Some(Ranked { priority: Priority::Urgent, key: "plan".into() }));

    // Why it went first stays with it; what was signed does not.
    let mut agent = Raw::agent(&shop.server, &owner).await;
    agent.chooses(Availability::Available, Some(1)).await;
    let mia = shop.server.agent("Mia").await;
    let mut member = Raw::agent(&shop.server, &mia).await;
    member.chooses(Availability::Available, Some(1)).await;
    gold.until("that somebody has it", |heard| match heard {
        Heard::Frame(Frame::Entry { entry, .. }) => (entry.body.tag() == "assigned").then_some(()),
        _ => None,
    })
    .await;
    let answer = get(shop.server.port(), &reasons, cookie).await;
    assert!(!answer.body.contains("gold"), "{}", answer.body);
    let view: ReasonsView = answer.read();
    let fit = view.assignments[0].fit.clone().expect("it was special");
    assert_eq!((fit.ranked.map(|ranked| ranked.key), view.ranked), (Some("plan".to_owned()), None));
}
