//! What was written is edited and taken back over real sockets: who follows sees it at once, who was away when they are
//! back, nobody else can do it, and what was taken back is nowhere any more.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Audience, Cmid, ConversationId, Draft, Entry, EntryBody, Seq};
use deskbell_shared::protocol::api::AuditPage;
use deskbell_shared::protocol::{Command, Frame, Position, RefusalCode};

use crate::files::{CANARY, of_canary};
use crate::support::http::get;
use crate::support::raw::draft;
use crate::support::server::{Account, new_token};
use crate::support::{Heard, Raw, Server, patiently};

struct Talk {
    server: Server,
    token: String,
    mia: Account,
    conversation: ConversationId,
    /// The visitor's first message.
    first: Cmid,
}

impl Talk {
    async fn open() -> Talk {
        let server = Server::start().await;
        let (mia, token) = (server.agent("Mia").await, new_token());
        let mut visitor = Raw::visitor(&server, &token).await;
        let conversation = visitor.starts(&["canary one"]).await;
        let mut agent = Raw::agent(&server, &mia).await;
        agent.claims(conversation).await;
        let first = cmids(&visitor.transcript(conversation).await)[0];
        Talk { server, token, mia, conversation, first }
    }

    /// A visitor and the agent, both following.
    async fn follows(&self) -> (Raw, Raw) {
        let mut both =
            (Raw::visitor(&self.server, &self.token).await, Raw::agent(&self.server, &self.mia).await);
        for raw in [&mut both.0, &mut both.1] {
            let position = Position { conversation: self.conversation, epoch: None, after: Seq(0) };
            let id = raw.id();
            raw.say(&Command::Watch { id, position }).await;
            raw.reply(id).await;
        }
        both
    }

    async fn edits(&self, raw: &mut Raw, message: Cmid, text: &str) -> Heard {
        let (id, conversation) = (raw.id(), self.conversation);
        raw.say(&Command::Edit { id, conversation, message, text: text.to_owned() }).await;
        raw.reply(id).await
    }

    async fn withdraws(&self, raw: &mut Raw, message: Cmid) -> Heard {
        let (id, conversation) = (raw.id(), self.conversation);
        raw.say(&Command::Withdraw { id, conversation, message }).await;
        raw.reply(id).await
    }
}

fn cmids(rows: &[Entry]) -> Vec<Cmid> {
    rows.iter().filter_map(|row| row.body.written().map(|(cmid, _)| cmid)).collect()
}

fn is_done(heard: &Heard) -> bool {
    matches!(heard, Heard::Frame(Frame::Done { .. }))
}

#[track_caller]
fn assert_refused(heard: Heard, wanted: RefusalCode) {
    assert!(matches!(heard, Heard::Frame(Frame::Refused { code, .. }) if code == wanted), "{heard:?}");
}

async fn sees_edit(raw: &mut Raw, words: &str) {
    raw.until("the edit", |heard| match heard {
        Heard::Frame(Frame::Entry { entry: Entry { body: EntryBody::Edited { text, .. }, .. }, .. }) => {
            (text == words).then_some(())
        }
        _ => None,
    })
    .await;
}

async fn sees_erased(raw: &mut Raw) {
    raw.until("the word that something was erased", |heard| {
        matches!(heard, Heard::Frame(Frame::Erased { .. })).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_follows_sees_it_at_once_and_nobody_else_can_do_it() {
    let talk = Talk::open().await;
    let (mut visitor, mut agent) = talk.follows().await;
    assert!(is_done(&talk.edits(&mut visitor, talk.first, "in other words").await));
    sees_edit(&mut agent, "in other words").await;

    // The owner may see everything, and still it is not theirs; nor is it the agent's who has the conversation.
    let mut owner = Raw::agent(&talk.server, talk.server.owner()).await;
    let mut stranger = Raw::visitor(&talk.server, &new_token()).await;
    for other in [&mut agent, &mut owner, &mut stranger] {
        assert_refused(talk.edits(other, talk.first, "mine now").await, RefusalCode::NotFound);
        assert_refused(talk.withdraws(other, talk.first).await, RefusalCode::NotFound);
    }
    let long = "x".repeat(deskbell_shared::protocol::limits::TEXT_BYTES_MAX + 1);
    assert_refused(talk.edits(&mut visitor, talk.first, &long).await, RefusalCode::TooLong);
    assert_refused(talk.edits(&mut visitor, talk.first, " ").await, RefusalCode::Empty);

    assert!(is_done(&talk.withdraws(&mut visitor, talk.first).await));
    sees_erased(&mut agent).await;
    sees_erased(&mut visitor).await;
    let rows = agent.transcript(talk.conversation).await;
    let withdrawn = |body: &EntryBody| matches!(body, EntryBody::Erased { withdrawn: Some(true), .. });
    assert!(withdrawn(&rows[0].body) && withdrawn(&rows[2].body), "{rows:?}");
    assert!(is_done(&talk.withdraws(&mut visitor, talk.first).await), "it is done already");
    assert_refused(talk.edits(&mut visitor, talk.first, "again").await, RefusalCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_are_messages_to_whoever_counts_how_fast_somebody_writes() {
    let talk = Talk::open().await;
    let (mut visitor, _agent) = talk.follows().await;
    for count in 0..200 {
        let heard = talk.edits(&mut visitor, talk.first, &count.to_string()).await;
        if let Heard::Frame(Frame::Refused { code: RefusalCode::RateLimited, .. }) = heard {
            return;
        }
        assert!(is_done(&heard), "{heard:?}");
    }
    panic!("a flood of edits is a flood");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_away_hears_of_it_when_they_are_back() {
    let talk = Talk::open().await;
    let (mut visitor, mut agent) = talk.follows().await;
    let id = visitor.id();
    let messages = vec![draft("two")];
    visitor.say(&Command::Send { id, conversation: talk.conversation, messages }).await;
    let epoch = match visitor.reply(id).await {
        Heard::Frame(Frame::Acked { epoch, .. }) => epoch,
        other => panic!("{other:?}"),
    };
    drop(visitor);
    let note = Draft { audience: Some(Audience::Staff), ..draft("canary note") };
    let answer = draft("canary answer");
    let (id, cmid) = (agent.id(), answer.cmid);
    let messages = vec![note.clone(), answer];
    agent.say(&Command::Send { id, conversation: talk.conversation, messages }).await;
    agent.reply(id).await;
    assert!(is_done(&talk.edits(&mut agent, note.cmid, "a note edited").await));
    assert!(is_done(&talk.withdraws(&mut agent, cmid).await));
    // The visitor has three rows, and the answer is the fourth: nothing they have was erased.
    let at =
        |after| vec![Position { conversation: talk.conversation, epoch: Some(epoch), after: Seq(after) }];
    let mut visitor = Raw::visitor_at(&talk.server, &talk.token, at(3)).await;
    let rows = visitor.page().await;
    assert!(matches!(rows[..], [Entry { body: EntryBody::Erased { .. }, .. }]), "{rows:?}");
    // Had they had it, they would hear that it is gone.
    let mut visitor = Raw::visitor_at(&talk.server, &talk.token, at(4)).await;
    sees_erased(&mut visitor).await;
    let seen = format!("{:?}", visitor.transcript(talk.conversation).await);
    assert!(!seen.contains("note") && !seen.contains("answer"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_back_is_nowhere_any_more() {
    let mut talk = Talk::open().await;
    let (mut visitor, mut agent) = talk.follows().await;
    assert!(is_done(&talk.edits(&mut visitor, talk.first, "canary two").await));
    let answer = Draft { choices: Some(vec!["canary press".to_owned()]), ..draft("which canary?") };
    let (id, cmid) = (agent.id(), answer.cmid);
    agent.say(&Command::Send { id, conversation: talk.conversation, messages: vec![answer] }).await;
    agent.reply(id).await;
    assert!(!of_canary(talk.server.data()).is_empty(), "the search finds what is there");
    assert!(is_done(&talk.withdraws(&mut visitor, talk.first).await));
    assert!(is_done(&talk.withdraws(&mut agent, cmid).await));

    // That an agent did it stands in the trail, without a word of what it was; a visitor's own is theirs alone.
    let path = "/api/audit";
    let page: AuditPage = get(talk.server.port(), path, Some(&talk.server.owner().cookie)).await.read();
    let deeds: Vec<_> = page.rows.iter().filter(|row| row.what == "message_withdrawn").collect();
    assert_eq!(deeds.len(), 1, "{page:?}");
    assert!(!page.to_text().contains(CANARY));

    // Pages are cleaned some minutes later, or with the next start.
    talk.server.kill();
    talk.server.run().await;
    let mut agent = Raw::agent(&talk.server, &talk.mia).await;
    patiently("the disk is cleaned", async {
        while !talk.server.said().contains("the disk was cleaned") {
            agent.next().await.expect("a beat");
        }
    })
    .await;
    let left = of_canary(talk.server.data());
    assert!(left.is_empty(), "{left:?}");
    assert!(!talk.server.said().contains(CANARY));
}
