//! Clients that do not read. The relay runs inside the test here, on pipes that hold next to nothing, so that a
//! client that sleeps is felt at once instead of after megabytes of the kernel's buffers.

use std::net::IpAddr;
use std::sync::Arc;

use deskbell_server::application::allowance::Limits;
use deskbell_server::application::{Application, SystemClock};
use deskbell_server::auth::Principal;
use deskbell_server::relay::{PeerAddress, keep_presence, serve_stream};
use deskbell_server::store::accounts::{NewAgent, NewSite, SessionRecord};
use deskbell_server::store::sqlite::{SqliteOptions, SqliteStore};
use deskbell_shared::model::{
    AgentId, ConversationId, Draft, InboxId, Role, Seq, SiteId, SiteLooks, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::limits::LIST_ROWS_MAX;
use deskbell_shared::protocol::{AgentCommand, Command, Frame, Position, VERSION};
use deskbell_shared::session::{FeedStep, ListFeed};
use tokio::io::DuplexStream;

use crate::support::raw::draft;
use crate::support::{Heard, Raw, patiently};

const SITE: SiteId = SiteId(1);
const INBOX: InboxId = InboxId(2);
const AGENT: AgentId = AgentId(3);
const SESSION: [u8; 32] = [7; 32];
/// What the pipe of a client that sleeps holds, in bytes.
const SMALL_PIPE_BYTES: usize = 4096;
/// What the pipe of the one who writes holds: the echo of a batch, while the next is being written.
const PIPE_BYTES: usize = 256 * 1024;
/// Batches of twelve that are written: several times what queue and pipe hold.
const BATCHES: usize = 40;

struct Inside {
    app: Arc<Application>,
    _data: tempfile::TempDir,
}

impl Inside {
    async fn open() -> Inside {
        let data = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(data.path(), &SqliteOptions::default()).expect("a store");
        let mut app = Application::new(Arc::new(store), Arc::new(SystemClock));
        app.limits = Limits::lifted();
        let at: UnixMillis = app.now();
        let owner = NewAgent {
            id: AGENT,
            name: "Olga".to_owned(),
            email: "olga@shop.example".to_owned(),
            password_hash: "none".to_owned(),
            role: Role::Owner,
            at,
        };
        let looks = SiteLooks {
            name: "Shop".to_owned(),
            colour: "#3355aa".to_owned(),
            greeting: "Hello".to_owned(),
            style: None,
        };
        let site = NewSite { id: SITE, inbox: INBOX, key: "K".repeat(22), looks, origins: Vec::new(), at };
        app.store.set_up(owner, site).await.expect("an owner");
        let session =
            SessionRecord { secret: SESSION, agent: AGENT, role: Role::Owner, opened_at: at, used_at: at };
        app.store.open_session(session, String::new()).await.expect("a session");
        let app = Arc::new(app);
        tokio::spawn(keep_presence(app.clone()));
        Inside { app, _data: data }
    }

    async fn connect(&self, who: Principal, pipe_bytes: usize) -> Raw<DuplexStream> {
        let (near, far) = tokio::io::duplex(pipe_bytes);
        tokio::spawn(serve_stream(self.app.clone(), far, PeerAddress(IpAddr::from([127, 0, 0, 1]))));
        let ticket = self.app.tickets.issue(who, self.app.now()).expect("a ticket");
        let mut raw = Raw::on(near).await;
        raw.say(&Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed: None }).await;
        raw.welcome().await;
        raw
    }

    async fn visitor(&self) -> Raw<DuplexStream> {
        self.connect(visitor(9), PIPE_BYTES).await
    }

    /// An agent who will sleep.
    async fn agent(&self) -> Raw<DuplexStream> {
        self.connect(
            Principal::Agent { id: AGENT, role: Role::Owner, session: SESSION, from: None },
            SMALL_PIPE_BYTES,
        )
        .await
    }
}

fn visitor(id: u128) -> Principal {
    Principal::Visitor { id: VisitorId(id), site: SITE, inbox: INBOX, session: None }
}

async fn watch(agent: &mut Raw<DuplexStream>, conversation: ConversationId) {
    let id = agent.id();
    agent.say(&Command::Watch { id, position: Position { conversation, epoch: None, after: Seq(0) } }).await;
    agent.reply(id).await;
}

/// Writes until far more has been committed than anybody's queue holds; returns the last place.
async fn write_much(visitor: &mut Raw<DuplexStream>, conversation: ConversationId) -> Seq {
    let text = "x".repeat(1000);
    let mut last = Seq(0);
    for _ in 0..BATCHES {
        let id = visitor.id();
        let messages: Vec<Draft> = (0..12).map(|_| draft(&text)).collect();
        visitor.say(&Command::Send { id, conversation, messages }).await;
        match visitor.reply(id).await {
            Heard::Frame(Frame::Acked { acks, refused: None, .. }) => last = acks[11].seq,
            other => panic!("{other:?}"),
        }
    }
    last
}

/// R26: what did not fit the queue is read from the store, in order, when the client reads again. Nobody waits for it
/// meanwhile: the writer is acknowledged message by message while the other one sleeps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sleeps_holds_up_nobody_and_misses_nothing() {
    let inside = Inside::open().await;
    let mut visitor = inside.visitor().await;
    let conversation = visitor.starts(&["hi"]).await;
    let mut sleeper = inside.agent().await;
    watch(&mut sleeper, conversation).await;
    let head = patiently("the writer is not held up", write_much(&mut visitor, conversation)).await;
    let mut last = Seq(1);
    while last < head {
        let entry = sleeper
            .until("a row", |heard| match heard {
                Heard::Frame(Frame::Entry { entry, .. }) => Some(entry),
                _ => None,
            })
            .await;
        assert_eq!(entry.seq, last.next(), "a gap, or a row twice");
        last = entry.seq;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_closed() {
    let inside = Inside::open().await;
    let mut visitor = inside.visitor().await;
    let conversation = visitor.starts(&["hi"]).await;
    let mut sleeper = inside.agent().await;
    watch(&mut sleeper, conversation).await;
    write_much(&mut visitor, conversation).await;
    drop(visitor);
    patiently("the sleeper is put out", inside.app.hub.emptied()).await;
}

/// R14: whoever reads the lists for the first time, page by page, misses nothing that changes meanwhile: not even a
/// conversation that was open on the first page and is resolved before the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_resolved_while_the_lists_are_read_leaves_them() {
    let inside = Inside::open().await;
    let mut resolved = None;
    for id in 1..=2 * LIST_ROWS_MAX as u128 + 10 {
        let conversation = inside.connect(visitor(id), PIPE_BYTES).await.starts(&["hi"]).await;
        resolved.get_or_insert((visitor(id), conversation));
    }
    let (who, resolved) = resolved.expect("a conversation");

    let mut agent = inside.agent().await;
    let mut lists = ListFeed::default();
    let id = agent.id();
    agent.say(&AgentCommand::Feed { id, after: lists.position() }).await;
    // The second page is larger than the pipe: the server stands there until it is read, with a third to come.
    read_page(&mut agent, &mut lists).await;
    assert!(lists.find(resolved).is_some(), "the oldest stands on the first page");
    inside.app.resolve(&who, resolved).await.expect("a resolved conversation");
    while lists.loading() {
        read_page(&mut agent, &mut lists).await;
    }
    while lists.find(resolved).is_some() {
        read_page(&mut agent, &mut lists).await;
    }
    assert_eq!(lists.rows().len(), 2 * LIST_ROWS_MAX + 9);
}

/// Takes the next frame about the lists.
async fn read_page(agent: &mut Raw<DuplexStream>, lists: &mut ListFeed) {
    let frame = agent
        .until("a change of the lists", |heard| match heard {
            Heard::Desk(frame) => Some(frame),
            _ => None,
        })
        .await;
    assert_ne!(lists.apply(&frame), FeedStep::Missed, "the server left something out: {frame:?}");
}
