//! Addresses that are left, and the mail that is owed to them.

use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{AgentId, ConversationId, UnixMillis};
use deskbell_shared::protocol::RefusalCode::{NotAllowed, NotFound, TooLong};

use super::Backend;
use super::story::*;
use crate::store::Stored;
use crate::store::conversations::Changed;
use crate::store::erasure::Erase;
use crate::store::mail::{
    ADDRESSES_MAX, BOUND_WAIT, LeaveAddress, MailBounds, MailId, MailJob, MailKey, MailLease, Outcome,
};

const GATHER: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const WIDE: MailBounds = MailBounds { address: 100, visitor: 100, inbox: 100 };

impl<S: Backend> Story<S> {
    async fn leaves(&self, conversation: ConversationId, address: &str) -> Stored<Changed> {
        let address = address.to_owned();
        self.store.leave_address(LeaveAddress { conversation, visitor: ANN, address, at: self.now() }).await
    }

    /// Ann wrote and left an address; Amy has her conversation; mail is set up.
    async fn opens_post(self) -> Story<S> {
        self.store.owe_mail(Some(GATHER));
        self.starts(ANN, C1, &[(1, "my secret question")]).await.unwrap();
        self.leaves(C1, "ann@example.com").await.unwrap();
        self.claims(AMY, C1, 0).await.unwrap();
        self
    }

    /// An instant so long after the last thing that happened.
    fn after(&self, span: Duration) -> UnixMillis {
        self.now().plus(span)
    }

    async fn due(&self, at: UnixMillis) -> Vec<MailId> {
        self.store.due_mails(at, 100).await.unwrap().into_iter().map(|due| due.id).collect()
    }

    async fn leases(&self, id: MailId, at: UnixMillis) -> Option<MailJob> {
        self.store.lease_mail(id, MailLease { at, until: at.plus(GATHER), bounds: WIDE }).await.unwrap()
    }
}

fn said(job: &MailJob) -> Vec<String> {
    job.messages.iter().map(|message| format!("{}: {}", message.agent, message.text)).collect()
}

pub async fn an_address_is_left_once_and_may_change<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let first = story.leaves(C1, "ann@example.com").await.unwrap();
    assert_eq!(first.rows.len(), 1);
    assert_nothing_changed(&story.leaves(C1, "ann@example.com").await.unwrap());
    story.leaves(C1, "ann@home.example").await.unwrap();
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi", "2 visitor leaves ann@example.com", "3 visitor leaves ann@home.example"]
    );
    for scope in [BY_ANN, BY_AMY] {
        assert_eq!(story.sees(scope, C1).await.view.address.as_deref(), Some("ann@home.example"));
    }
}

pub async fn addresses_are_bounded_and_unlock_nothing<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    assert_refused(story.leaves(C2, "bob@example.com").await, NotFound);
    assert_eq!(story.sees(BY_AMY, C2).await.view.address, None);
    for n in 0..ADDRESSES_MAX {
        story.leaves(C1, &format!("bob{n}@example.com")).await.unwrap();
    }
    assert_refused(story.leaves(C1, "one@more.example").await, TooLong);
    // Whoever types somebody's address sees nothing of theirs.
    assert_eq!(story.store.conversations_of(ANN, 10).await.unwrap().len(), 1);
}

pub async fn nothing_is_owed_without_an_address_or_before_mail_is_set_up<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.leaves(C1, "ann@example.com").await.unwrap();
    story.answers(AMY, C1, &[(3, "still there?")]).await.unwrap();
    assert_eq!(story.store.next_mail_at().await.unwrap(), None, "no mail is set up");
    story.store.owe_mail(Some(GATHER));
    story.says(ANN, C1, &[(4, "yes")]).await.unwrap();
    story.notes(AMY, C1, "for us").await.unwrap();
    assert_eq!(story.store.next_mail_at().await.unwrap(), None, "no agent has written to her");
}

pub async fn what_agents_write_is_owed_and_gathered<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let due_at = story.store.next_mail_at().await.unwrap().expect("a mail is owed");
    story.notes(AMY, C1, "a difficult one").await.unwrap();
    story.says(ANN, C1, &[(3, "more that is mine")]).await.unwrap();
    story.answers(AMY, C1, &[(4, "it is in the box")]).await.unwrap();
    assert!(story.due(UnixMillis(due_at.0 - 1)).await.is_empty(), "it gathers");
    let due = story.due(due_at).await;
    assert_eq!(due, [MailId::of(C1, 4)], "one mail for all");
    let job = story.leases(due[0], due_at).await.unwrap();
    assert_eq!(said(&job), ["Amy: hello", "Amy: it is in the box"]);
    assert_eq!((job.address.as_str(), job.site_name.as_str()), ("ann@example.com", "Shop"));
    assert_eq!((job.origins.len(), job.language.as_deref()), (2, Some("en")));
    // What comes now goes with the next one.
    story.answers(AMY, C1, &[(5, "one more thing")]).await.unwrap();
    let changed =
        story.store.settle_mail(job.id, job.tries, story.now(), Outcome::Sent).await.unwrap().unwrap();
    assert_eq!(
        changed.rows.iter().map(|row| line(&row.for_staff())).collect::<Vec<_>>(),
        ["9 system mails ann@example.com"]
    );
    assert!(changed.rows[0].for_visitor().is_none(), "staff only");
    let at = story.after(HOUR);
    let next = story.due(at).await;
    assert_eq!(said(&story.leases(next[0], at).await.unwrap()), ["Amy: one more thing"]);
}

pub async fn a_try_is_leased_to_one_and_says_the_same_again<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let at = story.after(GATHER);
    let id = story.due(at).await[0];
    let first = story.leases(id, at).await.unwrap();
    assert_eq!(story.leases(id, at).await, None, "it is leased");
    assert!(story.due(at).await.is_empty());
    story.leaves(C1, "ann@home.example").await.unwrap();
    story.answers(AMY, C1, &[(3, "later")]).await.unwrap();
    // The worker was too slow: another one has it, and says the same to the same address.
    let again = story.leases(id, at.plus(GATHER)).await.unwrap();
    assert_eq!((again.tries, MailJob { tries: 1, ..again.clone() }), (2, first.clone()));
    assert_eq!(
        story.store.settle_mail(id, first.tries, at, Outcome::Sent).await.unwrap(),
        None,
        "no longer its"
    );
    let later = Outcome::Later { due_at: at.plus(HOUR), why: "busy".into() };
    assert_nothing_changed(&story.store.settle_mail(id, again.tries, at, later).await.unwrap().unwrap());
    assert_eq!(story.leases(id, at.plus(GATHER)).await, None);
    let third = story.leases(id, at.plus(HOUR)).await.unwrap();
    assert_eq!(third.messages, first.messages);
    story.store.settle_mail(id, third.tries, at, Outcome::Sent).await.unwrap().unwrap();
    assert_eq!(
        story.store.settle_mail(id, third.tries, at, Outcome::Sent).await.unwrap(),
        None,
        "it is done"
    );
}

pub async fn what_was_read_or_stopped_is_not_sent<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.marks(BY_ANN, C1, 4, 4).await.unwrap();
    let at = story.after(GATHER);
    let id = story.due(at).await[0];
    assert_eq!(story.leases(id, at).await, None, "she has read it");
    assert_eq!(story.store.next_mail_at().await.unwrap(), None);
    assert!(!story.store.stop_mail(MailId([1; 16]), at).await.unwrap(), "there is no such mail");

    story.answers(AMY, C1, &[(3, "are you there?")]).await.unwrap();
    let at = story.after(GATHER);
    let id = story.due(at).await[0];
    story.store.put_off_mail(id, at.plus(HOUR)).await.unwrap();
    assert!(story.due(at).await.is_empty(), "she is there, let her read it");
    let at = at.plus(HOUR);
    let job = story.leases(id, at).await.unwrap();
    story.store.settle_mail(id, job.tries, at, Outcome::Sent).await.unwrap();
    assert!(story.store.stop_mail(id, at).await.unwrap());
    assert!(story.store.stop_mail(id, at).await.unwrap(), "again is harmless");
    story.answers(AMY, C1, &[(4, "hello?")]).await.unwrap();
    let at = story.after(HOUR);
    let id = story.due(at).await[0];
    assert_eq!(story.leases(id, at).await, None, "she wants no mail");
}

pub async fn a_mail_given_up_says_so<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let at = story.after(GATHER);
    let id = story.due(at).await[0];
    let job = story.leases(id, at).await.unwrap();
    let why = Outcome::GivenUp { why: "550".into() };
    let changed = story.store.settle_mail(id, job.tries, at, why).await.unwrap().unwrap();
    let row = changed.rows[0].for_staff();
    assert_eq!(line(&row), "5 system mails ann@example.com");
    assert!(row.body.to_text().contains("\"failed\":true"));
    assert!(story.due(at.plus(HOUR)).await.is_empty());
}

pub async fn mail_is_bounded<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    let narrow = [(1, 9, 9), (9, 1, 9), (9, 9, 1)];
    let [to, of, from] = narrow.map(|(address, visitor, inbox)| MailBounds { address, visitor, inbox });
    let mut at = story.after(GATHER);
    for (cmid, bounds) in [(2, to), (3, of), (4, from), (5, to)] {
        story.answers(AMY, C1, &[(cmid, "hello")]).await.unwrap();
        at = at.plus(HOUR);
        let id = story.due(at).await[0];
        let lease = MailLease { at, until: at.plus(GATHER), bounds };
        match cmid {
            2 => {
                let job = story.store.lease_mail(id, lease).await.unwrap().expect("the first is within them");
                story.store.settle_mail(id, job.tries, at, Outcome::Sent).await.unwrap();
            }
            _ => {
                assert_eq!(story.store.lease_mail(id, lease).await.unwrap(), None);
                assert!(story.due(at).await.is_empty(), "it waits");
                assert_eq!(
                    story.store.next_mail_at().await.unwrap(),
                    Some(at.plus(BOUND_WAIT)),
                    "and is not lost"
                );
            }
        }
    }
}

pub async fn a_mail_by_hand_is_noted<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(story.store.note_mailed(C1, AMY, story.now()).await, NotAllowed);
    story.leaves(C1, "ann@example.com").await.unwrap();
    story.store.note_mailed(C1, AMY, story.now()).await.unwrap();
    assert_eq!(story.transcript(BY_AMY, C1).await[2], "3 Amy mails ann@example.com");
    assert_eq!(story.transcript(BY_ANN, C1).await.len(), 2, "staff only");
    story.opens_a_blog().await;
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    assert_refused(story.store.note_mailed(C2, AgentId(99), story.now()).await, NotFound);
}

pub async fn who_wants_no_mail_is_known_by_a_new_key<S: Backend>(story: Story<S>) {
    let story = story.opens_post().await;
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let at = story.after(GATHER);
    let id = story.due(at).await[0];
    let job = story.leases(id, at).await.unwrap();
    story.store.settle_mail(id, job.tries, at, Outcome::Sent).await.unwrap();
    assert!(story.store.stop_mail(id, at).await.unwrap());
    // Digests from before there was a key, and at every start after it.
    for _ in 0..2 {
        story.store.key_addresses(MailKey::of([7; 32])).await.unwrap();
    }
    // Forgotten, and back under the same address: it is no secret who wants no mail.
    story.store.erase_visitor(Erase { visitor: ANN, scope: BY_ANN, at: story.now() }).await.unwrap();
    story.says(ANN, C1, &[(3, "me again")]).await.unwrap();
    story.leaves(C1, "Ann@Example.com").await.unwrap();
    let version = story.sees(BY_AMY, C1).await.view.assignment_version;
    story.claims(AMY, C1, version).await.unwrap();
    story.answers(AMY, C1, &[(4, "hello?")]).await.unwrap();
    let at = story.after(HOUR);
    let owed = story.due(at).await;
    assert_eq!(owed.len(), 1);
    assert_eq!(story.leases(owed[0], at).await, None, "she wants no mail");
    assert!(story.store.stop_mail(id, at).await.unwrap(), "the link in the first mail still works");
}
