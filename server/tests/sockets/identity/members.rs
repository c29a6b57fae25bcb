//! Inboxes that take nothing from visitors who are not verified.

use deskbell_shared::model::Availability;

use super::*;

/// S10: not only at the door.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_verified_visitors_write_nobody_else_does_anything() {
    let shop = Shop::open().await;
    let (anonymous, verified) = (new_token(), shop.is("ann", None).await);
    let (mut nobody, _) = shop.arrives(&anonymous).await;
    let conversation = nobody.starts(&["before"]).await;
    let (mut ann, _) = shop.arrives(&verified).await;
    shop.takes_verified_only(shop.inbox, true).await;
    assert!(shop.settings().await.verified_only);
    // The connection is closed, and there is no other.
    assert_eq!(nobody.closed().await, 4006);
    for token in [Some(anonymous.as_str()), None] {
        assert_eq!(shop.ticket(token).await.status, 403);
    }
    let transcript = TranscriptRequest { conversation }.to_text();
    let file = format!("file/{}", "0".repeat(32));
    for (what, body) in [("upload", "text"), ("transcript", transcript.as_str()), (file.as_str(), "")] {
        assert_eq!(shop.by(&anonymous, what, body).await.status, 403, "{what}");
    }
    let plain = get(shop.server.port(), &shop.path("plain"), None).await;
    assert_eq!(plain.status, 403);
    for (wish, said) in
        [("en", "signed in on this website"), ("zh-CN", "登录本网站"), ("zh-TW", "登入本網站")]
    {
        let headers = vec![("accept-language", wish.to_owned())];
        let path = shop.path("plain");
        let page =
            send(shop.server.port(), Request { method: "GET", path: &path, headers, body: String::new() })
                .await;
        assert!(page.status == 403 && page.body.contains(said), "{wish}: {}", page.body);
        assert!(!page.body.contains("<form"), "nothing to write into that nobody reads");
    }
    // Whoever is verified goes on as before.
    ann.starts(&["verified"]).await;
    assert_eq!(shop.by(&verified, "upload", "text").await.status, 200);
    // To be forgotten is nothing that needs an identity.
    assert_eq!(shop.by(&anonymous, "forget", "").await.status, 200);
    shop.takes_verified_only(shop.inbox, false).await;
    assert_eq!(shop.ticket(None).await.status, 200);
}

/// A socket that is open and may be: what it says is judged by the inbox that it goes to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_for_verified_visitors_refuses_every_frame_of_others() {
    let shop = Shop::open().await;
    let owner = shop.server.owner().clone();
    let edit = InboxEdit { name: "Members".into(), members: vec![owner.id], hours: None, routing: None };
    let members: InboxView = shop.owner("/api/inboxes", &edit).await.read();
    shop.takes_verified_only(members.id, true).await;
    let mut agent = Raw::agent(&shop.server, &owner).await;
    agent.chooses(Availability::Away, None).await;
    let (mut nobody, _) = shop.arrives(&new_token()).await;
    let conversation = nobody.starts(&["hello"]).await;
    let id = agent.id();
    let to = Some(members.id);
    let transfer =
        |id| AgentCommand::Transfer { id, conversation, version: 0, agent: None, inbox: to, note: None };
    // Nobody is passed on to where they would be mute, and agents are told before they try.
    agent.say(&transfer(id)).await;
    assert_eq!(agent.refusal(id).await, RefusalCode::NotAllowed);
    assert_eq!(shop.card(shop.visitor_of(conversation)).await.closed_inboxes, [members.id]);
    // Who was there before the inbox was closed to them is judged by what they say.
    shop.takes_verified_only(members.id, false).await;
    assert_eq!(shop.card(shop.visitor_of(conversation)).await.closed_inboxes, []);
    let id = agent.id();
    agent.say(&transfer(id)).await;
    let moved = agent.reply(id).await;
    assert!(matches!(moved, Heard::Frame(Frame::Done { .. })), "{moved:?}");
    shop.takes_verified_only(members.id, true).await;
    let id = nobody.id();
    nobody.say(&Command::Send { id, conversation, messages: vec![draft("let me in")] }).await;
    assert_eq!(nobody.refusal(id).await, RefusalCode::NotAllowed);
    let id = nobody.id();
    nobody.say(&Command::LeaveAddress { id, conversation, address: "a@b.example".into() }).await;
    assert_eq!(nobody.refusal(id).await, RefusalCode::NotAllowed);
    let id = nobody.id();
    nobody.say(&Command::Resolve { id, conversation }).await;
    assert_eq!(nobody.refusal(id).await, RefusalCode::NotAllowed);
    let id = agent.id();
    agent.say(&Command::Resolve { id, conversation }).await;
    assert!(matches!(agent.reply(id).await, Heard::Frame(Frame::Done { .. })));
    let id = nobody.id();
    nobody.say(&Command::Rate { id, conversation, score: 1, comment: None }).await;
    assert_eq!(nobody.refusal(id).await, RefusalCode::NotAllowed);
    let id = nobody.id();
    nobody.say(&Command::Send { id, conversation, messages: vec![draft("and now?")] }).await;
    assert_eq!(nobody.refusal(id).await, RefusalCode::NotAllowed);
    let card = shop.card(shop.visitor_of(conversation)).await;
    assert!(!card.to_text().contains("let me in") && !card.to_text().contains("and now?"));
}
