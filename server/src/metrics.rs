//! `GET /metrics` for Prometheus, on a port of its own that is off unless `metrics-listen` is set. What it tells is
//! counts, sizes and times: no content, no names, no addresses. Every metric stands in docs/operations.md, and a test
//! compares the two.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use crate::application::desks::Figures;
use crate::config::Listen;
use crate::http::Edge;
use crate::http::connections::Connections;
use crate::http::listen::{self, Front};
use crate::limits::descriptors_max;
use crate::meter::meter;

/// Those who ask at a time: Prometheus, its spare, and somebody who looks.
const CONNECTIONS_MAX: usize = 8;
/// What OpenMetrics calls its text; Prometheus reads it as its own.
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The ports for metrics.
pub struct Metrics(Vec<TcpListener>);

impl Metrics {
    /// Takes the ports; none without a setting.
    pub async fn bind(listen: Option<&Listen>) -> Result<Metrics, String> {
        let Some(wanted) = listen else { return Ok(Metrics(Vec::new())) };
        if !wanted.is_loopback() {
            tracing::warn!(
                "metrics are open to whoever reaches {wanted}: they hold no content, but let nobody from outside in"
            );
        }
        listen::bind(std::slice::from_ref(wanted)).await.map(Metrics)
    }

    /// Answers until `stop` turns true.
    pub fn serve(self, edge: &Arc<Edge>, stop: &watch::Receiver<bool>) {
        if self.0.is_empty() {
            return;
        }
        let connections = Connections::new(CONNECTIONS_MAX, CONNECTIONS_MAX, Vec::new());
        let front = Front {
            filter: filter(registry(Arc::clone(edge))),
            tls: None,
            connections: Arc::new(connections),
        };
        for listener in self.0 {
            tokio::spawn(listen::accept(listener, front.clone(), stop.clone()));
        }
    }
}

fn filter(registry: Registry) -> BoxedFilter<(Response,)> {
    let registry = Arc::new(registry);
    let metrics = warp::path!("metrics").and(warp::get()).map(move || {
        let mut text = String::new();
        let mut response = Response::new("".into());
        match text::encode(&mut text, &registry) {
            Ok(()) => *response.body_mut() = text.into(),
            Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(KIND));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    });
    let nothing = warp::any().map(|| {
        let mut response = Response::new("metrics are at /metrics\n".into());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    });
    metrics.or(nothing).unify().boxed()
}

/// Every metric there is.
fn registry(edge: Arc<Edge>) -> Registry {
    let counted = meter();
    let mut all = Registry::default();
    let own = all.sub_registry_with_prefix("deskbell");
    own.register("build", "Which build runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    own.register("commits", "Transactions that became durable", counted.commits.clone());
    own.register("rows", "Rows of conversations that became durable", counted.rows.clone());
    own.register_with_unit(
        "commit",
        "How long a commit waited for the disk",
        Unit::Seconds,
        counted.commit_seconds.clone(),
    );
    own.register("commit_operations", "Operations that shared a commit", counted.batch_operations.clone());
    own.register("refusals", "What was refused, by way and code", counted.refusals());
    own.register(
        "policy_reports",
        "What pages of ours were kept from doing, by directive",
        counted.policies(),
    );
    own.register(
        "resyncs",
        "Conversations that a slow connection was told to read from the store",
        counted.resyncs.clone(),
    );
    all.register_collector(Box::new(Live { edge, started: Instant::now(), began: SystemTime::now() }));
    all
}

/// What is looked up when somebody asks.
struct Live {
    edge: Arc<Edge>,
    started: Instant,
    /// The same by the clock of then.
    began: SystemTime,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl Collector for Live {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (visitors, agents) = self.edge.app.hub.connection_counts();
        let sockets = self.edge.connections.count();
        let by_kind = [
            ("visitor", visitors),
            ("agent", agents),
            // Requests, handshakes, and what has said no hello yet.
            ("other", sockets.saturating_sub(visitors + agents)),
        ];
        let help = "Connections now, by who is at the other end";
        let mut family = encoder.encode_descriptor("deskbell_connections", help, None, MetricType::Gauge)?;
        for (kind, count) in by_kind {
            let gauge = ConstGauge::new(signed(count));
            gauge.encode(family.encode_family(&[("kind", kind)])?)?;
        }
        let mut one = |name: &str, help: &str, unit: Option<&Unit>, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?)
        };
        let health = &self.edge.health;
        let writes = !health.degraded() && health.failure().is_none();
        one("deskbell_store_writable", "Whether the last write could be stored", None, writes.into())?;
        let failed = health.failure().is_some().into();
        one("deskbell_store_failed", "Whether the store has stopped for good", None, failed)?;
        one("deskbell_draining", "Whether the server is going away", None, self.edge.is_draining().into())?;
        let up = self.started.elapsed();
        one("deskbell_uptime", "Since the server was started", Some(&Unit::Seconds), up.as_secs() as i64)?;
        let began = self.began.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (name, help) = ("process_start_time", "When the server was started, since 1970");
        one(name, help, Some(&Unit::Seconds), began.as_secs() as i64)?;
        if let Some(bytes) = resident_bytes() {
            let (name, help) = ("process_resident_memory", "Memory of the process that is in use");
            one(name, help, Some(&Unit::Bytes), signed(bytes))?;
        }
        if let Some(open) = open_descriptors() {
            one("process_open_fds", "Open files of the process, connections included", None, signed(open))?;
        }
        let most = descriptors_max().unwrap_or(usize::MAX);
        one("process_max_fds", "As many files may be open", None, signed(most))?;
        self.desks(&mut encoder)
    }
}

impl Live {
    /// By the id of an inbox, of those whose desk runs here. Its name would be somebody's words.
    fn desks(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let now = self.edge.app.now();
        let desks = self.edge.app.desks.figures();
        let mut of_each = |name: &str, help: &str, unit: Option<&Unit>, value: &dyn Fn(&Figures) -> i64| {
            let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            for (inbox, figures) in &desks {
                let labels = [("inbox", inbox.to_hex())];
                ConstGauge::new(value(figures)).encode(family.encode_family(&labels)?)?;
            }
            Ok(())
        };
        let (name, help) = ("deskbell_queue_waiting", "Conversations that wait and can be served");
        of_each(name, help, None, &|figures| figures.waiting.into())?;
        let (name, help) = ("deskbell_queue_oldest_wait", "How long the one waits that has waited longest");
        of_each(name, help, Some(&Unit::Seconds), &|figures| {
            figures.oldest_at.map_or(0, |at| now.since(at).as_secs() as i64)
        })?;
        let (name, help) = ("deskbell_conversations_open", "Conversations that are open");
        of_each(name, help, None, &|figures| signed(figures.open))?;
        let (name, help) = ("deskbell_agents_available", "Members who are connected and want conversations");
        of_each(name, help, None, &|figures| signed(figures.available))
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kib| kib * 1024)
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> Option<usize> {
    None
}

#[cfg(target_os = "linux")]
fn open_descriptors() -> Option<usize> {
    // One of them is this look.
    std::fs::read_dir("/proc/self/fd").ok().map(|open| open.count().saturating_sub(1))
}

#[cfg(not(target_os = "linux"))]
fn open_descriptors() -> Option<usize> {
    None
}
