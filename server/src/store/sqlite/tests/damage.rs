//! What the disk has changed is refused, loudly, and never shown.

use std::path::Path;

use deskbell_shared::model::Seq;
use tempfile::TempDir;

use crate::store::conformance::story::*;
use crate::store::conversations::Span;
use crate::store::sqlite::{DATABASE_FILE, OpenError, SqliteOptions, SqliteStore, copy};
use crate::store::{ConversationStore, Fault, Scope};

async fn begin(dir: &Path) -> Story<SqliteStore> {
    let story = Story::begin(SqliteStore::open(dir, &SqliteOptions::default()).unwrap()).await;
    story.starts(ANN, C1, &[(1, "pay the blue one"), (2, "today")]).await.unwrap();
    story.starts(BOB, C2, &[(3, "unharmed")]).await.unwrap();
    story
}

async fn changed(story: &Story<SqliteStore>, sql: &'static str) {
    let done = story.store.write(move |writing| Ok(writing.conn.execute(sql, [])?)).await;
    assert!(done.unwrap() > 0, "{sql}");
}

/// A folder as a crash leaves it, with one bit in the middle of its log turned.
async fn with_a_damaged_log() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let crashed = tempfile::tempdir().unwrap();
    let story = begin(dir.path()).await;
    for end in ["", "-wal"] {
        let name = format!("{DATABASE_FILE}{end}");
        std::fs::copy(dir.path().join(&name), crashed.path().join(&name)).unwrap();
    }
    drop(story);
    let log = crashed.path().join(format!("{DATABASE_FILE}-wal"));
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[32 + 24 + 2000] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    crashed
}

#[tokio::test]
async fn a_row_that_is_not_what_was_stored_is_refused_to_everybody() {
    for sql in [
        "UPDATE entries SET text = 'pay the glue one' WHERE text = 'pay the blue one'",
        "UPDATE entries SET at = at + 1 WHERE text = 'today'",
        "UPDATE entries SET cmid = randomblob(16) WHERE text = 'today'",
        "DELETE FROM entries WHERE text = 'today'",
        "DELETE FROM entries WHERE text = 'pay the blue one'",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let story = begin(dir.path()).await;
        changed(&story, sql).await;
        for scope in [BY_ANN, Scope::Agent(OLGA)] {
            for span in [Span::Newest(Seq(0)), Span::After(Seq(0)), Span::Before(Seq(3))] {
                let read = story.store.rows(scope, C1, span).await;
                let fault = read.expect_err(sql);
                assert!(matches!(fault, Fault::Corrupt(_)), "{sql}: {fault}");
                let text = fault.to_string();
                assert!(text.contains(&C1.to_string()) && !text.contains("one"), "{text}");
            }
        }
        assert_eq!(story.transcript(Scope::Visitor(BOB), C2).await, ["1 visitor: unharmed"]);
    }
}

#[tokio::test]
async fn a_message_sent_again_is_not_compared_with_a_damaged_one() {
    let dir = tempfile::tempdir().unwrap();
    let story = begin(dir.path()).await;
    changed(&story, "UPDATE entries SET text = 'tomorrow' WHERE text = 'today'").await;
    let again = story.says(ANN, C1, &[(2, "today")]).await;
    assert!(matches!(again, Err(Fault::Corrupt(_))), "{again:?}");
}

#[tokio::test]
async fn a_log_damaged_in_the_middle_is_not_opened() {
    let crashed = with_a_damaged_log().await;
    let error = SqliteStore::open(crashed.path(), &SqliteOptions::default()).err().expect("refused");
    assert!(matches!(error, OpenError::LogDamaged(_)), "{error}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
}

#[tokio::test]
async fn a_database_of_the_first_schema_is_copied_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../../migrations/sqlite/0001_first_chat.sql")).unwrap();
    old.execute("INSERT INTO lineage VALUES (1, zeroblob(16), 0)", []).unwrap();
    old.pragma_update(None, "application_id", crate::store::sqlite::schema::APPLICATION_ID).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let _story = begin(dir.path()).await;
    let kept = rusqlite::Connection::open(dir.path().join("deskbell.db.schema-1")).unwrap();
    let version: i64 = kept.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
}

#[tokio::test]
async fn a_copy_says_what_is_damaged_in_it() {
    for (sql, conversations) in [
        ("UPDATE entries SET at = at + 1 WHERE text = 'today'", 1),
        ("DELETE FROM entries WHERE text = 'today'", 1),
        ("DELETE FROM entries WHERE text = 'pay the blue one'", 1),
        ("UPDATE entries SET at = at + 1", 2),
    ] {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let story = begin(dir.path()).await;
        let clean = copy(dir.path(), &elsewhere.path().join("clean.db")).unwrap();
        assert_eq!((clean.conversations, clean.rows, clean.damaged), (2, 3, None));
        assert_eq!(clean.epoch, story.store.epoch());
        changed(&story, sql).await;
        let copied = copy(dir.path(), &elsewhere.path().join("copy.db")).unwrap();
        let (count, what) = copied.damaged.expect("found");
        assert_eq!(count, conversations, "{sql}: {what}");
        assert!(what.contains("conversation") && !what.contains("one"), "{what}");
    }
}

#[tokio::test]
async fn a_folder_with_a_damaged_log_is_not_copied() {
    let (crashed, dir) = (with_a_damaged_log().await, tempfile::tempdir().unwrap());
    let error = copy(crashed.path(), &dir.path().join("copy.db")).expect_err("refused");
    assert!(matches!(error, OpenError::LogDamaged(_)), "{error}");
}
