//! Waiting: asking again until something is so, with a deadline. Nothing in these tests waits in any other way.

use std::time::{Duration, Instant};

/// A busy machine with several browsers on two cores still answers by then.
const DEADLINE: Duration = Duration::from_secs(40);
/// Between two questions.
const PERIOD: Duration = Duration::from_millis(60);

/// Asks until there is an answer; past the deadline the story ends with `what`.
pub async fn until<T>(what: &str, question: impl AsyncFnMut() -> Option<T>) -> T {
    match answered(question).await {
        Some(answer) => answer,
        None => panic!("waited {} s in vain: {what}", DEADLINE.as_secs()),
    }
}

/// Asks until there is an answer; `None` past the deadline.
pub async fn answered<T>(mut question: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = question().await {
            return Some(answer);
        }
        if Instant::now() > end {
            return None;
        }
        tokio::time::sleep(PERIOD).await;
    }
}
