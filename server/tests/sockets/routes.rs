//! Every route by everybody. A route without an expectation fails the test.

use deskbell_server::http::routes::{From, ROUTES, Route, Verb};

use deskbell_shared::model::Role;

use crate::support::http::{Answer, Request, own_page, send};
use crate::support::server::{Server, new_token, visitor_ticket};

/// The status for: nobody, a visitor, an agent, an owner. Bodies are `{}`, which says nothing useful: whoever may call
/// is told so, and the others must not get that far.
fn expected(route: &Route) -> Option<[u16; 4]> {
    let verb = if route.verb == Verb::Get { "GET" } else { "POST" };
    Some(match (verb, route.path) {
        ("GET", "/" | "/desk") => [302; 4],
        ("GET", "/desk/*") => [200; 4],
        ("GET", "/robots.txt" | "/healthz" | "/readyz") => [200; 4],
        // Nothing has this name.
        ("GET", "/assets/:name" | "/picture/:hash") => [404; 4],
        // `{}` is a report of nothing.
        ("POST", "/csp-report") => [204; 4],
        // Not without a handshake.
        ("GET", "/ws") => [426; 4],
        ("GET", "/w/:key.js" | "/w/:key/" | "/w/:key/plain" | "/w/:key/plain.css") => [200; 4],
        ("GET", "/preview.css" | "/panel.js") => [200; 4],
        // Nobody has prepared one of this name.
        ("GET", "/preview/:name" | "/preview/:name/loader.js" | "/w/preview/:name/") => [401, 401, 403, 404],
        ("POST", "/api/sites/:id/preview") => [401, 401, 403, 400],
        ("POST", "/api/pictures") => [401, 401, 403, 422],
        ("GET", "/api/conversations/:id/reasons") => [401, 401, 404, 404],
        ("POST", "/w/:key/plain") => [415; 4],
        ("POST", "/w/:key/ticket") => [200; 4],
        // `{}` is signed by nobody.
        ("POST", "/w/:key/identify") => [400; 4],
        ("POST", "/api/setup" | "/api/login" | "/api/login/code" | "/api/invites/accept") => [400; 4],
        ("POST", "/api/logout" | "/api/logout-everywhere") => [401, 401, 200, 200],
        ("POST", "/api/ticket") => [401, 401, 200, 200],
        ("GET", "/api/me" | "/api/me/sessions" | "/api/me/second-step" | "/api/agents") => {
            [401, 401, 200, 200]
        }
        ("POST", "/api/me" | "/api/me/password") => [401, 401, 400, 400],
        (
            "POST",
            "/api/me/second-step/begin"
            | "/api/me/second-step/on"
            | "/api/me/second-step/off"
            | "/api/me/second-step/codes",
        ) => [401, 401, 400, 400],
        ("POST", "/api/me/picture") => [401, 401, 422, 422],
        ("POST", "/api/invites") => [401, 401, 403, 400],
        ("GET", "/api/snippets" | "/api/blocks" | "/api/filing" | "/api/views") => [401, 401, 200, 200],
        ("POST", "/api/snippets" | "/api/snippets/:id" | "/api/views" | "/api/views/:id") => {
            [401, 401, 400, 400]
        }
        // `{}` looks for nothing.
        ("POST", "/api/search") => [401, 401, 400, 400],
        // Nothing has this id.
        ("GET", "/api/conversations/:id" | "/api/visitors/:id") => [401, 401, 404, 404],
        (
            "POST",
            "/api/snippets/:id/forget"
            | "/api/snippets/:id/used"
            | "/api/views/:id/forget"
            | "/api/me/sessions/:id/end"
            | "/api/visitors/:id/unblock",
        ) => [401, 401, 404, 404],
        ("POST", "/api/visitors/:id/block") => [401, 401, 400, 400],
        ("GET", "/api/sites") => [401, 401, 403, 200],
        ("POST", "/api/sites") => [401, 401, 403, 400],
        ("POST", "/api/sites/:id") => [401, 401, 403, 400],
        ("GET", "/file/:id") => [401, 401, 404, 404],
        ("GET", "/file/:id/:pass") => [404; 4],
        // `{}` is a file of text as good as any.
        ("POST", "/w/:key/upload") => [401, 200, 401, 401],
        ("POST", "/w/:key/file/:id") => [401, 404, 401, 401],
        ("POST", "/w/:key/transcript") => [401, 400, 401, 401],
        ("POST", "/w/:key/forget") => [401, 200, 401, 401],
        // The last of the visitor's: their token is over then.
        ("POST", "/w/:key/logout") => [200; 4],
        ("POST", "/api/upload") => [401, 401, 200, 200],
        ("GET", "/api/conversations/:id/transcript") => [401, 401, 404, 404],
        ("POST", "/api/visitors/:id/erase") => [401, 401, 403, 400],
        // Nobody was given this token.
        ("GET" | "POST", "/mail/stop/:token") => [404; 4],
        ("GET", "/api/audit") => [401, 401, 403, 200],
        ("GET", "/api/audit/:number" | "/api/audit/check" | "/api/audit/file") => [401, 401, 403, 200],
        // Nobody is called so.
        ("GET", "/api/audit/:number/:person/:what") => [401, 401, 403, 404],
        ("GET", "/api/sites/:id/identity") => [401, 401, 403, 404],
        ("POST", "/api/sites/:id/identity/secrets" | "/api/sites/:id/identity/drop") => [401, 401, 403, 400],
        ("POST", "/api/inboxes/:id/identity") => [401, 401, 403, 400],
        ("GET", "/api/inboxes") => [401, 401, 403, 200],
        ("POST", "/api/tags" | "/api/tags/:id" | "/api/inboxes/:id/outcomes") => [401, 401, 403, 400],
        ("POST", "/api/inboxes" | "/api/inboxes/:id") => [401, 401, 403, 400],
        // Nobody may see an inbox that is not there.
        ("GET", "/api/inboxes/:id/waits" | "/api/inboxes/:id/ended/:number") => [401, 401, 404, 404],
        ("GET", "/api/board/:number") => [401, 401, 200, 200],
        (
            "POST",
            "/api/agents/:id/deactivate"
            | "/api/agents/:id/reactivate"
            | "/api/agents/:id/role/:role"
            | "/api/agents/:id/second-step/off",
        ) => [401, 401, 403, 400],
        ("GET", "/api/retention") => [401, 401, 403, 200],
        ("POST", "/api/retention" | "/api/retention/due") => [401, 401, 403, 400],
        _ => return None,
    })
}

fn path_of(route: &Route, server: &Server) -> String {
    route
        .path
        .replace(":key", server.site_key())
        .replace(":name", "nothing.js")
        .replace(":hash", &"0".repeat(64))
        .replace(":id", &"0".repeat(32))
        .replace(":number", "1")
        .replace(":role", "agent")
        .replace('*', "inbox/mine")
}

async fn call(server: &Server, route: &Route, headers: Vec<(&str, String)>) -> Answer {
    let method = if route.verb == Verb::Get { "GET" } else { "POST" };
    let body = if route.verb == Verb::Get { String::new() } else { "{}".to_owned() };
    send(server.port(), Request { method, path: &path_of(route, server), headers, body }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_by_everybody() {
    let server = Server::start().await;
    let mut wrong = Vec::new();
    let (mut agent, mut owner) = (server.agent("Mia").await, server.person("Otto", Role::Owner).await);
    let visitor = new_token();
    visitor_ticket(server.port(), server.site_key(), Some(visitor.clone())).await.expect("a ticket");
    let visitor = format!("__Host-deskbell_visitor_{}={visitor}", server.port());
    for route in ROUTES {
        let Some(expected) = expected(route) else {
            panic!("{:?} {} has no expectation: add it to `expected`", route.verb, route.path);
        };
        let cookies = [None, Some(&visitor), Some(&agent.cookie), Some(&owner.cookie)];
        for (cookie, expected) in cookies.into_iter().zip(expected) {
            let answer = call(&server, route, own_page(server.port(), cookie.map(String::as_str))).await;
            if answer.status != expected {
                let kind = cookie.map_or("nobody", |cookie| &cookie[..20]);
                wrong.push(format!(
                    "{:?} {} by {kind}: {} {}",
                    route.verb, route.path, answer.status, answer.body
                ));
            }
            assert!(answer.status < 500, "{} {}", route.path, answer.body);
        }
        if route.path.contains("logout") {
            agent = server.agent(&format!("Mia{}", route.path.len())).await;
            owner = server.person(&format!("Otto{}", route.path.len()), Role::Owner).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_pages_change_nothing_and_open_no_socket() {
    let server = Server::start().await;
    let (port, owner) = (server.port(), &server.owner().cookie);
    let own = format!("http://localhost:{port}");
    for route in ROUTES.iter().filter(|route| route.from != From::Anywhere) {
        for origin in [
            Some("https://evil.example".to_owned()),
            Some(format!("{own}.evil.example")),
            Some(format!("https://localhost:{port}")),
            Some(format!("http://localhost:{}", port.wrapping_add(1))),
            Some("null".to_owned()),
            None,
        ] {
            let form = route.from == From::OwnForm;
            // A form without scripts may be sandboxed, or be sent by an old browser; its token decides.
            if form && origin.as_deref().is_none_or(|origin| origin == "null") {
                continue;
            }
            let mut headers = vec![("cookie", owner.clone()), ("x-deskbell", "1".to_owned())];
            headers.push(("content-type", "application/json".to_owned()));
            headers.extend(origin.clone().map(|origin| ("origin", origin)));
            if route.from == From::OwnSocket {
                headers.push(("connection", "upgrade".to_owned()));
                headers.push(("upgrade", "websocket".to_owned()));
                headers.push(("sec-websocket-version", "13".to_owned()));
                headers.push(("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()));
            }
            let answer = call(&server, route, headers).await;
            assert_eq!(
                answer.status, 403,
                "{:?} {} from {origin:?}: {}",
                route.verb, route.path, answer.body
            );
        }
    }
    // With the right origin and without the header of our own pages a cross-site form would get through.
    for route in ROUTES.iter().filter(|route| route.from == From::OwnPage) {
        let headers = vec![("cookie", owner.clone()), ("origin", own.clone())];
        assert_eq!(call(&server, route, headers).await.status, 403, "{}", route.path);
    }
}
