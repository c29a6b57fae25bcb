//! What only this store promises of its index: it is part of the transaction, it is filled with what was there before it,
//! and nothing of it stays on the disk.

use deskbell_shared::model::Epoch;
use rusqlite::Connection;

use crate::store::conformance::story::*;
use crate::store::conversations::Writer;
use crate::store::search::Filter;
use crate::store::sqlite::stop::Stop;
use crate::store::sqlite::{DATABASE_FILE, SqliteStore, schema};

async fn begin() -> (Story<SqliteStore>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Story::begin(SqliteStore::open(dir.path(), &Default::default()).unwrap()).await, dir)
}

async fn count(story: &Story<SqliteStore>, sql: &'static str) -> i64 {
    story.store.read(move |conn| Ok(conn.query_row(sql, [], |row| row.get(0))?)).await.unwrap()
}

#[tokio::test]
async fn what_is_undone_is_not_in_the_index() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "needle one")]).await.unwrap();
    let undone = story.store.write(|writing| {
        let conn = writing.conn;
        writing.unindexed.written(conn, (C1, 9), story_time(), &author(), false, "needle two")?;
        Err::<(), _>(Stop::not_found())
    });
    undone.await.unwrap_err();
    assert_eq!(story.finds("needle").await, ["c1/1 [needle] one"]);
    assert_eq!(count(&story, "SELECT count(*) FROM search_rows").await, 1);
    assert_eq!(count(&story, "SELECT count(*) FROM search_words WHERE search_words MATCH 'needle'").await, 1);
}

fn story_time() -> deskbell_shared::model::UnixMillis {
    deskbell_shared::model::UnixMillis(1)
}

fn author() -> deskbell_shared::model::Author {
    deskbell_shared::model::Author::Visitor {}
}

/// A word that an author has taken back is off the disk without waiting for the file to be written anew: the index is the
/// only place from which whole words could be read in order.
#[tokio::test]
async fn a_word_that_is_taken_out_is_overwritten() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "first quetzalxylophone"), (2, "second")]).await.unwrap();
    let in_index = "SELECT count(*) FROM search_words_data WHERE instr(block, x'7175657474')";
    let whole = "SELECT count(*) FROM search_words_data WHERE instr(block, CAST('quetzalxylophone' AS BLOB))";
    assert_eq!((count(&story, whole).await, count(&story, in_index).await), (1, 0));
    story.edits(Writer::Visitor(ANN), C1, 1, "first").await.unwrap();
    assert_eq!(count(&story, whole).await, 0);
    assert_eq!(story.finds("first").await, ["c1/1 [first]"]);
}

#[tokio::test]
async fn what_was_written_before_there_was_an_index_is_in_it() {
    let (story, dir) = begin().await;
    story.starts(ANN, C1, &[(1, "请问退款"), (2, "helo")]).await.unwrap();
    story.edits(Writer::Visitor(ANN), C1, 2, "hello").await.unwrap();
    story.starts(BOB, C2, &[(3, "退款")]).await.unwrap();
    story.withdraws(Writer::Visitor(BOB), C2, 3).await.unwrap();
    let leave = crate::store::mail::LeaveAddress {
        conversation: C1,
        visitor: ANN,
        address: "ann@mail.example".into(),
        at: story.now(),
    };
    crate::store::MailStore::leave_address(&story.store, leave).await.unwrap();
    drop(story);
    // As the version before left it.
    let mut conn = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let lines = schema::MIGRATIONS[20..].iter().flat_map(|sql| sql.lines());
    let made = lines.filter_map(|line| {
        let rest =
            line.strip_prefix("CREATE TABLE ").or_else(|| line.strip_prefix("CREATE VIRTUAL TABLE "))?;
        // What is made anew has its old name again.
        rest.split(' ').next().filter(|table| !table.ends_with("_anew"))
    });
    // Names out of our own migrations, which no parameter can stand for.
    let back: String = made.flat_map(|table| ["DROP TABLE ", table, ";"]).collect();
    conn.execute_batch(&back).unwrap();
    conn.pragma_update(None, "user_version", 20).unwrap();
    schema::migrate(&mut conn, 20, Epoch(1)).unwrap();
    drop(conn);
    let story = Story::again(SqliteStore::open(dir.path(), &Default::default()).unwrap());
    assert_eq!(story.finds("退款").await, ["c1/1 请问[退款]"]);
    assert_eq!((story.finds("helo").await, story.finds("hello").await.len()), (vec![], 1));
    let view = story.searches(AMY, "ann@mail.example", Filter::default(), None).await.unwrap();
    assert_eq!(view.people.len(), 1);
    // What was filled in is taken out as anything is.
    story.edits(Writer::Visitor(ANN), C1, 2, "bye").await.unwrap_err();
    story.says(ANN, C1, &[(5, "退款吗")]).await.unwrap();
    assert_eq!(story.finds("退款").await, ["c1/5 [退款]吗", "c1/1 请问[退款]"]);
}
