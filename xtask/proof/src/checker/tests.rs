//! Each check fails on a history that breaks its promise and nothing else.

mod desks;
mod notes;

use super::{Check, check};
use crate::history::{Client, Id, Record, Row, Side, What, digest, read, window_digest, write};

const TALK: Id = Id(0x70);
const EPOCH: Id = Id(0xe1);
const VIVI: Id = Id(0xa1);
const ANNA: Id = Id(0xb1);

/// A history with the ends of two people who said two things each, in turns. Everything in it is as promised.
fn kept() -> Vec<Record> {
    let mut history = Vec::new();
    let mut log = Vec::new();
    for seq in 1..=4u64 {
        let (client, author, side) =
            if seq % 2 == 1 { (0, VIVI, Side::Visitor) } else { (1, ANNA, Side::Staff) };
        let (client, cmid) = (Client(client), Id(u128::from(seq)));
        let row = Row { cmid: Some(cmid), author: Some(author), digest: digest(&seq.to_string()) };
        history.push(What::Invoke {
            client,
            conversation: TALK,
            cmid,
            author,
            lane: client.0,
            digest: row.digest,
            note: false,
        });
        history.push(What::Ack { client, conversation: TALK, cmid, epoch: EPOCH, side, seq });
        for (client, side) in [(0, Side::Visitor), (1, Side::Staff)] {
            history.push(What::Observe {
                client: Client(client),
                conversation: TALK,
                epoch: EPOCH,
                side,
                seq,
                row,
            });
        }
        log.push((seq, row));
    }
    history.push(What::Healed {});
    history.extend([0, 1].map(|client| What::Quiet { client: Client(client), waiting: 0 }));
    for (seq, row) in &log {
        history.push(What::Log {
            conversation: TALK,
            epoch: EPOCH,
            seq: *seq,
            visitor_seq: Some(*seq),
            row: *row,
        });
    }
    let digest = window_digest(log.iter().map(|(_, row)| row));
    for (client, fresh) in [(0, false), (9, true)] {
        history.push(What::Shown {
            client: Client(client),
            conversation: TALK,
            side: Side::Visitor,
            first: 1,
            last: 4,
            digest,
            fresh,
        });
    }
    history.push(What::Presence { person: VIVI, shown: true, truth: true });
    history.push(node(10));
    (0..).step_by(100).zip(history).map(|(at_ms, what)| Record { at_ms, what }).collect()
}

fn node(resident_bytes: u64) -> What {
    What::Node { resident_bytes, resident_bytes_max: 20, descriptors: 3, descriptors_max: 5 }
}

/// The same history with some of it changed.
fn with(change: impl Fn(&mut What)) -> Vec<Record> {
    let mut history = kept();
    history.iter_mut().for_each(|record| change(&mut record.what));
    history
}

fn without(gone: impl Fn(&What) -> bool) -> Vec<Record> {
    let mut history = kept();
    history.retain(|record| !gone(&record.what));
    history
}

fn fails(history: &[Record], checks: &[Check]) {
    let verdict = check(history);
    assert_eq!(verdict.failed(), checks, "{verdict}");
}

#[test]
fn a_kept_promise_is_clean() {
    let verdict = check(&kept());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.acknowledged, verdict.lost, verdict.doubled, verdict.reordered), (4, 0, 0, 0));
    assert_eq!(verdict.recovery_ms_max, Some(200));
}

#[test]
fn c1_an_acknowledged_message_is_gone() {
    // The last one, and nobody saw it: nothing else is wrong.
    let gone = |what: &What| match what {
        What::Log { seq, .. } | What::Observe { seq, .. } => *seq == 4,
        _ => false,
    };
    let mut history = without(gone);
    let rest: Vec<Row> = history.iter().filter_map(logged).collect();
    for record in &mut history {
        if let What::Shown { last, digest, .. } = &mut record.what {
            (*last, *digest) = (3, window_digest(&rest));
        }
    }
    fails(&history, &[Check::C1]);
    assert_eq!(check(&history).lost, 1);
}

#[test]
fn c1_an_ack_names_another_place() {
    fails(
        &with(|what| {
            if let What::Ack { seq, .. } = what
                && *seq == 4
            {
                *seq = 5
            }
        }),
        &[Check::C1],
    );
}

#[test]
fn c2_a_message_is_there_twice() {
    let mut history = kept();
    let again = history.iter().filter_map(logged).next_back().expect("a row");
    let log = |seq| What::Log { conversation: TALK, epoch: EPOCH, seq, visitor_seq: Some(seq), row: again };
    history.push(Record { at_ms: 9_999, what: log(5) });
    let failed = check(&history).failed();
    // Its first ack names the first place, and nobody has been shown the second.
    assert!(failed.contains(&Check::C2), "{failed:?}");
    assert_eq!(check(&history).doubled, 1);
}

#[test]
fn c3_a_phantom() {
    let is_first = |what: &What| matches!(what, What::Invoke { cmid, .. } if *cmid == Id(1));
    fails(&without(is_first), &[Check::C3]);
}

#[test]
fn c3_another_author() {
    let stolen = |what: &mut What| {
        if let What::Invoke { cmid: Id(2), author, .. } = what {
            *author = VIVI
        }
    };
    fails(&with(stolen), &[Check::C3]);
}

#[test]
fn c4_a_hole_in_the_log() {
    let shifted = |what: &mut What| {
        if let What::Log { visitor_seq, .. } = what {
            *visitor_seq = visitor_seq.map(|seq| if seq == 4 { 5 } else { seq });
        }
    };
    assert!(check(&with(shifted)).failed().contains(&Check::C4));
}

#[test]
fn c5_a_hole_on_a_screen() {
    let skipped = |what: &What| matches!(what, What::Observe { client: Client(1), seq: 3, .. });
    fails(&without(skipped), &[Check::C5]);
}

#[test]
fn c5_another_row_on_a_screen() {
    let other = |what: &mut What| {
        if let What::Observe { client: Client(1), seq: 3, row, .. } = what {
            row.digest = 7;
        }
    };
    fails(&with(other), &[Check::C5]);
}

#[test]
fn c6_written_after_and_stands_before() {
    // Everything the visitor wrote was written at the end, and stands where it stood.
    let mut history = kept();
    let at = history.iter().position(|record| matches!(record.what, What::Healed {})).expect("healing");
    let late = history.iter().position(|r| matches!(r.what, What::Invoke { cmid: Id(3), .. })).expect("it");
    let record = history.remove(late);
    history.insert(at - 1, record);
    fails(&history, &[Check::C6]);
}

#[test]
fn c7_one_outbox_out_of_order() {
    // Written before anything was acknowledged, so that only the order of the outbox is broken.
    let mut history = kept();
    for cmid in [1, 3] {
        let at =
            history.iter().position(|r| matches!(r.what, What::Invoke { cmid: Id(it), .. } if it == cmid));
        let record = history.remove(at.expect("it"));
        history.insert(0, record);
    }
    fails(&history, &[Check::C7]);
}

#[test]
fn c7_excuses_what_follows_a_refusal_that_was_lost_with_its_page_and_nothing_else() {
    // The visitor wrote the third before the first, and all before anything was acknowledged.
    let turned = || {
        let mut history = kept();
        for cmid in [1, 3] {
            let it = |r: &Record| matches!(r.what, What::Invoke { cmid: Id(it), .. } if it == cmid);
            let at = history.iter().position(it).expect("it");
            let record = history.remove(at);
            history.insert(0, record);
        }
        history
    };
    let of = Client(8);
    let refused = |cmid| What::Refuse { client: of, cmid: Id(cmid), code: "not_allowed".into() };
    let lost_sight = |cmid| What::Timeout { client: Client(0), cmid: Id(cmid) };
    let gone = What::Gone { client: of };
    assert_eq!(check(&after([refused(3), gone.clone(), lost_sight(3)], turned())).failed(), []);
    for first in [
        vec![refused(3)],
        vec![gone.clone(), lost_sight(3)],
        vec![refused(3), lost_sight(3)],
        vec![lost_sight(3), refused(3), gone.clone()],
        // What stands too early is the one that was not refused.
        vec![refused(1), gone, lost_sight(1)],
    ] {
        assert_eq!(check(&after(first.clone(), turned())).failed(), [Check::C7], "{first:?}");
    }
}

#[test]
fn c8_a_cursor_goes_back() {
    let again = |record: &Record| matches!(record.what, What::Observe { client: Client(0), seq: 2, .. });
    let mut history = kept();
    let record = history.iter().find(|record| again(record)).expect("it").clone();
    let at = history.iter().position(|record| matches!(record.what, What::Healed {})).expect("healing");
    history.insert(at, record.clone());
    fails(&history, &[Check::C8]);

    // Not even by forgetting what was there.
    history.insert(at, Record { at_ms: 0, what: What::Reset { client: Client(0), conversation: TALK } });
    fails(&history, &[Check::C8]);
}

#[test]
fn c9_not_at_the_head() {
    fails(
        &with(|what| {
            if let What::Shown { last, fresh: false, .. } = what {
                *last = 3
            }
        }),
        &[Check::C9],
    );
    fails(
        &with(|what| {
            if let What::Shown { digest, .. } = what {
                *digest = 1
            }
        }),
        &[Check::C9],
    );
    fails(
        &with(|what| {
            if let What::Quiet { waiting, .. } = what {
                *waiting = 1
            }
        }),
        &[Check::C9],
    );
    fails(&without(|what| matches!(what, What::Quiet { client: Client(1), .. })), &[Check::C9]);
    let mut late = kept();
    for record in &mut late {
        if matches!(record.what, What::Quiet { .. }) {
            record.at_ms += 60_000;
        }
    }
    fails(&late, &[Check::C9]);
}

#[test]
fn c11_shown_as_there() {
    fails(
        &with(|what| {
            if let What::Presence { truth, .. } = what {
                *truth = false
            }
        }),
        &[Check::C11],
    );
}

#[test]
fn c14_too_much() {
    fails(
        &with(|what| {
            if let What::Node { .. } = what {
                *what = node(21)
            }
        }),
        &[Check::C14],
    );
}

#[test]
fn a_restored_backup_is_another_lineage() {
    // Acknowledged in the old lineage, offered again: it may stand anywhere, but it has to be there.
    let old = |what: &mut What| match what {
        What::Ack { epoch, seq, .. } => (*epoch, *seq) = (Id(0xe0), *seq + 10),
        What::Observe { epoch, .. } => *epoch = Id(0xe0),
        _ => {}
    };
    let history = with(old);
    assert!(check(&history).is_clean(), "{}", check(&history));
    let mut lost = history;
    lost.retain(|record| !matches!(record.what, What::Log { seq: 4, .. }));
    assert!(check(&lost).failed().contains(&Check::C1));

    // Refused when it was offered again, its author knows. Refused before it was acknowledged says nothing.
    let refused = What::Refuse { client: Client(1), cmid: Id(4), code: "not_allowed".into() };
    assert!(check(&after([refused.clone()], lost.clone())).failed().contains(&Check::C1));
    lost.push(Record { at_ms: 9_999, what: refused });
    assert!(!check(&lost).failed().contains(&Check::C1));
}

#[test]
fn a_history_survives_its_file() {
    let mut file = Vec::new();
    write(&kept(), &mut file).expect("writing");
    assert_eq!(read(&file[..]).expect("reading"), kept());
    let torn = &file[..file.len() - 10];
    assert!(read(torn).expect_err("a torn line").to_string().contains("is no record"));
}

fn logged(record: &Record) -> Option<Row> {
    match record.what {
        What::Log { row, .. } => Some(row),
        _ => None,
    }
}

/// The history with records put at its beginning.
fn after(first: impl IntoIterator<Item = What>, mut history: Vec<Record>) -> Vec<Record> {
    let first: Vec<Record> = first.into_iter().map(|what| Record { at_ms: 0, what }).collect();
    history.splice(0..0, first);
    history
}

fn opened() -> [What; 2] {
    [(0, VIVI), (1, ANNA)].map(|(client, person)| What::Opened {
        client: Client(client),
        person,
        lane: client,
    })
}

fn allowed(person: Id, may: bool) -> What {
    What::Allowed { person, conversation: TALK, may }
}

pub(super) fn invoke(cmid: Id, author: Id, note: bool) -> What {
    What::Invoke { client: Client(0), conversation: TALK, cmid, author, lane: 0, digest: 1, note }
}

#[test]
fn c12_shown_to_somebody_who_may_not_see_it() {
    let [vivi, anna] = opened();
    let both = [allowed(VIVI, true), allowed(ANNA, true)];
    assert_eq!(check(&after([vivi.clone(), anna.clone()].into_iter().chain(both), kept())).failed(), []);
    assert_eq!(
        check(&after([vivi.clone(), anna.clone(), allowed(VIVI, true)], kept())).failed(),
        [Check::C12]
    );
    // What was under way when a right was lost may still be shown; what comes long after may not.
    let lost = after([vivi, anna, allowed(VIVI, true), allowed(ANNA, false)], kept());
    assert_eq!(check(&lost).failed(), []);
    let mut late = lost;
    late.iter_mut().skip(4).for_each(|record| record.at_ms += 60_000);
    assert_eq!(check(&late).failed(), [Check::C12]);
}

#[test]
fn c9_a_message_vanishes_from_an_outbox_that_is_still_open() {
    let cmid = Id(0x99);
    let written = invoke(cmid, VIVI, false);
    let rights = [allowed(VIVI, true), allowed(ANNA, true)];
    let first = || opened().into_iter().chain(rights.clone()).chain([written.clone()]);
    assert_eq!(check(&after(first(), kept())).failed(), [Check::C9]);
    let refused = What::Refuse { client: Client(0), cmid, code: "invalid".into() };
    assert_eq!(check(&after(first().chain([refused]), kept())).failed(), []);
}

#[test]
fn c9_two_clients_show_different_states() {
    let state = |client, digest| What::State {
        client: Client(client),
        conversation: TALK,
        side: Side::Visitor,
        digest,
    };
    assert_eq!(check(&after([state(0, 7), state(9, 7)], kept())).failed(), []);
    assert_eq!(check(&after([state(0, 7), state(9, 8)], kept())).failed(), [Check::C9]);
}

#[test]
fn c2_in_two_conversations_only_where_a_device_lost_sight_of_it() {
    let twice = |history: Vec<Record>| {
        let row = history.iter().find_map(|record| match record.what {
            What::Log { row, .. } => Some(row),
            _ => None,
        });
        let copy = row.map(|row| What::Log {
            conversation: Id(0x71),
            epoch: EPOCH,
            seq: 1,
            visitor_seq: Some(1),
            row,
        });
        let mut history = history;
        history.extend(copy.map(|what| Record { at_ms: 9_999, what }));
        history
    };
    assert_eq!(check(&twice(kept())).failed(), [Check::C2]);
    let lost_sight = What::Timeout { client: Client(0), cmid: Id(1) };
    assert_eq!(check(&twice(after([lost_sight.clone()], kept()))).failed(), []);
    // Not when it is said after both were seen: something else sent it twice.
    let ack = |conversation| What::Ack {
        client: Client(0),
        conversation,
        cmid: Id(1),
        epoch: EPOCH,
        side: Side::Visitor,
        seq: 1,
    };
    let first = vec![ack(TALK), lost_sight.clone(), ack(Id(0x71))];
    assert!(!check(&twice(after(first, kept()))).failed().contains(&Check::C2));
    let first = vec![ack(TALK), ack(Id(0x71)), lost_sight];
    assert!(check(&twice(after(first, kept()))).failed().contains(&Check::C2));
}

const ANSWER: Id = Id(0x2);
const MAIL: Id = Id(0xe0a11);

/// The kept history with a mail owed for an answer, and what came of it.
fn mailed(came: &[What]) -> Vec<Record> {
    let mut history = kept();
    let mail = [What::Owed { cause: ANSWER, id: MAIL }].into_iter().chain(came.iter().cloned());
    history.extend(mail.map(|what| Record { at_ms: 10_000, what }));
    history
}

#[test]
fn a_side_effect_comes_at_least_once_under_one_id() {
    let came = |id, given_up| What::Delivered { id, cause: ANSWER, given_up };
    assert!(check(&mailed(&[came(MAIL, false)])).is_clean());
    assert!(
        check(&mailed(&[came(MAIL, false), came(MAIL, false)])).is_clean(),
        "twice under one id is allowed"
    );
    assert!(check(&mailed(&[came(MAIL, true)])).is_clean(), "given up in sight");
    let broken = [
        ("lost", mailed(&[])),
        ("under another id", mailed(&[came(Id(9), false), came(MAIL, false)])),
        ("owed under two ids", mailed(&[What::Owed { cause: ANSWER, id: Id(9) }, came(MAIL, false)])),
        (
            "of nothing",
            mailed(&[came(MAIL, false), What::Delivered { id: MAIL, cause: Id(7), given_up: false }]),
        ),
    ];
    for (how, history) in broken {
        assert_eq!(check(&history).failed(), [Check::C13], "{how}");
    }
}
