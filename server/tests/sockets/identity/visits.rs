//! Whose a token is, and when it is over: on sockets, in tickets, over HTTP and in plain forms.

use super::*;

/// S13: who somebody was before is over with who they are now, on every way in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_before_is_refused_after_an_identity() {
    let shop = Shop::open().await;
    let before = new_token();
    let (mut anonymous, _) = shop.arrives(&before).await;
    let conversation = anonymous.starts(&["canary of nobody"]).await;
    let unused: VisitorTicket = shop.ticket(Some(&before)).await.read();
    let visit: VisitView = shop.identifies(&shop.signs("ann"), Some(&before)).await.read();
    let after = visit.token.unwrap();
    assert!(visit.changed);
    assert_ne!(before, after);
    // The socket, a ticket that was fetched before, a new one, and everything without a socket.
    assert_eq!(anonymous.closed().await, 4006);
    let mut late = Raw::with_ticket(shop.server.port(), unused.ticket, Vec::new()).await;
    assert_eq!(late.closed().await, 4006);
    let refused = shop.ticket(Some(&before)).await;
    assert_eq!(refused.status, 401);
    assert!(refused.headers.iter().any(|(name, value)| name == "set-cookie" && value.contains("Max-Age=0")));
    let transcript = TranscriptRequest { conversation }.to_text();
    for (what, body) in [("transcript", transcript.as_str()), ("upload", "text"), ("forget", "")] {
        assert_eq!(shop.by(&before, what, body).await.status, 401, "{what}");
    }
    // Nothing of what nobody said is carried into who it is now.
    let (mut ann, known) = shop.arrives(&after).await;
    assert_eq!(known, []);
    let id = ann.id();
    ann.say(&Command::Sync { id, conversation, after: Some(deskbell_shared::model::Seq(0)), before: None })
        .await;
    assert_eq!(ann.refusal(id).await, RefusalCode::NotFound);
    assert_eq!(shop.by(&after, "transcript", &transcript).await.status, 404);
    // Another identity at the same device: the same again.
    let own = ann.starts(&["canary of ann"]).await;
    let visit: VisitView = shop.identifies(&shop.signs("bob"), Some(&after)).await.read();
    assert!(visit.changed);
    let bob = visit.token.unwrap();
    assert_eq!(ann.closed().await, 4006);
    assert_eq!(shop.ticket(Some(&after)).await.status, 401);
    let (mut socket, known) = shop.arrives(&bob).await;
    assert_eq!(known, []);
    let id = socket.id();
    socket.say(&Command::Send { id, conversation: own, messages: vec![draft("as bob")] }).await;
    assert_eq!(socket.refusal(id).await, RefusalCode::NotFound);
    // And the same person again: another token, nothing to wipe.
    let visit: VisitView = shop.identifies(&shop.signs("bob"), Some(&bob)).await.read();
    assert!(!visit.changed);
    assert_eq!(shop.ticket(Some(&bob)).await.status, 401);
    assert_eq!(shop.ticket(visit.token.as_deref()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verified_visitor_has_their_conversations_on_every_device() {
    let shop = Shop::open().await;
    let phone = shop.is("ann", None).await;
    let (mut on_phone, _) = shop.arrives(&phone).await;
    let conversation = on_phone.starts(&["from the phone"]).await;
    let laptop = shop.is("ann", Some(&new_token())).await;
    let (mut on_laptop, known) = shop.arrives(&laptop).await;
    assert_eq!(known, [conversation]);
    let rows = on_laptop.transcript(conversation).await;
    assert!(matches!(&rows[0].body, EntryBody::Message { text, .. } if text == "from the phone"));
    // The other device was not asked, and goes on.
    let id = on_phone.id();
    on_phone.say(&Command::Send { id, conversation, messages: vec![draft("still here")] }).await;
    assert!(matches!(on_phone.reply(id).await, Heard::Frame(Frame::Acked { refused: None, .. })));
    // A site's word is good at that site only.
    let other = Shop::open().await;
    assert_eq!(other.identifies(&shop.signs("ann"), None).await.status, 401);
}

/// S12: an address that somebody types is theirs to type.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claimed_address_unlocks_nothing_and_is_shown_as_unverified() {
    let shop = Shop::open().await;
    let more = r#","name":"Ann Lee","email":"Ann@example.com","attributes":{"plan":"gold\u202e"}"#;
    let signed = hs256(&shop.claims("ann", more), &shop.secret.secret);
    let visit: VisitView = shop.identifies(&signed, None).await.read();
    let (mut ann, _) = shop.arrives(&visit.token.unwrap()).await;
    let conversation = ann.starts(&["canary of ann"]).await;
    let leaves = async |raw: &mut Raw, conversation| {
        let (id, address) = (raw.id(), "ann@example.com".to_owned());
        raw.say(&Command::LeaveAddress { id, conversation, address }).await;
        assert!(matches!(raw.reply(id).await, Heard::Frame(Frame::Done { .. })));
    };
    leaves(&mut ann, conversation).await;

    let token = new_token();
    let (mut eve, _) = shop.arrives(&token).await;
    let hers = eve.starts(&["I am ann"]).await;
    leaves(&mut eve, hers).await;
    drop(eve);
    let (mut eve, known) = shop.arrives(&token).await;
    assert_eq!(known, [hers]);
    let old = eve.transcript(hers).await;
    let texts: Vec<_> = old.iter().map(|row| row.body.to_text()).collect();
    assert!(!texts.iter().any(|text| text.contains("canary")), "{texts:?}");
    // Another one whom the site calls otherwise, with the same address in what it has signed: neither.
    let signed = hs256(&shop.claims("eve", more), &shop.secret.secret);
    let visit: VisitView = shop.identifies(&signed, None).await.read();
    assert_eq!(shop.arrives(&visit.token.unwrap()).await.1, []);

    let visitor = shop.visitor_of(conversation);
    let known = shop.card(visitor).await.identity.expect("verified");
    assert_eq!((known.sub.as_str(), known.name.as_deref()), ("ann", Some("Ann Lee")));
    assert_eq!(known.email.as_deref(), Some("ann@example.com"));
    assert_eq!(known.attributes, [AttributeView { name: "plan".into(), value: "gold".into() }]);
    assert_eq!(shop.card(shop.visitor_of(hers)).await.identity, None);
    // And to nobody who may not see their conversations.
    let outsider = shop.server.agent("Noah").await;
    shop.server.exclude(&outsider);
    let path = format!("/api/visitors/{visitor}");
    assert_eq!(get(shop.server.port(), &path, Some(&outsider.cookie)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_ends_the_session_on_the_server() {
    let shop = Shop::open().await;
    let anonymous = new_token();
    for token in [shop.is("ann", None).await, anonymous] {
        let (mut socket, _) = shop.arrives(&token).await;
        socket.starts(&["hello"]).await;
        let request = LogoutRequest { token: Some(token.clone()) };
        let answer = post(shop.server.port(), &shop.path("logout"), None, &request).await;
        assert!(
            answer.headers.iter().any(|(name, value)| name == "set-cookie" && value.contains("Max-Age=0"))
        );
        assert!(answer.read::<VisitView>().changed);
        assert_eq!(socket.closed().await, 4006);
        assert_eq!(shop.ticket(Some(&token)).await.status, 401);
        assert_eq!(shop.by(&token, "upload", "text").await.status, 401);
    }
    let nobody = post(shop.server.port(), &shop.path("logout"), None, &LogoutRequest { token: None }).await;
    assert!(!nobody.read::<VisitView>().changed);
}

/// What we have signed ourselves for a form says who writes: it is worth nothing after they have left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_form_is_not_a_way_around_the_end_of_a_session() {
    let shop = Shop::open().await;
    let port = shop.server.port();
    let cookie = |token: &str| format!("__Host-deskbell_visitor_{port}={token}");
    let form_of = async |token: &str| {
        let page = get(port, &shop.path("plain"), Some(&cookie(token))).await;
        let (_, rest) = page.body.split_once("name=\"token\" value=\"").expect("a token in the form");
        rest.split('"').next().unwrap().to_owned()
    };
    let sends = async |form: &str, token: Option<&str>, text: &str| {
        let mut headers = vec![("origin", format!("http://localhost:{port}"))];
        headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        headers.extend(token.map(|token| ("cookie", cookie(token))));
        let body = format!("token={form}&text={text}");
        send(port, Request { method: "POST", path: &shop.path("plain"), headers, body }).await
    };
    let stored = |text: &str| {
        let conn = rusqlite::Connection::open(shop.server.database()).unwrap();
        let sql = "SELECT count(*) FROM entries WHERE text = ?1";
        conn.query_row(sql, [text], |row| row.get::<_, u32>(0)).unwrap()
    };
    let ann = shop.is("ann", None).await;
    let form = form_of(&ann).await;
    assert_eq!(sends(&form, Some(&ann), "one").await.status, 200);
    assert_eq!(stored("one"), 1);
    // With the form alone, or with somebody else's cookie, nobody writes or reads as ann.
    for token in [None, Some(new_token())] {
        let answer = sends(&form_of(&ann).await, token.as_deref(), "two").await;
        assert!(!answer.body.contains(">one<"), "{}", answer.body);
    }
    let anonymous = new_token();
    let (mut socket, _) = shop.arrives(&anonymous).await;
    socket.starts(&["canary"]).await;
    let (of_ann, of_nobody) = (form_of(&ann).await, form_of(&anonymous).await);
    for token in [&ann, &anonymous] {
        let request = LogoutRequest { token: Some(token.clone()) };
        post(port, &shop.path("logout"), None, &request).await.read::<VisitView>();
    }
    for (form, token) in [(of_ann, ann), (of_nobody, anonymous)] {
        let answer = sends(&form, Some(&token), "three").await;
        assert!(!answer.body.contains("canary") && !answer.body.contains(">one<"), "{}", answer.body);
        let page = get(port, &shop.path("plain"), Some(&cookie(&token))).await;
        assert!(!page.body.contains("canary") && !page.body.contains(">one<"), "{}", page.body);
    }
    assert_eq!((stored("two"), stored("three")), (0, 0));
}

/// S18: as far as a page says where it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_on_a_foreign_page_gets_no_ticket_and_no_identity() {
    let shop = Shop::open().await;
    let port = shop.server.port();
    let ticket = async |page: Option<&str>| {
        let request = VisitorTicketRequest { token: None, page: page.map(str::to_owned) };
        post(port, &shop.path("ticket"), None, &request).await.status
    };
    let own = format!("http://localhost:{port}");
    for page in [None, Some("https://shop.example"), Some(own.as_str())] {
        assert_eq!(ticket(page).await, 200, "{page:?}");
    }
    for page in
        ["https://evil.example", "null", "", "https://shop.example.evil.example", "http://shop.example"]
    {
        assert_eq!(ticket(Some(page)).await, 403, "{page}");
        let request =
            IdentifyRequest { identity: shop.signs("ann"), token: None, page: Some(page.to_owned()) };
        assert_eq!(post(port, &shop.path("identify"), None, &request).await.status, 403, "{page}");
    }
}
