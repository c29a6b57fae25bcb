//! What an operator's Prometheus is told: everything the page for operators names, nothing else, and nothing that
//! people wrote.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::Availability;
use deskbell_shared::protocol::{Command, DeskFrame, Frame};
use tokio::net::TcpListener;

use crate::support::http::{Request, send};
use crate::support::raw::draft;
use crate::support::server::{Program, new_token, visitor_ticket};
use crate::support::{Heard, Raw, Server};

const CANARY: &str = "canary-5f1c";

async fn start() -> (Server, u16) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = free.local_addr().expect("a port").port();
    drop(free);
    (Server::start_with(Program::with(&["--metrics-listen", &port.to_string()])).await, port)
}

async fn get(port: u16, path: &str) -> crate::support::http::Answer {
    send(port, Request { method: "GET", path, headers: Vec::new(), body: String::new() }).await
}

/// The value of one line.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|each| each.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {line} in:\n{text}")).parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_names_every_metric_and_no_other() {
    let (server, port) = start().await;
    // A refusal that has never happened has no line, nor has a report.
    get(server.port(), "/nothing").await;
    let report = Request { method: "POST", path: "/csp-report", headers: Vec::new(), body: "{}".to_owned() };
    assert_eq!(send(server.port(), report).await.status, 204);
    let answer = get(port, "/metrics").await;
    assert_eq!(answer.status, 200);
    let told: BTreeSet<String> = answer
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .collect();
    let page = include_str!("../../../docs/operations.md");
    let section =
        page.split("\n## Metrics\n").nth(1).expect("the section").split("\n## ").next().expect("it");
    let named: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned()))
        .collect();
    assert_eq!(told, named, "docs/operations.md and /metrics differ");
    assert!(answer.body.ends_with("# EOF\n"));
    assert_eq!(value(&answer.body, "deskbell_refusals_total{way=\"http\",code=\"not_found\"}"), 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted_and_what_is_said_is_not_told() {
    let (server, port) = start().await;
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    // Nothing is given to her: a row of its own would be counted, too.
    agent.chooses(Availability::Busy, None).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let before = get(port, "/metrics").await.body;
    let conversation = visitor.starts(&[CANARY, "second"]).await;
    let other = deskbell_shared::model::ConversationId(1);
    visitor.say(&Command::Send { id: 77, conversation: other, messages: vec![draft(CANARY)] }).await;
    visitor.reply(77).await;
    let after = get(port, "/metrics").await.body;
    assert_eq!(value(&after, "deskbell_rows_total") - value(&before, "deskbell_rows_total"), 2.0);
    assert!(value(&after, "deskbell_commits_total") > value(&before, "deskbell_commits_total"));
    let commits = value(&after, "deskbell_commits_total");
    assert_eq!(value(&after, "deskbell_commit_seconds_count"), commits);
    assert_eq!(value(&after, "deskbell_commit_operations_count"), commits);
    assert_eq!(value(&after, "deskbell_connections{kind=\"visitor\"}"), 1.0);
    assert_eq!(value(&after, "deskbell_connections{kind=\"agent\"}"), 1.0);
    assert_eq!(value(&after, "deskbell_refusals_total{way=\"socket\",code=\"not_found\"}"), 1.0);
    assert_eq!(value(&after, "deskbell_store_writable"), 1.0);
    assert_eq!(value(&after, "deskbell_store_failed"), 0.0);
    if cfg!(target_os = "linux") {
        assert!(value(&after, "process_resident_memory_bytes") > 1e6);
        assert!(value(&after, "process_open_fds") > 10.0);
    }
    assert!(after.contains(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), "{after}");
    let said =
        [CANARY, "Mia", "Olga", "@", "shop", server.site_key(), &conversation.to_string(), "127.0.0.1"];
    for private in said {
        assert!(!after.contains(private), "{private} in:\n{after}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_port_tells_no_metrics_and_the_other_nothing_else() {
    let (server, port) = start().await;
    assert_eq!(get(server.port(), "/metrics").await.status, 404);
    for path in ["/", "/healthz", "/desk/", "/ws"] {
        assert_eq!(get(port, path).await.status, 404, "{path}");
    }
    let kinds: BTreeMap<String, String> = get(port, "/metrics").await.headers.into_iter().collect();
    assert!(kinds["content-type"].starts_with("application/openmetrics-text"), "{kinds:?}");
    assert_eq!(kinds["cache-control"], "no-store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_each_inbox_stands_is_told_by_its_id() {
    let (server, port) = start().await;
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.chooses(Availability::Available, Some(1)).await;
    let (mut first, mut second) =
        (Raw::visitor(&server, &new_token()).await, Raw::visitor(&server, &new_token()).await);
    first.starts(&["hi"]).await;
    second.starts(&["me too"]).await;
    let mut busy = Raw::visitor(&server, &new_token()).await;
    let stands = agent
        .until("one waits", |heard| match heard {
            Heard::Desk(DeskFrame::Desk { inbox, queue, .. }) => (queue.waiting == 1).then_some(inbox),
            _ => None,
        })
        .await;
    let told = get(port, "/metrics").await.body;
    let of = |name: &str| value(&told, &format!("{name}{{inbox=\"{stands}\"}}"));
    assert_eq!((of("deskbell_queue_waiting"), of("deskbell_conversations_open")), (1.0, 2.0));
    assert_eq!(of("deskbell_agents_available"), 1.0);
    let oldest = of("deskbell_queue_oldest_wait_seconds");
    assert!((0.0..600.0).contains(&oldest), "{oldest}");
    // Whoever comes now is told that all are busy, and when that is over.
    let id = busy.id();
    busy.say(&Command::Unwatch { id, conversation: deskbell_shared::model::ConversationId(1) }).await;
    let service = |heard| match heard {
        Heard::Frame(Frame::ServiceChanged { service, .. }) => Some(service.busy),
        Heard::Frame(Frame::Done { .. }) => Some(None),
        _ => None,
    };
    let now = busy.until("how it stands", service).await;
    if now.is_none() {
        // It was said with the welcome, before anybody was busy or after.
        let mut again = Raw::silent(server.port()).await;
        let ticket = visitor_ticket(server.port(), server.site_key(), None).await.expect("a ticket").ticket;
        again.say(&Command::Hello { version: 1, ticket, resume: Vec::new(), feed: None }).await;
        let welcomed = again
            .until("welcome", |heard| match heard {
                Heard::Frame(Frame::Welcome { service, .. }) => service,
                _ => None,
            })
            .await;
        assert_eq!(welcomed.busy, Some(true));
    }
    agent.chooses(Availability::Available, Some(5)).await;
    busy.until("somebody is free", |heard| match heard {
        Heard::Frame(Frame::ServiceChanged { service, .. }) => service.busy.is_none().then_some(()),
        _ => None,
    })
    .await;
}
