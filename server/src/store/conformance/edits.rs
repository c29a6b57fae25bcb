//! Authors edit what they wrote and take it back: within a time, only their own, and what is taken back is gone.

use std::time::Duration;

use deskbell_shared::model::{Draft, EntryBody, FileId, Seq, Status};
use deskbell_shared::protocol::RefusalCode::{Blocked, Empty, NotAllowed, NotFound, TooLate};
use deskbell_shared::protocol::limits::EDIT_WITHIN;

use super::Backend;
use super::forgetting::{sends, uploads};
use super::story::*;
use crate::store::Scope;
use crate::store::conversations::{Append, Span, Writer};
use crate::store::erasure::{Before, Erase};
use crate::store::mail::{LeaveAddress, MailBounds, MailLease};

const ANNS: Writer = Writer::Visitor(ANN);
const AMYS: Writer = Writer::Agent(AMY);

/// Ann has written, Amy has it and has answered.
async fn begin<S: Backend>(story: &Story<S>) {
    story.starts(ANN, C1, &[(1, "my name is Anna")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(1, "helo")]).await.unwrap();
}

pub async fn an_edit_is_a_row_and_what_is_shown_is_its_last_words<S: Backend>(story: Story<S>) {
    begin(&story).await;
    let changed = story.edits(ANNS, C1, 1, "my name is Ann").await.unwrap();
    assert_eq!(
        changed.rows.iter().map(|row| (row.seq, row.visitor_seq)).collect::<Vec<_>>(),
        [(Seq(4), Some(Seq(4)))]
    );
    assert_eq!(story.summary(C1).await.last_line, "helo", "it was not the last message");
    story.edits(AMYS, C1, 1, "hallo").await.unwrap();
    story.edits(AMYS, C1, 1, "hello").await.unwrap();
    let rows = [
        "1 visitor: my name is Anna",
        "2 Amy gives it to Amy (1)",
        "3 Amy: helo",
        "4 visitor edits 1: my name is Ann",
        "5 Amy edits 1: hallo",
        "6 Amy edits 1: hello",
    ];
    assert_eq!(story.transcript(BY_ANN, C1).await, rows);
    assert_eq!(story.transcript(BY_AMY, C1).await, rows);
    assert_eq!(story.summary(C1).await.last_line, "hello");
}

pub async fn the_same_words_again_add_nothing<S: Backend>(story: Story<S>) {
    begin(&story).await;
    assert_nothing_changed(&story.edits(ANNS, C1, 1, "my name is Anna").await.unwrap());
    story.edits(ANNS, C1, 1, "I am Ann").await.unwrap();
    assert_nothing_changed(&story.edits(ANNS, C1, 1, "I am Ann").await.unwrap());
    // Back to what it said first is another edit.
    assert_eq!(story.edits(ANNS, C1, 1, "my name is Anna").await.unwrap().rows.len(), 1);
    // What was done in time is done, however late it is asked for again.
    story.time_passes(EDIT_WITHIN);
    assert_nothing_changed(&story.edits(ANNS, C1, 1, "my name is Anna").await.unwrap());
    // A message that comes again is still the one it was.
    assert_eq!(acks(&story.says(ANN, C1, &[(1, "my name is Anna")]).await.unwrap()), [(1, 1)]);
}

pub async fn an_edit_disturbs_nothing<S: Backend>(story: Story<S>) {
    begin(&story).await;
    story.says(ANN, C1, &[(2, "are you there")]).await.unwrap();
    story.snoozes(AMY, C1, 1_000_000).await.unwrap();
    let before = story.summary(C1).await;
    story.edits(ANNS, C1, 2, "are you there?").await.unwrap();
    let after = story.summary(C1).await;
    assert!(after.feed > before.feed, "lists hear of it");
    assert_eq!((before.unread, after.unread), (2, 2));
    assert_eq!(after.last_line, "are you there?");
    let told = |summary: &deskbell_shared::model::Summary| {
        let view = &summary.conversation;
        let with = (view.status, view.assignment_version, view.snoozed_until);
        (with, summary.last_at, summary.last_side, summary.unanswered_at, view.marks.clone())
    };
    assert_eq!(told(&after), told(&before));
    // What is over stays over.
    story.resolves(BY_ANN, C1).await.unwrap();
    story.edits(ANNS, C1, 2, "is anybody there?").await.unwrap();
    story.edits(AMYS, C1, 1, "hello").await.unwrap();
    story.withdraws(ANNS, C1, 1).await.unwrap();
    assert_eq!(story.sees(BY_AMY, C1).await.view.status, Status::Resolved);
}

pub async fn a_note_is_edited_for_staff_only<S: Backend>(story: Story<S>) {
    begin(&story).await;
    let note = Draft {
        audience: Some(deskbell_shared::model::Audience::Staff),
        ..drafts(&[(2, "ask Bne")]).remove(0)
    };
    let append = Append { conversation: C1, writer: AMYS, messages: vec![note], at: story.now() };
    story.store.append(append).await.unwrap();
    let changed = story.edits(AMYS, C1, 2, "ask Ben").await.unwrap();
    assert_eq!(changed.rows[0].visitor_seq, None);
    assert_eq!(
        story.transcript(BY_AMY, C1).await[3..],
        ["4 Amy notes: ask Bne", "5 Amy edits 2 for staff: ask Ben"]
    );
    assert_eq!(story.transcript(BY_ANN, C1).await.len(), 3);
    assert_eq!(story.summary(C1).await.last_line, "helo");
    story.withdraws(AMYS, C1, 2).await.unwrap();
    assert_eq!(story.transcript(BY_AMY, C1).await[3..], ["4 Amy withdrawn", "5 Amy withdrawn"]);
    assert!(!story.store.rows(BY_ANN, C1, Span::After(Seq(3))).await.unwrap().unwrap().erased);
    assert!(story.store.rows(BY_AMY, C1, Span::After(Seq(5))).await.unwrap().unwrap().erased);
}

pub async fn only_what_one_wrote_oneself_is_edited_or_taken_back<S: Backend>(story: Story<S>) {
    begin(&story).await;
    story.says(ANN, C1, &[(2, "hers")]).await.unwrap();
    for (writer, cmid) in
        [(AMYS, 2), (Writer::Agent(BEN), 1), (Writer::Agent(OLGA), 1), (Writer::Visitor(BOB), 1), (ANNS, 9)]
    {
        assert_refused(story.edits(writer.clone(), C1, cmid, "mine").await, NotFound);
        assert_refused(story.withdraws(writer, C1, cmid).await, NotFound);
    }
    assert_eq!(story.transcript(BY_AMY, C1).await.len(), 4);
    // Who does not work there any more edits nothing there.
    story.store.leave(SALES, AMY).await.unwrap();
    assert_refused(story.edits(AMYS, C1, 1, "hello").await, NotFound);
    assert_refused(story.withdraws(AMYS, C1, 1).await, NotFound);
}

pub async fn the_time_to_edit_ends<S: Backend>(story: Story<S>) {
    begin(&story).await;
    // Each thing that is done takes a second.
    story.time_passes(EDIT_WITHIN - Duration::from_secs(3));
    story.edits(AMYS, C1, 1, "hello").await.unwrap();
    assert_refused(story.edits(ANNS, C1, 1, "I am Ann").await, TooLate);
    assert_refused(story.withdraws(ANNS, C1, 1).await, TooLate);
    assert_refused(story.edits(AMYS, C1, 1, "an edit makes it no younger").await, TooLate);
    assert_eq!(story.transcript(BY_ANN, C1).await[3..], ["4 Amy edits 1: hello"]);
}

pub async fn what_is_edited_still_says_something<S: Backend>(story: Story<S>) {
    begin(&story).await;
    assert_refused(story.edits(ANNS, C1, 1, " \n").await, Empty);
    uploads(&story, 7, "bill", ANNS).await;
    sends(&story, ANNS, 2, 7).await.unwrap();
    story.edits(ANNS, C1, 2, "the bill").await.unwrap();
    assert_eq!(story.summary(C1).await.last_line, "the bill");
    story.edits(ANNS, C1, 2, "").await.unwrap();
    assert_eq!(story.summary(C1).await.last_line, "bill.txt", "the file stays");
    let rows = story.sees(BY_AMY, C1).await.rows;
    assert!(matches!(&rows[3].body, EntryBody::Message { file: Some(_), .. }));
}

pub async fn who_may_not_write_may_not_edit<S: Backend>(story: Story<S>) {
    begin(&story).await;
    story.blocks(AMY, ANN, 1_000_000).await.unwrap();
    assert_refused(story.edits(ANNS, C1, 1, "I am Ann").await, Blocked);
    assert_refused(story.withdraws(ANNS, C1, 1).await, Blocked);
    story.edits(AMYS, C1, 1, "hello").await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.store.set_verified_only(SALES, true).await.unwrap();
    let bobs = Writer::Visitor(BOB);
    assert_refused(story.edits(bobs.clone(), C2, 1, "hello").await, NotAllowed);
    assert_refused(story.withdraws(bobs, C2, 1).await, NotAllowed);
}

pub async fn what_is_taken_back_is_gone_with_its_edits<S: Backend>(story: Story<S>) {
    begin(&story).await;
    story.says(ANN, C1, &[(2, "my password is tulip")]).await.unwrap();
    story.edits(ANNS, C1, 2, "my password is rose").await.unwrap();
    let before = story.summary(C1).await;
    let changed = story.withdraws(ANNS, C1, 2).await.unwrap();
    assert_eq!((changed.rows.len(), changed.feed.is_some()), (0, true), "its place stays");
    let rows = ["4 visitor withdrawn", "5 visitor withdrawn"];
    assert_eq!(story.transcript(BY_ANN, C1).await[3..], rows);
    assert_eq!(story.transcript(BY_AMY, C1).await[3..], rows);
    let rows = story.sees(BY_AMY, C1).await.rows;
    let cmid = |row: &EntryBody| match row {
        EntryBody::Erased { cmid, .. } => cmid.map(|cmid| cmid.0),
        other => panic!("{other:?}"),
    };
    assert_eq!((cmid(&rows[3].body), cmid(&rows[4].body)), (Some(2), None), "one of them was the message");
    let summary = story.summary(C1).await;
    assert_eq!((summary.last_line.as_str(), before.unread, summary.unread), ("", 2, 1));
    assert!(summary.feed > before.feed);
    assert_eq!(summary.unanswered_at, None, "there is nothing left to answer");
    // Again, even late: it is done. It has no words any more that could be edited, and its id stays taken.
    story.time_passes(EDIT_WITHIN);
    assert_nothing_changed(&story.withdraws(ANNS, C1, 2).await.unwrap());
    assert_refused(story.edits(ANNS, C1, 2, "rose").await, NotFound);
    assert_eq!(acks(&story.says(ANN, C1, &[(2, "my password is tulip")]).await.unwrap()), [(2, 4)]);
    // Whoever has the rows as they were is told when they read on.
    for scope in [BY_AMY, BY_ANN] {
        assert!(story.store.rows(scope, C1, Span::Newest(Seq(5))).await.unwrap().unwrap().erased);
    }
    // An answer that is taken back has answered nothing.
    story.says(ANN, C1, &[(3, "hello?")]).await.unwrap();
    let waits_since = story.summary(C1).await.unanswered_at;
    assert!(waits_since.is_some());
    story.answers(AMY, C1, &[(4, "for somebody else")]).await.unwrap();
    assert_eq!(story.summary(C1).await.unanswered_at, None);
    story.withdraws(AMYS, C1, 4).await.unwrap();
    assert_eq!(story.summary(C1).await.unanswered_at, waits_since);
    story.marks(BY_AMY, C1, 7, 7).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 0);
}

pub async fn a_file_goes_with_its_message_unless_another_has_it<S: Backend>(story: Story<S>) {
    begin(&story).await;
    uploads(&story, 7, "bill", ANNS).await;
    sends(&story, ANNS, 2, 7).await.unwrap();
    sends(&story, ANNS, 3, 7).await.unwrap();
    story.withdraws(ANNS, C1, 2).await.unwrap();
    assert!(story.store.file(BY_AMY, FileId(7)).await.unwrap().is_some(), "it came twice");
    story.withdraws(ANNS, C1, 3).await.unwrap();
    assert!(story.store.file(BY_AMY, FileId(7)).await.unwrap().is_none());
    assert!(story.store.file(BY_ANN, FileId(7)).await.unwrap().is_none());
    assert_eq!(story.store.gone_contents(9).await.unwrap().len(), 1);
    let said = format!("{:?}", story.sees(BY_AMY, C1).await.rows);
    assert!(!said.contains("bill"), "{said}");
}

pub async fn mail_says_what_was_edited_and_not_what_was_taken_back<S: Backend>(story: Story<S>) {
    story.store.owe_mail(Some(Duration::from_secs(60)));
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let (conversation, visitor, address) = (C1, ANN, "ann@example.com".to_owned());
    let left = LeaveAddress { conversation, visitor, address, at: story.now() };
    story.store.leave_address(left).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "by fiv"), (3, "my own secret")]).await.unwrap();
    story.edits(AMYS, C1, 2, "by five").await.unwrap();
    story.withdraws(AMYS, C1, 3).await.unwrap();
    story.time_passes(Duration::from_secs(60));
    let due = story.store.due_mails(story.now(), 9).await.unwrap().remove(0).id;
    let lease = async || {
        let at = story.now();
        let bounds = MailBounds { address: 9, visitor: 9, inbox: 9 };
        let lease = MailLease { at, until: at.plus(Duration::from_millis(1)), bounds };
        let job = story.store.lease_mail(due, lease).await.unwrap()?;
        Some(job.messages.into_iter().map(|message| message.text).collect::<Vec<_>>())
    };
    assert_eq!(lease().await, Some(vec!["by five".to_owned()]));
    // The next try says what is said by then; with nothing left there is none.
    story.withdraws(AMYS, C1, 2).await.unwrap();
    assert_eq!(lease().await, None);
    assert_eq!(story.store.next_mail_at().await.unwrap(), None);
}

pub async fn edits_go_with_what_is_forgotten<S: Backend>(story: Story<S>) {
    begin(&story).await;
    uploads(&story, 7, "bill", ANNS).await;
    sends(&story, ANNS, 2, 7).await.unwrap();
    story.edits(ANNS, C1, 2, "the bill").await.unwrap();
    uploads(&story, 8, "plan", ANNS).await;
    let words = Draft { file: Some(FileId(8)), ..drafts(&[(3, "the plan")]).remove(0) };
    let append = Append { conversation: C1, writer: ANNS, messages: vec![words], at: story.now() };
    story.store.append(append).await.unwrap();
    story.edits(ANNS, C1, 3, "").await.unwrap();
    // Old files go: the message that was given words stays, the one that was left without goes with its edit.
    let turn = story.store.begin_retention().await.unwrap();
    let before = Before { messages: None, files: Some(story.now()) };
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap().len(), 1);
    let rows = ["4 visitor: ", "5 visitor edits 2: the bill", "6 visitor erased", "7 visitor erased"];
    assert_eq!(story.transcript(BY_AMY, C1).await[3..], rows);
    story.withdraws(AMYS, C1, 1).await.unwrap();
    story
        .store
        .erase_visitor(Erase { visitor: ANN, scope: Scope::Visitor(ANN), at: story.now() })
        .await
        .unwrap();
    let kinds: Vec<String> = story.transcript(BY_AMY, C1).await;
    let erased = |at: usize| format!("{at} visitor erased");
    let expected = [
        erased(1),
        "2 Amy gives it to Amy (1)".to_owned(),
        "3 Amy withdrawn".to_owned(),
        erased(4),
        erased(5),
        erased(6),
        erased(7),
        "8 visitor resolves (2)".to_owned(),
    ];
    assert_eq!(kinds, expected);
}
