//! A long list is the same as one that is sorted anew each time, tells what has changed, and looks at little to do so.

use std::collections::BTreeMap;
use std::rc::Rc;

use deskbell_shared::model::*;
use deskbell_shared::session::LongList;
use proptest::prelude::*;

fn row(id: u128, line: u64) -> Rc<Summary> {
    let none = Seq(0);
    let marks = Marks { visitor_received: none, visitor_read: none, staff_received: none, staff_read: none };
    Rc::new(Summary {
        feed: Feed(line),
        conversation: ConversationView {
            id: ConversationId(id),
            inbox: InboxId(1),
            epoch: Epoch(1),
            status: Status::Open,
            head: Seq(1),
            assignee: None,
            assignment_version: 0,
            arrived_at: UnixMillis(0),
            marks,
            snoozed_until: None,
            address: None,
            score: None,
        },
        site: SiteId(1),
        site_name: "Shop".into(),
        visitor: VisitorView {
            id: VisitorId(id),
            first_seen_at: UnixMillis(0),
            page: None,
            language: None,
            time_zone: None,
            name: None,
            online: false,
        },
        last_line: String::new(),
        last_side: Side::Visitor,
        last_at: UnixMillis(0),
        unread: 0,
        unanswered_at: None,
        filed: None,
    })
}

type Plain = BTreeMap<(u128, u128), u64>;

fn plain(list: &LongList, numbers: &BTreeMap<u128, u128>) -> Vec<((u128, u128), u64)> {
    let id = |row: &Summary| row.conversation.id.0;
    list.iter().map(|row| ((numbers[&id(row)], id(row)), row.feed.0)).collect()
}

proptest! {
    #[test]
    fn it_is_as_one_that_is_sorted_anew(
        steps in prop::collection::vec((0u128..6, 0u128..900, 0u8..4), 1..1500),
        from in 0usize..900,
    ) {
        let (mut list, mut truth, mut numbers) = (LongList::default(), Plain::new(), BTreeMap::new());
        let (mut last, mut last_truth) = (list.clone(), truth.clone());
        for (line, (number, id, what)) in steps.into_iter().enumerate() {
            // A row has one number at a time, as whoever keeps such a list sees to.
            if let Some(old) = numbers.remove(&id) {
                assert_eq!(list.take(old, ConversationId(id)).unwrap().feed.0, truth.remove(&(old, id)).unwrap());
            }
            if what > 0 {
                numbers.insert(id, number);
                list.put(number, row(id, line as u64));
                truth.insert((number, id), line as u64);
            }
            if line == 700 {
                (last, last_truth) = (list.clone(), truth.clone());
            }
        }
        assert_eq!(plain(&list, &numbers), truth.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(list.len(), truth.len());
        for (place, (number, id)) in truth.keys().enumerate() {
            assert_eq!(list.place(*number, ConversationId(*id)), Some(place));
        }
        let part: Vec<u128> = list.range(from..from + 20).map(|row| row.conversation.id.0).collect();
        assert_eq!(part, truth.keys().skip(from).take(20).map(|key| key.1).collect::<Vec<_>>());
        for number in 0..6 {
            let its: Vec<u128> = list.of(number).iter().map(|row| row.conversation.id.0).collect();
            assert_eq!(its, truth.keys().filter(|key| key.0 == number).map(|key| key.1).collect::<Vec<_>>());
        }
        // What is told as changed makes the newer list of the older one.
        let mut lines: BTreeMap<u128, u64> = last_truth.iter().map(|(key, line)| (key.1, *line)).collect();
        for (before, _) in last.changes(&list) {
            if let Some(before) = before {
                assert_eq!(lines.remove(&before.conversation.id.0), Some(before.feed.0));
            }
        }
        for (_, after) in last.changes(&list) {
            if let Some(after) = after {
                assert_eq!(lines.insert(after.conversation.id.0, after.feed.0), None);
            }
        }
        assert_eq!(lines, truth.iter().map(|(key, line)| (key.1, *line)).collect::<BTreeMap<_, _>>());
        assert!(list.changes(&list.clone()).is_empty());
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_change_among_a_hundred_thousand_looks_at_few() {
    use deskbell_shared::session::long_list::work_done;
    let mut list = LongList::default();
    for id in 0..100_000 {
        list.put(0, row(id, 0));
    }
    let before = list.clone();
    work_done();
    list.take(0, ConversationId(50_000));
    list.put(0, row(50_000, 1));
    let changed = work_done();
    assert!((1..2_500).contains(&changed), "{changed}");
    let changes = before.changes(&list);
    assert_eq!(changes.len(), 1);
    let told = work_done();
    assert!((1..1_500).contains(&told), "{told}");
    assert_eq!(list.range(99_990..100_000).count(), 10);
    assert_eq!(list.place(0, ConversationId(99_999)), Some(99_999));
    let found = work_done();
    assert!((1..1_500).contains(&found), "{found}");
}
