//! The writing thread: one flush for many, answers only after it, and what happens when the disk says no.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use deskbell_shared::model::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::store::conformance::story::*;
use crate::store::conversations::Appended;
use crate::store::sqlite::stop::Stop;
use crate::store::sqlite::writer::{BATCH_OPS_MAX, QUEUE_OPS_MAX, Writing};
use crate::store::sqlite::{DATABASE_FILE, SqliteOptions, SqliteStore, sites};
use crate::store::{AccountStore, ConversationStore, Fault, Stored};

async fn begin() -> (Arc<Story<SqliteStore>>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), &SqliteOptions::default()).unwrap();
    (Arc::new(Story::begin(store).await), dir)
}

/// Keeps the writing thread busy inside a transaction until the sender is used or dropped.
async fn hold(store: &SqliteStore) -> Sender<()> {
    let (release, released): (_, Receiver<()>) = channel();
    let (inside, is_inside) = oneshot::channel();
    let store = store.clone();
    tokio::spawn(async move {
        let held = store.write(move |_| {
            let _ = inside.send(());
            let _ = released.recv();
            Ok(())
        });
        let _ = held.await;
    });
    is_inside.await.unwrap();
    release
}

/// Counts commits from now on.
async fn count_commits(store: &SqliteStore) -> Arc<AtomicUsize> {
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let hook = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        false
    };
    store.write(move |writing| Ok(writing.conn.commit_hook(Some(hook))?)).await.unwrap();
    commits.store(0, Ordering::SeqCst);
    commits
}

async fn notes_seen(store: &SqliteStore) -> usize {
    store.site_by_key("shop-key").await.unwrap().unwrap().seen.len()
}

#[tokio::test]
async fn what_arrives_during_a_commit_shares_the_next() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let commits = count_commits(&story.store).await;
    let release = hold(&story.store).await;
    let mut sends: Vec<_> = (2..52).map(|n| Box::pin(says(&story, n, "more"))).collect();
    for send in &mut sends {
        assert!(send.as_mut().now_or_never().is_none(), "not before the commit");
    }
    drop(release);
    let acked: Vec<_> = join_all(sends).await.into_iter().map(|sent| acks(&sent.unwrap())[0].1).collect();
    assert_eq!(acked, (2..52).collect::<Vec<u64>>());
    assert!(commits.load(Ordering::SeqCst) <= 2, "{commits:?} commits for 50 messages");
}

#[tokio::test]
async fn a_batch_is_bounded() {
    let (story, _dir) = begin().await;
    let commits = count_commits(&story.store).await;
    let release = hold(&story.store).await;
    let count = 3 * BATCH_OPS_MAX;
    let mut writes: Vec<_> = (0..count).map(|_| Box::pin(story.store.write(|_| Ok(())))).collect();
    for write in &mut writes {
        assert!(write.as_mut().now_or_never().is_none());
    }
    drop(release);
    assert!(join_all(writes).await.into_iter().all(|done| done.is_ok()));
    assert!(commits.load(Ordering::SeqCst) >= 3, "{commits:?}");
}

#[tokio::test]
async fn nobody_is_answered_or_shown_a_row_before_the_commit() {
    let (story, _dir) = begin().await;
    let (inside, is_inside) = oneshot::channel();
    let (release_commit, released): (_, Receiver<()>) = channel();
    let mut once = Some(inside);
    let hook = move || {
        if let Some(inside) = once.take() {
            let _ = inside.send(());
            let _ = released.recv();
        }
        false
    };
    let release = hold(&story.store).await;
    let mut set = Box::pin(story.store.write(move |writing| Ok(writing.conn.commit_hook(Some(hook))?)));
    let mut start = Box::pin(story.starts(ANN, C1, &[(1, "hi")]));
    assert!(set.as_mut().now_or_never().is_none());
    assert!(start.as_mut().now_or_never().is_none());
    drop(release);
    is_inside.await.unwrap(); // everything is done but the commit
    assert!(start.as_mut().now_or_never().is_none(), "an answer before the commit");
    let seen = || async { story.store.conversations_of(ANN, 10).await.unwrap().len() };
    assert_eq!(seen().await, 0, "a row before the commit");
    release_commit.send(()).unwrap();
    start.await.unwrap();
    assert_eq!(seen().await, 1);
}

#[tokio::test]
async fn a_refused_operation_leaves_no_trace_and_its_neighbours_stay() {
    let (story, _dir) = begin().await;
    let release = hold(&story.store).await;
    let note = |origin: &'static str, then: Option<Stop>| {
        story.store.write(move |writing| {
            sites::note_seen(writing.conn, SHOP, origin, UnixMillis(1))?;
            writing.next_feed();
            then.map_or(Ok(()), Err)
        })
    };
    let mut first = Box::pin(note("https://first.example", None));
    let mut second = Box::pin(note("https://second.example", Some(Stop::because(RefusalCode::Conflict))));
    let mut third = Box::pin(note("https://third.example", Some(Stop::Corrupt("odd".into()))));
    let mut fourth = Box::pin(note("https://fourth.example", None));
    for write in [&mut first, &mut second, &mut third, &mut fourth] {
        assert!(write.as_mut().now_or_never().is_none());
    }
    drop(release);
    first.await.unwrap();
    assert_refused(second.await, RefusalCode::Conflict);
    assert_eq!(third.await, Err(Fault::Corrupt("odd".into())));
    fourth.await.unwrap();
    assert_eq!(notes_seen(&story.store).await, 2);
    let feed = story.store.feed_head().await.unwrap();
    assert_eq!(feed.0, 2, "a refused operation takes no place of the list feed");
}

#[tokio::test]
async fn a_full_disk_stores_nothing_says_so_and_recovers_by_itself() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let health = story.store.health();
    // As full as it is now.
    let limit = |pages: i64| {
        story.store.write(move |writing| {
            let now: i64 = writing.conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let pages = if pages == 0 { now } else { pages };
            writing.conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            Ok(())
        })
    };
    limit(0).await.unwrap();
    let head = story.store.feed_head().await.unwrap();
    let long = "x".repeat(4000);
    let release = hold(&story.store).await;
    let mut sends: Vec<_> = (2..32).map(|n| Box::pin(says(&story, n, &long))).collect();
    for send in &mut sends {
        assert!(send.as_mut().now_or_never().is_none());
    }
    drop(release);
    let faults = join_all(sends).await;
    assert!(faults.iter().all(|sent| matches!(sent, Err(Fault::Unavailable(_)))), "{faults:?}");
    assert!(health.degraded());
    assert_eq!(health.failure(), None);
    let seen = story.sees(BY_ANN, C1).await;
    assert_eq!(seen.rows.len(), 1, "reading goes on, and shows nothing of it");
    limit(1_000_000).await.unwrap();
    assert!(!health.degraded(), "the next write that is stored ends it");
    let again = story.says(ANN, C1, &[(2, &long)]).await.unwrap();
    assert_eq!(acks(&again), [(2, 2)]);
    assert_eq!(again.changed.feed.unwrap().0, head.0 + 1, "what was undone took no place");
}

#[tokio::test]
async fn a_degraded_store_tries_by_itself_whether_it_can_write_again() {
    let (story, dir) = begin().await;
    let health = story.store.health();
    let impatient = |writing: &Writing<'_>| Ok(writing.conn.busy_timeout(Duration::ZERO)?);
    story.store.write(impatient).await.unwrap();
    let in_the_way = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    in_the_way.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = story.starts(ANN, C1, &[(1, "hi")]).await;
    assert!(matches!(refused, Err(Fault::Unavailable(_))), "{refused:?}");
    assert!(health.degraded());
    in_the_way.execute_batch("ROLLBACK").unwrap();
    health.recovered().await; // nobody asks for a write
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_ends_the_store_and_leaves_the_outcome_open() {
    let (story, dir) = begin().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let health = story.store.health();
    let fails_from_now_on = story.store.write(|writing| Ok(writing.conn.commit_hook(Some(|| true))?)).await;
    assert!(matches!(fails_from_now_on, Err(Fault::Unknown(_))), "{fails_from_now_on:?}");
    assert!(health.failed().await.contains("start again"));
    let later = story.says(ANN, C1, &[(2, "lost?")]).await;
    assert!(matches!(later, Err(Fault::Unavailable(_))), "{later:?}");
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi"],
        "reading goes on until the process ends"
    );
    drop(story);
    let story = Story::again(SqliteStore::open(dir.path(), &SqliteOptions::default()).unwrap());
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi"]);
}

#[tokio::test]
async fn everybody_in_a_commit_that_fails_is_told_the_same() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let release = hold(&story.store).await;
    let mut spoil = Box::pin(story.store.write(|writing| Ok(writing.conn.commit_hook(Some(|| true))?)));
    let mut good = Box::pin(story.says(ANN, C1, &[(2, "good")]));
    let mut refused = Box::pin(story.says(BOB, C1, &[(3, "not mine")]));
    assert!(spoil.as_mut().now_or_never().is_none());
    assert!(good.as_mut().now_or_never().is_none());
    assert!(refused.as_mut().now_or_never().is_none());
    drop(release);
    assert!(matches!(spoil.await, Err(Fault::Unknown(_))));
    assert!(matches!(good.await, Err(Fault::Unknown(_))));
    assert!(matches!(refused.await, Err(Fault::Unknown(_))), "what it saw may not be there");
}

#[tokio::test]
async fn a_panic_of_the_writing_thread_is_a_failure() {
    let (story, _dir) = begin().await;
    let health = story.store.health();
    let result: Stored<()> = story.store.write(|_| panic!("a bug (this panic belongs to a test)")).await;
    assert!(matches!(result, Err(Fault::Unknown(_))), "{result:?}");
    assert!(health.failed().await.contains("panicked"));
    let later = story.starts(ANN, C1, &[(1, "hi")]).await;
    assert!(matches!(later, Err(Fault::Unavailable(_))), "{later:?}");
}

#[tokio::test]
async fn a_panic_of_a_reading_thread_takes_nobody_along() {
    let (story, _dir) = begin().await;
    for _ in 0..8 {
        let result: Stored<()> = story.store.read(|_| panic!("a bug (this panic belongs to a test)")).await;
        assert!(matches!(result, Err(Fault::Unavailable(_))), "{result:?}");
    }
    assert!(story.store.is_set_up().await.unwrap());
}

#[tokio::test]
async fn more_writes_than_may_wait_are_turned_away() {
    let (story, _dir) = begin().await;
    let release = hold(&story.store).await;
    let mut waiting = Vec::new();
    let mut turned_away = Vec::new();
    for _ in 0..QUEUE_OPS_MAX + 3 {
        let mut write = Box::pin(story.store.write(|_| Ok(())));
        match write.as_mut().now_or_never() {
            Some(done) => turned_away.push(done),
            None => waiting.push(write),
        }
    }
    assert!(turned_away.len() >= 2, "{}", turned_away.len());
    assert!(turned_away.iter().all(|done| matches!(done, Err(Fault::Unavailable(_)))));
    drop(release);
    assert!(join_all(waiting).await.into_iter().all(|done| done.is_ok()));
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
}

async fn says(story: &Story<SqliteStore>, n: u128, text: &str) -> Stored<Appended> {
    story.says(ANN, C1, &[(n, text)]).await
}
