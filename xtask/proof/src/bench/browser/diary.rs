//! What the bench did at the browsers and saw on their pages, and the history that follows from it once the store can
//! be read: a page shows texts and no ids, so every text is typed once and found again by its digest.
//!
//! What can be decided from outside, and what cannot:
//! - Shown as sent (or further) is an ack: it has to be in the log.
//! - Shown as on its way, shown by another page than the one it was typed into, or seen in the browser's storage:
//!   storage had it, so it has to come by itself, whatever happens to the page.
//! - Typed into a page that ended before any of that was seen: nobody outside can know whether storage had it. It may
//!   be missing (`Timeout`), but not twice.
//! - Typed into a page that is still there: it has to come.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use crate::history::{Client, Id, Record, Row, Side, What, digest, window_digest};

/// A message as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// The key of the words beside it: `mark_queued`, `mark_sending`, `mark_sent`, …
    pub mark: String,
}

impl Line {
    /// Whether the page says that the server has it.
    pub fn is_sent(&self) -> bool {
        matches!(self.mark.as_str(), "mark_sent" | "mark_received" | "mark_read")
    }
}

/// A message that was typed.
struct Said {
    person: usize,
    page: Client,
    lane: u32,
    /// Storage had it, as far as can be seen from outside.
    kept: bool,
    /// Its page ended before that could be seen.
    unsure: bool,
    /// Every page was at rest with it.
    settled: bool,
}

enum Note {
    Plain(What),
    Typed(String),
    Sent(Client, String),
    /// All rows of a page at rest.
    Rows(Client, Vec<String>),
    /// The same at the very end; whether the page was opened for it.
    End(Client, Vec<String>, bool),
}

/// The diary of one run.
pub struct Diary {
    began: Instant,
    notes: Vec<(u64, Note)>,
    said: BTreeMap<String, Said>,
    shown_as_sent: HashSet<(Client, String)>,
    pages: u32,
}

impl Diary {
    /// An empty one.
    pub fn new() -> Diary {
        Diary {
            began: Instant::now(),
            notes: Vec::new(),
            said: BTreeMap::new(),
            shown_as_sent: HashSet::new(),
            pages: 0,
        }
    }

    fn note(&mut self, note: Note) {
        self.notes.push((self.began.elapsed().as_millis() as u64, note));
    }

    /// Something that needs no row of the store.
    pub fn tell(&mut self, what: What) {
        self.note(Note::Plain(what));
    }

    /// A page of somebody was opened.
    pub fn opened(&mut self, person: usize, lane: u32) -> Client {
        let client = Client(self.pages);
        self.pages += 1;
        self.tell(What::Opened { client, person: id_of(person), lane });
        client
    }

    /// A page ended.
    pub fn gone(&mut self, page: Client) {
        for said in self.said.values_mut().filter(|said| said.page == page && !said.kept) {
            said.unsure = true;
        }
        self.tell(What::Gone { client: page });
    }

    /// A text that nobody has typed yet, about to be typed.
    pub fn types(&mut self, person: usize, page: Client, lane: u32) -> String {
        let number = self.said.len();
        let text = format!("{number:04} said by {person} on page {}", page.0);
        self.said
            .insert(text.clone(), Said { person, page, lane, kept: false, unsure: false, settled: false });
        self.note(Note::Typed(text.clone()));
        text
    }

    /// What a page shows now.
    pub fn sees(&mut self, page: Client, lines: &[Line]) {
        for line in lines {
            let Some(said) = self.said.get_mut(&line.text) else { continue };
            // A page that was told by another, or read it, shows what was stored: only then others are told.
            if line.is_sent() || line.mark == "mark_sending" || said.page != page {
                said.kept = true;
            }
            if line.is_sent() && self.shown_as_sent.insert((page, line.text.clone())) {
                self.note(Note::Sent(page, line.text.clone()));
            }
        }
    }

    /// What the browser of somebody has in its storage.
    pub fn finds_stored(&mut self, person: usize, stored: &str) {
        for (_, said) in self.said.iter_mut().filter(|(text, _)| stored.contains(text.as_str())) {
            said.kept |= said.person == person;
        }
    }

    /// Whether everything typed into a page is known to have been stored.
    pub fn all_kept(&self, page: Client) -> bool {
        self.said.values().filter(|said| said.page == page).all(|said| said.kept)
    }

    /// What has to come and was not yet seen at rest.
    pub fn awaited(&self, person: usize) -> Vec<&str> {
        let waits = |said: &Said| said.person == person && !said.settled && (said.kept || !said.unsure);
        self.said.iter().filter(|(_, said)| waits(said)).map(|(text, _)| text.as_str()).collect()
    }

    /// A page at rest shows these rows.
    pub fn at_rest(&mut self, page: Client, lines: &[Line]) {
        let texts: Vec<String> = lines.iter().map(|line| line.text.clone()).collect();
        for text in &texts {
            if let Some(said) = self.said.get_mut(text) {
                said.settled = true;
            }
        }
        self.note(Note::Rows(page, texts));
    }

    /// A page at the end: what it shows, and that nothing waits there.
    pub fn ends(&mut self, page: Client, lines: &[Line], fresh: bool) {
        let waiting = lines.iter().filter(|line| !line.is_sent()).count() as u32;
        self.tell(What::Quiet { client: page, waiting });
        self.note(Note::End(page, lines.iter().map(|line| line.text.clone()).collect(), fresh));
    }

    /// What was typed that begins so: a draft that comes back may be from the middle of the typing.
    pub fn typed_from(&self, start: &str) -> impl Iterator<Item = &str> {
        self.said.keys().map(String::as_str).filter(move |text| text.starts_with(start))
    }

    /// Messages typed so far.
    pub fn said(&self) -> usize {
        self.said.len()
    }

    /// Messages of which nobody outside can know whether they had to come.
    pub fn unsure(&self) -> usize {
        self.said.values().filter(|said| said.unsure && !said.kept).count()
    }

    /// The history, with what the store holds at the end.
    pub fn history(self, log: Vec<What>) -> Vec<Record> {
        let index = Index::of(&log, &self.said);
        let mut history: Vec<Record> = Vec::new();
        for (person, conversation) in &index.conversations {
            let what = What::Allowed { person: id_of(*person), conversation: *conversation, may: true };
            history.push(Record { at_ms: 0, what });
        }
        let mut last: HashMap<Client, u64> = HashMap::new();
        let mut at_ms = 0;
        for (at, note) in self.notes {
            at_ms = at;
            let records = match note {
                Note::Plain(what) => vec![what],
                Note::Typed(text) => index.invoke(&text, &self.said[&text]),
                Note::Sent(client, text) => vec![index.ack(client, &text)],
                Note::Rows(client, texts) => index.observe(client, &texts, &mut last),
                Note::End(client, texts, fresh) => {
                    let mut records = index.observe(client, &texts, &mut last);
                    records.extend(index.shown(client, &texts, fresh));
                    records
                }
            };
            history.extend(records.into_iter().map(|what| Record { at_ms, what }));
        }
        history.extend(log.into_iter().map(|what| Record { at_ms, what }));
        history
    }
}

/// People are numbered; the server's own ids for them stand in the log only.
fn id_of(person: usize) -> Id {
    Id(person as u128 + 1)
}

#[derive(Clone, Copy)]
struct Stored {
    conversation: Id,
    epoch: Id,
    seq: u64,
    row: Row,
}

/// The store by what was typed.
struct Index {
    by_digest: HashMap<u64, Stored>,
    /// Of each person, the conversation and the id they write under.
    conversations: BTreeMap<usize, Id>,
    authors: BTreeMap<usize, Id>,
}

impl Index {
    fn of(log: &[What], said: &BTreeMap<String, Said>) -> Index {
        let mut index =
            Index { by_digest: HashMap::new(), conversations: BTreeMap::new(), authors: BTreeMap::new() };
        for what in log {
            if let What::Log { conversation, epoch, visitor_seq: Some(seq), row, .. } = *what {
                // The first one counts; a second one under another id was never written, and is told so.
                index.by_digest.entry(row.digest).or_insert(Stored { conversation, epoch, seq, row });
            }
        }
        for (text, said) in said {
            if let Some(stored) = index.by_digest.get(&digest(text)).copied() {
                index.conversations.entry(said.person).or_insert(stored.conversation);
                if let Some(author) = stored.row.author {
                    index.authors.entry(said.person).or_insert(author);
                }
            }
        }
        index
    }

    fn find(&self, text: &str) -> Option<&Stored> {
        self.by_digest.get(&digest(text))
    }

    /// A message that is not in the store has an id that nothing else has.
    fn cmid(&self, text: &str) -> Id {
        let own = Id(u128::from(digest(text)));
        self.find(text).and_then(|stored| stored.row.cmid).unwrap_or(own)
    }

    fn invoke(&self, text: &str, said: &Said) -> Vec<What> {
        let Said { person, page: client, lane, .. } = *said;
        let conversation = self.conversations.get(&person).copied().unwrap_or(Id(0));
        let author = self.authors.get(&person).copied().unwrap_or(Id(0));
        let cmid = self.cmid(text);
        let invoke =
            What::Invoke { client, conversation, cmid, author, lane, digest: digest(text), note: false };
        let excused = self.find(text).is_none() && said.unsure && !said.kept;
        std::iter::once(invoke).chain(excused.then_some(What::Timeout { client, cmid })).collect()
    }

    fn ack(&self, client: Client, text: &str) -> What {
        let lost = Stored {
            conversation: Id(0),
            epoch: Id(0),
            seq: 0,
            row: Row { cmid: None, author: None, digest: 0 },
        };
        let Stored { conversation, epoch, seq, .. } = self.find(text).copied().unwrap_or(lost);
        What::Ack { client, conversation, cmid: self.cmid(text), epoch, side: Side::Visitor, seq }
    }

    /// Rows that this page had not shown at rest before, in the order in which it shows them.
    fn observe(&self, client: Client, texts: &[String], last: &mut HashMap<Client, u64>) -> Vec<What> {
        let before = last.get(&client).copied().unwrap_or(0);
        let mut records = Vec::new();
        for stored in texts.iter().filter_map(|text| self.find(text)).filter(|stored| stored.seq > before) {
            let Stored { conversation, epoch, seq, row } = *stored;
            records.push(What::Observe { client, conversation, epoch, side: Side::Visitor, seq, row });
            last.insert(client, seq.max(before));
        }
        records
    }

    fn shown(&self, client: Client, texts: &[String], fresh: bool) -> Option<What> {
        let rows: Vec<Option<&Stored>> = texts.iter().map(|text| self.find(text)).collect();
        let first = (*rows.first()?)?;
        let last = rows.last().copied().flatten().map_or(0, |stored| stored.seq);
        // A row that the store does not have leaves a digest that no window has.
        let shown =
            rows.iter().map(|row| row.map_or(Row { cmid: None, author: None, digest: 0 }, |it| it.row));
        let digest = window_digest(&shown.collect::<Vec<Row>>());
        let (conversation, first) = (first.conversation, first.seq);
        Some(What::Shown { client, conversation, side: Side::Visitor, first, last, digest, fresh })
    }
}
