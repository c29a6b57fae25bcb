//! Files belong to somebody, are in one conversation at most, and leave nothing behind; what is erased keeps its place.

use std::time::Duration;

use deskbell_shared::model::{Author, Draft, EntryBody, FileId, FileView, Priority, Seq, Status, UnixMillis};
use deskbell_shared::protocol::RefusalCode::{Conflict, Invalid, NotFound, RateLimited};

use super::Backend;
use super::story::*;
use crate::store::conversations::{Append, Appended, Rate, Span, Start, Writer};
use crate::store::erasure::{Before, Due, Erase};
use crate::store::files::{NewFile, Quota};
use crate::store::filing::Prioritise;
use crate::store::mail::LeaveAddress;
use crate::store::{Scope, Stored};

const ROOMY: Quota = Quota { since: UnixMillis(0), files_max: 9, bytes_max: 900, unused_bytes_max: 900 };
const BY_OLGA: Scope = Scope::Agent(OLGA);

fn file(id: u128, content: &str, owner: Writer, at: UnixMillis) -> NewFile {
    let view = FileView {
        id: FileId(id),
        name: format!("{content}.txt"),
        media: "text/plain".into(),
        size: 100,
        width: None,
        height: None,
    };
    NewFile { view, hash: format!("{content:0>64}"), owner, at }
}

pub(super) async fn uploads<S: Backend>(story: &Story<S>, id: u128, content: &str, owner: Writer) {
    story.store.keep_file(file(id, content, owner, story.now()), ROOMY).await.unwrap();
}

pub(super) async fn sends<S: Backend>(
    story: &Story<S>,
    writer: Writer,
    cmid: u128,
    id: u128,
) -> Stored<Appended> {
    let draft = Draft { file: Some(FileId(id)), ..drafts(&[(cmid, "")]).remove(0) };
    let messages = vec![draft];
    story.store.append(Append { conversation: C1, writer, messages, at: story.now() }).await
}

async fn rates<S: Backend>(story: &Story<S>, score: u32, comment: Option<&str>) -> Stored<usize> {
    let rate =
        Rate { conversation: C1, visitor: ANN, score, comment: comment.map(str::to_owned), at: story.now() };
    Ok(story.store.rate(rate).await?.rows.len())
}

async fn forgets<S: Backend>(story: &Story<S>, scope: Scope) -> Stored<usize> {
    Ok(story.store.erase_visitor(Erase { visitor: ANN, scope, at: story.now() }).await?.len())
}

pub async fn a_file_comes_with_the_message_of_its_owner<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    uploads(&story, 7, "bill", Writer::Visitor(ANN)).await;
    let sent = sends(&story, Writer::Visitor(ANN), 2, 7).await.unwrap();
    assert_eq!(acks(&sent), [(2, 2)]);
    let again = sends(&story, Writer::Visitor(ANN), 2, 7).await.unwrap();
    assert_eq!(acks(&again), [(2, 2)], "a repeat is the same");
    let rows = story.sees(BY_AMY, C1).await.rows;
    let EntryBody::Message { file: Some(seen), text, .. } = &rows[1].body else { panic!("{rows:?}") };
    assert_eq!((seen.name.as_str(), text.as_str()), ("bill.txt", ""));
    assert_eq!(story.summary(C1).await.last_line, "bill.txt");
    for (scope, may) in [(BY_ANN, true), (BY_AMY, true), (Scope::Visitor(BOB), false)] {
        assert_eq!(story.store.file(scope, FileId(7)).await.unwrap().is_some(), may, "{scope:?}");
    }
    story.store.leave(SALES, AMY).await.unwrap();
    assert!(story.store.file(BY_AMY, FileId(7)).await.unwrap().is_none(), "no longer in the inbox");
}

pub async fn a_file_of_others_or_of_another_conversation_is_refused<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    uploads(&story, 7, "bobs", Writer::Visitor(BOB)).await;
    uploads(&story, 8, "bens", Writer::Agent(BEN)).await;
    assert!(story.store.file(BY_AMY, FileId(7)).await.unwrap().is_none(), "not sent yet");
    for (writer, id) in [
        (Writer::Visitor(ANN), 7),
        (Writer::Agent(AMY), 8),
        (Writer::Visitor(ANN), 99),
        (Writer::Agent(AMY), 7),
    ] {
        let refusal = sends(&story, writer.clone(), 5, id).await.unwrap();
        assert_eq!(refused(&refusal), Some((5, Invalid)), "{writer:?} {id}");
    }
    // An agent may send one file once, not in two conversations.
    uploads(&story, 9, "amys", Writer::Agent(AMY)).await;
    sends(&story, Writer::Agent(AMY), 6, 9).await.unwrap();
    story.claims(AMY, C2, 0).await.unwrap();
    let draft = Draft { file: Some(FileId(9)), ..drafts(&[(7, "")]).remove(0) };
    let (writer, at) = (Writer::Agent(AMY), story.now());
    let elsewhere = story.store.append(Append { conversation: C2, writer, messages: vec![draft], at }).await;
    assert_eq!(refused(&elsewhere.unwrap()), Some((7, Invalid)));
}

pub async fn nothing_begins_with_a_file_that_is_not_there<S: Backend>(story: Story<S>) {
    let messages = vec![Draft { file: Some(FileId(9)), ..drafts(&[(1, "")]).remove(0) }];
    let (page, language, at) = (None, None, story.now());
    let start = Start {
        conversation: C1,
        visitor: ANN,
        site: SHOP,
        inbox: SALES,
        page,
        language,
        time_zone: None,
        about: None,
        messages,
        at,
    };
    assert_refused(story.store.start(start).await, Invalid);
    assert!(
        story.reads(BY_ANN, C1, crate::store::conversations::Span::After(Default::default())).await.is_none()
    );
}

pub async fn quotas_end_what_one_person_may_upload<S: Backend>(story: Story<S>) {
    let keep = |id, owner, quota| story.store.keep_file(file(id, "x", owner, UnixMillis(50)), quota);
    let few = Quota { files_max: 1, ..ROOMY };
    keep(1, Writer::Visitor(ANN), few).await.unwrap();
    assert_refused(keep(2, Writer::Visitor(ANN), few).await, RateLimited);
    keep(3, Writer::Visitor(BOB), few).await.unwrap();
    keep(4, Writer::Visitor(ANN), Quota { since: UnixMillis(50), ..few }).await.unwrap();
    assert_refused(keep(5, Writer::Visitor(BOB), Quota { bytes_max: 199, ..ROOMY }).await, RateLimited);
    assert_refused(
        keep(6, Writer::Visitor(BOB), Quota { unused_bytes_max: 399, ..ROOMY }).await,
        RateLimited,
    );
    keep(7, Writer::Agent(AMY), Quota { unused_bytes_max: 0, ..ROOMY }).await.unwrap();
}

pub async fn contents_are_gone_with_their_last_file<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    uploads(&story, 7, "same", Writer::Visitor(ANN)).await;
    uploads(&story, 8, "same", Writer::Visitor(BOB)).await;
    uploads(&story, 9, "other", Writer::Visitor(BOB)).await;
    sends(&story, Writer::Visitor(ANN), 2, 7).await.unwrap();
    story.store.drop_unused_files(story.now()).await.unwrap();
    let other = format!("{:0>64}", "other");
    assert_eq!(story.store.gone_contents(9).await.unwrap(), std::slice::from_ref(&other));
    assert!(!story.store.has_content(other.clone()).await.unwrap());
    // It comes back before anybody has removed it.
    uploads(&story, 10, "other", Writer::Visitor(BOB)).await;
    assert_eq!(story.store.gone_contents(9).await.unwrap(), Vec::<String>::new());
    story.store.drop_unused_files(story.now()).await.unwrap();
    story.store.contents_removed(vec![other]).await.unwrap();
    assert_eq!(story.store.gone_contents(9).await.unwrap(), Vec::<String>::new());
}

pub async fn the_last_rating_of_an_ended_conversation_counts<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(rates(&story, 4, None).await, Conflict);
    story.resolves(BY_ANN, C1).await.unwrap();
    assert_eq!(rates(&story, 2, None).await.unwrap(), 1);
    assert_eq!(rates(&story, 5, Some("Thanks")).await.unwrap(), 1);
    assert_eq!(rates(&story, 5, Some("Thanks")).await.unwrap(), 0, "said already");
    assert_eq!(story.sees(BY_AMY, C1).await.view.score, Some(5));
    assert_eq!(story.transcript(BY_ANN, C1).await[2..], ["3 visitor rates 2", "4 visitor rates 5"]);
    let rate = Rate { conversation: C1, visitor: BOB, score: 1, comment: None, at: story.now() };
    assert_refused(story.store.rate(rate).await, NotFound);
}

pub async fn a_forgotten_visitor_leaves_places_only<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "my name is Ann"), (2, "I live in Rye")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(3, "Hello Ann")]).await.unwrap();
    story.notes(AMY, C1, "Ann is nice").await.unwrap();
    uploads(&story, 7, "anns", Writer::Visitor(ANN)).await;
    uploads(&story, 8, "amys", Writer::Agent(AMY)).await;
    sends(&story, Writer::Visitor(ANN), 4, 7).await.unwrap();
    sends(&story, Writer::Agent(AMY), 5, 8).await.unwrap();
    story.starts(BOB, C2, &[(1, "I am Bob")]).await.unwrap();
    for other in [Scope::Visitor(BOB), BY_AMY] {
        assert_refused(forgets(&story, other).await, NotFound);
    }
    let before = story.summary(C1).await;
    assert_eq!(forgets(&story, BY_ANN).await.unwrap(), 1);
    let rows = story.sees(BY_AMY, C1).await;
    assert_eq!(rows.view.status, Status::Resolved);
    let kinds: Vec<&str> = rows.rows.iter().map(|row| row.body.tag()).collect();
    assert_eq!(kinds, ["erased", "erased", "assigned", "erased", "erased", "erased", "erased", "resolved"]);
    assert!(matches!(rows.rows[0].author, Author::Visitor {}));
    let said = format!("{rows:?}");
    assert!(!["Ann", "Rye", "txt"].iter().any(|word| said.contains(word)), "{said}");
    let visitors = story.sees(BY_ANN, C1).await.rows;
    assert_eq!(visitors.len(), 7, "a note is still not theirs");
    let summary = story.summary(C1).await;
    assert_eq!((summary.last_line.as_str(), summary.unread), ("", 0));
    assert!(summary.feed > before.feed && summary.visitor.page.is_none());
    assert!(story.store.file(BY_AMY, FileId(7)).await.unwrap().is_none());
    assert_eq!(story.store.gone_contents(9).await.unwrap().len(), 2);
    assert_eq!(story.transcript(BY_AMY, C2).await, ["1 visitor: I am Bob"]);
    assert_eq!(forgets(&story, BY_OLGA).await.unwrap(), 0, "there is nothing left");
    // What was said under these ids was said once.
    let repeat = story.says(ANN, C1, &[(1, "my name is Ann")]).await.unwrap();
    assert_eq!(acks(&repeat), [(1, 1)]);
}

pub async fn who_has_rows_that_were_erased_is_told_when_they_read_on<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.notes(AMY, C1, "she called").await.unwrap();
    let reads = async |scope, span| story.store.rows(scope, C1, span).await.unwrap().unwrap().erased;
    assert!(!reads(BY_AMY, Span::Newest(Seq(2))).await);
    forgets(&story, BY_ANN).await.unwrap();
    for (scope, last) in [(BY_AMY, 2), (BY_ANN, 1)] {
        assert!(reads(scope, Span::Newest(Seq(last))).await, "they may have it as it was");
        assert!(reads(scope, Span::After(Seq(last))).await);
        assert!(!reads(scope, Span::Newest(Seq(0))).await, "who has nothing reads what there is now");
        assert!(!reads(scope, Span::Before(Seq(last))).await);
    }
}

pub async fn words_of_a_rating_go_and_the_score_stays<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    rates(&story, 3, Some("my secret")).await.unwrap();
    forgets(&story, BY_OLGA).await.unwrap();
    let rows = story.sees(BY_OLGA, C1).await.rows;
    assert_eq!(rows[2].body, EntryBody::Rated { score: 3, comment: None });
}

pub async fn erasures_are_remembered_with_their_time<S: Backend>(story: Story<S>) {
    let at = story.now();
    assert_eq!(story.store.not_erased(vec![(ANN, at)]).await.unwrap(), [(ANN, at)]);
    // Somebody who never wrote leaves no trace, not even this one.
    assert_eq!(forgets(&story, BY_ANN).await.unwrap(), 0);
    assert_eq!(story.store.not_erased(vec![(ANN, at)]).await.unwrap(), [(ANN, at)]);
    assert_refused(forgets(&story, BY_OLGA).await, NotFound);
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    forgets(&story, BY_ANN).await.unwrap();
    let later = story.now();
    assert_eq!(story.store.not_erased(vec![(ANN, at), (ANN, later)]).await.unwrap(), [(ANN, later)]);
}

pub async fn what_is_too_old_goes_and_nothing_else<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "old and over")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(BOB, C2, &[(1, "old and open")]).await.unwrap();
    let between = story.now();
    story.starts(ANN, C3, &[(1, "new and over")]).await.unwrap();
    story.resolves(BY_ANN, C3).await.unwrap();
    let before = Before { messages: Some(between), files: Some(between) };
    assert_eq!(story.store.due(SALES, before).await.unwrap(), Due { messages: 1, files: 0 });
    assert_eq!(story.store.due(SALES, Before::default()).await.unwrap(), Due::default());
    let turn = story.store.begin_retention().await.unwrap();
    let gone = story.store.retain(turn, SALES, before, 9).await.unwrap();
    assert_eq!(gone.iter().map(|changed| changed.conversation).collect::<Vec<_>>(), [C1]);
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap(), [], "once is enough");
    assert_eq!(story.transcript(BY_OLGA, C1).await, ["1 visitor erased", "2 visitor resolves (1)"]);
    assert_eq!(story.transcript(BY_OLGA, C2).await, ["1 visitor: old and open"]);
    assert_eq!(story.transcript(BY_OLGA, C3).await[0], "1 visitor: new and over");
    assert!(story.summary(C3).await.visitor.page.is_some(), "they were here lately");
}

pub async fn filing_keeps_nothing_for_longer<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "old and over")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    let between = story.now();
    let asked = Prioritise { conversation: C1, agent: AMY, priority: Priority::Low, at: story.now() };
    story.store.prioritise(asked).await.unwrap();
    let before = Before { messages: Some(between), files: None };
    assert_eq!(story.store.due(SALES, before).await.unwrap(), Due { messages: 1, files: 0 });
    let turn = story.store.begin_retention().await.unwrap();
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap().len(), 1);
}

pub async fn old_files_go_and_the_words_beside_them_stay<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    uploads(&story, 7, "old", Writer::Visitor(ANN)).await;
    uploads(&story, 8, "told", Writer::Visitor(ANN)).await;
    sends(&story, Writer::Visitor(ANN), 2, 7).await.unwrap();
    let words = Draft { file: Some(FileId(8)), ..drafts(&[(3, "look")]).remove(0) };
    let (writer, at) = (Writer::Visitor(ANN), story.now());
    story.store.append(Append { conversation: C1, writer, messages: vec![words], at }).await.unwrap();
    let before = Before { messages: None, files: Some(story.now()) };
    uploads(&story, 9, "new", Writer::Visitor(ANN)).await;
    sends(&story, Writer::Visitor(ANN), 4, 9).await.unwrap();
    assert_eq!(story.store.due(SALES, before).await.unwrap(), Due { messages: 0, files: 2 });
    let turn = story.store.begin_retention().await.unwrap();
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap().len(), 1);
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap(), []);
    let rows = story.sees(BY_AMY, C1).await.rows;
    assert!(matches!(rows[1].body, EntryBody::Erased { .. }));
    assert!(matches!(&rows[2].body, EntryBody::Message { text, file: None, .. } if text == "look"));
    assert!(matches!(&rows[3].body, EntryBody::Message { file: Some(_), .. }));
    assert_eq!(story.store.gone_contents(9).await.unwrap().len(), 2);
}

pub async fn an_earlier_turn_of_retention_is_over<S: Backend>(story: Story<S>) {
    let first = story.store.begin_retention().await.unwrap();
    let second = story.store.begin_retention().await.unwrap();
    assert!(second > first);
    assert_refused(story.store.retain(first, SALES, Before::default(), 9).await, Conflict);
    assert_eq!(story.store.retain(second, SALES, Before::default(), 9).await.unwrap(), []);
}

pub async fn each_inbox_keeps_things_as_long_as_it_says<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.set_retention(SALES, Some(30), None).await.unwrap();
    assert_refused(story.store.set_retention(deskbell_shared::model::InboxId(9), None, None).await, NotFound);
    let all = story.store.retentions().await.unwrap();
    let days: Vec<_> =
        all.iter().map(|kept| (kept.name.as_str(), kept.messages_days, kept.files_days)).collect();
    assert_eq!(days, [("Blog", None, None), ("Shop", Some(30), None)]);
    story.store.scrub().await.unwrap();
}

pub async fn what_colleagues_were_told_about_a_forgotten_visitor_goes<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.blocks(AMY, ANN, 1_000_000).await.unwrap();
    forgets(&story, BY_ANN).await.unwrap();
    let left = story.store.blocks(OLGA, Some(ANN), story.now(), 9).await.unwrap();
    assert_eq!((left.len(), left[0].reason.as_str()), (1, ""), "blocked still, for no reason that is told");
}

pub async fn nothing_is_owed_to_who_was_forgotten<S: Backend>(story: Story<S>) {
    story.store.owe_mail(Some(Duration::from_secs(60)));
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let (conversation, visitor, address) = (C1, ANN, "ann@example.com".to_owned());
    let left = LeaveAddress { conversation, visitor, address, at: story.now() };
    story.store.leave_address(left).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    assert!(story.store.next_mail_at().await.unwrap().is_some());
    forgets(&story, BY_ANN).await.unwrap();
    assert_eq!(story.store.next_mail_at().await.unwrap(), None);
}
