//! Requests through the table of routes against the double of the store: who is let in, what is refused, and which
//! headers every answer carries. Sockets are tried in `server/tests`.

mod second_step;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{FileId, Role, SiteLooks, UnixMillis, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{
    Failure, InviteAccept, InviteRequest, InviteView, LoginRequest, MeView, Nothing, PasswordEdit,
    ProfileEdit, SessionView, SessionsView, SetupRequest, SiteEdit, SitesView, VisitorTicket,
    VisitorTicketRequest,
};
use http_body_util::BodyExt as _;
use warp::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::Edge;
use super::call::{Call, Caller};
use super::connections::Connections;
use super::headers::Surface;
use super::loader::Loaders;
use super::plain_token::PlainTokens;
use super::routes::{From, Permission, ROUTES, Verb};
use crate::application::accounts::Accounts;
use crate::application::erasing::Erasing;
use crate::application::files::{FILE_LINK_LIFETIME, Files};
use crate::application::identities::Identities;
use crate::application::pictures::Pictures;
use crate::application::places::Places;
use crate::application::sites::Sites;
use crate::application::{Application, ClockInHand};
use crate::auth::origin::{OwnOrigins, PublicUrl};
use crate::auth::session::Cookies;
use crate::mail::MailStops;
use crate::store::Store;
use crate::store::blobs::Blobs;
use crate::store::conversations::Writer;
use crate::store::health::Health;
use crate::store::memory::MemoryStore;

const OWN: &str = "https://chat.example:8443";
const PASSWORD: &str = "violet kettle 9";

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

struct Server(Arc<Edge>);

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

struct Asking {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<Bytes>,
}

fn get(path: &str) -> Asking {
    Asking { method: Method::GET, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new() }
}

/// As our own pages post.
fn post(path: &str, body: &str) -> Asking {
    let asking = Asking { method: Method::POST, body: vec![Bytes::from(body.to_owned())], ..get(path) };
    asking.with("origin", OWN).with("x-deskbell", "1").with("content-type", "application/json")
}

impl Asking {
    fn with(mut self, name: &'static str, value: &str) -> Asking {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    fn without(mut self, name: impl warp::http::header::AsHeaderName) -> Asking {
        self.headers.remove(name);
        self
    }

    fn by(self, cookie: &str) -> Asking {
        self.with("cookie", cookie)
    }
}

impl Server {
    fn empty() -> Server {
        // Dropped at once: hardly a test here uploads anything.
        Server::at(ClockInHand::at(NOW), tempfile::tempdir().unwrap().path())
    }

    fn at(clock: ClockInHand, data: &std::path::Path) -> Server {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let app = Arc::new(Application::new(store, Arc::new(clock)));
        let public = PublicUrl::parse(OWN).unwrap();
        let files = Arc::new(Files::new(Arc::clone(&app), Blobs::open(data).unwrap(), Pictures::new()));
        Server(Arc::new(Edge {
            erasing: Arc::new(Erasing::new(Arc::clone(&app), Arc::clone(&files), data)),
            files,
            accounts: Accounts::new(Arc::clone(&app), [9; 32]),
            identities: Identities::new(Arc::clone(&app), [9; 32]),
            sites: Sites::new(Arc::clone(&app), public.origin()),
            pictures: Pictures::new(),
            cookies: Cookies::of(&public),
            own: OwnOrigins::of(&public),
            public,
            proxies: Vec::new(),
            loaders: Loaders::default(),
            previews: Default::default(),
            plain: PlainTokens::new([7; 32]),
            mail_stops: MailStops::new([8; 32]),
            forms: Places::default(),
            reports: Places::default(),
            connections: Arc::new(Connections::new(100, 100, Vec::new())),
            health: Health::good(),
            draining: AtomicBool::new(false),
            app,
        }))
    }

    /// With an owner who is signed in; returns the cookie.
    async fn set_up() -> (Server, String) {
        Server::empty().with_owner().await
    }

    async fn with_owner(self) -> (Server, String) {
        let server = self;
        let token = server.0.accounts.offer_set_up().await.unwrap().unwrap();
        let asked = SetupRequest {
            token: token.expose().to_owned(),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            password: PASSWORD.into(),
            site: edit(),
        };
        let answer = server.ask(post("/api/setup", &asked.to_text())).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let again = server.ask(post("/api/setup", &asked.to_text())).await;
        assert_eq!(again.status, 404, "the link works once");
        let cookie = answer.cookie();
        (server, cookie)
    }

    async fn ask(&self, asking: Asking) -> Answer {
        let client = Ipv4Addr::LOCALHOST.into();
        let parts = asking.body.into_iter().map(Ok::<_, warp::Error>);
        let call = Call {
            method: asking.method,
            path: asking.path,
            params: Vec::new(),
            headers: asking.headers,
            client,
            socket: client,
            upgrade: None,
            permit: None,
            caller: Caller::Anyone,
            body: Box::pin(futures_util::stream::iter(parts.collect::<Vec<_>>())),
        };
        let (parts, body) = Arc::clone(&self.0).answer(call).await.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn key(&self, owner: &str) -> String {
        self.ask(get("/api/sites").by(owner)).await.read::<SitesView>().sites[0].key.clone()
    }

    async fn agent(&self, owner: &str) -> String {
        let asked = InviteRequest { email: "ben@example.com".into(), role: Role::Agent, proof: None };
        let made: InviteView = self.ask(post("/api/invites", &asked.to_text()).by(owner)).await.read();
        let token = made.link.strip_prefix(&format!("{OWN}/desk/invite#")).unwrap().to_owned();
        let accept = InviteAccept { token, name: "Ben".into(), password: "seven small stones".into() };
        let answer = self.ask(post("/api/invites/accept", &accept.to_text())).await;
        assert_eq!(answer.status, 200);
        let again = self.ask(post("/api/invites/accept", &accept.to_text())).await;
        assert_eq!(again.status, 404, "the link works once");
        answer.cookie()
    }
}

impl Answer {
    fn cookie(&self) -> String {
        let cookie = self.headers[SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    fn read<T: Wire>(&self) -> T {
        let text = std::str::from_utf8(&self.body).unwrap();
        T::from_text(text).unwrap_or_else(|bad| panic!("{bad}: {} {text}", self.status))
    }

    fn code(&self) -> RefusalCode {
        self.read::<Failure>().code
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }
}

fn edit() -> SiteEdit {
    SiteEdit {
        looks: SiteLooks {
            name: "Shop".into(),
            colour: "#2b6cb0".into(),
            greeting: "Hi".into(),
            style: None,
        },
        origins: vec!["shop.example".into()],
        inbox: None,
        inboxes: None,
    }
}

fn filled(path: &str, key: &str) -> String {
    path.replace(":key", key)
        .replace(":name", "nothing-0000.js")
        .replace(":hash", &"0".repeat(64))
        .replace(":id", &"0".repeat(32))
        .replace('*', "inbox/mine")
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_its_surface() {
    let (server, owner) = Server::set_up().await;
    let key = server.key(&owner).await;
    let mut seen = BTreeMap::new();
    for route in ROUTES {
        let path = filled(route.path, &key);
        let asking = if route.verb == Verb::Get { get(&path) } else { post(&path, "{}") };
        let answer = server.ask(asking).await;
        assert_ne!(answer.status, 500, "{path}");
        let header =
            |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("strict-transport-security"), "max-age=31536000", "{path}");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors") && policy.contains("default-src 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        if route.surface == Surface::Api {
            assert_eq!(header("cache-control"), "no-store", "{path}");
        }
        if answer.status == 200 || route.surface == Surface::Desk {
            seen.insert(format!("{:?}", route.surface), policy);
        }
    }
    assert_eq!(
        seen["Desk"],
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self' wss://chat.example:8443; \
         form-action 'self'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'; frame-ancestors 'none'; report-uri /csp-report; frame-src 'self'"
    );
    assert_eq!(
        seen["Frame"],
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors https://shop.example; report-uri /csp-report",
        "of the plain form"
    );
    assert_eq!(seen["Api"], "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn routes_open_only_to_whom_they_say() {
    let (server, owner) = Server::set_up().await;
    let agent = server.agent(&owner).await;
    let key = server.key(&owner).await;
    let stale = format!("{}={}", server.0.cookies.agent_name(), "A".repeat(43));
    let unbound = owner.strip_prefix("__Host-").unwrap();
    for route in ROUTES.iter().filter(|route| !route.path.contains("logout")) {
        let path = filled(route.path, &key);
        let ask = |cookie: &str| {
            let asking = if route.verb == Verb::Get { get(&path) } else { post(&path, "{}") };
            server.ask(asking.by(cookie))
        };
        let empty = ["", "__Host-deskbell_agent_8443=", "__Host-deskbell_agent_8443=%00"];
        for anonymous in empty.into_iter().chain([stale.as_str(), unbound]) {
            let status = ask(anonymous).await.status;
            let closed = !matches!(route.permission, Permission::Open | Permission::SiteKey);
            // Visitors show who they are inside these.
            let own = ["/upload", "/file/", "/transcript", "/forget"];
            let closed = closed || (path.starts_with("/w/") && own.iter().any(|its| path.contains(its)));
            assert_eq!(status == 401, closed, "{path} anonymous: {status}");
        }
        let status = ask(&agent).await.status;
        assert_eq!(
            status == 403,
            !route.permission.is_given_to(Role::Agent) || route.from == From::OwnSocket,
            "{path} agent: {status}"
        );
        let status = ask(&owner).await.status;
        let is_visitors = route.permission == Permission::SiteKey;
        assert!(
            (status != 401 || is_visitors) && (status != 403 || route.from == From::OwnSocket),
            "{path} owner: {status}"
        );
        if route.permission == Permission::SiteKey {
            for key in ["AAAAAAAAAAAAAAAAAAAAAA", "..", "%2e%2e", "x"] {
                let path = filled(route.path, key);
                let asking = if route.verb == Verb::Get { get(&path) } else { post(&path, "{}") };
                assert_eq!(server.ask(asking).await.status, 404, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_changed_from_a_foreign_page() {
    let (server, owner) = Server::set_up().await;
    let key = server.key(&owner).await;
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Post) {
        let own = || post(&filled(route.path, &key), "{}").by(&owner);
        let mut foreign = vec![
            own().with("origin", "https://evil.example"),
            own().with("origin", "https://chat.example"),
            own().with("origin", "https://chat.example:8443.evil.example"),
        ];
        if route.from == From::OwnPage {
            foreign.push(own().with("origin", "null"));
            foreign.push(own().without(ORIGIN));
            foreign.push(own().without("x-deskbell"));
        }
        for asking in foreign {
            assert_eq!(server.ask(asking).await.status, 403, "{}", route.path);
        }
    }
    let socket = |origin: Option<&str>| {
        let asking = get("/ws").with("upgrade", "websocket").with("connection", "upgrade");
        server.ask(match origin {
            Some(origin) => asking.with("origin", origin),
            None => asking,
        })
    };
    for origin in [
        None,
        Some("null"),
        Some("https://evil"),
        Some("https://chat.example"),
        Some("https://chat.example.evil.com:8443"),
    ] {
        assert_eq!(socket(origin).await.status, 403, "{origin:?}");
    }
    assert_eq!(socket(Some(OWN)).await.status, 426);
}

#[tokio::test]
async fn bodies_are_bounded_and_of_the_right_kind() {
    let (server, owner) = Server::set_up().await;
    let name = ProfileEdit { name: "Ada L".into() }.to_text();
    let me = |body: &str| post("/api/me", body).by(&owner);
    assert_eq!(server.ask(me(&name)).await.status, 200);
    assert_eq!(
        server.ask(me(&name).with("content-type", "application/json; charset=utf-8")).await.status,
        200
    );
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        assert_eq!(server.ask(me(&name).with("content-type", kind)).await.status, 415, "{kind}");
    }
    assert_eq!(server.ask(me(&name).without(CONTENT_TYPE)).await.status, 415);
    assert_eq!(server.ask(me(&name).with("content-encoding", "gzip")).await.status, 415);
    assert_eq!(server.ask(me(&name).with("content-length", "99999999")).await.status, 413);
    let mut endless = me("");
    endless.body = vec![Bytes::from(vec![b' '; 10_000]); 100];
    assert_eq!(server.ask(endless).await.status, 413);
    for (field, body) in [
        ("extra", "{\"name\":\"A\",\"role\":\"owner\"}"),
        ("missing", "{}"),
        ("type", "{\"name\":1}"),
        ("deep", &"[".repeat(1000)),
        ("utf-8", "{\"name\":\"\u{0}\"}"),
    ] {
        let status = server.ask(me(body)).await.status;
        assert!(status == 400 || status == 422, "{field}: {status}");
    }
    let me: MeView = server.ask(get("/api/me").by(&owner)).await.read();
    assert_eq!((me.agent.name.as_str(), me.role), ("Ada L", Role::Owner));
}

#[tokio::test]
async fn wrong_passwords_do_not_let_in_and_do_not_tell() {
    let (server, owner) = Server::set_up().await;
    let login = |email: &str, password: &str| {
        let asked = LoginRequest { email: email.into(), password: password.into() };
        server.ask(post("/api/login", &asked.to_text()))
    };
    let wrong = login("ada@example.com", "violet kettle 8").await;
    let nobody = login("eve@example.com", "violet kettle 9").await;
    assert_eq!((wrong.status, &wrong.body), (nobody.status, &nobody.body));
    assert_eq!(wrong.code(), RefusalCode::Invalid);
    assert_eq!(login("ada@example.com", "").await.code(), RefusalCode::Invalid);
    let right = login(" Ada@Example.com ", PASSWORD).await;
    assert_eq!(right.status, 200);
    assert_ne!(right.cookie(), owner, "a sign-in has a session of its own");

    let asked = PasswordEdit { current: "wrong wrong".into(), new: "seven small stones".into() };
    assert_eq!(server.ask(post("/api/me/password", &asked.to_text()).by(&owner)).await.status, 422);
    let asked = PasswordEdit { current: PASSWORD.into(), new: "password".into() };
    let weak = server.ask(post("/api/me/password", &asked.to_text()).by(&owner)).await;
    assert_eq!(weak.read::<Failure>().field.as_deref(), Some("new"));
    let asked = PasswordEdit { current: PASSWORD.into(), new: "seven small stones".into() };
    assert_eq!(server.ask(post("/api/me/password", &asked.to_text()).by(&owner)).await.status, 200);
    assert_eq!(server.ask(get("/api/me").by(&owner)).await.status, 200, "this session stays");
    assert_eq!(server.ask(get("/api/me").by(&right.cookie())).await.status, 401, "the others end");
    assert_eq!(login("ada@example.com", PASSWORD).await.code(), RefusalCode::Invalid);

    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(login("ada@example.com", "wrong").await.code());
    }
    assert_eq!(codes.last(), Some(&RefusalCode::RateLimited));
}

#[tokio::test]
async fn signing_out_ends_one_session_or_all() {
    let (server, first) = Server::set_up().await;
    let login = LoginRequest { email: "ada@example.com".into(), password: PASSWORD.into() }.to_text();
    let second = server.ask(post("/api/login", &login)).await.cookie();
    let third = server.ask(post("/api/login", &login)).await.cookie();
    let is_in = async |cookie: &str| server.ask(get("/api/me").by(cookie)).await.status == 200;
    let out = server.ask(post("/api/logout", "").by(&second)).await;
    assert!(out.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert!(is_in(&first).await && !is_in(&second).await && is_in(&third).await);
    // Whoever signs in over an old session ends that one.
    let fourth = server.ask(post("/api/login", &login).by(&third)).await.cookie();
    assert!(!is_in(&third).await && is_in(&fourth).await);
    server.ask(post("/api/logout-everywhere", "").by(&first)).await;
    assert!(!is_in(&first).await && !is_in(&fourth).await);
}

#[tokio::test]
async fn one_session_ends_another() {
    let (server, first) = Server::set_up().await;
    let login = LoginRequest { email: "ada@example.com".into(), password: PASSWORD.into() }.to_text();
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let second = server.ask(post("/api/login", &login).with("user-agent", firefox)).await.cookie();
    let listed = async |cookie: &str| -> Vec<SessionView> {
        let view: SessionsView = server.ask(get("/api/me/sessions").by(cookie)).await.read();
        view.sessions
    };
    let all = listed(&second).await;
    let devices: Vec<_> = all.iter().map(|one| (one.device.as_deref(), one.is_this)).collect();
    assert_eq!(devices, [(Some("Firefox, Linux"), true), (None, false)]);
    let end = async |id: &str, cookie: &str| {
        server.ask(post(&format!("/api/me/sessions/{id}/end"), "").by(cookie)).await.status
    };
    assert_eq!(end(&all[1].id, &second).await, 200);
    assert_eq!(server.ask(get("/api/me").by(&first)).await.status, 401);
    assert_eq!(end(&all[1].id, &second).await, 404, "it has ended");
    assert_eq!(end("", &second).await, 404);
    assert_eq!(listed(&second).await.len(), 1);

    // A colleague's is none of theirs.
    let other = server.agent(&second).await;
    let foreign = &listed(&second).await[0].id;
    assert_eq!(end(foreign, &other).await, 404);
    assert_eq!(server.ask(get("/api/me").by(&second)).await.status, 200);
}

#[tokio::test]
async fn secrets_are_in_cookies_only() {
    let (server, owner) = Server::set_up().await;
    let secret = owner.split('=').nth(1).unwrap();
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Get) {
        let answer = server.ask(get(&filled(route.path, "x")).by(&owner)).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains(secret) && !text.contains("argon2"), "{}", route.path);
    }
}

#[tokio::test]
async fn a_visitor_is_the_same_with_the_cookie_and_another_without() {
    let (server, owner) = Server::set_up().await;
    let path = format!("/w/{}/ticket", server.key(&owner).await);
    let asked =
        |token: Option<&str>| VisitorTicketRequest { token: token.map(str::to_owned), page: None }.to_text();
    let first = server.ask(post(&path, &asked(None))).await;
    let token = first.read::<VisitorTicket>().token.expect("without a cookie the frame keeps the token");
    let flags = first.headers[SET_COOKIE].to_str().unwrap();
    assert!(flags.starts_with("__Host-deskbell_visitor_8443="));
    for flag in ["Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"] {
        assert!(flags.contains(flag), "{flags}");
    }
    let visitor = |answer: &Answer| {
        let ticket = answer.read::<VisitorTicket>().ticket;
        server.0.app.tickets.redeem(&ticket, NOW).unwrap()
    };
    let same = server.ask(post(&path, &asked(None)).by(&first.cookie())).await;
    assert_eq!(same.read::<VisitorTicket>().token, None, "the cookie sticks");
    let by_token = server.ask(post(&path, &asked(Some(&token)))).await;
    let other = server.ask(post(&path, &asked(None))).await;
    let first = visitor(&first);
    assert_eq!((visitor(&same), visitor(&by_token)), (first, first));
    assert_ne!(visitor(&other), first);
    for bad in [
        "{\"token\":[1]}",
        "{\"token\":{\"$regex\":\".\"}}",
        "{\"token\":1}",
        "{\"token\":\"%\"}",
        "{\"visitor\":\"1\"}",
    ] {
        assert_eq!(server.ask(post(&path, bad)).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_plain_form_sent_twice_is_one_message() {
    let (server, owner) = Server::set_up().await;
    let path = format!("/w/{}/plain", server.key(&owner).await);
    let token_of = |answer: &Answer| {
        let text = answer.text();
        text.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let send = |token: &str, text: &str| {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("token", token), ("text", text)])
            .finish();
        let asking = post(&path, &body).with("content-type", "application/x-www-form-urlencoded");
        server.ask(asking.without(ORIGIN).without("x-deskbell"))
    };
    let empty = server.ask(get(&path)).await;
    assert!(!empty.text().contains("<script") && !empty.text().contains("<li class"));
    let token = token_of(&empty);
    let sent = send(&token, "Hello\r\nthere").await;
    assert_eq!(sent.text().matches("<li class=\"mine\">").count(), 1);
    assert!(sent.text().contains("Hello<br>there"));
    let again = send(&token, "Hello\r\nthere").await;
    assert_eq!(again.text().matches("<li class=\"mine\">").count(), 1);
    let other = send(&token, "Something else").await;
    assert!(other.text().contains("sent before") && other.text().contains("Something else</textarea>"));
    let next = send(&token_of(&again), "Second").await;
    assert_eq!(next.text().matches("<li class=\"mine\">").count(), 2);
    let forged = send("AAAA", "Kept").await;
    assert!(forged.text().contains("Kept</textarea>") && !forged.text().contains("<li class"));
    let foreign = post(&path, "text=x").with("origin", "https://evil.example");
    assert_eq!(server.ask(foreign).await.status, 403);
}

#[tokio::test]
async fn a_picture_is_made_anew_and_served_as_nothing_else() {
    let (server, owner) = Server::set_up().await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(20, 10).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let mut upload = post("/api/me/picture", "").by(&owner).with("content-type", "image/png");
    upload.body = vec![Bytes::from(png.into_inner())];
    assert_eq!(server.ask(upload).await.status, 200);
    let hash = server.ask(get("/api/me").by(&owner)).await.read::<MeView>().agent.picture.unwrap();
    let picture = server.ask(get(&format!("/picture/{hash}"))).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.headers[CONTENT_TYPE], "image/png");
    assert!(picture.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox"));
    let svg = post("/api/me/picture", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").by(&owner);
    assert_eq!(server.ask(svg).await.status, 422);
}

#[tokio::test]
async fn cookies_of_a_request_count_once() {
    let (server, owner) = Server::set_up().await;
    let twice = format!("{owner}; {owner}");
    assert_eq!(server.ask(get("/api/me").by(&twice)).await.status, 401);
    let mut two_headers = get("/api/me").by(&owner);
    two_headers.headers.append(COOKIE, HeaderValue::from_str(&owner).unwrap());
    assert_eq!(server.ask(two_headers).await.status, 401);
    assert_eq!(server.ask(get("/api/me").by(&format!("a=1; {owner}"))).await.status, 200);
    let _: Nothing = server.ask(post("/api/logout", "").by(&owner)).await.read();
}

/// S18: the policy names who may show the frame, and a page that is not among them is not even given it.
#[tokio::test]
async fn the_frame_is_for_pages_of_the_site() {
    let (server, owner) = Server::set_up().await;
    let frame = format!("/w/{}/", server.key(&owner).await);
    let shown = |from: Option<&str>, how: &'static str| {
        let asking = get(&frame).with("sec-fetch-dest", how);
        server.ask(match from {
            Some(from) => asking.with("referer", from),
            None => asking,
        })
    };
    for from in [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "http://shop.example/",
        "https://chat.example/",
    ] {
        let refused = shown(Some(from), "iframe").await;
        assert_eq!(refused.status, 403, "{from}");
        assert!(refused.text().contains("may not show the chat"), "{from}");
    }
    // Where it hides, and where the chat is opened as a page of its own.
    for (from, how) in [
        (Some("https://shop.example/"), "iframe"),
        (Some(OWN), "iframe"),
        (None, "iframe"),
        (Some("https://evil.example/"), "document"),
    ] {
        let given = shown(from, how).await;
        assert_ne!(given.status, 403, "{from:?} {how}");
    }
}

/// S61: links come from the settings, whatever a request says about where it went.
#[tokio::test]
async fn a_forged_host_is_in_no_link() {
    let (server, owner) = Server::set_up().await;
    let asked = InviteRequest { email: "eve@example.com".into(), role: Role::Agent, proof: None }.to_text();
    let invite = post("/api/invites", &asked)
        .by(&owner)
        .with("host", "evil.example")
        .with("x-forwarded-host", "evil.example")
        .with("forwarded", "host=evil.example;proto=http");
    let made: InviteView = server.ask(invite).await.read();
    assert!(made.link.starts_with(&format!("{OWN}/desk/invite#")), "{}", made.link);
    let sites = server.ask(get("/api/sites").by(&owner).with("host", "evil.example")).await;
    assert!(sites.text().contains("chat.example") && !sites.text().contains("evil.example"));
    // Nor does it make a foreign page one of ours.
    let foreign = post("/api/logout", "{}")
        .by(&owner)
        .with("origin", "https://evil.example")
        .with("host", "evil.example")
        .with("x-forwarded-host", "evil.example");
    assert_eq!(server.ask(foreign).await.status, 403);
}

#[tokio::test]
async fn the_address_of_a_file_is_over_after_some_minutes() {
    let (clock, data) = (ClockInHand::at(NOW), tempfile::tempdir().unwrap());
    let server = Server::at(clock.clone(), data.path());
    let (visitor, id) = (VisitorId(7), FileId(9));
    let upload =
        server.0.files.begin(Writer::Visitor(visitor), "bill.txt", IpAddr::from([127, 0, 0, 1]).into());
    let upload = upload.unwrap();
    std::fs::write(&upload.path, "what is owed").unwrap();
    let kept = server.0.files.keep(upload).await.unwrap();
    assert_ne!(kept.id, id);
    let address = server.0.files.address(visitor, kept.id);
    let read = server.ask(get(&address)).await;
    assert_eq!((read.status.as_u16(), &read.body[..]), (200, &b"what is owed"[..]));
    clock.passes(FILE_LINK_LIFETIME);
    assert_eq!(server.ask(get(&address)).await.status, 200, "to the last moment");
    clock.passes(Duration::from_millis(1));
    let late = server.ask(get(&address)).await;
    assert_eq!(late.status, 403);
    assert!(
        Failure::from_text(std::str::from_utf8(&late.body).unwrap()).unwrap().message.contains("few minutes")
    );
    // Nobody moves its end by hand.
    let longer = server.0.files.address(visitor, id).replace(&id.to_hex(), &kept.id.to_hex());
    assert_eq!(server.ask(get(&longer)).await.status, 404, "of another file");
}

/// S13: a session that somebody else may have put there is not the one that is signed in.
#[tokio::test]
async fn signing_in_ends_the_session_that_was_there() {
    let (server, before) = Server::set_up().await;
    let asked = LoginRequest { email: "ada@example.com".into(), password: PASSWORD.into() }.to_text();
    let answer = server.ask(post("/api/login", &asked).by(&before)).await;
    assert_eq!(answer.status, 200);
    let after = answer.cookie();
    assert_ne!(before, after);
    assert_eq!(server.ask(get("/api/me").by(&before)).await.status, 401);
    assert_eq!(server.ask(get("/api/me").by(&after)).await.status, 200);
}
