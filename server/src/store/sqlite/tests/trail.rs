//! The audit trail against whoever can write the database: what is seen of a row that was changed, of one that is
//! gone, and of an end that was cut off.

use std::path::Path;

use deskbell_shared::model::{AgentId, UnixMillis};
use rusqlite::Connection;

use crate::store::audit::{Actor, AuditStore as _, Deed, Flaw, Head, Target, What};
use crate::store::sqlite::{DATABASE_FILE, HEAD_FILE, SqliteStore, check_trail, restore};

const ROWS: u64 = 5;

fn deed(n: u64) -> Deed {
    let (actor, what, target) = (Actor::Agent(AgentId(1)), What::Invited, Target::Nothing);
    Deed { at: UnixMillis(n as i64), actor, what, target, from: None, detail: "agent".into() }
}

/// A directory with a trail of `ROWS` rows that nobody uses.
async fn trail() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for n in 1..=ROWS {
        store.note(deed(n)).await.unwrap();
    }
    dir
}

fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, &Default::default()).unwrap()
}

/// Somebody with the file and a text editor's patience.
fn tampers(dir: &Path, sql: &str, with: impl rusqlite::Params) {
    let conn = Connection::open(dir.join(DATABASE_FILE)).unwrap();
    conn.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_cut_at_its_end").unwrap();
    assert!(conn.execute(sql, with).unwrap() > 0, "{sql}");
}

fn flaw(dir: &Path) -> Flaw {
    check_trail(dir, None).unwrap().expect_err("a flaw")
}

#[tokio::test]
async fn a_whole_trail_fits_and_its_head_is_noted_outside() {
    let dir = trail().await;
    let checked = check_trail(dir.path(), None).unwrap().unwrap();
    assert_eq!((checked.rows, checked.head.number), (ROWS, ROWS));
    let kept = std::fs::read_to_string(dir.path().join(HEAD_FILE)).unwrap();
    assert_eq!(Head::parse(kept.trim()), Some(checked.head));
    assert!(check_trail(dir.path(), Some(checked.head)).unwrap().is_ok());
    // A head that a crash left behind is no flaw.
    let store = open(dir.path());
    store.note(deed(6)).await.unwrap();
    drop(store);
    std::fs::write(dir.path().join(HEAD_FILE), kept).unwrap();
    assert_eq!(check_trail(dir.path(), None).unwrap().unwrap().rows, ROWS + 1);
    open(dir.path()).note(deed(7)).await.unwrap();
    assert!(check_trail(dir.path(), None).unwrap().is_ok(), "and the trail goes on from it");
}

#[tokio::test]
async fn the_database_refuses_to_change_the_trail() {
    let dir = trail().await;
    let conn = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for sql in [
        "UPDATE audit SET detail = 'owner' WHERE number = 2",
        "DELETE FROM audit WHERE number = 5",
        "DELETE FROM audit",
    ] {
        let refused = conn.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("constraint failed"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn a_row_that_was_changed_is_named() {
    for change in [
        "UPDATE audit SET detail = 'owner' WHERE number = 3",
        "UPDATE audit SET at = 99 WHERE number = 3",
        "UPDATE audit SET what = 'joined' WHERE number = 3",
        "UPDATE audit SET actor_id = zeroblob(16) WHERE number = 3",
        "UPDATE audit SET actor = 'operator', actor_id = NULL WHERE number = 3",
        "UPDATE audit SET target = 'agent', target_id = zeroblob(16) WHERE number = 3",
        "UPDATE audit SET network = '203.0.113.0/24' WHERE number = 3",
        "UPDATE audit SET hash = zeroblob(32) WHERE number = 3",
    ] {
        let dir = trail().await;
        tampers(dir.path(), change, []);
        assert_eq!(flaw(dir.path()).number, 3, "{change}");
    }
}

#[tokio::test]
async fn a_row_that_is_gone_is_missed_wherever_it_was() {
    for gone in 1..=ROWS {
        let dir = trail().await;
        tampers(dir.path(), "DELETE FROM audit WHERE number = ?1", [gone]);
        assert_eq!(flaw(dir.path()).number, gone);
    }
    let dir = trail().await;
    tampers(dir.path(), "DELETE FROM audit", []);
    assert_eq!(flaw(dir.path()).number, 1);
}

#[tokio::test]
async fn an_old_end_that_somebody_cut_off_is_missed() {
    let dir = trail().await;
    tampers(dir.path(), "DELETE FROM audit WHERE number <= 2", []);
    assert_eq!(flaw(dir.path()).number, 1);
    // With the anchor moved the chain itself fits: the row that tells of the cut is what is missing.
    let dir = trail().await;
    let moved = "UPDATE audit_anchor SET number = 2, hash = (SELECT hash FROM audit WHERE number = 2)";
    tampers(dir.path(), moved, []);
    let conn = Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    conn.execute("DELETE FROM audit WHERE number <= 2", []).unwrap();
    assert_eq!(flaw(dir.path()).number, 3);
}

#[tokio::test]
async fn an_end_that_was_made_anew_is_seen_by_the_head() {
    let dir = trail().await;
    tampers(dir.path(), "DELETE FROM audit WHERE number = 5", []);
    // The server goes on, and would write over the traces.
    open(dir.path()).note(deed(6)).await.unwrap();
    let found = flaw(dir.path());
    assert_eq!(found.number, 5);
    assert!(found.why.contains("found the trail changed"), "{found}");
    // While it runs just as well.
    let dir = trail().await;
    let store = open(dir.path());
    tampers(dir.path(), "DELETE FROM audit WHERE number = 5", []);
    store.note(deed(6)).await.unwrap();
    assert_eq!(flaw(dir.path()).number, 5);
}

#[tokio::test]
async fn a_crash_right_after_the_first_row_is_no_flaw() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let before = std::fs::read_to_string(dir.path().join(HEAD_FILE)).unwrap();
    store.note(deed(1)).await.unwrap();
    drop(store);
    std::fs::write(dir.path().join(HEAD_FILE), before).unwrap();
    open(dir.path()).note(deed(2)).await.unwrap();
    assert!(check_trail(dir.path(), None).unwrap().is_ok());
}

#[tokio::test]
async fn a_head_that_was_taken_away_is_missed() {
    let dir = trail().await;
    std::fs::remove_file(dir.path().join(HEAD_FILE)).unwrap();
    assert_eq!(flaw(dir.path()).number, ROWS);
    open(dir.path()).note(deed(6)).await.unwrap();
    assert_eq!(flaw(dir.path()).number, ROWS + 1);
}

/// What nobody can see from inside of the folder, and a head that was noted elsewhere shows.
#[tokio::test]
async fn a_trail_made_anew_with_its_head_is_seen_by_a_noted_one() {
    let dir = trail().await;
    let noted = check_trail(dir.path(), None).unwrap().unwrap().head;
    let forged = trail().await;
    tampers(forged.path(), "DELETE FROM audit", []);
    std::fs::remove_file(forged.path().join(HEAD_FILE)).unwrap();
    let store = open(forged.path());
    for n in 1..=ROWS {
        store.note(Deed { detail: "nothing to see".into(), ..deed(n) }).await.unwrap();
    }
    drop(store);
    assert!(check_trail(forged.path(), None).unwrap().is_ok());
    assert_eq!(check_trail(forged.path(), Some(noted)).unwrap().unwrap_err().number, ROWS);
}

#[tokio::test]
async fn a_restore_tells_of_itself_and_of_what_it_replaced() {
    let dir = trail().await;
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    crate::store::sqlite::copy(dir.path(), &copy).unwrap();
    let store = open(dir.path());
    store.note(deed(6)).await.unwrap();
    drop(store);
    let before = check_trail(dir.path(), None).unwrap().unwrap().head;
    restore(&copy, dir.path(), UnixMillis(9)).unwrap();
    let checked = check_trail(dir.path(), None).unwrap().unwrap();
    assert_eq!(checked.rows, ROWS + 1);
    let row = open(dir.path()).trail(u64::MAX, 1).await.unwrap().remove(0);
    assert_eq!((row.what.as_str(), row.actor.as_str()), ("restored", "operator"));
    assert_eq!(row.detail, format!("before={before}"));
    open(dir.path()).note(deed(7)).await.unwrap();
    assert!(check_trail(dir.path(), None).unwrap().is_ok());
    // An older database that was only copied over is noticed.
    std::fs::copy(&copy, dir.path().join(DATABASE_FILE)).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.path().join(format!("{DATABASE_FILE}{end}")));
    }
    assert_eq!(flaw(dir.path()).number, ROWS + 1);
}
