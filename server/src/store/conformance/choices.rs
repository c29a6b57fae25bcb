//! Answers to press come with a message of an agent: in their order, once, and as long as its text.

use std::time::Duration;

use deskbell_shared::model::{Cmid, Draft, EntryBody, FileId};
use deskbell_shared::protocol::RefusalCode::CmidReused;
use deskbell_shared::protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX, PAGE_BYTES_MAX};

use super::Backend;
use super::forgetting::uploads;
use super::story::*;
use crate::store::conversations::{Append, Appended, Span, Writer};
use crate::store::erasure::{Before, Erase};
use crate::store::mail::{LeaveAddress, MailBounds, MailLease};
use crate::store::{Scope, Stored};

const AMYS: Writer = Writer::Agent(AMY);

fn asking(cmid: u128, text: &str, choices: &[&str]) -> Draft {
    let choices = Some(choices.iter().map(|choice| (*choice).to_owned()).collect());
    Draft { choices, ..Draft::new(Cmid(cmid), text) }
}

async fn asks<S: Backend>(story: &Story<S>, draft: Draft) -> Stored<Appended> {
    let (messages, at) = (vec![draft], story.now());
    story.store.append(Append { conversation: C1, writer: AMYS, messages, at }).await
}

/// Ann has written, and Amy has it.
async fn begin<S: Backend>(story: &Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
}

/// What may be pressed under the third row, and the row.
async fn offers<S: Backend>(story: &Story<S>, scope: Scope) -> (String, String) {
    let rows = story.sees(scope, C1).await.rows;
    (rows[2].body.choices().join("|"), line(&rows[2]))
}

pub async fn they_stand_with_their_message_in_their_order<S: Backend>(story: Story<S>) {
    begin(&story).await;
    let sent = asks(&story, asking(7, "which?", &["b \"one\"", "a", "茶"])).await.unwrap();
    assert_eq!(acks(&sent), [(7, 3)]);
    assert_eq!(sent.changed.rows[0].body.choices(), ["b \"one\"", "a", "茶"], "who follows sees them");
    let seen = ("b \"one\"|a|茶".to_owned(), "3 Amy: which?".to_owned());
    assert_eq!(offers(&story, BY_ANN).await, seen);
    assert_eq!(offers(&story, BY_AMY).await, seen);
    assert_eq!(story.summary(C1).await.last_line, "which?", "lists show what was asked");
    // What is pressed is a message like any other, and takes nothing away.
    story.says(ANN, C1, &[(2, "a")]).await.unwrap();
    assert_eq!(offers(&story, BY_ANN).await, seen);
}

pub async fn a_repeat_changes_nothing_and_others_are_another_message<S: Backend>(story: Story<S>) {
    begin(&story).await;
    asks(&story, asking(7, "which?", &["a", "b"])).await.unwrap();
    let again = asks(&story, asking(7, "which?", &["a", "b"])).await.unwrap();
    assert_eq!(acks(&again), [(7, 3)]);
    assert_nothing_changed(&again.changed);
    for other in
        [asking(7, "which?", &["b", "a"]), asking(7, "which?", &["a"]), drafts(&[(7, "which?")]).remove(0)]
    {
        assert_eq!(refused(&asks(&story, other).await.unwrap()), Some((7, CmidReused)));
    }
    assert_eq!(offers(&story, BY_ANN).await.0, "a|b");
}

pub async fn an_edit_leaves_them_and_a_withdrawal_does_not<S: Backend>(story: Story<S>) {
    begin(&story).await;
    asks(&story, asking(7, "whihc?", &["a", "b"])).await.unwrap();
    story.edits(AMYS, C1, 7, "which?").await.unwrap();
    assert_eq!(offers(&story, BY_ANN).await.0, "a|b");
    story.withdraws(AMYS, C1, 7).await.unwrap();
    for scope in [BY_ANN, BY_AMY] {
        assert_eq!(offers(&story, scope).await, (String::new(), "3 Amy withdrawn".to_owned()));
    }
    // It is still the message it was: what comes again is not stored again.
    assert_eq!(acks(&asks(&story, asking(7, "whihc?", &["a", "b"])).await.unwrap()), [(7, 3)]);
}

pub async fn they_go_with_what_is_forgotten<S: Backend>(story: Story<S>) {
    begin(&story).await;
    asks(&story, asking(7, "which?", &["a", "b"])).await.unwrap();
    story.store.erase_visitor(Erase { visitor: ANN, scope: BY_ANN, at: story.now() }).await.unwrap();
    for scope in [BY_ANN, Scope::Agent(OLGA)] {
        assert_eq!(offers(&story, scope).await, (String::new(), "3 Amy erased".to_owned()));
    }
}

pub async fn a_file_beside_them_comes_and_goes_alone<S: Backend>(story: Story<S>) {
    begin(&story).await;
    uploads(&story, 8, "plan", AMYS).await;
    let both = || Draft { file: Some(FileId(8)), ..asking(7, "like this?", &["yes", "no"]) };
    asks(&story, both()).await.unwrap();
    assert_eq!(acks(&asks(&story, both()).await.unwrap()), [(7, 3)]);
    let rows = story.sees(BY_ANN, C1).await.rows;
    assert!(matches!(&rows[2].body, EntryBody::Message { file: Some(_), .. }), "{rows:?}");
    assert_eq!(rows[2].body.choices(), ["yes", "no"]);
    let before = Before { messages: None, files: Some(story.now()) };
    let turn = story.store.begin_retention().await.unwrap();
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap().len(), 1);
    let rows = story.sees(BY_ANN, C1).await.rows;
    assert!(matches!(&rows[2].body, EntryBody::Message { file: None, .. }), "{rows:?}");
    assert_eq!(rows[2].body.choices(), ["yes", "no"], "the words stay, and so do these");
}

pub async fn a_mail_says_them_as_lines<S: Backend>(story: Story<S>) {
    story.store.owe_mail(Some(Duration::ZERO));
    begin(&story).await;
    let address = "ann@example.com".to_owned();
    let leave = LeaveAddress { conversation: C1, visitor: ANN, address, at: story.now() };
    story.store.leave_address(leave).await.unwrap();
    asks(&story, asking(7, "whihc?", &["green tea", "none"])).await.unwrap();
    story.edits(AMYS, C1, 7, "which?").await.unwrap();
    let due = story.store.due_mails(story.now(), 9).await.unwrap();
    let bounds = MailBounds { address: 9, visitor: 9, inbox: 9 };
    let (at, until) = (story.now(), story.now().plus(Duration::from_secs(60)));
    let job = story.store.lease_mail(due[0].id, MailLease { at, until, bounds }).await.unwrap().unwrap();
    assert_eq!(job.messages[0].text, "which?\n- green tea\n- none");
}

pub async fn a_page_of_them_still_fits<S: Backend>(story: Story<S>) {
    begin(&story).await;
    // As long as they can be: four bytes a character.
    let long: Vec<String> = (0..CHOICES_MAX).map(|n| "🫖".repeat(CHOICE_CHARS_MAX - n)).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    for cmid in 0..50 {
        asks(&story, asking(100 + cmid, "which?", &long)).await.unwrap();
    }
    let page = |span| story.reads(BY_ANN, C1, span);
    for span in [Span::After(deskbell_shared::model::Seq(0)), Span::Newest(deskbell_shared::model::Seq(0))] {
        let rows = page(span).await.unwrap().rows;
        let bytes: usize = rows.iter().flat_map(|row| row.body.choices()).map(String::len).sum();
        assert!(rows.len() > 20 && bytes <= PAGE_BYTES_MAX, "{} rows of {bytes} bytes", rows.len());
    }
}
