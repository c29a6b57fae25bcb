//! What a search costs on a large store, and what the index costs whoever writes. Messages are made up, half Chinese and half
//! Latin, with a few words that are common and many that are rare, as in what people write; they go into the store as a
//! server writes them. The folder lies under `target` and is removed at the end.
//!
//! The named baseline is `LIKE`: looking through all messages for the text, newest first, as a store without an index
//! has to, in the same file and run. Times belong to the machine; the ratios travel. Nothing is asserted: a test that
//! looks at a clock fails on a busy machine and proves nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use deskbell_server::store::accounts::{AccountStore as _, NewAgent, NewSite};
use deskbell_server::store::conversations::{Append, ConversationStore as _, Start, Writer};
use deskbell_server::store::search::{Filter, SearchStore as _, Sought};
use deskbell_server::store::sqlite::{DATABASE_FILE, SqliteStore};
use deskbell_server::store::words::Query;
use deskbell_shared::model::{
    AgentId, Cmid, ConversationId, Draft, InboxId, Role, SiteId, SiteLooks, Status, UnixMillis, VisitorId,
};
use rusqlite::{Connection, OpenFlags};

/// Messages in the store.
const MESSAGES: u64 = 1_000_000;
/// Messages of one conversation, and of one write.
const IN_ONE: u64 = 20;
/// Writes that are under way at the same time.
const AT_ONCE: usize = 64;
/// Searches of each kind that are measured.
const SEARCHES: usize = 200;
/// Messages that are written one after the other, each in a transaction of its own.
const SINGLE: u64 = 500;
/// Looks through everything that are measured.
const LOOKS: usize = 5;
/// Inboxes; one in so many conversations is in each, but for the last one, which has one in a thousand.
const INBOXES: u64 = 10;
const RARE_INBOX: u64 = 1_000;
const BEGIN: i64 = 1_700_000_000_000;
/// A message every half minute: a million in a year.
const EVERY_MS: i64 = 30_000;
const USAGE: &str = "usage: bench search [--messages N]";

const OWNER: AgentId = AgentId(1);

/// Runs it, and prints the tables.
pub fn command(args: &[&str]) -> Result<bool> {
    let messages = match args {
        [] => MESSAGES,
        ["--messages", n] => n.parse().context("--messages takes a number")?,
        _ => bail!(USAGE),
    };
    let folder = PathBuf::from("target").join(format!("bench-search-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let measured = runtime.block_on(measure(&folder, messages));
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    measured.map(|()| true)
}

async fn measure(folder: &Path, messages: u64) -> Result<()> {
    println!("{messages} messages, {IN_ONE} a conversation, {AT_ONCE} conversations at once");
    let bare = folder.join("bare");
    let store = SqliteStore::open(&bare, &Default::default())?;
    set_up(&store).await?;
    drop(store);
    without_index(&bare)?;
    let store = SqliteStore::open(&bare, &Default::default())?;
    written(&store, &bare, messages, "without an index").await?;
    drop(store);
    std::fs::remove_dir_all(&bare)?;
    let store = SqliteStore::open(folder, &Default::default())?;
    set_up(&store).await?;
    written(&store, folder, messages, "with the index").await?;
    let conn = Connection::open_with_flags(folder.join(DATABASE_FILE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let index: u64 =
        conn.query_row("SELECT sum(length(block)) FROM search_words_data", [], |row| row.get(0))?;
    println!("the index of words has {} MB\n", index / 1_000_000);
    println!("{:<44}{:>8}{:>12}{:>12}{:>12}{:>14}", "", "hits", "p50 ms", "p99 ms", "LIKE ms", "LIKE / p50");
    for (what, text, filter) in kinds(messages) {
        let (times, hits, more) = searches(&store, &text, filter).await?;
        let like = likes(&conn, &text)?;
        let (p50, p99) = (at(&times, 50), at(&times, 99));
        let hits = format!("{hits}{}", if more { "+" } else { "" });
        let ratio = like.as_secs_f64() / p50.as_secs_f64();
        println!("{what:<44}{hits:>8}{:>12}{:>12}{:>12}{ratio:>14.0}", ms(p50), ms(p99), ms(like));
    }
    Ok(())
}

/// Has a store write into nothing where it would write into its index. The words are cut all the same.
fn without_index(folder: &Path) -> Result<()> {
    let conn = Connection::open(folder.join(DATABASE_FILE))?;
    conn.execute_batch(
        "DROP TABLE search_words; DROP TABLE search_rows;
        CREATE VIEW search_words AS SELECT 0 AS rowid, '' AS words;
        CREATE TRIGGER no_words INSTEAD OF INSERT ON search_words BEGIN SELECT 1; END;
        CREATE VIEW search_rows AS SELECT x'' AS conversation, 0 AS seq, 0 AS at, 0 AS is_note, x'' AS agent;
        CREATE TRIGGER no_rows INSTEAD OF INSERT ON search_rows BEGIN SELECT 1; END;",
    )?;
    Ok(())
}

/// Writes everything, and then some more, one message after the other.
async fn written(store: &SqliteStore, folder: &Path, messages: u64, how: &str) -> Result<()> {
    let began = Instant::now();
    write(store, messages).await?;
    let rate = messages as f64 / began.elapsed().as_secs_f64();
    let mut dice = Dice(11);
    let mut times = Vec::new();
    for n in 0..SINGLE {
        let conversation = ConversationId((n % 7 + 1).into());
        let writer = Writer::Visitor(VisitorId((n % 7 + 1).into()));
        let (cmid, at) =
            (Cmid(u128::from(messages + n) << 32), UnixMillis(BEGIN + (messages + n) as i64 * EVERY_MS));
        let messages = vec![Draft::new(cmid, dice.message())];
        let began = Instant::now();
        store.append(Append { conversation, writer, messages, at }).await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let bytes = std::fs::metadata(folder.join(DATABASE_FILE))?.len();
    println!(
        "{how:<18}{rate:>8.0} a second; alone p50 {} p99 {} ms; {} MB",
        ms(at(&times, 50)),
        ms(at(&times, 99)),
        bytes / 1_000_000
    );
    Ok(())
}

/// What is looked for.
fn kinds(messages: u64) -> Vec<(&'static str, String, Filter)> {
    let all = Filter::default();
    let inbox = |n| Filter { inbox: Some(InboxId(n)), ..all };
    let early = UnixMillis(BEGIN + (messages / 10) as i64 * EVERY_MS);
    vec![
        ("a rare word", latin(LATIN_WORDS - 7), all),
        ("a common word", latin(0), all),
        ("two common words", format!("{} {}", latin(1), latin(2)), all),
        ("two characters, common", [han(0), han(1)].iter().collect(), all),
        ("two characters, rare", [han(1500), han(1700)].iter().collect(), all),
        ("four characters", [han(3), han(0), han(5), han(1)].iter().collect(), all),
        ("one character, common", han(0).to_string(), all),
        ("the beginning of a common word", latin(0)[..4].to_owned(), all),
        ("a word nobody wrote", "zeppelin".to_owned(), all),
        ("a common word in a tenth", latin(0), inbox(1)),
        ("a common word in a thousandth", latin(0), inbox(u128::from(INBOXES))),
        (
            "a common word in what is resolved (nothing)",
            latin(0),
            Filter { status: Some(Status::Resolved), ..all },
        ),
        ("a common word, nine tenths of the time ago", latin(0), Filter { until: Some(early), ..all }),
    ]
}

async fn searches(store: &SqliteStore, text: &str, filter: Filter) -> Result<(Vec<Duration>, usize, bool)> {
    let query = Query::read(text).map_err(|why| anyhow!("{text}: {why:?}"))?;
    let (mut times, mut hits, mut more) = (Vec::new(), 0, false);
    for _ in 0..SEARCHES {
        let began = Instant::now();
        let found = store.search(OWNER, Sought { query: query.clone(), filter, before: None }).await?;
        times.push(began.elapsed());
        (hits, more) = (found.hits.len(), found.earlier.is_some());
    }
    times.sort_unstable();
    Ok((times, hits, more))
}

/// The baseline: every message is looked at, as long as there are not fifty that have all the words.
fn likes(conn: &Connection, text: &str) -> Result<Duration> {
    let words: Vec<String> = text.split(' ').map(|word| format!("%{word}%")).collect();
    let second = words.get(1).unwrap_or(&words[0]);
    let sql = "SELECT conversation, seq FROM entries WHERE kind = 'message' AND text LIKE ?1 AND text LIKE ?2 \
        ORDER BY at DESC LIMIT 50";
    let mut times = Vec::new();
    for _ in 0..LOOKS {
        let began = Instant::now();
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([&words[0], second])?;
        while rows.next()?.is_some() {}
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(at(&times, 50))
}

fn at(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn ms(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64() * 1e3)
}

async fn set_up(store: &SqliteStore) -> Result<()> {
    let (name, email) = ("Olga".to_owned(), "olga@shop.example".to_owned());
    let password_hash = "none".to_owned();
    let owner = NewAgent { id: OWNER, name, email, password_hash, role: Role::Owner, at: UnixMillis(BEGIN) };
    store.set_up(owner, site(1)).await?;
    for n in 2..=INBOXES {
        store.add_site(site(n)).await?;
    }
    Ok(())
}

fn site(n: u64) -> NewSite {
    let looks = SiteLooks {
        name: format!("Shop {n}"),
        colour: "#336699".to_owned(),
        greeting: "Hello".to_owned(),
        style: None,
    };
    let (id, inbox) = (SiteId(n.into()), InboxId(n.into()));
    NewSite { id, inbox, key: format!("key-{n}"), looks, origins: Vec::new(), at: UnixMillis(BEGIN) }
}

/// Writes conversations of one piece each, many at once, as a busy server does.
async fn write(store: &SqliteStore, messages: u64) -> Result<()> {
    let mut dice = Dice(7);
    let mut under_way = Vec::new();
    for talk in 0..messages.div_ceil(IN_ONE) {
        let said =
            (0..IN_ONE).map(|n| Draft::new(Cmid(u128::from(talk * IN_ONE + n)), dice.message())).collect();
        under_way.push(tokio::spawn(one(store.clone(), talk, said)));
        if under_way.len() == AT_ONCE {
            for done in under_way.drain(..) {
                done.await??;
            }
        }
    }
    for done in under_way {
        done.await??;
    }
    Ok(())
}

async fn one(store: SqliteStore, talk: u64, mut said: Vec<Draft>) -> Result<()> {
    let shop = match talk % RARE_INBOX {
        0 => INBOXES,
        n => n % (INBOXES - 1) + 1,
    };
    let (conversation, visitor) = (ConversationId((talk + 1).into()), VisitorId((talk + 1).into()));
    let at = UnixMillis(BEGIN + (talk * IN_ONE) as i64 * EVERY_MS);
    let rest = said.split_off(1);
    let start = Start {
        conversation,
        visitor,
        site: SiteId(shop.into()),
        inbox: InboxId(shop.into()),
        page: None,
        language: None,
        time_zone: None,
        about: None,
        messages: said,
        at,
    };
    store.start(start).await?;
    store.append(Append { conversation, writer: Writer::Visitor(visitor), messages: rest, at }).await?;
    Ok(())
}

const LATIN_WORDS: u64 = 30_000;
const HAN_CHARS: u64 = 2_500;
const SYLLABLES: [&str; 16] = [
    "or", "der", "than", "ple", "ship", "re", "fund", "in", "voi", "ac", "count", "pass", "tea", "box",
    "pay", "ment",
];

/// The word of a rank: the first ones are short and said often.
fn latin(rank: u64) -> String {
    let (mut word, mut left) = (String::new(), rank + 16);
    while left > 0 {
        word.push_str(SYLLABLES[(left % 16) as usize]);
        left /= 16;
    }
    word
}

fn han(rank: u64) -> char {
    u32::try_from(rank * 7 % 20_000).ok().and_then(|n| char::from_u32(0x4e00 + n)).unwrap_or('一')
}

/// The same numbers in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A rank: the first ones come often, as in what people say (Zipf's law, by turning it round).
    fn rank(&mut self, of: u64) -> u64 {
        let part = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((of as f64).powf(part) - 1.0) as u64
    }

    fn message(&mut self) -> String {
        if self.next().is_multiple_of(2) {
            let words: Vec<String> =
                (0..3 + self.next() % 20).map(|_| latin(self.rank(LATIN_WORDS))).collect();
            words.join(" ")
        } else {
            (0..4 + self.next() % 36).map(|_| han(self.rank(HAN_CHARS))).collect()
        }
    }
}
