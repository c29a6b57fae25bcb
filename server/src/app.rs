//! One node: its parts, how they start, and how they go. The list of its parts is `Node::start`, read from top to
//! bottom. What is said on the terminal is `cli`'s.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::application::accounts::Accounts;
use crate::application::allowance::{self, Limits, Rate};
use crate::application::audit::By;
use crate::application::desks;
use crate::application::erasing::Erasing;
use crate::application::files::Files;
use crate::application::identities::Identities;
use crate::application::pictures::Pictures;
use crate::application::places::Places;
use crate::application::scanning::Scanner;
use crate::application::sites::Sites;
use crate::application::snoozes;
use crate::application::{Application, SystemClock};
use crate::auth::origin::{OwnOrigins, PublicUrl};
use crate::auth::session::Cookies;
use crate::config::Settings;
use crate::config::mail::MailSettings;
use crate::control::Control;
use crate::http::connections::Connections;
use crate::http::listen::{self, Front};
use crate::http::loader::Loaders;
use crate::http::plain_token::PlainTokens;
use crate::http::{self, Edge, tls};
use crate::mail::{MailStops, Post, Smtp};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::audit::{Target, What};
use crate::store::blobs::Blobs;
use crate::store::health::Health;
use crate::store::mail::MailKey;
use crate::store::sqlite::{self, SqliteOptions, SqliteStore};
use crate::{limits, relay, secret_file};

/// From the first signal to the end of the process, whatever clients do.
pub const EXIT_MAX: Duration = Duration::from_secs(25);
/// The longest time over which clients are asked to come back.
pub const SPREAD_MAX: Duration = Duration::from_secs(15);
/// What each connection adds to that time.
const SPREAD_PER_CONNECTION: Duration = Duration::from_millis(2);
/// The key of which the secrets of sites and of second steps are made, in the data folder.
const IDENTITY_KEY: &str = "identity.key";

/// What lasts, and how it is doing.
pub struct Kept {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its health.
    pub health: Health,
}

/// A node that has its ports and answers once `run` is called.
pub struct Node {
    /// What answers requests.
    pub edge: Arc<Edge>,
    listeners: Vec<TcpListener>,
    front: Front,
    control: Control,
    metrics: Metrics,
    post: Option<Post>,
    health: Health,
}

/// Opens the store of a data folder. Waits for the disk.
pub fn open(data: &Path) -> Result<Kept, String> {
    let store = SqliteStore::open(data, &SqliteOptions::default()).map_err(|error| error.to_string())?;
    Ok(Kept { health: store.health(), store: Arc::new(store) })
}

impl Node {
    /// Takes the ports and puts the parts together.
    pub async fn start(settings: &Settings, kept: Kept) -> Result<Node, String> {
        let connections_max = limits::connections_within_the_machine(settings.connections_max);
        let tls = settings.tls.as_ref().map(tls::Certificate::read).transpose()?.map(Arc::new);
        let listeners = listen::bind(&settings.listen).await?;
        let metrics = Metrics::bind(settings.metrics_listen.as_ref()).await?;
        let port = bound_port(&listeners)?;
        let (public, own) = addresses(settings, port);

        let mail_key = secret_file::key(&settings.data.join("mail.key"))?;
        let keyed = kept.store.key_addresses(MailKey::of(mail_key)).await;
        keyed.map_err(|fault| format!("keying the digests of addresses: {fault}"))?;
        kept.store.owe_mail(settings.mail.as_ref().map(|mail| mail.gather));
        let mut app = Application::new(kept.store, Arc::new(SystemClock));
        allow_visitors(&mut app.limits, visitor_messages(settings));
        app.limits.place_tickets = allowance::place_tickets(settings.address_tickets_per_minute);
        app.limits.place_starts = allowance::place_starts(settings.address_starts_per_hour);
        app.limits.place_messages = allowance::place_messages(settings.address_messages_per_minute);
        let app = Arc::new(app);
        let mail_stops = MailStops::new(mail_key);
        let post = settings.mail.as_ref().map(|mail| post(mail, &app, &public, &mail_stops)).transpose()?;
        let connections = Arc::new(Connections::new(
            connections_max,
            settings.connections_per_address_max,
            settings.trusted_proxies.clone(),
        ));
        let blobs = Blobs::open(&settings.data).map_err(|error| format!("the folder of uploads: {error}"))?;
        let pictures = Pictures::new();
        let scanner = settings.scanner.clone().map(Scanner::at);
        let files = Files::new(Arc::clone(&app), blobs, pictures.clone()).scanned_by(scanner);
        let files = Arc::new(files);
        let erasing = Erasing::new(Arc::clone(&app), Arc::clone(&files), &settings.data)
            .keeping_trail(settings.audit_keep);
        let identity_key = secret_file::key(&settings.data.join(IDENTITY_KEY))?;
        let edge = Arc::new(Edge {
            erasing: Arc::new(erasing),
            files,
            accounts: Accounts::new(Arc::clone(&app), identity_key),
            identities: Identities::new(Arc::clone(&app), identity_key),
            sites: Sites::new(Arc::clone(&app), public.origin()),
            pictures,
            cookies: Cookies::of(&public),
            public,
            own,
            proxies: settings.trusted_proxies.clone(),
            loaders: Loaders::default(),
            previews: Default::default(),
            plain: PlainTokens::new(secret_file::key(&settings.data.join("form.key"))?),
            mail_stops,
            forms: Places::default(),
            reports: Places::default(),
            connections: Arc::clone(&connections),
            health: kept.health.clone(),
            draining: AtomicBool::new(false),
            app,
        });
        let control = Control::open(&settings.data).await?;
        let front = Front { filter: http::filter(Arc::clone(&edge)), tls, connections };
        Ok(Node { edge, listeners, front, control, metrics, post, health: kept.health })
    }

    /// Serves until `goes` ends, then drains. `Err` when the store has stopped for good.
    pub async fn run(self, goes: impl Future<Output = ()>) -> Result<(), String> {
        let Node { edge, listeners, front, control, metrics, post, health } = self;
        let (stop, stopped) = watch::channel(false);
        // Before anybody reads: a backup that was restored may know what was to be forgotten.
        if let Err(denial) = edge.erasing.catch_up().await {
            return Err(format!("forgetting again what a backup brought back: {}", denial.message));
        }
        tokio::spawn(relay::keep_presence(Arc::clone(&edge.app)));
        tokio::spawn(snoozes::keep(Arc::clone(&edge.app)));
        tokio::spawn(Arc::clone(&edge.erasing).watch());
        tokio::spawn(desks::keep_desks(Arc::clone(&edge.app)));
        tokio::spawn(edge.app.pauses.clone().watch());
        tokio::spawn(control.serve(Arc::clone(&edge)));
        if let Some(certificate) = &front.tls {
            tokio::spawn(Arc::clone(certificate).watch());
        }
        metrics.serve(&edge, &stopped);
        if let Some(post) = post {
            tokio::spawn(post.work());
        }
        for listener in listeners {
            tokio::spawn(listen::accept(listener, front.clone(), stopped.clone()));
        }
        tokio::select! {
            () = goes => {}
            why = health.failed() => return Err(format!("the store has stopped: {why}; the process ends")),
        }
        if tokio::time::timeout(EXIT_MAX, drain(&edge, &stop)).await.is_err() {
            tracing::warn!(connections = edge.connections.count(), "not everybody left in time");
        }
        Ok(())
    }
}

/// Not ready, then no new connections, then everybody is asked to come back later; what is in hand is finished.
async fn drain(edge: &Edge, stop: &watch::Sender<bool>) {
    edge.draining.store(true, Ordering::Relaxed);
    let count = edge.connections.count();
    let spread = (SPREAD_PER_CONNECTION * u32::try_from(count).unwrap_or(u32::MAX)).min(SPREAD_MAX);
    tracing::info!(connections = count, spread_ms = spread.as_millis() as u64, "draining");
    let _ = stop.send(true);
    edge.app.begin_drain(spread);
    edge.app.hub.emptied().await;
    edge.connections.emptied().await;
    tracing::info!("drained");
}

/// The worker that sends mail. From now on visitors are told that there is one.
fn post(
    mail: &MailSettings,
    app: &Arc<Application>,
    public: &PublicUrl,
    stops: &MailStops,
) -> Result<Post, String> {
    app.promise_mail();
    Ok(Post {
        app: Arc::clone(app),
        carrier: Box::new(Smtp::new(mail)?),
        from: mail.from.clone(),
        base: public.origin(),
        host: public.host.clone(),
        stops: stops.clone(),
    })
}

fn visitor_messages(settings: &Settings) -> Rate {
    let every = Duration::from_secs(60) / settings.visitor_messages_per_minute.max(1);
    Rate::new(settings.visitor_messages_burst, every)
}

/// A message may come in a frame of its own, and what is answered is marked: whoever may write faster than usual may
/// also send as many frames, or they would be put out for what they may do. The same for agents, who mark what all of
/// their visitors write.
fn allow_visitors(limits: &mut Limits, messages: Rate) {
    let usual = limits.visitor_messages;
    limits.visitor_messages = messages;
    let frames = &mut limits.visitor_frames;
    frames.burst = frames.burst.max(messages.burst);
    frames.every = frames.every.min(messages.every / 2);
    let frames = &mut limits.agent_frames;
    frames.burst = frames.burst.max(messages.burst);
    // As many times faster as visitors may be.
    let faster = usual.every.as_secs_f64() / messages.every.as_secs_f64().max(1e-9);
    frames.every = frames.every.div_f64(faster.max(1.0));
}

fn bound_port(listeners: &[TcpListener]) -> Result<u16, String> {
    let first = listeners.first().ok_or("there is no address to listen on")?;
    Ok(first.local_addr().map_err(|error| format!("reading the port: {error}"))?.port())
}

/// The address for links, and all that are ours.
fn addresses(settings: &Settings, port: u16) -> (PublicUrl, OwnOrigins) {
    match &settings.public_url {
        Some(public) => (public.clone(), OwnOrigins::of(public)),
        None => {
            let scheme = settings.scheme();
            (PublicUrl::new(scheme, "localhost", port), OwnOrigins::of_loopback(scheme, port))
        }
    }
}

/// Notes in the audit trail that a data folder is backed up, while no server runs on it. A database of an older build
/// has no trail yet, and a backup must not change its schema.
pub async fn note_backup_offline(data: &Path) -> Result<(), String> {
    let look = sqlite::look(data).map_err(|error| error.to_string())?;
    if look.schema < sqlite::SCHEMA_VERSION {
        return Err("the database is of an older deskbell, which kept no audit trail".into());
    }
    let app = Application::new(open(data)?.store, Arc::new(SystemClock));
    let noted = app.note(By::OPERATOR, What::BackupMade, Target::Nothing, "").await;
    noted.map_err(|fault| fault.to_string())
}

/// Makes a reset link while no server runs on the data folder.
pub async fn reset_offline(settings: &Settings, kept: Kept, email: &str) -> Result<String, String> {
    let port =
        settings.listen.first().map_or(crate::config::PORT_DEFAULT, |listen| listen.addresses().0.port());
    let (public, _) = addresses(settings, port);
    let app = Arc::new(Application::new(kept.store, Arc::new(SystemClock)));
    let accounts = Accounts::new(app, secret_file::key(&settings.data.join(IDENTITY_KEY))?);
    let made = accounts.reset(email, &public.origin()).await.map_err(|denial| denial.message)?;
    Ok(made.link)
}

/// Turns somebody's second step off while no server runs.
pub async fn turn_off_second_step_offline(
    settings: &Settings,
    kept: Kept,
    email: &str,
) -> Result<(), String> {
    let app = Arc::new(Application::new(kept.store, Arc::new(SystemClock)));
    let accounts = Accounts::new(app, secret_file::key(&settings.data.join(IDENTITY_KEY))?);
    accounts.turn_off_second_step_by_email(email).await.map_err(|denial| denial.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_write_faster_may_send_as_many_frames() {
        let usual = Limits::default();
        let mut limits = Limits::default();
        allow_visitors(&mut limits, Rate::new(500, usual.visitor_messages.every / 4));
        assert_eq!(limits.visitor_messages, Rate::new(500, Duration::from_millis(250)));
        assert_eq!(limits.visitor_frames.burst, 500);
        assert_eq!(limits.agent_frames, Rate::new(500, usual.agent_frames.every / 4));
    }

    #[test]
    fn whoever_may_write_less_may_still_send_what_is_no_message() {
        let usual = Limits::default();
        let mut limits = Limits::default();
        allow_visitors(&mut limits, Rate::new(2, Duration::from_secs(20)));
        assert_eq!(limits.visitor_frames, usual.visitor_frames);
        assert_eq!(limits.agent_frames, usual.agent_frames);
    }
}
