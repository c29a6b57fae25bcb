//! Staff files conversations: tags, priorities, and what came of them. No visitor is told.

use deskbell_shared::model::{
    AgentId, ConversationId, Filed, InboxId, InboxOutcomes, OutcomeId, OutcomeView, Priority, Status,
    TagColour, TagId, TagView,
};
use deskbell_shared::protocol::RefusalCode::{Conflict, Invalid, NotFound, OutcomeNeeded, TooLong};
use deskbell_shared::protocol::limits::{TAGS_MAX, TAGS_ON_ONE_MAX};

use super::Backend;
use super::story::*;
use crate::store::conversations::Changed;
use crate::store::filing::{FiledSo, Prioritise, TagWrite, Tagging, WrapUp};
use crate::store::{Scope, Stored};

const BILLING: TagId = TagId(0x71);
const BUG: OutcomeId = OutcomeId(0x81);
const ANSWERED: OutcomeId = OutcomeId(0x82);

fn tag(id: TagId, name: &str) -> TagView {
    TagView { id, name: name.into(), colour: TagColour::Blue, is_archived: false }
}

fn asked(inbox: InboxId, outcomes: &[(OutcomeId, &str)], is_required: bool) -> InboxOutcomes {
    let view = |(id, name): &(OutcomeId, &str)| OutcomeView { id: *id, name: (*name).into() };
    InboxOutcomes { inbox, outcomes: outcomes.iter().map(view).collect(), is_required }
}

async fn makes<S: Backend>(story: &Story<S>, tag: TagView) -> Stored<()> {
    story.store.write_tag(TagWrite { tag, is_new: true }).await
}

async fn becomes<S: Backend>(story: &Story<S>, tag: TagView) -> Stored<()> {
    story.store.write_tag(TagWrite { tag, is_new: false }).await
}

async fn tags<S: Backend>(
    story: &Story<S>,
    agent: AgentId,
    c: ConversationId,
    tag: TagId,
    on: bool,
) -> Stored<Changed> {
    story.store.tag(Tagging { conversation: c, agent, tag, on, at: story.now() }).await
}

async fn says<S: Backend>(
    story: &Story<S>,
    agent: AgentId,
    c: ConversationId,
    priority: Priority,
) -> Stored<Changed> {
    story.store.prioritise(Prioritise { conversation: c, agent, priority, at: story.now() }).await
}

async fn wraps_up<S: Backend>(
    story: &Story<S>,
    agent: AgentId,
    c: ConversationId,
    outcome: Option<OutcomeId>,
) -> Stored<Changed> {
    story.store.wrap_up(WrapUp { conversation: c, agent, outcome, at: story.now() }).await
}

async fn filed<S: Backend>(story: &Story<S>, c: ConversationId) -> Option<Filed> {
    story.summary(c).await.filed
}

async fn outcome<S: Backend>(story: &Story<S>, c: ConversationId) -> Option<String> {
    filed(story, c).await.and_then(|filed| filed.outcome)
}

/// The rows of a change, a line a row.
fn lines(changed: &Changed) -> Vec<String> {
    changed.rows.iter().map(|row| line(&row.for_staff())).collect()
}

pub async fn a_tag_has_one_name_in_whatever_case<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "Billing")).await.unwrap();
    assert_refused(makes(&story, tag(BILLING, "Other")).await, Conflict);
    assert_refused(makes(&story, tag(TagId(2), "bILLING")).await, Conflict);
    assert_refused(becomes(&story, tag(TagId(2), "Shipping")).await, NotFound);
    makes(&story, tag(TagId(2), "apples")).await.unwrap();
    assert_refused(becomes(&story, tag(TagId(2), "billing")).await, Conflict);
    becomes(&story, tag(BILLING, "billing")).await.unwrap();
    let archived = TagView { is_archived: true, colour: TagColour::Red, ..tag(TagId(2), "Apples") };
    becomes(&story, archived.clone()).await.unwrap();
    assert_eq!(story.store.tags().await.unwrap(), [archived, tag(BILLING, "billing")]);
    for id in 3..=TAGS_MAX as u128 {
        makes(&story, tag(TagId(id << 8), &format!("tag {id}"))).await.unwrap();
    }
    assert_refused(makes(&story, tag(TagId(3), "one too many")).await, TooLong);
}

pub async fn tags_go_on_and_off_and_leave_rows_for_staff<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "billing")).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let before = story.summary(C1).await;
    assert_eq!(before.filed, None);
    assert_eq!(lines(&tags(&story, AMY, C1, BILLING, true).await.unwrap()), ["2 Amy tags billing"]);
    assert_nothing_changed(&tags(&story, BEN, C1, BILLING, true).await.unwrap());
    let after = story.summary(C1).await;
    assert!(after.feed > before.feed, "colleagues are told");
    assert_eq!((after.unread, after.last_line), (before.unread, before.last_line));
    let blue = tag(BILLING, "billing");
    assert_eq!(after.filed, Some(Filed { tags: vec![blue], ..Filed::NOTHING }));
    // What it is called now is what lists show, what it was called then is what the row says.
    becomes(&story, tag(BILLING, "money")).await.unwrap();
    assert_eq!(filed(&story, C1).await.unwrap().tags, [tag(BILLING, "money")]);
    assert_eq!(lines(&tags(&story, BEN, C1, BILLING, false).await.unwrap()), ["3 Ben untags money"]);
    assert_nothing_changed(&tags(&story, BEN, C1, BILLING, false).await.unwrap());
    assert_eq!(filed(&story, C1).await, None);
    let rows = ["1 visitor: hi", "2 Amy tags billing", "3 Ben untags money"];
    assert_eq!(story.transcript(BY_AMY, C1).await, rows);
}

pub async fn what_is_put_away_stays_where_it_is<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "billing")).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    tags(&story, AMY, C1, BILLING, true).await.unwrap();
    becomes(&story, TagView { is_archived: true, ..tag(BILLING, "billing") }).await.unwrap();
    assert_refused(tags(&story, AMY, C2, BILLING, true).await, Invalid);
    assert_nothing_changed(&tags(&story, AMY, C1, BILLING, true).await.unwrap());
    assert!(filed(&story, C1).await.unwrap().tags[0].is_archived);
    tags(&story, AMY, C1, BILLING, false).await.unwrap();
    assert_refused(tags(&story, AMY, C1, BILLING, true).await, Invalid);
}

pub async fn a_conversation_has_so_many_tags<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    for number in 0..=TAGS_ON_ONE_MAX as u128 {
        makes(&story, tag(TagId(number), &format!("{:02}", 50 - number))).await.unwrap();
        let put = tags(&story, AMY, C1, TagId(number), true).await;
        match number as usize == TAGS_ON_ONE_MAX {
            true => assert_refused(put, TooLong),
            false => drop(put.unwrap()),
        }
    }
    let has = filed(&story, C1).await.unwrap().tags;
    assert_eq!(has.len(), TAGS_ON_ONE_MAX);
    assert!(has.is_sorted_by_key(|tag| tag.name.clone()));
}

pub async fn a_priority_is_said_once_and_changes_no_order<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_nothing_changed(&says(&story, AMY, C1, Priority::Normal).await.unwrap());
    let urgent = says(&story, AMY, C1, Priority::Urgent).await.unwrap();
    assert_eq!(lines(&urgent), ["2 Amy says urgent"]);
    assert_nothing_changed(&says(&story, BEN, C1, Priority::Urgent).await.unwrap());
    assert_eq!(filed(&story, C1).await.unwrap().priority, Priority::Urgent);
    let view = story.sees(BY_AMY, C1).await.view;
    assert_eq!((view.status, view.assignment_version), (Status::Open, 0), "it waits as it did");
    says(&story, AMY, C1, Priority::Normal).await.unwrap();
    assert_eq!(filed(&story, C1).await, None);
}

pub async fn outcomes_are_offered_in_their_order<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    assert_eq!(story.store.outcomes().await.unwrap(), []);
    let two = asked(SALES, &[(BUG, "bug"), (ANSWERED, "answered")], false);
    story.store.set_outcomes(two.clone()).await.unwrap();
    assert_eq!(story.store.outcomes().await.unwrap(), [two]);
    let asking = async || {
        let inboxes = story.store.inboxes().await.unwrap();
        inboxes.iter().filter(|inbox| inbox.asks_outcome).map(|inbox| inbox.id).collect::<Vec<_>>()
    };
    assert_eq!(asking().await, [SALES]);
    assert_refused(story.store.set_outcomes(asked(PRESS, &[(BUG, "bug")], false)).await, NotFound);
    assert_refused(
        story.store.set_outcomes(asked(InboxId(9), &[(OutcomeId(1), "x")], false)).await,
        NotFound,
    );
    let other = asked(SALES, &[(ANSWERED, "said it all"), (OutcomeId(3), "spam")], true);
    story.store.set_outcomes(other.clone()).await.unwrap();
    assert_eq!(story.store.outcomes().await.unwrap(), [other]);
    story.store.set_outcomes(asked(SALES, &[], false)).await.unwrap();
    assert_eq!(story.store.outcomes().await.unwrap(), []);
    assert_eq!(asking().await, []);
}

pub async fn a_wrap_up_resolves_and_says_what_came_of_it<S: Backend>(story: Story<S>) {
    story.store.set_outcomes(asked(SALES, &[(BUG, "bug"), (ANSWERED, "answered")], false)).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(wraps_up(&story, AMY, C1, Some(OutcomeId(9))).await, Invalid);
    assert_eq!(story.summary(C1).await.conversation.status, Status::Open);
    let ended = wraps_up(&story, AMY, C1, Some(BUG)).await.unwrap();
    assert_eq!(lines(&ended), ["2 Amy resolves (1)", "3 Amy concludes bug"]);
    assert_nothing_changed(&wraps_up(&story, BEN, C1, Some(BUG)).await.unwrap());
    // It is put right later.
    let righted = wraps_up(&story, BEN, C1, Some(ANSWERED)).await.unwrap();
    assert_eq!(lines(&righted), ["4 Ben concludes answered"]);
    assert_eq!(outcome(&story, C1).await.as_deref(), Some("answered"));
    // One that is offered no more stays where it is, and comes to nothing else.
    story.store.set_outcomes(asked(SALES, &[(BUG, "bug")], false)).await.unwrap();
    assert_eq!(outcome(&story, C1).await.as_deref(), Some("answered"));
    assert_nothing_changed(&wraps_up(&story, BEN, C1, Some(ANSWERED)).await.unwrap());
    assert_eq!(lines(&wraps_up(&story, AMY, C1, None).await.unwrap()), ["5 Amy concludes nothing"]);
    assert_refused(wraps_up(&story, AMY, C1, Some(ANSWERED)).await, Invalid);
    wraps_up(&story, AMY, C1, Some(BUG)).await.unwrap();
    // Nothing has come of what is open again.
    story.says(ANN, C1, &[(2, "still broken")]).await.unwrap();
    assert_eq!(outcome(&story, C1).await, None);
    wraps_up(&story, AMY, C1, None).await.unwrap();
    assert_eq!(story.transcript(BY_AMY, C1).await.last().unwrap(), "9 Amy resolves (3)");
}

pub async fn where_an_outcome_is_wanted_nothing_is_resolved_without<S: Backend>(story: Story<S>) {
    story.store.set_outcomes(asked(SALES, &[(BUG, "bug")], true)).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    assert_refused(story.resolves(BY_AMY, C1).await, OutcomeNeeded);
    assert_refused(wraps_up(&story, AMY, C1, None).await, OutcomeNeeded);
    let view = story.sees(BY_AMY, C1).await.view;
    assert_eq!((view.status, view.is_with(AMY)), (Status::Open, true));
    wraps_up(&story, AMY, C1, Some(BUG)).await.unwrap();
    assert_nothing_changed(&story.resolves(BY_AMY, C1).await.unwrap());
    assert_refused(wraps_up(&story, AMY, C1, None).await, OutcomeNeeded);
    // A visitor ends their own without a word; staff may add it.
    story.starts(ANN, C2, &[(2, "thanks")]).await.unwrap();
    story.resolves(BY_ANN, C2).await.unwrap();
    assert_nothing_changed(&wraps_up(&story, AMY, C2, None).await.unwrap());
    assert_eq!(lines(&wraps_up(&story, AMY, C2, Some(BUG)).await.unwrap()), ["3 Amy concludes bug"]);
}

pub async fn no_visitor_is_told_how_they_are_filed<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "billing")).await.unwrap();
    story.store.set_outcomes(asked(SALES, &[(BUG, "bug")], false)).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let view = story.sees(BY_ANN, C1).await.view;
    for changed in [
        tags(&story, AMY, C1, BILLING, true).await.unwrap(),
        says(&story, AMY, C1, Priority::High).await.unwrap(),
        tags(&story, AMY, C1, BILLING, false).await.unwrap(),
    ] {
        assert!(changed.rows.iter().all(|row| row.visitor_seq.is_none() && row.for_visitor().is_none()));
    }
    assert_eq!(story.sees(BY_ANN, C1).await.view, view);
    wraps_up(&story, AMY, C1, Some(BUG)).await.unwrap();
    let said = story.says(ANN, C1, &[(2, "and?")]).await.unwrap();
    assert_eq!(acks(&said), [(2, 4)], "their count has no gap: the rows about it take no place");
    let theirs = ["1 visitor: hi", "2 Amy resolves (1)", "3 visitor reopens (2)", "4 visitor: and?"];
    assert_eq!(story.transcript(BY_ANN, C1).await, theirs);
}

pub async fn only_who_sees_it_files_it<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "billing")).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(tags(&story, AMY, C1, TagId(9), true).await, NotFound);
    story.store.leave(SALES, BEN).await.unwrap();
    assert_refused(tags(&story, BEN, C1, BILLING, true).await, NotFound);
    assert_refused(says(&story, BEN, C1, Priority::High).await, NotFound);
    assert_refused(wraps_up(&story, BEN, C1, None).await, NotFound);
    assert_refused(tags(&story, AMY, C2, BILLING, true).await, NotFound);
    assert_eq!(story.transcript(Scope::Agent(OLGA), C1).await, ["1 visitor: hi"]);
}

pub async fn the_archive_is_narrowed_to_what_is_filed_so<S: Backend>(story: Story<S>) {
    makes(&story, tag(BILLING, "billing")).await.unwrap();
    let ids: Vec<ConversationId> = (1..=4).map(ConversationId).collect();
    for id in &ids {
        story.starts(ANN, *id, &[(id.0, "hi")]).await.unwrap();
        story.resolves(BY_AMY, *id).await.unwrap();
    }
    for id in [ids[2], ids[0]] {
        tags(&story, AMY, id, BILLING, true).await.unwrap();
    }
    says(&story, AMY, ids[0], Priority::High).await.unwrap();
    says(&story, AMY, ids[1], Priority::High).await.unwrap();
    story.starts(BOB, C1, &[(9, "open")]).await.unwrap();
    tags(&story, AMY, C1, BILLING, true).await.unwrap();
    let found = async |so: FiledSo, before, many| {
        let found = story.store.resolved_so(AMY, so, before, many).await.unwrap();
        found.iter().map(|row| (row.conversation.id, row.feed)).collect::<Vec<_>>()
    };
    let of = |found: &[(ConversationId, _)]| found.iter().map(|(id, _)| id.0).collect::<Vec<_>>();
    let tagged = FiledSo { tag: Some(BILLING), priority: None };
    let all = found(tagged, None, 9).await;
    assert_eq!(of(&all), [1, 3], "newest change first");
    assert_eq!(of(&found(tagged, Some(all[0].1), 9).await), [3]);
    assert_eq!(of(&found(tagged, None, 1).await), [1]);
    let high = FiledSo { tag: None, priority: Some(Priority::High) };
    assert_eq!(of(&found(high, None, 9).await), [2, 1]);
    let both = FiledSo { tag: Some(BILLING), priority: Some(Priority::High) };
    assert_eq!(of(&found(both, None, 9).await), [1]);
    let normal = FiledSo { tag: None, priority: Some(Priority::Normal) };
    assert_eq!(of(&found(normal, None, 9).await), [3, 4]);
    let billing_normal = FiledSo { tag: Some(BILLING), priority: Some(Priority::Normal) };
    assert_eq!(of(&found(billing_normal, None, 9).await), [3]);
    story.store.leave(SALES, AMY).await.unwrap();
    assert_eq!(of(&found(tagged, None, 9).await), [0; 0], "nothing out of sight");
}
