//! The second wall: what the schema refuses even where the code would not, and what deactivation means to every
//! query (there is no operation for it yet).

use deskbell_shared::model::{Feed, Role, UnixMillis};
use deskbell_shared::protocol::RefusalCode;

use crate::store::accounts::SessionRecord;
use crate::store::conformance::story::*;
use crate::store::sqlite::{SqliteOptions, SqliteStore};
use crate::store::{AccountStore, ConversationStore, Scope};

async fn begin() -> (Story<SqliteStore>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), &SqliteOptions::default()).unwrap();
    (Story::begin(store).await, dir)
}

#[tokio::test]
async fn the_schema_refuses_what_the_code_must_never_try() {
    let (story, _dir) = begin().await;
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C2, &[(2, "hi")]).await.unwrap();
    let attempts = [
        ("a second open conversation", "UPDATE conversations SET status = 'open'"),
        (
            "a conversation on a site its visitor does not belong to",
            "UPDATE conversations SET site = (SELECT id FROM sites WHERE key = 'blog-key')",
        ),
        (
            "a message stored twice",
            "INSERT INTO entries SELECT conversation, seq + 9, visitor_seq + 9, audience, at, author, author_agent, \
             kind, cmid, text, assignee, version, detail, checksum FROM entries WHERE kind = 'message'",
        ),
        (
            "two rows at one place of the visitor",
            "INSERT INTO entries SELECT conversation, seq + 9, visitor_seq, audience, at, author, author_agent, \
             kind, randomblob(16), text, assignee, version, detail, checksum FROM entries WHERE kind = 'message'",
        ),
        ("a row for staff with a place of the visitor", "UPDATE entries SET audience = 'staff'"),
        ("a row of no conversation", "UPDATE entries SET conversation = zeroblob(16)"),
        (
            "a resolved conversation with an assignee",
            "UPDATE conversations SET assignee = (SELECT id FROM agents LIMIT 1)",
        ),
        ("a mark past the head", "UPDATE conversations SET staff_received = 99"),
        ("a conversation without a visitor", "UPDATE conversations SET visitor = NULL"),
        ("an agent of no known role", "UPDATE agents SET role = 'root'"),
    ];
    for (what, sql) in attempts {
        let result = story.store.write(move |writing| Ok(writing.conn.execute(sql, [])?)).await;
        let fault = result.expect_err(what);
        assert!(fault.to_string().contains("constraint failed"), "{what}: {fault}");
    }
    assert_eq!(story.transcript(BY_ANN, C2).await, ["1 visitor: hi"]);
}

#[tokio::test]
async fn a_deactivated_agent_signs_in_nowhere_and_sees_nothing() {
    let (story, _dir) = begin().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let at = UnixMillis(1);
    let session =
        SessionRecord { secret: [7; 32], agent: AMY, role: Role::Agent, opened_at: at, used_at: at };
    story.store.open_session(session, String::new()).await.unwrap();
    story
        .store
        .write(|writing| {
            Ok(writing
                .conn
                .execute("UPDATE agents SET deactivated_at = 1 WHERE id = ?1", [AMY.to_bytes()])?)
        })
        .await
        .unwrap();
    assert!(story.store.agent(AMY).await.unwrap().is_none());
    assert!(story.store.agent_by_email("amy@shop.example").await.unwrap().is_none());
    assert_eq!(story.store.agents().await.unwrap().len(), 2);
    assert_eq!(story.store.session([7; 32]).await.unwrap(), None);
    assert_eq!(story.store.inbox_agents(SALES).await.unwrap(), [OLGA, BEN]);
    assert_refused(story.answers(AMY, C1, &[(2, "hello")]).await, RefusalCode::NotFound);
    assert_refused(story.resolves(BY_AMY, C1).await, RefusalCode::NotFound);
    assert_eq!(story.store.feed(AMY, Feed(0), false, 9).await.unwrap(), []);
    assert_eq!(story.store.resolved(AMY, None, 9).await.unwrap(), []);
    assert_eq!(story.store.inbox_agents(PRESS).await.unwrap(), []);
    let rows = story.transcript(Scope::Agent(BEN), C1).await;
    assert_eq!(rows[1], "2 Amy gives it to Amy (1)", "what they did stays under their name");
}
