//! The table of transitions in the session's doc is what the session does.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::{Frame, Me, VERSION};
use deskbell_shared::session::*;

const DOC: &str = include_str!("../../src/session/mod.rs");

const STATES: [&str; 7] = ["off", "waiting", "ticketing", "connecting", "greeting", "live", "stopped"];

/// What happens, and how to make it happen on the attempt `link`.
type Happening = (&'static str, fn(u32) -> Input);

const HAPPENINGS: [Happening; 20] = [
    ("start", |_| Input::Start),
    ("stop", |_| Input::Stop),
    ("wake", |_| Input::Wake),
    ("offline", |_| Input::Online(false)),
    ("online", |_| Input::Online(true)),
    ("its time is over", |_| Input::Timer),
    ("ticket", |link| Input::Ticket { link, ticket: "t".into() }),
    ("no ticket: later", |link| failed(link, TicketFailure::Later { retry_after_ms: 0 })),
    ("no ticket: signed out", |link| failed(link, TicketFailure::SignedOut)),
    ("no ticket: not allowed", |link| failed(link, TicketFailure::NotAllowed)),
    ("opened", |link| Input::Opened { link }),
    ("welcome", |link| Input::Text { link, text: welcome(VERSION) }),
    ("welcome, other version", |link| Input::Text { link, text: welcome(VERSION + 1) }),
    ("goodbye", |link| Input::Text { link, text: Frame::Goodbye { reconnect_within_ms: 9 }.to_text() }),
    ("a frame that cannot be read", |link| Input::Text { link, text: "{\"frame\":\"beat\"}".into() }),
    ("closed 1006", |link| Input::Closed { link, code: 1006 }),
    ("closed 4000 to 4499", |link| Input::Closed { link, code: 4004 }),
    ("closed 4502", |link| Input::Closed { link, code: 4502 }),
    ("closed 4503", |link| Input::Closed { link, code: 4503 }),
    ("closed 4500 to 4999", |link| Input::Closed { link, code: 4999 }),
];

fn failed(link: u32, failure: TicketFailure) -> Input {
    Input::TicketFailed { link, failure }
}

fn welcome(version: u16) -> String {
    let me = Me::Visitor { id: VisitorId(1) };
    let (epoch, now) = (Epoch(1), UnixMillis(0));
    let (conversations, last_messages, service) = (vec![], None, None);
    Frame::Welcome { version, epoch, now, me, conversations, last_messages, told: None, service }.to_text()
}

/// A session and the number of its present attempt.
struct Probe {
    session: Session,
    link: u32,
    now: UnixMillis,
}

impl Probe {
    fn new() -> Probe {
        Probe { session: Session::new(Side::Visitor, 7), link: 0, now: UnixMillis(1_000_000) }
    }

    fn give(&mut self, input: Input) {
        self.session.handle(self.now, input).unwrap();
        while let Some(effect) = self.session.effect() {
            if let Effect::FetchTicket { link } = effect {
                self.link = link;
            }
        }
    }

    /// A session in the state of that name, by the shortest way.
    fn in_state(name: &str) -> Probe {
        let mut probe = Probe::new();
        if name == "off" {
            return probe;
        }
        probe.give(Input::Start);
        match name {
            "waiting" => {
                return {
                    probe.give(failed(probe.link, TicketFailure::Later { retry_after_ms: 60_000 }));
                    probe
                };
            }
            "stopped" => {
                return {
                    probe.give(failed(probe.link, TicketFailure::SignedOut));
                    probe
                };
            }
            _ => {}
        }
        for (at, input) in [(3, HAPPENINGS[6].1), (4, HAPPENINGS[10].1), (5, HAPPENINGS[11].1)] {
            if STATES.iter().position(|state| *state == name).unwrap() >= at {
                probe.give(input(probe.link));
            }
        }
        assert_eq!(probe.state(), name);
        probe
    }

    fn state(&self) -> &'static str {
        match self.session.state() {
            State::Off => "off",
            State::Waiting { .. } => "waiting",
            State::Ticketing { .. } => "ticketing",
            State::Connecting { .. } => "connecting",
            State::Greeting { .. } => "greeting",
            State::Live { .. } => "live",
            State::Stopped { .. } => "stopped",
        }
    }
}

fn after(state: &str, (name, input): &Happening) -> String {
    let mut probe = Probe::in_state(state);
    if *name == "its time is over" {
        if let Some(at) = probe.session.deadline() {
            probe.now = at;
        }
    } else if *name == "wake" || *name == "online" {
        // Past the time that the server asked for, before the time that the session has drawn.
        probe.now = UnixMillis(probe.now.0 + 60_000);
        if state != "waiting" {
            probe.now = UnixMillis(1_000_000);
        }
    }
    probe.give(input(probe.link));
    if probe.state() == state { "·".to_owned() } else { probe.state().to_owned() }
}

#[test]
fn the_doc_has_the_table_of_transitions() {
    let mut rows =
        vec![["what happens"].iter().chain(&STATES).map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    for happening in &HAPPENINGS {
        let cells = STATES.iter().map(|state| after(state, happening));
        rows.push([happening.0.to_owned()].into_iter().chain(cells).collect());
    }
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap()).collect();
    let mut table = String::new();
    for row in &rows {
        table.push_str("//!");
        for (cell, width) in row.iter().zip(&widths) {
            table.push_str(&format!(" | {cell:<width$}"));
        }
        table.push_str(" |\n");
    }
    assert!(DOC.contains(&table), "the table in session/mod.rs is not this one:\n{table}");
}
