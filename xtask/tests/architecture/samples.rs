//! Samples that break a rule must be caught, and innocent ones must not: a test that never fails proves nothing.

use std::path::Path;

use crate::documents;
use crate::rules::violations;
use crate::source::Source;

fn judged(path: &str, text: &str) -> Vec<String> {
    violations(&Source::read(Path::new(path), text).unwrap())
}

#[track_caller]
fn caught(path: &str, text: &str, line: usize, rule: &str) {
    let found = judged(path, text);
    let wanted = format!("{path}:{line}: ");
    assert!(found.iter().any(|one| one.starts_with(&wanted) && one.contains(rule)), "{found:?}");
}

#[track_caller]
fn innocent(path: &str, text: &str) {
    assert_eq!(judged(path, text), Vec::<String>::new());
}

#[test]
fn desk_knows_neither_a_runtime_nor_a_store() {
    caught("server/src/desk/queue.rs", "\nuse tokio::time::sleep;", 2, "desk imports");
    caught("server/src/desk/queue.rs", "use crate::{bus, desk::queue};", 1, "desk");
    caught("server/src/desk/mod.rs", "pub async fn decide() {}", 1, "desk imports");
    caught("server/src/desk/mod.rs", "fn now() { std::time::Instant::now(); }", 1, "desk imports");
    innocent("server/src/desk/queue.rs", "use std::collections::BTreeMap; use super::capacity::Capacity;");
}

#[test]
fn sql_stays_in_the_store() {
    caught("server/src/http/sites.rs", "const Q: &str = \"\n  SELECT id FROM site\";", 1, "SQL");
    caught("server/src/auth/session.rs", "use rusqlite::Connection;", 1, "SQL");
    innocent("server/src/store/sqlite/mod.rs", "use rusqlite::Connection; const Q: &str = \"SELECT 1\";");
    innocent("server/src/http/sites.rs", "// SELECT nothing\nconst T: &str = \"Select a site\";");
}

#[test]
fn sql_is_not_put_together_from_text() {
    caught(
        "server/src/store/sqlite/lists.rs",
        "fn f() { format!(\"SELECT * FROM t ORDER BY {order}\") }",
        1,
        "not put",
    );
    innocent("server/src/store/sqlite/lists.rs", "const SQL: &str = \"SELECT id FROM t WHERE id = ?1\";");
    caught("server/src/auth/secret.rs", "use rand::random;", 1, "the operating system's");
}

#[test]
fn nats_stays_in_its_file() {
    caught("server/src/bus/local.rs", "fn f() { async_nats::connect(); }", 1, "NATS");
    innocent("server/src/bus/nats.rs", "use async_nats::Client;");
}

#[test]
fn the_server_is_layered() {
    caught("server/src/store/mod.rs", "use crate::log::ConversationLog;", 1, "store stands below log");
    caught("server/src/application/send.rs", "use super::super::relay::Hub;", 1, "application stands below");
    caught("server/src/log/mod.rs", "mod tests { use super::super::http::routes; }", 1, "log stands below");
    caught("server/src/relay/hub.rs", "fn f() { crate::http::table() }", 1, "relay stands below http");
    caught("server/src/log/mod.rs", "use crate::bus::Hub; use crate::config::Config;", 1, "log stands below");
    caught("server/src/store/mod.rs", "use crate::desk::Desk;", 1, "or beside it");
    caught("server/src/misc/mod.rs", "", 1, "without a place");
    innocent("server/src/relay/hub.rs", "use crate::application::Application; use super::frames;");
    innocent("server/src/main.rs", "use deskbell_server::app::App;");
}

#[test]
fn shared_is_layered_and_pure() {
    caught("shared/src/model/site.rs", "use crate::protocol::Frame;", 1, "model stands below protocol");
    caught("shared/src/session/mod.rs", "use crate::browser::Socket;", 1, "session stands below browser");
    caught("shared/src/session/run.rs", "use std::{fmt, time::{Duration, Instant}};", 1, "as input");
    innocent("shared/src/browser/mod.rs", "use crate::session::Session; use web_sys::WebSocket;");
}

#[test]
fn browser_calls_stay_in_services() {
    caught("widget/src/views/head.rs", "fn f() { ::web_sys::window(); }", 1, "browser calls");
    caught("agent-app/src/pages/inbox.rs", "use gloo_timers::callback::Timeout;", 1, "browser calls");
    caught("shared/src/session/mod.rs", "use js_sys::Date;", 1, "browser calls");
    caught("widget/src/hooks/scroll.rs", "use web_sys::{Element, window};", 1, "browser calls");
    caught("widget/src/app.rs", "use web_sys::Element;", 1, "browser calls");
    innocent("agent-app/src/hooks/scroll.rs", "use web_sys::{Element, HtmlElement, KeyboardEvent};");
    innocent("widget/src/services/clock.rs", "use js_sys::Date;");
}

#[test]
fn the_apps_are_layered() {
    caught("widget/src/lib.rs", "use deskbell_agent_app::route;", 1, "never import each other");
    innocent("agent-app/src/main.rs", "fn main() { deskbell_agent_app::start() }");
    caught("widget/src/components/bubble.rs", "use crate::state::Chat;", 1, "props and callbacks");
    caught("agent-app/src/state/list.rs", "use crate::services::http;", 1, "state is pure");
    caught("agent-app/src/services/http.rs", "use crate::components::Icon;", 1, "know no screen");
    caught("widget/src/nodes/patch.rs", "use crate::services::screen;", 1, "nodes name actions");
    caught("widget/src/nodes/patch.rs", "use std::time::Instant;", 1, "are pure");
    caught("widget/src/state/words.rs", "use crate::nodes::Node;", 1, "state is pure");
    caught("widget/src/views/screen.rs", "use crate::app::App;", 1, "remember nothing");
    caught("widget/src/views/screen.rs", "use yew::Html;", 1, "view layer of its own");
    innocent("widget/src/components/icon.rs", "use crate::nodes::{Node, el};");
    innocent("widget/src/nodes/mod.rs", "use crate::state::action::Action;");
    innocent("agent-app/src/pages/inbox.rs", "use crate::{components::Icon, services::clock, state::List};");
}

#[test]
fn markup_from_text_and_style_attributes_are_caught() {
    caught("widget/src/views/a.rs", "fn f() { Html::from_html_unchecked(text) }", 1, "never used");
    caught("server/src/app.rs", "fn f() { unsafe { g() } }", 1, "never used");
    caught("widget/src/views/a.rs", "fn f() { html! {\n<i style=\"a\" /> } }", 2, "no style attribute");
    caught("widget/src/views/a.rs", "fn f() { html! { <i style={x} /> } }", 1, "no style attribute");
    caught("widget/src/views/a.rs", "fn f() { html! { <b><i {style} /></b> } }", 1, "no style attribute");
    caught("widget/src/services/a.rs", "fn f() { e.set_attribute(\"style\", x) }", 1, "no style attribute");
    caught(
        "widget/src/views/a.rs",
        "fn f() { el(\"i\", \"\").with(\"style\", \"x\") }",
        1,
        "no style attribute",
    );
    caught("widget/src/views/a.rs", "fn f() { e.with_words(\"style\", x) }", 1, "no style attribute");
    innocent(
        "widget/src/views/a.rs",
        "// unsafe style=\nfn f() { let style = 1; html! { <i class=\"style\" /> } }",
    );
}

#[test]
fn scripts_and_documents_are_judged() {
    let one = |path: &str, text: &str| documents::violations(Path::new(path), text).len();
    assert_eq!(one("widget/loader/loader.js", "\nhost.innerHTML = text;"), 1);
    assert_eq!(one("widget/frame.html", "<p style=\"a\">"), 1);
    assert_eq!(one("widget/frame.html", "<script type=\"module\" src=\"/a.js\"></script>"), 0);
}
