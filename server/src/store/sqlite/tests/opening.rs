//! Which data directories are opened, and how.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::Connection;

use deskbell_shared::model::UnixMillis;

use crate::store::ConversationStore;
use crate::store::conformance::story::*;
use crate::store::desks::{DeskStore as _, TakeLease};
use crate::store::sqlite::{DATABASE_FILE, OpenError, SCHEMA_VERSION, SqliteOptions, SqliteStore, restore};

fn open(dir: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(dir, &SqliteOptions::default())
}

#[track_caller]
fn refused(dir: &Path) -> OpenError {
    match open(dir) {
        Ok(_) => panic!("should be refused"),
        Err(error) => error,
    }
}

#[test]
fn a_second_one_on_the_same_directory_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).unwrap();
    let error = refused(dir.path());
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains("another process uses the data directory"), "{error}");
    let clone = first.clone();
    drop(first);
    refused(dir.path());
    drop(clone);
    open(dir.path()).unwrap();
}

#[test]
fn a_database_newer_than_this_build_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let file = dir.path().join(DATABASE_FILE);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = refused(dir.path());
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");
    assert!(error.to_string().contains("written by a newer deskbell"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    foreign.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(foreign);
    assert!(matches!(refused(dir.path()), OpenError::NotOurs(_)));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(DATABASE_FILE), "not a database at all. ".repeat(100)).unwrap();
    assert!(matches!(refused(dir.path()), OpenError::Damaged(..)));
}

#[test]
fn a_damaged_page_is_found_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).open(dir.path().join(DATABASE_FILE)).unwrap();
    // The head of one page that nothing else at the start has to read.
    let last_page = file.seek(SeekFrom::End(-4096)).unwrap();
    assert!(last_page > 4096);
    file.write_all(&[0xff; 16]).unwrap();
    drop(file);
    let error = refused(dir.path());
    assert!(matches!(error, OpenError::Damaged(..)), "{error}");
}

#[test]
fn a_directory_that_cannot_be_made_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let in_the_way = dir.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let error = refused(&in_the_way.join("data"));
    assert!(matches!(error, OpenError::Directory(..)), "{error}");
    assert!(error.to_string().contains("data"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_new_directory_is_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("a/b");
    let _store = open(&data).unwrap();
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn every_commit_is_flushed_and_every_rule_is_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let number = |conn: &Connection, pragma: &str| {
        conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).unwrap()
    };
    let writer = store
        .write(move |writing| {
            let mode: String =
                writing.conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            let on = ["synchronous", "foreign_keys", "secure_delete", "wal_autocheckpoint", "user_version"];
            Ok((mode, on.map(|pragma| number(writing.conn, pragma))))
        })
        .await
        .unwrap();
    assert_eq!(writer, ("wal".to_owned(), [2, 1, 1, 0, SCHEMA_VERSION as i64]));
    let reader = store.read(move |conn| {
        let write = conn.execute("UPDATE lineage SET feed = 7", []);
        Ok((number(conn, "query_only"), write.is_err()))
    });
    assert_eq!(reader.await.unwrap(), (1, true), "a reader cannot write");
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_known_again() {
    let dir = tempfile::tempdir().unwrap();
    let story = Story::begin(open(dir.path()).unwrap()).await;
    let epoch = story.store.epoch();
    let first = story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let answer = story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.marks(BY_ANN, C1, 3, 3).await.unwrap();
    let (seen, summary) = (story.sees(BY_ANN, C1).await, story.summary(C1).await);
    drop(story);
    let wal = dir.path().join(format!("{DATABASE_FILE}-wal"));
    assert_eq!(std::fs::metadata(wal).map(|file| file.len()).unwrap_or(0), 0, "the log was emptied");

    let story = Story::again(open(dir.path()).unwrap());
    assert_eq!(story.store.epoch(), epoch);
    assert_eq!(story.sees(BY_ANN, C1).await, seen);
    assert_eq!(story.summary(C1).await, summary);
    assert_eq!(story.starts(ANN, C1, &[(1, "hi")]).await.unwrap().acks, first.acks);
    assert_eq!(story.answers(AMY, C1, &[(2, "hello")]).await.unwrap().acks, answer.acks);
    let next = story.says(ANN, C1, &[(3, "on")]).await.unwrap().changed.feed.unwrap();
    assert_eq!(next.0, summary.feed.0 + 1, "the list feed goes on where it was");
}

#[test]
fn each_database_is_a_lineage_of_its_own() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_ne!(open(a.path()).unwrap().epoch(), open(b.path()).unwrap().epoch());
}

#[tokio::test]
async fn a_copy_is_put_back_as_a_new_lineage_and_nothing_is_deleted() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(dir.path()).unwrap();
    let epoch = store.epoch();
    let copy = elsewhere.path().join("copy.db");
    let conn = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).unwrap();
    drop(conn);
    let now = deskbell_shared::model::UnixMillis(7);
    let error = restore(&copy, dir.path(), now).unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "while a server runs: {error}");
    drop(store);

    let done = restore(&copy, dir.path(), now).unwrap();
    let before = done.before.expect("what was there");
    assert!(before.join(DATABASE_FILE).exists());
    let store = open(dir.path()).unwrap();
    assert_ne!(store.epoch(), epoch);
}

#[tokio::test]
async fn whoever_had_a_desk_when_the_copy_was_made_keeps_nobody_waiting_after_it_is_restored() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let story = Story::begin(open(dir.path()).unwrap()).await;
    let take = |store: &SqliteStore| {
        let (at, ends_at) = (UnixMillis(10), UnixMillis(30_010));
        TakeLease { inbox: SALES, node: store.node(), at, ends_at }
    };
    assert!(story.store.take_lease(take(&story.store)).await.unwrap().is_some());
    let copy = elsewhere.path().join("copy.db");
    let conn = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).unwrap();
    drop((conn, story));
    restore(&copy, dir.path(), UnixMillis(20)).unwrap();
    let store = open(dir.path()).unwrap();
    assert!(store.take_lease(take(&store)).await.unwrap().is_some(), "free at once");
}

#[test]
fn what_is_no_whole_database_of_ours_is_not_restored_and_leaves_the_folder_as_it_was() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(open(dir.path()).unwrap());
    let now = deskbell_shared::model::UnixMillis(7);
    let copy = elsewhere.path().join("copy.db");
    assert!(restore(&copy, dir.path(), now).is_err(), "nothing there");
    std::fs::write(&copy, b"SQLite format 3\0 and then nothing").unwrap();
    assert!(restore(&copy, dir.path(), now).is_err(), "no database");
    Connection::open(elsewhere.path().join("other.db")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let error = restore(&elsewhere.path().join("other.db"), dir.path(), now).unwrap_err();
    assert!(matches!(error, OpenError::NotOurs(_)), "{error}");
    open(dir.path()).unwrap();
}
