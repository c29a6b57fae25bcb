//! The two counters, and the marks in both of them.

use deskbell_shared::model::{Marks, Seq};

use super::Backend;
use super::story::*;
use crate::store::Scope;
use crate::store::conversations::Span;

/// Staff: 1 hi, 2 assigned, 3 note, 4 note, 5 hello, 6 note. The visitor: 1 hi, 2 assigned, 3 hello.
async fn with_notes<S: Backend>(story: &Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.notes(AMY, C1, "difficult").await.unwrap();
    story.notes(AMY, C1, "but paying").await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.notes(AMY, C1, "done").await.unwrap();
}

fn marks(visitor: (u64, u64), staff: (u64, u64)) -> Marks {
    Marks {
        visitor_received: Seq(visitor.0),
        visitor_read: Seq(visitor.1),
        staff_received: Seq(staff.0),
        staff_read: Seq(staff.1),
    }
}

pub async fn rows_for_staff_take_no_place_of_the_visitor<S: Backend>(story: Story<S>) {
    with_notes(&story).await;
    assert_eq!(
        story.transcript(BY_AMY, C1).await,
        [
            "1 visitor: hi",
            "2 Amy gives it to Amy (1)",
            "3 Amy notes: difficult",
            "4 Amy notes: but paying",
            "5 Amy: hello",
            "6 Amy notes: done"
        ]
    );
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi", "2 Amy gives it to Amy (1)", "3 Amy: hello"]
    );
    assert_eq!(story.sees(BY_AMY, C1).await.view.head, Seq(6));
    assert_eq!(story.sees(BY_ANN, C1).await.view.head, Seq(3));
    let said = story.says(ANN, C1, &[(3, "thanks")]).await.unwrap();
    assert_eq!(acks(&said), [(3, 4)], "a visitor is told their own count");
    assert_eq!((said.changed.rows[0].seq, said.changed.rows[0].visitor_seq), (Seq(7), Some(Seq(4))));
    assert_eq!(acks(&story.says(ANN, C1, &[(3, "thanks")]).await.unwrap()), [(3, 4)]);
    assert_eq!(acks(&story.answers(AMY, C1, &[(2, "hello")]).await.unwrap()), [(2, 5)]);
    let spans = [Span::After(Seq(2)), Span::Newest(Seq(2)), Span::Before(Seq(4))];
    for (span, expected) in spans.into_iter().zip([vec![3, 4], vec![3, 4], vec![1, 2, 3]]) {
        let rows = story.reads(BY_ANN, C1, span).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.seq.0).collect::<Vec<_>>(), expected);
    }
}

pub async fn marks_are_told_in_both_counts<S: Backend>(story: Story<S>) {
    with_notes(&story).await;
    let moved = story.marks(BY_ANN, C1, 3, 2).await.unwrap();
    let both = moved.marks.expect("they moved");
    assert_eq!(both.visitor, marks((3, 2), (0, 0)));
    assert_eq!(both.staff, marks((5, 2), (0, 0)));
    let moved = story.marks(BY_AMY, C1, 6, 4).await.unwrap();
    let both = moved.marks.expect("they moved");
    assert_eq!(both.staff, marks((5, 2), (6, 4)));
    assert_eq!(both.visitor, marks((3, 2), (3, 2)));
    assert_eq!(story.sees(BY_AMY, C1).await.view.marks, both.staff);
    assert_eq!(story.sees(BY_ANN, C1).await.view.marks, both.visitor);
    assert_eq!(story.summary(C1).await.feed, moved.feed.unwrap());
}

pub async fn marks_never_go_back_nor_past_the_head<S: Backend>(story: Story<S>) {
    with_notes(&story).await;
    story.marks(BY_ANN, C1, 2, 9).await.unwrap();
    assert_eq!(
        story.sees(BY_ANN, C1).await.view.marks,
        marks((2, 2), (0, 0)),
        "nothing read was not received"
    );
    story.marks(BY_ANN, C1, 99, 1).await.unwrap();
    assert_eq!(story.sees(BY_ANN, C1).await.view.marks, marks((3, 2), (0, 0)));
    story.marks(BY_ANN, C1, 1, 3).await.unwrap();
    assert_eq!(story.sees(BY_ANN, C1).await.view.marks, marks((3, 3), (0, 0)));
    story.marks(BY_AMY, C1, u64::MAX, u64::MAX).await.unwrap();
    story.marks(BY_AMY, C1, 0, 0).await.unwrap();
    assert_eq!(story.sees(BY_AMY, C1).await.view.marks, marks((5, 5), (6, 6)));
}

pub async fn what_was_read_is_no_longer_unread<S: Backend>(story: Story<S>) {
    with_notes(&story).await;
    story.says(ANN, C1, &[(3, "a"), (4, "b"), (5, "c")]).await.unwrap(); // 7, 8, 9
    assert_eq!(story.summary(C1).await.unread, 4);
    story.marks(BY_AMY, C1, 9, 0).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 4, "received is not read");
    story.marks(BY_AMY, C1, 9, 7).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 2);
    story.marks(BY_ANN, C1, 9, 9).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 2, "a visitor's own marks do not count");
    // Who looks on reads, and neither the visitor nor whoever has it sees anything of it.
    let before = story.sees(BY_ANN, C1).await.view.marks;
    assert_nothing_changed(&story.marks(Scope::Agent(BEN), C1, 9, 9).await.unwrap());
    assert_eq!(story.summary(C1).await.unread, 2);
    assert_eq!(story.sees(BY_ANN, C1).await.view.marks, before);
    story.marks(BY_AMY, C1, 9, 9).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 0);
    story.says(ANN, C1, &[(6, "d")]).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 1);
}

pub async fn a_mark_that_moves_nothing_changes_nothing<S: Backend>(story: Story<S>) {
    with_notes(&story).await;
    story.marks(BY_ANN, C1, 3, 3).await.unwrap();
    let feed = story.store.feed_head().await.unwrap();
    assert_nothing_changed(&story.marks(BY_ANN, C1, 3, 1).await.unwrap());
    assert_nothing_changed(&story.marks(BY_ANN, C1, 9, 9).await.unwrap());
    assert_eq!(story.store.feed_head().await.unwrap(), feed);
}
