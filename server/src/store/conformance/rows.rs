//! Pages of rows: dense, bounded, of one moment.

use deskbell_shared::model::{Draft, Seq};
use deskbell_shared::protocol::limits::{PAGE_BYTES_MAX, PAGE_ROWS_MAX, TEXT_BYTES_MAX};

use super::Backend;
use super::story::*;
use crate::store::conversations::{Append, Span, Writer};

/// A conversation of `count` messages of `bytes` each.
async fn long<S: Backend>(story: &Story<S>, count: u128, bytes: usize) {
    let text = "x".repeat(bytes);
    story.starts(ANN, C1, &[(1, &text)]).await.unwrap();
    let messages = (2..=count).map(|n| Draft::new(deskbell_shared::model::Cmid(n), text.clone())).collect();
    let writer = Writer::Visitor(ANN);
    let appended =
        story.store.append(Append { conversation: C1, writer, messages, at: story.now() }).await.unwrap();
    assert_eq!(appended.acks.len() as u128, count - 1);
}

async fn places<S: Backend>(story: &Story<S>, span: Span) -> Vec<u64> {
    let seen = story.reads(BY_ANN, C1, span).await.unwrap();
    assert_eq!(seen.rows, story.reads(BY_AMY, C1, span).await.unwrap().rows);
    seen.rows.iter().map(|row| row.seq.0).collect()
}

fn dense(first: u64, last: u64) -> Vec<u64> {
    (first..=last).collect()
}

pub async fn spans_are_dense_and_bounded_by_count<S: Backend>(story: Story<S>) {
    long(&story, 250, 10).await;
    let most = PAGE_ROWS_MAX as u64;
    assert_eq!(places(&story, Span::After(Seq(0))).await, dense(1, most));
    assert_eq!(places(&story, Span::After(Seq(100))).await, dense(101, 100 + most));
    assert_eq!(places(&story, Span::After(Seq(200))).await, dense(201, 250));
    assert_eq!(places(&story, Span::Before(Seq(251))).await, dense(251 - most, 250));
    assert_eq!(places(&story, Span::Before(Seq(51))).await, dense(1, 50));
    assert_eq!(places(&story, Span::Before(Seq(1))).await, [0u64; 0]);
}

pub async fn spans_are_bounded_by_bytes_but_hold_one_row<S: Backend>(story: Story<S>) {
    long(&story, 30, TEXT_BYTES_MAX).await;
    let fit = (PAGE_BYTES_MAX / TEXT_BYTES_MAX) as u64;
    assert_eq!(places(&story, Span::After(Seq(3))).await, dense(4, 3 + fit));
    assert_eq!(places(&story, Span::Before(Seq(31))).await, dense(31 - fit, 30));
    assert_eq!(places(&story, Span::Newest(Seq(0))).await, dense(31 - fit, 30));
    let huge = "y".repeat(PAGE_BYTES_MAX + 1);
    story.starts(BOB, C2, &[(1, &huge), (2, &huge)]).await.unwrap();
    let by_bob = crate::store::Scope::Visitor(BOB);
    assert_eq!(story.reads(by_bob, C2, Span::After(Seq(0))).await.unwrap().rows.len(), 1);
    let newest = story.reads(by_bob, C2, Span::Newest(Seq(0))).await.unwrap().rows;
    assert_eq!(newest.iter().map(|row| row.seq.0).collect::<Vec<_>>(), [2]);
}

pub async fn the_newest_span_is_the_rest_or_the_last_page<S: Backend>(story: Story<S>) {
    long(&story, 250, 10).await;
    assert_eq!(places(&story, Span::Newest(Seq(0))).await, dense(151, 250));
    assert_eq!(places(&story, Span::Newest(Seq(149))).await, dense(151, 250));
    assert_eq!(places(&story, Span::Newest(Seq(150))).await, dense(151, 250));
    assert_eq!(places(&story, Span::Newest(Seq(248))).await, dense(249, 250));
}

pub async fn places_beyond_the_head_hold_nothing<S: Backend>(story: Story<S>) {
    long(&story, 3, 10).await;
    for span in [Span::After(Seq(3)), Span::Newest(Seq(3)), Span::After(Seq(u64::MAX)), Span::Before(Seq(0))]
    {
        assert_eq!(places(&story, span).await, [0u64; 0]);
    }
    assert_eq!(places(&story, Span::Before(Seq(u64::MAX))).await, dense(1, 3));
}
