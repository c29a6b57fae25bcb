//! The promise, under the hardest fault one machine has: the process is killed in the middle of everything, again
//! and again. Whoever was told "I have it" finds it afterwards, once, at its place; what was not acknowledged is sent
//! again by the clients themselves.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deskbell_shared::model::{Cmid, Entry, EntryBody, Seq};
use deskbell_shared::session::{Input, message_text};

use crate::support::crowd::{Counts, Crowd, History};
use crate::support::server::Program;
use crate::support::{Person, Raw, Server, patiently};

/// How often the server is killed.
const ROUNDS: usize = 20;
/// Clients at work in each round.
const CLIENTS: usize = 220;
/// Messages each client writes.
const MESSAGES: usize = 20;
/// What they must have achieved at the kill for the round to count.
const CLIENTS_MIN: usize = 200;
const ACKED_MIN: usize = 2_000;
const IN_FLIGHT_MIN: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut server = Server::start_with(Program::tireless()).await;
    let mia = server.agent("Mia").await;
    let mut struck = 0;
    for round in 0..ROUNDS {
        let crowd = Arc::new(Crowd::default());
        let name = |n| format!("visitor {n} of round {round}");
        let people: Vec<Person> = (0..CLIENTS).map(|n| Person::one_of(&crowd, &server, &name(n))).collect();
        for person in &people {
            person.is_live().await;
        }
        for person in &people {
            person.writes(None, "000");
            let conversation = person.conversation().await;
            (1..MESSAGES).for_each(|n| person.writes(Some(conversation), &format!("{n:03}")));
        }
        let at_work = |counts: Counts| {
            counts.people >= CLIENTS_MIN && counts.acked >= ACKED_MIN && counts.in_flight >= IN_FLIGHT_MIN
        };
        let counts = patiently("the clients are at work", crowd.until(at_work)).await;
        server.kill();
        struck += counts.in_flight;
        println!("round {round}: {counts:?}");
        let told: Vec<History> = people.iter().map(Person::history).collect();
        server.run().await;
        for person in &people {
            person.does(Input::Wake);
        }
        for person in &people {
            person.shows(person.conversation().await, MESSAGES).await;
        }
        let mut fresh = Raw::agent(&server, &mia).await;
        for (person, told) in people.iter().zip(&told) {
            let conversation = person.conversation().await;
            let rows = fresh.transcript(conversation).await;
            check(&rows, told, &person.history());
            assert_eq!(person.texts(conversation), texts(&rows), "the screen shows what the store has");
        }
    }
    println!("{ROUNDS} kills with {struck} messages in flight");
}

/// What must hold for the rows of one conversation, whose author was told some things before the kill and some after.
fn check(rows: &[Entry], before: &History, after: &History) {
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == Seq(seq)), "a gap");
    let mut places: HashMap<Cmid, (Seq, &str)> = HashMap::new();
    for row in rows {
        if let EntryBody::Message { cmid, text, .. } = &row.body {
            assert!(places.insert(*cmid, (row.seq, text)).is_none(), "twice: {cmid}");
        }
    }
    for (when, history) in [("before", before), ("after", after)] {
        for (cmid, (seq, text)) in &history.acked {
            assert_eq!(
                places.get(cmid),
                Some(&(*seq, text.as_str())),
                "acknowledged {when} the kill and not there"
            );
        }
    }
    let written: HashSet<Cmid> = after.sent.iter().map(|(cmid, _)| *cmid).collect();
    assert!(places.keys().all(|cmid| written.contains(cmid)), "a message that nobody wrote");
    let order: Vec<Cmid> = after.sent.iter().map(|(cmid, _)| *cmid).collect();
    let stored: Vec<Cmid> = rows.iter().filter_map(|row| cmid_of(&row.body)).collect();
    assert_eq!(stored, order, "not in the order written");
    assert_eq!(stored.len(), MESSAGES);
}

fn cmid_of(body: &EntryBody) -> Option<Cmid> {
    match body {
        EntryBody::Message { cmid, .. } => Some(*cmid),
        _ => None,
    }
}

fn texts(rows: &[Entry]) -> Vec<&str> {
    rows.iter().filter_map(message_text).collect()
}
