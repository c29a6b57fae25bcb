//! What was forgotten is on no page of the disk any more: neither in the database file nor in its log.

use deskbell_shared::model::UnixMillis;

use crate::store::conformance::story::*;
use crate::store::erasure::{Before, Erase, ErasureStore};
use crate::store::sqlite::SqliteStore;

const CANARY: &str = "canary-5f1e";
/// A word beside it, and the two halves of it: an index keeps of a word what the one before it does not begin with.
const WORD: &str = "zzquetzalxylophone";
const HALVES: [&str; 2] = ["zzquet", "zalxylophone"];

/// Conversations of two visitors, long enough that their rows share pages, split them and overflow them.
async fn full_of_talk(story: &Story<SqliteStore>) {
    story.starts(ANN, C1, &[(1, CANARY)]).await.unwrap();
    story.starts(BOB, C2, &[(1, "bob stays")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    for n in 2..200u128 {
        let long = format!("{CANARY} {WORD}{n} {WORD} {n} {}", "x".repeat((n as usize * 37) % 3_900));
        story.says(ANN, C1, &[(n, &long)]).await.unwrap();
        story.answers(AMY, C1, &[(n, &format!("{CANARY} answer {n}"))]).await.unwrap();
        story.says(BOB, C2, &[(n, &format!("bob says {n}"))]).await.unwrap();
    }
    story.notes(AMY, C1, CANARY).await.unwrap();
}

fn files_of(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

fn found_in(dir: &std::path::Path, what: &str) -> Vec<String> {
    files_of(dir)
        .into_iter()
        .filter(|path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(what.len()).any(|part| part == what.as_bytes())
        })
        .map(|path| path.display().to_string())
        .collect()
}

#[tokio::test]
async fn what_a_visitor_said_is_on_no_page_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let story = Story::begin(SqliteStore::open(dir.path(), &Default::default()).unwrap()).await;
    full_of_talk(&story).await;
    story.store.scrub().await.unwrap();
    assert!(!found_in(dir.path(), CANARY).is_empty(), "the search finds what is there");
    assert!(HALVES.iter().all(|half| !found_in(dir.path(), half).is_empty()));
    let erase = Erase { visitor: ANN, scope: BY_ANN, at: story.now() };
    story.store.erase_visitor(erase).await.unwrap();
    story.store.scrub().await.unwrap();
    for gone in [CANARY, HALVES[0], HALVES[1]] {
        assert_eq!(found_in(dir.path(), gone), Vec::<String>::new(), "{gone}");
    }
    assert!(!found_in(dir.path(), "bob says 199").is_empty());
    assert_eq!(story.finds("bob 199").await, ["c2/199 [bob] says [199]"]);
    assert_eq!(story.sees(BY_AMY, C2).await.view.head.0, 199);
    // The rows carry the checksums of what they say now.
    assert_eq!(story.sees(BY_AMY, C1).await.rows[0].body.tag(), "erased");
}

#[tokio::test]
async fn what_was_too_old_is_on_no_page_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let story = Story::begin(SqliteStore::open(dir.path(), &Default::default()).unwrap()).await;
    full_of_talk(&story).await;
    story.resolves(BY_AMY, C1).await.unwrap();
    let turn = story.store.begin_retention().await.unwrap();
    let before = Before { messages: Some(UnixMillis(i64::MAX)), files: None };
    while !story.store.retain(turn, SALES, before, 1).await.unwrap().is_empty() {}
    story.store.scrub().await.unwrap();
    for gone in [CANARY, HALVES[0], HALVES[1]] {
        assert_eq!(found_in(dir.path(), gone), Vec::<String>::new(), "{gone}");
    }
}

/// Who trusts nobody with the database tries the addresses there are: what is stored is no digest that they could make.
#[tokio::test]
async fn an_address_cannot_be_found_by_trying_once_it_is_forgotten() {
    use crate::store::mail::{LeaveAddress, MailBounds, MailKey, MailLease, MailStore as _, Outcome, whom};
    let dir = tempfile::tempdir().unwrap();
    let story = Story::begin(SqliteStore::open(dir.path(), &Default::default()).unwrap()).await;
    story.store.owe_mail(Some(std::time::Duration::ZERO));
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let address = format!("{CANARY}@example.com");
    let left = LeaveAddress { conversation: C1, visitor: ANN, address: address.clone(), at: story.now() };
    story.store.leave_address(left).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let at = story.now();
    let id = story.store.due_mails(at, 1).await.unwrap()[0].id;
    let bounds = MailBounds { address: 9, visitor: 9, inbox: 9 };
    let job = story.store.lease_mail(id, MailLease { at, until: at, bounds }).await.unwrap().unwrap();
    story.store.settle_mail(id, job.tries, at, Outcome::Sent).await.unwrap();
    story.store.stop_mail(id, at).await.unwrap();
    story.blocks(AMY, ANN, 1_000_000).await.unwrap();
    let bare = whom(None, &address);
    let has_digest = || {
        let mut files = files_of(dir.path()).into_iter();
        files.any(|path| std::fs::read(path).unwrap_or_default().windows(32).any(|part| part == bare))
    };
    assert!(has_digest(), "written before there was a key");
    story.store.key_addresses(MailKey::of([7; 32])).await.unwrap();
    let erase = Erase { visitor: ANN, scope: BY_ANN, at: story.now() };
    story.store.erase_visitor(erase).await.unwrap();
    story.store.scrub().await.unwrap();
    assert!(!has_digest());
    assert_eq!(found_in(dir.path(), CANARY), Vec::<String>::new());
    assert_eq!(found_in(dir.path(), "spam"), Vec::<String>::new(), "nor the reason of a block");
}
