//! A backup taken while people write, and put back: whoever was told "I have it" before it began finds it there, at
//! its place, once.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use deskbell_server::store::conversations::Span;
use deskbell_server::store::sqlite::{SqliteOptions, SqliteStore};
use deskbell_server::store::{ConversationStore as _, Scope};
use deskbell_shared::model::{AgentId, ConversationId, Entry, EntryBody, Seq};

use crate::support::crowd::{Crowd, History};
use crate::support::server::{Program, new_token};
use crate::support::{Person, Raw, Server, http, patiently};

/// People at work.
const CLIENTS: usize = 60;
/// Backups taken from the same server.
const ROUNDS: usize = 3;
/// What is acknowledged before each.
const ACKED_MIN: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_everything_acknowledged_before_it() {
    let server = Server::start_with(Program::tireless()).await;
    let data = server.database().parent().expect("a folder").to_owned();
    std::fs::create_dir_all(data.join("uploads/ab")).expect("a folder");
    std::fs::write(data.join("uploads/ab/ab12"), "a picture").expect("an upload");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let crowd = Arc::new(Crowd::default());
    let people: Vec<Person> =
        (0..CLIENTS).map(|n| Person::one_of(&crowd, &server, &format!("visitor {n}"))).collect();
    let mut conversations = Vec::new();
    for person in &people {
        person.is_live().await;
        person.writes(None, "first");
        conversations.push(person.conversation().await);
    }
    let mut written = 1;
    for round in 0..ROUNDS {
        let write = |count: usize| {
            for (person, conversation) in people.iter().zip(&conversations) {
                (0..count).for_each(|n| person.writes(Some(*conversation), &format!("{round} {n}")));
            }
        };
        write(40);
        written += 40;
        let counts = crowd.until(|counts| counts.acked >= (round + 1) * ACKED_MIN && counts.in_flight > 0);
        let before = patiently("people are at work", counts).await;
        let told: Vec<History> = people.iter().map(Person::history).collect();
        let file = elsewhere.path().join(format!("{round}.tar"));
        let command = deskbell(&["backup", &path(&file), "--data", &path(&data)]);
        let backup = tokio::task::spawn_blocking(move || output(command));
        // Nobody stops for it.
        write(40);
        written += 40;
        let goes_on = crowd.until(|counts| counts.acked > before.acked + CLIENTS);
        patiently("people write on", goes_on).await;
        let done = patiently("the backup ends", backup).await.expect("a thread");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

        let restored = elsewhere.path().join(format!("restored-{round}"));
        let done = output(deskbell(&["restore", &path(&file), "--data", &path(&restored)]));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(std::fs::read(restored.join("uploads/ab/ab12")).expect("the upload"), b"a picture");
        assert_eq!(
            std::fs::read(restored.join("form.key")).expect("the key"),
            std::fs::read(data.join("form.key")).expect("the key")
        );
        holds(&restored, server.owner().id, &conversations, &told).await;
        for (person, conversation) in people.iter().zip(&conversations) {
            person.shows(*conversation, written).await;
        }
    }
}

/// On a file system of its own, which takes root to make.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_too_small_for_a_backup_is_named_and_nothing_is_left_on_it() {
    let Some(disk) = crate::support::disk::Disk::mounted() else {
        eprintln!("skipped: mounting a small disk takes root");
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    drop(SqliteStore::open(data.path(), &SqliteOptions::default()).expect("a store"));
    std::fs::create_dir_all(data.path().join("uploads/ab")).expect("a folder");
    std::fs::write(data.path().join("uploads/ab/ab12"), vec![7; 9_000_000]).expect("an upload");
    let file = disk.path().join("backup.tar");
    let done = output(deskbell(&["backup", &path(&file), "--data", &path(data.path())]));
    assert!(!done.status.success());
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(words.contains("disk is full"), "{words}");
    let left = std::fs::read_dir(disk.path()).expect("the disk").count();
    assert_eq!(left, 0, "something is left");
}

/// Whether a data folder holds what was acknowledged. The store compares checksums and looks for missing rows itself.
async fn holds(data: &Path, owner: AgentId, conversations: &[ConversationId], told: &[History]) {
    let store = SqliteStore::open(data, &SqliteOptions::default()).expect("a whole database");
    let mut acked = 0;
    for (conversation, told) in conversations.iter().zip(told) {
        let rows = all_rows(&store, owner, *conversation).await;
        assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == Seq(seq)), "a gap");
        let messages = rows.iter().filter_map(|row| match &row.body {
            EntryBody::Message { cmid, text, .. } => Some((*cmid, (row.seq, text.as_str()))),
            _ => None,
        });
        let mut places = HashMap::new();
        messages.for_each(|(cmid, place)| assert!(places.insert(cmid, place).is_none(), "twice: {cmid}"));
        for (cmid, (seq, text)) in &told.acked {
            assert_eq!(places.get(cmid), Some(&(*seq, text.as_str())), "acknowledged before and not there");
            acked += 1;
        }
    }
    assert!(acked >= ACKED_MIN, "{acked}");
}

async fn all_rows(store: &SqliteStore, owner: AgentId, conversation: ConversationId) -> Vec<Entry> {
    let mut rows: Vec<Entry> = Vec::new();
    loop {
        let last = rows.last().map_or(Seq(0), |row| row.seq);
        let page =
            store.rows(Scope::Agent(owner), conversation, Span::After(last)).await.expect("whole rows");
        let Some(page) = page else { panic!("conversation {conversation} is not there") };
        if page.rows.is_empty() {
            return rows;
        }
        rows.extend(page.rows);
    }
}

fn deskbell(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.args(words);
    command
}

fn output(mut command: Command) -> Output {
    command.output().expect("running the binary")
}

fn path(path: &Path) -> String {
    path.to_str().expect("a path of letters").to_owned()
}

/// Who was forgotten after a backup was made stays forgotten when it is put back: the list of erasures is in no backup
/// and is not touched by restoring one, and the next start reads it before anybody is let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_backup_forgets_again_before_anybody_reads_it() {
    const CANARY: &str = "canary-4c1d";
    let mut server = Server::start().await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&[CANARY]).await;
    let bob = Raw::visitor(&server, &new_token()).await.starts(&["bob stays"]).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("older.tar");
    let done = output(deskbell(&["backup", &path(&file), "--data", &path(server.data())]));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let forget = format!("/w/{}/forget", server.site_key());
    let mut headers = http::own_page(server.port(), None);
    headers.push(("x-deskbell-visitor", token.clone()));
    let asked = http::Request { method: "POST", path: &forget, headers, body: String::new() };
    assert_eq!(http::send(server.port(), asked).await.status, 200);
    let list = std::fs::read_to_string(server.data().join("erasures")).expect("the list");
    server.kill();

    let done = output(deskbell(&["restore", &path(&file), "--data", &path(server.data())]));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let kept = std::fs::read_to_string(server.data().join("erasures")).expect("the list");
    assert_eq!(kept, list, "restoring leaves it where it is");
    let database = || std::fs::read(server.database()).expect("the database");
    let shows = |bytes: Vec<u8>| bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
    assert!(shows(database()), "the backup is older");
    server.run().await;
    let mut owner = Raw::agent(&server, server.owner()).await;
    assert!(matches!(owner.transcript(conversation).await[0].body, EntryBody::Erased { .. }));
    assert!(
        matches!(&owner.transcript(bob).await[0].body, EntryBody::Message { text, .. } if text == "bob stays")
    );
    patiently("the disk is cleaned", async {
        loop {
            if server.said().contains("the disk was cleaned") {
                return;
            }
            owner.next().await.expect("a beat");
        }
    })
    .await;
    let log = std::fs::read(server.database().with_extension("db-wal")).unwrap_or_default();
    assert!(!shows(std::fs::read(server.database()).expect("the database")) && !shows(log));
}
