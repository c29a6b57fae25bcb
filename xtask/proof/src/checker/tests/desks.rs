//! C10: who has what.

use super::super::{Check, check};
use crate::history::{Id, Lease, Record, What};

const EPOCH: Id = Id(0xe1);
const INBOX: Id = Id(0x11);
const VIVI: Id = Id(0xa1);
const WALT: Id = Id(0xa2);
const ANNA: Id = Id(0xb1);
const BEN: Id = Id(0xb2);

fn lease(token: u64) -> Lease {
    Lease { inbox: INBOX, token }
}

fn leased(token: u64) -> What {
    What::Leased { lease: lease(token), epoch: EPOCH }
}

fn decided(token: u64) -> What {
    What::Decided { lease: lease(token), epoch: EPOCH }
}

/// A conversation of a visitor, numbered; open.
fn stands(number: u128, visitor: Id, version: u32, assignee: Option<Id>) -> What {
    What::Stands {
        conversation: Id(number),
        epoch: EPOCH,
        inbox: INBOX,
        visitor,
        version,
        open: true,
        assignee,
        aside: false,
        by_desk: true,
    }
}

fn with(what: What, change: impl Fn(&mut What)) -> What {
    let mut what = what;
    change(&mut what);
    what
}

fn resolved(what: What) -> What {
    with(what, |what| {
        if let What::Stands { open, assignee, .. } = what {
            (*open, *assignee) = (false, None);
        }
    })
}

fn by_hand(what: What) -> What {
    with(what, |what| {
        if let What::Stands { by_desk, .. } = what {
            *by_desk = false;
        }
    })
}

fn told(earliest_ms: i64, latest_ms: i64) -> What {
    What::Told { conversation: Id(1), position: 1, earliest_ms, latest_ms }
}

/// Two agents who take one each, a desk under its first lease, and then this.
fn failed(then: &[What]) -> Vec<Check> {
    let capacity = |agent| What::Capacity { agent, capacity: 1 };
    let first = [capacity(ANNA), capacity(BEN), leased(1)];
    let all = first.into_iter().chain(then.iter().cloned());
    let history: Vec<Record> = all.map(|what| Record { at_ms: 0, what }).collect();
    check(&history).failed()
}

#[test]
fn a_desk_that_keeps_its_promise_is_clean() {
    let clean = [
        stands(1, VIVI, 0, None),
        told(0, 5_000),
        stands(1, VIVI, 1, Some(ANNA)),
        decided(1),
        stands(2, WALT, 0, None),
        stands(2, WALT, 1, Some(BEN)),
        // A stale desk whose lease is gone decides nothing more.
        leased(2),
        resolved(stands(1, VIVI, 2, None)),
        stands(3, VIVI, 0, None),
        stands(3, VIVI, 1, Some(ANNA)),
        decided(2),
        What::Waits { conversation: Id(4), inbox: Id(0x22) },
        What::Idle { agent: ANNA, inbox: INBOX },
    ];
    assert_eq!(failed(&clean), []);
}

#[test]
fn c10_a_version_goes_to_two() {
    let twice = [stands(1, VIVI, 1, Some(ANNA)), stands(1, VIVI, 1, Some(BEN))];
    assert_eq!(failed(&twice), [Check::C10]);
    assert_eq!(failed(&[stands(1, VIVI, 1, Some(ANNA)), stands(1, VIVI, 1, None)]), [Check::C10]);
    // Said twice, it is the same.
    assert_eq!(failed(&[stands(1, VIVI, 1, Some(ANNA)), stands(1, VIVI, 1, Some(ANNA))]), []);
}

#[test]
fn c10_a_version_goes_back() {
    assert_eq!(failed(&[stands(1, VIVI, 2, None), stands(1, VIVI, 1, None)]), [Check::C10]);
}

#[test]
fn c10_more_than_somebody_takes() {
    let both = [stands(1, VIVI, 1, Some(ANNA)), stands(2, WALT, 1, Some(ANNA))];
    assert_eq!(failed(&both), [Check::C10]);
    // By hand nobody counts; and what somebody has they keep when they take less.
    assert_eq!(failed(&both.clone().map(by_hand)), []);
    let less = [stands(1, VIVI, 1, Some(ANNA)), What::Capacity { agent: ANNA, capacity: 0 }];
    assert_eq!(failed(&less), []);
    // Unless it is counted: what stood at one moment, whoever did it in which order.
    let counted = both.clone().map(by_hand).into_iter().chain([What::Counted {}]);
    assert_eq!(failed(&counted.collect::<Vec<_>>()), [Check::C10]);
    // What is put aside does not count.
    let aside = with(both[0].clone(), |what| {
        if let What::Stands { aside, .. } = what {
            *aside = true;
        }
    });
    assert_eq!(failed(&[aside, both[1].clone()]), []);
    // What was resolved counts no more.
    let [first, second] = both;
    assert_eq!(failed(&[first, resolved(stands(1, VIVI, 2, None)), second]), []);
}

#[test]
fn c10_two_open_conversations_of_one_visitor() {
    let two = [stands(1, VIVI, 0, None), stands(2, VIVI, 0, None)];
    assert_eq!(failed(&two), [Check::C10]);
    let elsewhere = with(two[1].clone(), |what| {
        if let What::Stands { inbox, .. } = what {
            *inbox = Id(0x22);
        }
    });
    assert_eq!(failed(&[two[0].clone(), elsewhere]), []);
}

#[test]
fn c10_a_desk_decides_under_a_lease_that_another_has() {
    assert_eq!(failed(&[decided(1), leased(2), decided(2)]), []);
    assert_eq!(failed(&[leased(2), decided(1)]), [Check::C10]);
    assert_eq!(failed(&[leased(1)]), [Check::C10], "the same lease for two");
}

#[test]
fn c10_a_wait_below_zero() {
    for broken in [
        told(-1, 5),
        told(5, 4),
        with(told(1, 2), |what| {
            if let What::Told { position, .. } = what {
                *position = 0;
            }
        }),
    ] {
        assert_eq!(failed(&[broken]), [Check::C10]);
    }
}

#[test]
fn c10_somebody_waits_while_an_agent_is_free() {
    let waits = What::Waits { conversation: Id(1), inbox: INBOX };
    assert_eq!(failed(std::slice::from_ref(&waits)), []);
    assert_eq!(failed(&[What::Idle { agent: ANNA, inbox: INBOX }, waits]), [Check::C10]);
}

#[test]
fn a_restored_backup_begins_a_new_book() {
    let restored = |what: What| {
        with(what, |what| match what {
            What::Stands { epoch, .. } | What::Leased { epoch, .. } => *epoch = Id(0xe2),
            _ => {}
        })
    };
    let again = [stands(1, VIVI, 3, Some(ANNA)), leased(7), restored(stands(1, VIVI, 1, Some(BEN)))];
    assert_eq!(failed(&again), []);
    assert_eq!(failed(&[leased(7), restored(leased(2))]), []);
}
