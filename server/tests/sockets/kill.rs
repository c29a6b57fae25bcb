//! The promise, under the hardest fault one machine has: the process is killed in the middle of everything, again
//! and again. Whoever was told "I have it" finds it afterwards, once, at its place; what was not acknowledged is sent
//! again by the clients themselves.

use std::collections::{HashMap, HashSet};

use deskbell_shared::model::{Cmid, ConversationId, Entry, EntryBody, Seq};
use deskbell_shared::session::Input;

use crate::support::person::{History, Pass};
use crate::support::{PATIENCE, Person, Raw, Server};

/// How often the server is killed.
const ROUNDS: usize = 20;
/// Clients at work in each round, and what they must have achieved at the kill for the round to count.
const CLIENTS: usize = 260;
const CLIENTS_MIN: usize = 200;
const ACKED_MIN: usize = 2_000;
const IN_FLIGHT_MIN: usize = 50;
/// Messages each client writes: more than its allowance lets through at once, so that some always wait.
const MESSAGES: usize = 14;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut killed_in_flight = 0;
    for round in 0..ROUNDS {
        let people: Vec<Person> = (0..CLIENTS)
            .map(|n| Person::visitor(&server, &format!("visitor {n} of round {round}")))
            .collect();
        for person in &people {
            for n in 0..MESSAGES {
                person.writes(None, &format!("{n:03}"));
            }
        }
        let (clients, acked, in_flight) = at_work(&people).await;
        server.kill();
        assert!(
            clients >= CLIENTS_MIN && acked >= ACKED_MIN && in_flight >= IN_FLIGHT_MIN,
            "round {round} proves nothing: {clients} clients, {acked} acknowledged, {in_flight} in flight"
        );
        killed_in_flight += in_flight;
        let told: Vec<History> = people.iter().map(Person::history).collect();
        server.run().await;
        for person in &people {
            person.does(Input::Wake);
        }
        let mut fresh = Raw::agent(&server, &mia).await;
        for (person, told) in people.iter().zip(&told) {
            person.has_sent_everything().await;
            let conversation = person.conversation().await;
            let rows = fresh.transcript(conversation).await;
            check(&rows, told, &person.history());
            same(&rows, person, conversation);
        }
    }
    println!("{ROUNDS} kills, {killed_in_flight} messages in flight at them");
}

/// Waits until enough is acknowledged, and takes the moment.
async fn at_work(people: &[Person]) -> (usize, usize, usize) {
    let counted = async {
        loop {
            let counts: Vec<(usize, usize)> = people.iter().map(Person::counts).collect();
            let clients = counts.iter().filter(|(acked, _)| *acked > 0).count();
            let acked = counts.iter().map(|(acked, _)| acked).sum();
            let in_flight = counts.iter().map(|(_, in_flight)| in_flight).sum();
            if clients >= CLIENTS_MIN && acked >= ACKED_MIN {
                return (clients, acked, in_flight);
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.expect("the clients get to work")
}

/// What must hold for the rows of one conversation, whose author was told some things before the kill and some after.
fn check(rows: &[Entry], before: &History, after: &History) {
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == Seq(seq)), "a gap");
    let mut places: HashMap<Cmid, (Seq, &str)> = HashMap::new();
    for row in rows {
        if let EntryBody::Message { cmid, text } = &row.body {
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

/// What the author's own screen shows is what the store has.
fn same(rows: &[Entry], person: &Person, conversation: ConversationId) {
    let stored: Vec<&str> = rows
        .iter()
        .filter_map(|row| match &row.body {
            EntryBody::Message { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(person.texts(conversation), stored);
    assert!(matches!(person.pass(), Pass::Visitor { .. }));
}
