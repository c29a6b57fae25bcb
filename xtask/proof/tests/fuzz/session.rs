//! A session among frames that nobody wrote: it never panics, never shows a hole, asks a bounded number of things,
//! and forgets no message that the server has not answered about.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use arbitrary::{Result, Unstructured};
use deskbell_shared::model::{Cmid, Seq, Side, UnixMillis};
use deskbell_shared::session::{Effect, Input, OutboxRow, Session, State, TicketFailure};

use super::corpus::Corpus;

/// Things that one input may ask of the driver. More is a loop.
const EFFECTS_MAX: usize = 200;
const STEPS_MAX: usize = 24;
/// How the snapshot of an answer with rows begins.
const PAGE: &str = "{\"frame\":\"page\",\"id\"";

/// Inputs after which rows were on the screen: a loop that never got so far has tried nothing.
static SHOWN: AtomicU64 = AtomicU64::new(0);

struct Driver {
    session: Session,
    now: UnixMillis,
    link: u32,
    /// What the outbox was told to keep.
    stored: BTreeMap<Cmid, OutboxRow>,
    discarded: BTreeSet<Cmid>,
    answers: Vec<Input>,
    /// The number of the last command, so that some answers fit.
    asked: String,
    way: DefaultHasher,
    last_text: String,
}

pub fn attempt(random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<Option<(u64, String)>> {
    let side = if random.arbitrary()? { Side::Visitor } else { Side::Staff };
    let mut driver = Driver {
        session: Session::new(side, random.arbitrary()?),
        now: UnixMillis(1_800_000_000_000),
        link: 0,
        stored: BTreeMap::new(),
        discarded: BTreeSet::new(),
        answers: Vec::new(),
        asked: String::new(),
        way: DefaultHasher::new(),
        last_text: String::new(),
    };
    driver.give(Input::Restored { outbox: Vec::new(), cached: Vec::new(), kept: random.arbitrary()? });
    driver.give(Input::Start);
    if random.ratio(4, 5)? {
        driver.go_live(corpus);
    }
    for _ in 0..random.int_in_range(4..=STEPS_MAX)? {
        let Ok(input) = driver.next_input(random, corpus) else { break };
        driver.give(input);
    }
    let shows = driver.session.conversations().iter().any(|it| !it.rows().is_empty());
    SHOWN.fetch_add(shows.into(), Ordering::Relaxed);
    Ok(Some((driver.way.finish(), driver.last_text)))
}

/// Panics when no session ever showed a row.
pub fn assert_meant_something() {
    let shown = SHOWN.load(Ordering::Relaxed);
    println!("{shown} of the sessions showed rows");
    assert!(shown > 1_000, "the sessions never come to life");
}

impl Driver {
    fn next_input(&mut self, random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<Input> {
        self.now = UnixMillis(self.now.0 + random.int_in_range(0..=3_000)?);
        // Mostly the driver does its work, so that frames find a session that listens.
        if !self.answers.is_empty() && random.int_in_range(0..=3u8)? > 0 {
            return Ok(self.answers.remove(0));
        }
        let link = self.link;
        let conversation = self.session.conversations().first().map(|it| it.id);
        Ok(match (random.int_in_range(0..=20u8)?, conversation) {
            (0, _) => Input::Write { conversation, text: "hello".into(), random: random.arbitrary()? },
            (1, _) => Input::Closed { link, code: random.arbitrary()? },
            (2, _) => {
                self.now = self.session.deadline().map_or(self.now, |at| self.now.max(at));
                Input::Timer
            }
            (3, _) => Input::Elected { outbox: self.stored.values().cloned().collect() },
            (4, Some(conversation)) => {
                Input::Seen { conversation, read: Seq(random.arbitrary::<u8>()?.into()) }
            }
            (5, Some(conversation)) => Input::Resolve { conversation },
            (6, Some(conversation)) => Input::LoadOlder { conversation },
            (7, Some(conversation)) => Input::Watch { conversation },
            (8, _) if !self.stored.is_empty() => {
                let known: Vec<_> = self.stored.keys().copied().collect();
                let cmid = *random.choose(&known)?;
                self.discarded.insert(cmid);
                Input::Discard { cmid }
            }
            _ => {
                self.last_text = self.frame(random, corpus)?;
                Input::Text { link, text: self.last_text.clone() }
            }
        })
    }

    /// What happens on a good day.
    fn go_live(&mut self, corpus: &Corpus) {
        while matches!(self.session.state(), State::Ticketing { .. } | State::Connecting { .. }) {
            let answer = self.answers.remove(0);
            self.give(answer);
        }
        self.give(Input::Text { link: self.link, text: self.welcome(corpus) });
        if let Some(conversation) = self.session.conversations().first().map(|it| it.id) {
            self.give(Input::Watch { conversation });
            let page = with_id(&corpus.containing(PAGE), &self.asked);
            self.give(Input::Text { link: self.link, text: page });
        }
    }

    fn welcome(&self, corpus: &Corpus) -> String {
        let is = if self.session.side() == Side::Visitor { "visitor" } else { "agent" };
        corpus.containing(&format!("\"me\":{{\"is\":\"{is}\""))
    }

    /// Something that the server says: mostly what fits, or the session is never live.
    fn frame(&self, random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<String> {
        let live = matches!(self.session.state(), State::Live { .. });
        if !live && random.ratio(3, 4)? {
            return Ok(self.welcome(corpus));
        }
        let text = match random.int_in_range(0..=2u8)? {
            0 => corpus.changed(random)?,
            1 => corpus.pick(random)?.to_owned(),
            _ => corpus.containing(PAGE),
        };
        let fits = random.ratio(2, 3)?;
        Ok(if fits { with_id(&text, &self.asked) } else { text })
    }

    fn give(&mut self, input: Input) {
        if matches!(input, Input::Text { .. }) {
            // A way is how a session in this state takes this frame.
            self.way = DefaultHasher::new();
            std::mem::discriminant(self.session.state()).hash(&mut self.way);
        }
        let _ = self.session.handle(self.now, input);
        let mut count = 0;
        while let Some(effect) = self.session.effect() {
            count += 1;
            assert!(count <= EFFECTS_MAX, "one input asks for more than {EFFECTS_MAX} things");
            if matches!(effect, Effect::Changed(_) | Effect::CloseSocket { .. } | Effect::SendText { .. }) {
                std::mem::discriminant(&effect).hash(&mut self.way);
            }
            self.perform(effect);
        }
        for conversation in self.session.conversations() {
            let rows = conversation.rows();
            assert!(rows.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()), "a hole on the screen");
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::FetchTicket { link } => {
                self.link = link;
                self.answers.push(match link % 5 {
                    0 => Input::TicketFailed { link, failure: TicketFailure::Later { retry_after_ms: 10 } },
                    _ => Input::Ticket { link, ticket: "ticket".into() },
                });
            }
            Effect::Connect { link } => self.answers.push(Input::Opened { link }),
            Effect::SaveOutbox(row) => {
                let cmid = row.cmid;
                self.stored.insert(cmid, row);
                self.answers.push(Input::Saved { cmid, kept: cmid.0 % 7 != 0 });
            }
            Effect::SendText { text, .. } => {
                if let Some((_, rest)) = text.split_once("\"id\":") {
                    self.asked = rest.chars().take_while(char::is_ascii_digit).collect();
                }
            }
            Effect::ForgetOutbox(cmid) => {
                let row = self.stored.remove(&cmid);
                let answered = row.is_none_or(|row| row.decided());
                assert!(answered || self.discarded.contains(&cmid), "an unanswered message was forgotten");
            }
            Effect::SeekElection => {
                self.answers.push(Input::Elected { outbox: self.stored.values().cloned().collect() });
            }
            _ => {}
        }
    }
}

/// The frame as the answer to another command.
fn with_id(text: &str, id: &str) -> String {
    match text.split_once("\"id\":") {
        Some((before, rest)) if rest.starts_with(|c: char| c.is_ascii_digit()) && !id.is_empty() => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            [before, "\"id\":", id, rest].concat()
        }
        _ => text.to_owned(),
    }
}
