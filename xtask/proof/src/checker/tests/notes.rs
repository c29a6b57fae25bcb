//! Notes (C12), notes that the server names (C3), and what was erased.

use super::super::Check;
use super::*;
use crate::history::erased;

const NOTE: Id = Id(0x77);

/// The kept history with one more row that staff see, and whoever else is told of.
fn noted(visitor_seq: Option<u64>, first: Vec<What>) -> Vec<Record> {
    let row = Row { cmid: Some(NOTE), author: Some(ANNA), digest: 1 };
    let mut history = after(first, kept());
    let observed = |client, side| What::Observe {
        client: Client(client),
        conversation: TALK,
        epoch: EPOCH,
        side,
        seq: 5,
        row,
    };
    let at = history.iter().position(|record| matches!(record.what, What::Healed {})).expect("healing");
    let mut more = vec![observed(1, Side::Staff)];
    more.extend(visitor_seq.map(|_| observed(0, Side::Visitor)));
    let more = more.into_iter().map(|what| Record { at_ms: 900, what });
    history.splice(at..at, more);
    let log = What::Log { conversation: TALK, epoch: EPOCH, seq: 5, visitor_seq, row };
    history.push(Record { at_ms: 9_999, what: log });
    history.retain(|record| !matches!(record.what, What::Shown { .. }));
    history
}

/// Written on another device than the rest, so that only what it is about is at stake.
fn written(note: bool) -> Vec<What> {
    let mut what = invoke(NOTE, ANNA, note);
    if let What::Invoke { lane, .. } = &mut what {
        *lane = 7;
    }
    vec![what]
}

#[test]
fn c12_a_note_at_a_visitor() {
    assert_eq!(check(&noted(None, written(true))).failed(), []);
    assert_eq!(check(&noted(Some(5), written(true))).failed(), [Check::C12]);
    // What is no note may be shown to both.
    assert_eq!(check(&noted(Some(5), written(false))).failed(), []);
}

#[test]
fn c12_a_canary_where_it_must_not_be() {
    let leaked = What::Leaked { canary: "kiwi".into(), place: "a log line".into() };
    assert_eq!(check(&after([leaked], kept())).failed(), [Check::C12]);
}

#[test]
fn c3_a_note_that_goes_along_is_asked_for_and_comes_once() {
    let enclosed = What::Enclosed { author: ANNA, digest: 1 };
    assert_eq!(check(&noted(None, vec![enclosed.clone()])).failed(), []);
    assert_eq!(check(&noted(Some(5), vec![enclosed.clone()])).failed(), [Check::C12]);
    assert_eq!(check(&noted(None, vec![])).failed(), [Check::C3]);
    let mut twice = noted(None, vec![enclosed]);
    let row = Row { cmid: Some(Id(0x78)), author: Some(ANNA), digest: 1 };
    let again = What::Log { conversation: TALK, epoch: EPOCH, seq: 6, visitor_seq: None, row };
    twice.push(Record { at_ms: 9_999, what: again });
    assert_eq!(check(&twice).failed(), [Check::C3]);
}

#[test]
fn what_was_erased_is_gone_only_where_somebody_asked_for_it() {
    let mut gone = kept();
    for record in &mut gone {
        match &mut record.what {
            What::Log { row, .. } => row.digest = erased(),
            // Who reads afterwards sees that it is gone.
            What::Observe { client: Client(0), row, seq: 3.., .. } => row.digest = erased(),
            _ => {}
        }
    }
    gone.retain(|record| !matches!(record.what, What::Shown { .. }));
    let forgotten = What::Forgotten { conversation: TALK };
    assert_eq!(check(&after([forgotten], gone.clone())).failed(), []);
    assert_eq!(check(&gone).failed(), [Check::C1, Check::C3, Check::C5]);
}

#[test]
fn c13_what_came_to_be_of_no_use_need_not_come() {
    let needless = |id| What::Needless { id, cause: ANSWER };
    assert_eq!(check(&mailed(&[needless(MAIL)])).failed(), []);
    assert_eq!(check(&mailed(&[needless(Id(9))])).failed(), [Check::C13], "another one was");
}
