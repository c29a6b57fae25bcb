//! The least that could do the work: bare tokio-tungstenite, one thread that commits to SQLite what has arrived
//! meanwhile (write-ahead log, `synchronous=FULL`, one unique key, one head), then the acknowledgement to the sender
//! and the text to the other end. No access, no lists, no resume, no limits, no slow readers.
//!
//! The first text on a socket is `v N` or `a N`: one end of pair N. After that a visitor's text is a message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use futures_util::{SinkExt as _, StreamExt as _};
use rusqlite::{Connection, params};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Messages of one commit.
const BATCH_MAX: usize = 512;

struct Append {
    pair: i64,
    text: String,
    done: oneshot::Sender<i64>,
}

type Ends = Arc<Mutex<HashMap<i64, mpsc::UnboundedSender<String>>>>;

pub async fn serve() -> Result<()> {
    let data = tempfile::tempdir()?;
    let (appends, received) = mpsc::channel(4096);
    let database = Connection::open(data.path().join("baseline.db"))?;
    std::thread::spawn(move || write(database, received));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    println!("ready");
    let ends = Ends::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (appends, ends) = (appends.clone(), ends.clone());
        tokio::spawn(async move {
            let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
            let small = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
            let socket = tokio_tungstenite::WebSocketStream::from_raw_socket(
                socket.into_inner(),
                Role::Server,
                Some(small),
            );
            let _ = one(socket.await, appends, ends).await;
        });
    }
}

async fn one(
    mut socket: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
    appends: mpsc::Sender<Append>,
    ends: Ends,
) -> Option<()> {
    let Some(Ok(Message::Text(hello))) = socket.next().await else { return None };
    let (side, pair) = hello.as_str().split_once(' ')?;
    let pair: i64 = pair.parse().ok()?;
    if side == "a" {
        let (sender, mut texts) = mpsc::unbounded_channel();
        ends.lock().ok()?.insert(pair, sender);
        socket.send(Message::text("welcome")).await.ok()?;
        while let Some(text) = texts.recv().await {
            socket.feed(Message::text(text)).await.ok()?;
            if texts.is_empty() {
                socket.flush().await.ok()?;
            }
        }
        return None;
    }
    socket.send(Message::text("welcome")).await.ok()?;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let (done, seq) = oneshot::channel();
        appends.send(Append { pair, text: text.as_str().to_owned(), done }).await.ok()?;
        let seq = seq.await.ok()?;
        socket.send(Message::text(format!("acked {seq}"))).await.ok()?;
        let agent = ends.lock().ok()?.get(&pair).cloned();
        if let Some(agent) = agent {
            let _ = agent.send(text.as_str().to_owned());
        }
    }
    None
}

fn write(mut database: Connection, mut received: mpsc::Receiver<Append>) -> rusqlite::Result<()> {
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE heads (pair INTEGER PRIMARY KEY, head INTEGER NOT NULL);
         CREATE TABLE rows (pair INTEGER, seq INTEGER, cmid TEXT, text TEXT, PRIMARY KEY (pair, seq)) WITHOUT ROWID;
         CREATE UNIQUE INDEX once ON rows (pair, cmid);",
    )?;
    let mut batch = Vec::with_capacity(BATCH_MAX);
    let mut seqs = Vec::with_capacity(BATCH_MAX);
    while received.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
        let transaction = database.transaction()?;
        {
            let mut head = transaction.prepare_cached(
                "INSERT INTO heads VALUES (?1, 1) ON CONFLICT DO UPDATE SET head = head + 1 RETURNING head",
            )?;
            let mut row = transaction.prepare_cached("INSERT INTO rows VALUES (?1, ?2, ?3, ?4)")?;
            for append in &batch {
                let seq: i64 = head.query_row(params![append.pair], |row| row.get(0))?;
                row.execute(params![append.pair, seq, append.text.get(..32), append.text])?;
                seqs.push(seq);
            }
        }
        transaction.commit()?;
        for (append, seq) in batch.drain(..).zip(seqs.drain(..)) {
            let _ = append.done.send(seq);
        }
    }
    Ok(())
}
