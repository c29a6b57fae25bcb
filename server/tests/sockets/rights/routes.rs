//! Every route, by every role.

use deskbell_server::http::routes::{ROUTES, Route, Verb};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{ConversationId, Draft, FileId, FileView, Right, VisitorId};
use deskbell_shared::protocol::Command;
use deskbell_shared::protocol::api::{BlockRequest, ConversationCard, LoginRequest, SearchRequest};

use super::{CANARY, Office, Row, everybody};
use crate::support::Raw;
use crate::support::http::{Answer, Request, get, own_page, post, send};
use crate::support::raw::draft;
use crate::support::server::{PASSWORD, new_token};

/// What each route answers to who is signed in. Bodies are `{}`, which says nothing useful, but where it is about a
/// conversation or its visitor.
fn route_row(route: &Route) -> Option<Row<u16>> {
    use Row::{About, All, Door, Role};
    let verb = if route.verb == Verb::Get { "GET" } else { "POST" };
    Some(match (verb, route.path) {
        // Nobody is somebody else for being signed in.
        _ if route.path.starts_with("/w/:key") => return None,
        ("GET", "/" | "/desk") => All(302),
        ("GET", "/desk/*" | "/robots.txt" | "/healthz" | "/readyz" | "/preview.css" | "/panel.js") => {
            All(200)
        }
        ("GET", "/assets/:name" | "/picture/:hash" | "/file/:id/:pass" | "/mail/stop/:token") => All(404),
        ("POST", "/mail/stop/:token") => All(404),
        ("POST", "/csp-report") => All(204),
        ("GET", "/ws") => All(426),
        ("POST", "/api/setup" | "/api/login" | "/api/login/code" | "/api/invites/accept") => All(400),
        ("POST", "/api/logout" | "/api/logout-everywhere" | "/api/ticket") => All(200),
        ("GET", "/api/me" | "/api/me/sessions" | "/api/me/second-step" | "/api/agents") => All(200),
        ("POST", "/api/me" | "/api/me/password") => All(400),
        ("POST", "/api/me/picture") => All(422),
        ("POST", "/api/me/sessions/:id/end") => All(404),
        (
            "POST",
            "/api/me/second-step/begin"
            | "/api/me/second-step/on"
            | "/api/me/second-step/off"
            | "/api/me/second-step/codes",
        ) => All(400),
        ("GET", "/api/filing" | "/api/views") => All(200),
        ("GET", "/api/snippets" | "/api/blocks" | "/api/board/:number") => All(200),
        ("POST", "/api/snippets" | "/api/snippets/:id") => All(400),
        ("POST", "/api/views" | "/api/views/:id") => All(400),
        ("POST", "/api/views/:id/forget") => All(404),
        ("POST", "/api/snippets/:id/forget" | "/api/snippets/:id/used") => All(404),
        ("POST", "/api/search") => All(200),
        (
            "GET",
            "/api/conversations/:id"
            | "/api/conversations/:id/reasons"
            | "/api/conversations/:id/transcript"
            | "/api/visitors/:id"
            | "/api/inboxes/:id/waits"
            | "/api/inboxes/:id/ended/:number"
            | "/file/:id",
        ) => About(Right::Note, 200),
        ("POST", "/api/visitors/:id/block" | "/api/visitors/:id/unblock") => Door(Right::Block, 200),
        ("POST", "/api/upload") => Role(Right::Answer, 200),
        ("POST", "/api/visitors/:id/erase") => Role(Right::Erase, 400),
        ("GET", "/api/audit" | "/api/audit/:number" | "/api/audit/check" | "/api/audit/file") => {
            Role(Right::ReadTrail, 200)
        }
        ("GET", "/api/audit/:number/:person/:what") => Role(Right::ReadTrail, 404),
        ("GET", "/preview/:name" | "/preview/:name/loader.js" | "/w/preview/:name/") => {
            Role(Right::Manage, 404)
        }
        ("GET", "/api/sites" | "/api/inboxes" | "/api/retention") => Role(Right::Manage, 200),
        ("GET", "/api/sites/:id/identity") => Role(Right::Manage, 404),
        ("POST", "/api/pictures") => Role(Right::Manage, 422),
        (
            "POST",
            "/api/invites"
            | "/api/sites"
            | "/api/sites/:id"
            | "/api/sites/:id/preview"
            | "/api/sites/:id/identity/secrets"
            | "/api/sites/:id/identity/drop"
            | "/api/inboxes"
            | "/api/inboxes/:id"
            | "/api/inboxes/:id/identity"
            | "/api/inboxes/:id/outcomes"
            | "/api/tags"
            | "/api/tags/:id"
            | "/api/retention"
            | "/api/retention/due"
            | "/api/agents/:id/deactivate"
            | "/api/agents/:id/reactivate"
            | "/api/agents/:id/role/:role"
            | "/api/agents/:id/second-step/off",
        ) => Role(Right::Manage, 400),
        _ => return None,
    })
}

/// What routes are asked about.
struct About {
    conversation: ConversationId,
    visitor: VisitorId,
    file: FileId,
}

impl Office {
    /// A visitor who has written and sent a file.
    async fn visited(&self) -> About {
        let token = new_token();
        let mut visitor = Raw::visitor(&self.server, &token).await;
        let conversation = visitor.starts(&[CANARY]).await;
        let cookie = format!("__Host-deskbell_visitor_{}={token}", self.server.port());
        let mut headers = own_page(self.server.port(), Some(&cookie));
        headers.push(("x-deskbell-name", "bill.txt".to_owned()));
        let path = format!("/w/{}/upload", self.server.site_key());
        let upload = Request { method: "POST", path: &path, headers, body: CANARY.to_owned() };
        let file = send(self.server.port(), upload).await.read::<FileView>().id;
        let id = visitor.id();
        let messages = vec![Draft { file: Some(file), ..draft("") }];
        visitor.say(&Command::Send { id, conversation, messages }).await;
        visitor.reply(id).await;
        let path = format!("/api/conversations/{conversation}");
        let card = get(self.server.port(), &path, Some(&self.server.owner().cookie)).await;
        let visitor = card.read::<ConversationCard>().summary.visitor.id;
        About { conversation, visitor, file }
    }

    async fn call(&self, route: &Route, cookie: &str, about: &About) -> Answer {
        let id = match route.path {
            path if path.contains("/conversations/") => about.conversation.to_hex(),
            path if path.contains("/visitors/") => about.visitor.to_hex(),
            path if path.contains("/inboxes/") => self.main.to_hex(),
            "/file/:id" => about.file.to_hex(),
            _ => "0".repeat(32),
        };
        let path = (route
            .path
            .replace(":id", &id)
            .replace(":name", "nothing.js")
            .replace(":number", "1")
            .replace(":role", "agent"))
        .replace(":hash", &"0".repeat(64))
        .replace('*', "inbox/mine");
        let body = match (route.verb, route.path) {
            (Verb::Get, _) => String::new(),
            (_, "/api/visitors/:id/block") => {
                BlockRequest { reason: "a reason".into(), for_seconds: 60 }.to_text()
            }
            (_, "/api/search") => SearchRequest {
                text: "canary".into(),
                inbox: None,
                agent: None,
                status: None,
                since: None,
                until: None,
                only: None,
                before: None,
            }
            .to_text(),
            _ => "{}".to_owned(),
        };
        let method = if route.verb == Verb::Get { "GET" } else { "POST" };
        let headers = own_page(self.server.port(), Some(cookie));
        send(self.server.port(), Request { method, path: &path, headers, body }).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_by_every_role() {
    let mut wrong = Vec::new();
    for (role, is_member) in everybody() {
        let office = Office::open(role, is_member).await;
        let is_in_sight = is_member || role.may(Right::SeeAll);
        let (there, nothing) = (
            office.visited().await,
            About { conversation: ConversationId(1), visitor: VisitorId(1), file: FileId(1) },
        );
        let mut pat = office.pat.cookie.clone();
        for route in ROUTES {
            let Some(row) = route_row(route) else {
                assert!(
                    route.path.starts_with("/w/:key"),
                    "{:?} {} has no row: add it to `route_row`",
                    route.verb,
                    route.path
                );
                continue;
            };
            let answer = office.call(route, &pat, &there).await;
            let wanted = row.by(role, is_in_sight, 403, 404);
            let who = format!("{:?} {} by {role:?}, a member: {is_member}", route.verb, route.path);
            if answer.status != wanted {
                wrong.push(format!("{who}: {} instead of {wanted}, {}", answer.status, answer.body));
            }
            // Whatever it answers, it holds nothing of what is not theirs to see, and looks as if there were nothing (S69).
            if !is_in_sight {
                let tells = [CANARY.to_owned(), there.conversation.to_hex()]
                    .iter()
                    .any(|it| answer.body.contains(it));
                if tells && !answer.body.contains("\"text\":\"canary\"") {
                    wrong.push(format!("{who} tells {}", answer.body));
                }
                if matches!(row, Row::About(..) | Row::Door(..)) && !route.path.contains("/inboxes/") {
                    let none = office.call(route, &pat, &nothing).await;
                    assert_eq!((answer.status, &answer.body), (none.status, &none.body), "{who}");
                }
            }
            if route.path.contains("logout") {
                let login = LoginRequest { email: "pat@shop.example".into(), password: PASSWORD.into() };
                pat =
                    post(office.server.port(), "/api/login", None, &login).await.cookie().expect("a session");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
