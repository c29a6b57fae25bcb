//! The agent's lists follow the feed: whatever is missed, doubled or late, they end as a fresh reader's lists.

use deskbell_shared::model::*;
use deskbell_shared::protocol::DeskFrame;
use deskbell_shared::session::{FeedStep, ListFeed};
use proptest::prelude::*;

fn summary(conversation: u128, feed: u64, open: bool, assignee: Option<u128>) -> Summary {
    let none = Seq(0);
    let marks = Marks { visitor_received: none, visitor_read: none, staff_received: none, staff_read: none };
    let agent = |id| AgentView { id: AgentId(id), name: "Mia".into(), picture: None };
    Summary {
        feed: Feed(feed),
        conversation: ConversationView {
            id: ConversationId(conversation),
            inbox: InboxId(1),
            epoch: Epoch(1),
            status: if open { Status::Open } else { Status::Resolved },
            head: Seq(feed),
            assignee: assignee.map(agent),
            assignment_version: 0,
            arrived_at: UnixMillis(1_000 - conversation as i64),
            marks,
            snoozed_until: None,
            address: None,
            score: None,
        },
        site: SiteId(1),
        site_name: "Shop".into(),
        visitor: VisitorView {
            id: VisitorId(conversation),
            first_seen_at: UnixMillis(0),
            page: None,
            language: None,
            time_zone: None,
            name: None,
            online: false,
        },
        last_line: feed.to_string(),
        last_side: Side::Visitor,
        last_at: UnixMillis(feed as i64),
        unread: 0,
        unanswered_at: None,
        filed: None,
    }
}

fn page(rows: Vec<Summary>, upto: u64, reset: bool, more: bool) -> DeskFrame {
    DeskFrame::FeedPage { id: None, epoch: Epoch(1), reset, rows, upto: Feed(upto), more }
}

fn changed(prev: u64, summary: Summary) -> DeskFrame {
    DeskFrame::ConversationChanged { prev: Feed(prev), summary }
}

#[test]
fn lists_are_filled_then_followed() {
    let mut feed = ListFeed::default();
    assert!(feed.loading());
    assert_eq!(feed.apply(&page(vec![summary(1, 1, true, None)], 1, true, true)), FeedStep::Applied);
    assert!(feed.loading());
    feed.apply(&page(vec![summary(2, 3, true, Some(7))], 3, false, false));
    assert!(!feed.loading());
    assert_eq!(feed.queue().len(), 1);
    assert_eq!(feed.of_agent(AgentId(7)).len(), 1);
    feed.apply(&changed(3, summary(3, 4, true, None)));
    let waits: Vec<u128> = feed.queue().iter().map(|row| row.conversation.id.0).collect();
    assert_eq!(waits, [3, 1], "the longest wait first");
    feed.apply(&changed(4, summary(1, 5, false, None)));
    assert!(feed.find(ConversationId(1)).is_none(), "resolved");
    assert_eq!(feed.position().after, Feed(5));
    let online = DeskFrame::VisitorPresence { visitor: VisitorId(3), online: true };
    feed.apply(&online);
    assert!(feed.find(ConversationId(3)).unwrap().visitor.online);
}

#[test]
fn what_was_missed_is_asked_for_once() {
    let mut feed = ListFeed::default();
    feed.apply(&page(vec![], 5, true, false));
    assert_eq!(feed.apply(&changed(7, summary(1, 8, true, None))), FeedStep::Missed);
    assert_eq!(feed.apply(&changed(8, summary(2, 9, true, None))), FeedStep::Other, "asked already");
    assert_eq!(feed.position().after, Feed(5), "nothing is applied past what was missed");
    feed.apply(&page(vec![summary(3, 7, true, None), summary(1, 8, true, None)], 8, false, false));
    // The one that came meanwhile was dropped; the next that builds on it shows so.
    assert_eq!(feed.apply(&changed(9, summary(4, 10, true, None))), FeedStep::Missed);
}

#[test]
fn what_goes_out_of_sight_leaves_the_lists_unless_it_has_come_back() {
    let mut feed = ListFeed::default();
    feed.apply(&page(vec![summary(1, 3, true, None), summary(2, 9, true, None)], 9, true, false));
    let gone = |id| DeskFrame::ConversationGone { conversation: ConversationId(id), feed: Feed(5) };
    assert_eq!(feed.apply(&gone(1)), FeedStep::Applied);
    assert_eq!(feed.apply(&gone(2)), FeedStep::Applied);
    assert!(feed.find(ConversationId(1)).is_none());
    assert!(feed.find(ConversationId(2)).is_some(), "a newer state of it is known");
    assert_eq!(feed.position().after, Feed(9), "the place stays");
}

#[test]
fn what_is_said_late_of_what_has_left_does_not_bring_it_back() {
    let mut feed = ListFeed::default();
    feed.apply(&page(vec![summary(1, 3, true, None)], 3, true, false));
    feed.apply(&DeskFrame::ConversationGone { conversation: ConversationId(1), feed: Feed(5) });
    feed.apply(&changed(3, summary(1, 4, true, None)));
    assert!(feed.find(ConversationId(1)).is_none(), "it left after that");
    feed.apply(&changed(4, summary(1, 6, true, None)));
    assert!(feed.find(ConversationId(1)).is_some(), "it is back");
}

#[test]
fn another_lineage_begins_anew() {
    let mut feed = ListFeed::default();
    feed.apply(&page(vec![summary(1, 90, true, None)], 90, true, false));
    let rows = vec![summary(2, 3, true, None)];
    feed.apply(&DeskFrame::FeedPage {
        id: None,
        epoch: Epoch(2),
        reset: true,
        rows,
        upto: Feed(3),
        more: false,
    });
    assert_eq!(feed.rows().len(), 1);
    assert_eq!(feed.position().after, Feed(3));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lost_and_doubled_changes_end_in_the_same_lists(
        changes in proptest::collection::vec((0..6u128, any::<bool>(), any::<bool>()), 1..40),
        fates in proptest::collection::vec(0..4u8, 40),
    ) {
        let mut truth = ListFeed::default();
        let mut feed = ListFeed::default();
        let (start, mut newest) = (page(vec![], 0, true, false), Vec::<Summary>::new());
        truth.apply(&start);
        feed.apply(&start);
        for (at, ((conversation, open, taken), fate)) in changes.into_iter().zip(fates).enumerate() {
            let place = at as u64 + 1;
            let now = summary(conversation, place, open, taken.then_some(7));
            newest.retain(|row| row.conversation.id != now.conversation.id);
            newest.push(now.clone());
            let frame = changed(place - 1, now);
            truth.apply(&frame);
            let copies = [1, 1, 0, 2][usize::from(fate)];
            for _ in 0..copies {
                if feed.apply(&frame) == FeedStep::Missed {
                    let after = feed.position().after;
                    let rows = newest.iter().filter(|row| row.feed > after).cloned().collect();
                    feed.apply(&page(rows, place, false, false));
                }
            }
        }
        // The next hello asks for what is left.
        feed.disconnected();
        let after = feed.position().after;
        let rows = newest.iter().filter(|row| row.feed > after).cloned().collect();
        feed.apply(&page(rows, newest.iter().map(|row| row.feed.0).max().unwrap_or(0), false, false));
        prop_assert_eq!(feed.position(), truth.position());
        let lines = |feed: &ListFeed| {
            let mut lines: Vec<_> = feed.rows().iter().map(|row| (row.conversation.id, row.feed)).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(&feed), lines(&truth));
    }
}
