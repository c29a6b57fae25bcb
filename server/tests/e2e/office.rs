//! A business that is set up already: a chat server with an owner and a site, and the shop that embeds it on another
//! site. The set-up itself is a story of its own; here it is done by the requests that its pages send.

use bytes::Bytes;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::site::{SiteLooks, SiteView};
use deskbell_shared::protocol::api::{
    InboxEdit, InboxesView, MeView, NewSiteSecret, PeopleView, ProofRequest, SetupRequest, SiteEdit,
    SitesView,
};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::chat_server::ChatServer;
use crate::front::Front;
use crate::mailbox::Mailbox;
use crate::shop::{Page, Shop};
use crate::signing::{QUEUE, signed};
use crate::stage::Stage;

/// Who owns the business of every story.
pub const OWNER: Account =
    Account { name: "Ada Bell", email: "ada@kettles.example", password: "a kettle for the owner" };
/// The colleague some stories have.
pub const COLLEAGUE: Account =
    Account { name: "Grace Ring", email: "grace@kettles.example", password: "a kettle for the other" };
/// The name of the site.
pub const SITE_NAME: &str = "Kettles and Cups";
/// What the widget says first.
pub const GREETING: &str = "Hello! Ask us anything about kettles.";

/// Who signs in how.
pub struct Account {
    /// The name visitors see.
    pub name: &'static str,
    /// What signs in.
    pub email: &'static str,
    /// The password.
    pub password: &'static str,
}

/// The chat server and the shop.
pub struct Office {
    /// The chat server.
    pub chat: ChatServer,
    /// The shop.
    pub shop: Shop,
    /// The host name of the shop whose pages may show the widget.
    pub host: &'static str,
    /// The tag of the site.
    pub tag: String,
    site: SiteView,
    owner: Option<String>,
}

impl Office {
    /// Over TLS: the chat on chat.localhost, the shop on shop.localhost, two sites.
    pub async fn over_tls(stage: &Stage) -> Office {
        let chat = ChatServer::start("chat.localhost", Some(&stage.certificate)).await;
        Office::open(chat, "shop.localhost").await
    }

    /// The same, with a mail server that takes answers at once.
    pub async fn with_mail(stage: &Stage, mailbox: &Mailbox) -> Office {
        let port = mailbox.port().to_string();
        let settings = [
            ["--smtp-host", "127.0.0.1"],
            ["--smtp-port", &port],
            ["--smtp-tls", "none"],
            ["--smtp-from", "chat@kettles.example"],
            ["--mail-gather-seconds", "0"],
        ];
        let settings = settings.concat().into_iter().map(str::to_owned).collect();
        let chat = ChatServer::start_with("chat.localhost", Some(&stage.certificate), settings).await;
        Office::open(chat, "shop.localhost").await
    }

    /// Without TLS, as on a developer's machine: the chat on localhost, the shop on 127.0.0.1, two sites.
    pub async fn plain() -> Office {
        Office::open(ChatServer::start("localhost", None).await, "127.0.0.1").await
    }

    /// The same, with something between it and the browsers.
    pub async fn behind(front: &Front) -> Office {
        let chat = ChatServer::start_behind("localhost", front.port()).await;
        front.leads_to(chat.port());
        Office::open(chat, "127.0.0.1").await
    }

    async fn open(chat: ChatServer, host: &'static str) -> Office {
        let shop = Shop::open(chat.certificate()).await;
        let (site, owner) = set_up(&chat, vec![shop.origin(host), shop.origin("other.localhost")]).await;
        let office = Office { chat, shop, host, tag: site.tag.clone(), site, owner };
        for path in ["/", "/cups"] {
            office.shop.put(path, Page::with(&office.tag));
        }
        office
    }

    /// The public key of the site.
    pub fn key(&self) -> String {
        self.site.key.clone()
    }

    /// The owner makes a secret with which the shop's server signs who its visitors are.
    pub async fn makes_secret(&self) -> NewSiteSecret {
        let path = format!("/api/sites/{}/identity/secrets", self.site.id);
        let request = ProofRequest { password: OWNER.password.to_owned(), code: None };
        let (_, made) = ask(&self.chat, "POST", &path, self.owner.clone(), request.to_text()).await;
        NewSiteSecret::from_text(&made).unwrap_or_else(|error| panic!("no secret: {made}: {error:?}"))
    }

    /// A second inbox, and each with the one member who answers in it: the first two who may, in the order of their names.
    pub async fn has_two_inboxes(&self, first: &str, second: &str) {
        let owner = || self.owner.clone();
        let (_, team) = ask(&self.chat, "GET", "/api/agents", owner(), String::new()).await;
        let team = PeopleView::from_text(&team).unwrap_or_else(|error| panic!("{team}: {error:?}")).people;
        let (_, all) = ask(&self.chat, "GET", "/api/inboxes", owner(), String::new()).await;
        let main = InboxesView::from_text(&all).expect("the inboxes").inboxes.remove(0);
        let paths = [format!("/api/inboxes/{}", main.id), "/api/inboxes".to_owned()];
        for ((name, member), path) in [first, second].into_iter().zip(&team).zip(paths) {
            let members = vec![member.agent.id];
            let edit = InboxEdit { name: name.to_owned(), members, hours: None, routing: None };
            let (_, made) = ask(&self.chat, "POST", &path, owner(), edit.to_text()).await;
            assert!(made.contains(name), "{made}");
        }
    }

    /// Somebody new writes with the form that needs no scripts, and waits.
    pub async fn somebody_waits(&self, text: &str) {
        let path = format!("/w/{}/plain", self.key());
        let (_, form) = ask(&self.chat, "GET", &path, None, String::new()).await;
        let token = form.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        let token = token.unwrap_or_else(|| panic!("no form to write into: {form}")).0;
        let body = format!("token={token}&text={}", text.replace(' ', "+"));
        let (_, shown) = ask(&self.chat, "POST", &path, None, body).await;
        assert!(shown.contains(text), "{shown}");
    }

    /// Takes everybody out of all inboxes; owners see them all the same.
    pub async fn has_no_members_but_owners(&self) {
        let (_, all) = ask(&self.chat, "GET", "/api/inboxes", self.owner.clone(), String::new()).await;
        for inbox in InboxesView::from_text(&all).expect("the inboxes").inboxes {
            let edit = InboxEdit { name: inbox.name, members: Vec::new(), hours: inbox.hours, routing: None };
            let path = format!("/api/inboxes/{}", inbox.id);
            ask(&self.chat, "POST", &path, self.owner.clone(), edit.to_text()).await;
        }
    }

    /// A page of the website that says who its visitor is, with a secret of the site.
    pub fn puts_page_of(&self, secret: &str, path: &str, sub: &str) {
        let token = signed(&self.key(), secret, sub);
        let call = format!("Deskbell('identify', {{ token: '{token}' }})");
        self.shop.put(path, Page::with(&format!("<script>{QUEUE}{call}</script>{}", self.tag)));
    }

    /// The address of a page of the shop.
    pub fn page(&self, path: &str) -> String {
        self.shop.origin(self.host) + path
    }
}

/// What a form without scripts is sent as.
const FORM: &str = "application/x-www-form-urlencoded";

async fn set_up(chat: &ChatServer, origins: Vec<String>) -> (SiteView, Option<String>) {
    let link = chat.set_up_link().await;
    let looks = SiteLooks {
        name: SITE_NAME.to_owned(),
        colour: "#2450c8".to_owned(),
        greeting: GREETING.to_owned(),
        style: None,
    };
    let request = SetupRequest {
        token: link.split_once('#').expect("a secret in the set-up link").1.to_owned(),
        name: OWNER.name.to_owned(),
        email: OWNER.email.to_owned(),
        password: OWNER.password.to_owned(),
        site: SiteEdit { looks, origins, inbox: None, inboxes: None },
    };
    let (cookie, me) = ask(chat, "POST", "/api/setup", None, request.to_text()).await;
    MeView::from_text(&me).unwrap_or_else(|error| panic!("the set-up answered {me}: {error:?}"));
    let (_, sites) = ask(chat, "GET", "/api/sites", cookie.clone(), String::new()).await;
    (SitesView::from_text(&sites).expect("the sites").sites.remove(0), cookie)
}

/// One request as a page of the desk would send it; the cookie that came back, and the body.
async fn ask(
    chat: &ChatServer,
    method: &str,
    path: &str,
    cookie: Option<String>,
    body: String,
) -> (Option<String>, String) {
    let stream = TcpStream::connect(("127.0.0.1", chat.port())).await.expect("reaching the chat server");
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", chat.origin().split_once("://").expect("a scheme").1)
        .header("origin", chat.origin())
        .header("x-deskbell", "1")
        .header("content-type", if body.starts_with("token=") { FORM } else { "application/json" });
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let request = request.body(Full::<Bytes>::from(body)).expect("a request");
    let response = match chat.certificate() {
        Some(certificate) => send(certificate.connect(stream, chat.host()).await, request).await,
        None => send(stream, request).await,
    };
    let cookie = response.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    let body = response.into_body().collect().await.expect("the whole answer").to_bytes();
    (cookie, String::from_utf8_lossy(&body).into_owned())
}

async fn send(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> hyper::Response<hyper::body::Incoming> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("speaking http");
    tokio::spawn(connection);
    sender.send_request(request).await.expect("an answer")
}
