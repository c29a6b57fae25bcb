//! What a site has signed: one story for each claim, secrets that come and go, and the samples of the documentation.

use super::*;

/// Refused with 401 for this reason, and nothing was made.
async fn refused(shop: &Shop, identity: &str, why: &str) {
    let answer = shop.identifies(identity, None).await;
    let failure = Failure::from_text(&answer.body).unwrap();
    assert_eq!((answer.status, failure.code), (401, RefusalCode::SignedOut), "{why}: {}", answer.body);
    assert!(failure.message.contains(why), "{why}: {}", failure.message);
    assert!(answer.cookie().is_none(), "{why}");
    let conn = rusqlite::Connection::open(shop.server.database()).unwrap();
    let made: u32 = conn.query_row("SELECT count(*) FROM identities", [], |row| row.get(0)).unwrap();
    assert_eq!(made, 0, "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_site_has_signed_for_us_and_for_now_is_believed() {
    let shop = Shop::open().await;
    let (key, secret) = (shop.server.site_key().to_owned(), shop.secret.secret.clone());
    let good = shop.claims("ann", "");
    let unsigned =
        |header: &str| format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&good));
    for alg in ["none", "None", "NONE"] {
        refused(&shop, &unsigned(&format!(r#"{{"alg":"{alg}"}}"#)), "HS256").await;
    }
    refused(&shop, &unsigned(r#"{"alg":"HS256"}"#), "secret of this site").await;
    for alg in ["RS256", "HS384", "HS512", "ES256"] {
        let swapped = token_of(&format!(r#"{{"alg":"{alg}"}}"#), &good, secret.as_bytes());
        refused(&shop, &swapped, "HS256").await;
    }
    // As one who takes the public key of a site for its secret.
    refused(&shop, &hs256(&good, &key), "secret of this site").await;
    refused(&shop, &hs256(&good, &new_token()), "secret of this site").await;
    let with = |from: &str, to: &str| hs256(&good.replace(from, to), &secret);
    refused(&shop, &with(&key, "AAAAAAAAAAAAAAAAAAAAAA"), "`aud`").await;
    refused(&shop, &with(&format!("\"aud\":\"{key}\","), ""), "`aud`").await;
    let exp = |at: i64| hs256(&format!(r#"{{"sub":"ann","aud":"{key}","exp":{at}}}"#), &secret);
    refused(&shop, &exp(in_seconds(-120)), "expired").await;
    refused(&shop, &exp(in_seconds(3600 + 120)), "an hour").await;
    refused(&shop, &hs256(&format!(r#"{{"sub":"ann","aud":"{key}"}}"#), &secret), "`exp`").await;
    for claim in ["nbf", "iat"] {
        let more = format!(",\"{claim}\":{}", in_seconds(300));
        refused(&shop, &hs256(&shop.claims("ann", &more), &secret), "future").await;
    }
    refused(&shop, &with("\"sub\":\"ann\",", ""), "`sub`").await;
    refused(&shop, &with("\"ann\"", "\"\""), "`sub`").await;
    refused(&shop, "nonsense", "three parts").await;
    assert_eq!(shop.identifies(&hs256(&good, &secret), None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secrets_hold_while_one_takes_the_place_of_the_other() {
    let mut shop = Shop::open().await;
    let old = shop.secret.clone();
    let new: NewSiteSecret = shop.makes_secret().await.read();
    assert_eq!(shop.makes_secret().await.status, 409);
    assert_ne!(old.secret, new.secret);
    let by_old = shop.is("ann", None).await;
    let still_good = shop.signs("ann");
    shop.secret = new.clone();
    let by_new = shop.is("ann", None).await;
    let (mut with_old, _) = shop.arrives(&by_old).await;
    assert_eq!(shop.drops_secret(&old).await.status, 200);
    // Whoever has the old one has no session any more, and gets none.
    assert_eq!(with_old.closed().await, 4006);
    assert_eq!(shop.ticket(Some(&by_old)).await.status, 401);
    assert_eq!(shop.ticket(Some(&by_new)).await.status, 200);
    assert_eq!(shop.identifies(&still_good, None).await.status, 401);
    assert_eq!(shop.identifies(&shop.signs("ann"), None).await.status, 200);
    let known = shop.settings().await;
    assert_eq!(known.secrets.iter().map(|secret| secret.id).collect::<Vec<_>>(), [new.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_shown_once_to_whoever_proves_that_they_own_it() {
    let shop = Shop::open().await;
    let path = format!("/api/sites/{}/identity/secrets", shop.site);
    let wrong = ProofRequest { password: "wrong horse battery".to_owned(), code: None };
    assert_eq!(shop.owner(&path, &wrong).await.status, 422);
    let answer = get(
        shop.server.port(),
        &format!("/api/sites/{}/identity", shop.site),
        Some(&shop.server.owner().cookie),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.contains(&shop.secret.secret));
    // It is not on the disk either: neither it, nor anything of which it could be made without the key.
    let identity_key = std::fs::read(shop.server.data().join("identity.key")).unwrap();
    for entry in std::fs::read_dir(shop.server.data()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { continue };
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!holds(shop.secret.secret.as_bytes()), "{}", path.display());
        assert!(!holds(&URL_SAFE_NO_PAD.decode(&shop.secret.secret).unwrap()), "{}", path.display());
        assert!(
            !path.to_string_lossy().contains("deskbell.db") || !holds(&identity_key),
            "{}",
            path.display()
        );
    }
    assert!(!shop.server.said().contains(&shop.secret.secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_works_after_a_restart() {
    let mut shop = Shop::open().await;
    let ann = shop.is("ann", None).await;
    shop.server.kill();
    shop.server.run().await;
    assert_eq!(shop.ticket(Some(&ann)).await.status, 200);
    assert_eq!(shop.identifies(&shop.signs("ann"), None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sites_and_inboxes_that_are_not_there_have_no_identity() {
    let shop = Shop::open().await;
    let unknown = "0".repeat(32);
    let port = shop.server.port();
    let otto = shop.server.person("Otto", Role::Owner).await;
    let ask = ProofRequest { password: PASSWORD.to_owned(), code: None };
    let path = format!("/api/sites/{unknown}/identity");
    assert_eq!(get(port, &path, Some(&otto.cookie)).await.status, 404);
    assert_eq!(post(port, &format!("{path}/secrets"), Some(&otto.cookie), &ask).await.status, 404);
    let drop = SiteSecretDrop { id: shop.secret.id };
    assert_eq!(post(port, &format!("{path}/drop"), Some(&otto.cookie), &drop).await.status, 404);
    let policy = InboxIdentityEdit { verified_only: true };
    let path = format!("/api/inboxes/{unknown}/identity");
    assert_eq!(post(port, &path, Some(&otto.cookie), &policy).await.status, 404);
    assert_eq!(post(port, &path, Some(&otto.cookie), &Nothing {}).await.status, 400);
}

/// How the samples of `docs/embedding.md` are run: the language of the block, the program, its ending, and the call.
const SAMPLES: [(&str, &str, &str, &str); 3] = [
    ("js", "node", "cjs", "console.log(deskbellIdentity(USER))"),
    ("python", "python3", "py", "print(deskbell_identity(USER))"),
    ("php", "php", "php", "echo deskbell_identity(json_decode('USER', true));"),
];

/// What owners are shown in the settings.
const SHOWN: [(&str, &str); 3] = [
    ("js", include_str!("../../../../agent-app/samples/identity.js")),
    ("python", include_str!("../../../../agent-app/samples/identity.py")),
    ("php", include_str!("../../../../agent-app/samples/identity.php")),
];

/// What a website's server would copy is run as it stands, and believed by the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_of_the_page_sign_what_is_accepted() {
    let page = include_str!("../../../../docs/embedding.md");
    let shop = Shop::open().await;
    let folder = tempfile::tempdir().unwrap();
    for (language, program, ending, call) in SAMPLES {
        let marked = format!("```{language}\n");
        let mut blocks = page.split(&marked).skip(1).map(|rest| rest.split("```").next().unwrap());
        let sample = blocks.next().unwrap_or_else(|| panic!("docs/embedding.md has no sample in {language}"));
        assert!(blocks.next().is_none(), "docs/embedding.md has two samples in {language}");
        let shown = SHOWN.iter().find(|(name, _)| *name == language).map(|(_, text)| *text);
        assert_eq!(shown, Some(sample), "the page and the settings show another sample in {language}");
        let user = format!(r#"{{"id":4711,"name":"Ann / 李安 😀 {language}","email":"ann@example.com"}}"#);
        let path = folder.path().join(format!("sample.{ending}"));
        std::fs::write(&path, format!("{sample}\n{}\n", call.replace("USER", &user))).unwrap();
        let run = std::process::Command::new(program)
            .arg(&path)
            .env("DESKBELL_SITE", shop.server.site_key())
            .env("DESKBELL_SECRET", &shop.secret.secret)
            .output()
            .unwrap_or_else(|error| {
                panic!("the sample in {language} needs `{program}` ({error}): `cargo xtask test --only native` brings it")
            });
        assert!(run.status.success(), "{program}: {}", String::from_utf8_lossy(&run.stderr));
        let token = String::from_utf8(run.stdout).unwrap();
        let visit: VisitView = shop.identifies(token.trim(), None).await.read();
        let (mut socket, _) = shop.arrives(&visit.token.unwrap()).await;
        let conversation = socket.starts(&["hello"]).await;
        let known = shop.card(shop.visitor_of(conversation)).await.identity.expect("verified");
        assert_eq!(known.name, Some(format!("Ann / 李安 😀 {language}")));
        assert_eq!(known.email.as_deref(), Some("ann@example.com"));
        // All three call her the same: it is one visitor, who has one open conversation.
        let id = socket.id();
        socket.say(&Command::Resolve { id, conversation }).await;
        assert!(matches!(socket.reply(id).await, Heard::Frame(Frame::Done { .. })));
    }
}
