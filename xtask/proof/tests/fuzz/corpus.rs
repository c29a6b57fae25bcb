//! The inputs that are worth starting from, and how they are changed.

use std::collections::HashSet;
use std::path::PathBuf;

use arbitrary::{Result, Unstructured};

/// Pieces that often decide which way a reader goes.
const WORDS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "0",
    "-1",
    "9007199254740992",
    "9007199254740993",
    "1e5",
    "0.5",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "\"frame\":",
    "\"id\":",
    "\"seq\":",
    "\"kind\":",
    "\"by\":",
];
/// Longer inputs teach nothing that shorter ones do not.
const INPUT_BYTES_MAX: usize = 1024;
/// What is kept for ever stays a small file.
const KEPT_MAX: usize = 200;
const CHANGES_MAX: usize = 6;

/// Inputs, and the ways that are known.
pub struct Corpus {
    file: PathBuf,
    inputs: Vec<String>,
    ways: HashSet<u64>,
    new: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The snapshots of all frames.
fn snapshots() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/frames/v1")
}

impl Corpus {
    /// The snapshots of all frames, and what was kept for this loop.
    pub fn open(name: &str) -> Corpus {
        let file = folder().join(format!("{name}.jsonl"));
        let mut inputs = frames();
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        inputs.extend(kept.lines().map(|line| serde_json::from_str::<String>(line).expect("a kept input")));
        Corpus { file, inputs, ways: HashSet::new(), new: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// An input went this way. Kept if nobody went it before.
    pub fn took(&mut self, way: u64, input: String) {
        if self.ways.insert(way) && input.len() <= INPUT_BYTES_MAX && !self.inputs.contains(&input) {
            self.inputs.push(input.clone());
            self.new.push(input);
        }
    }

    /// Writes what was found beside the tests.
    pub fn keep(&self) {
        let mut text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let room = KEPT_MAX.saturating_sub(text.lines().count());
        for input in self.new.iter().take(room) {
            text.push_str(&serde_json::to_string(input).expect("a text"));
            text.push('\n');
        }
        std::fs::write(&self.file, text).expect("writing the corpus");
    }

    /// One of them, as it is.
    pub fn pick<'a>(&'a self, random: &mut Unstructured<'_>) -> Result<&'a str> {
        random.choose(&self.inputs).map(String::as_str)
    }

    /// The first that has these words in it: a snapshot.
    pub fn containing(&self, words: &str) -> String {
        self.inputs.iter().find(|input| input.contains(words)).expect("a snapshot with these words").clone()
    }

    /// One of them, changed.
    pub fn changed(&self, random: &mut Unstructured<'_>) -> Result<String> {
        let mut bytes = self.pick(random)?.as_bytes().to_vec();
        for _ in 0..random.int_in_range(0..=CHANGES_MAX)? {
            let from = random.int_in_range(0..=bytes.len())?;
            let to = (from + random.int_in_range(0..=24)?).min(bytes.len());
            match random.int_in_range(0..=6u8)? {
                0 => drop(bytes.drain(from..to)),
                1 => bytes.truncate(from),
                2 => {
                    let again = bytes[from..to].to_vec();
                    bytes.splice(from..from, again);
                }
                3 => {
                    let other = self.pick(random)?.as_bytes();
                    let at = random.int_in_range(0..=other.len())?;
                    let piece = &other[at..(at + 40).min(other.len())];
                    bytes.splice(from..to, piece.iter().copied());
                }
                4 => {
                    let byte = random.arbitrary()?;
                    bytes.get_mut(from).into_iter().for_each(|it| *it = byte);
                }
                5 => {
                    // Digits are places, versions and ids: the same frame about something else.
                    let digit = random.int_in_range(b'0'..=b'9')?;
                    let next = bytes.iter().skip(from).position(u8::is_ascii_digit);
                    next.into_iter().for_each(|at| bytes[from + at] = digit);
                }
                _ => {
                    let word = random.choose(&WORDS)?;
                    bytes.splice(from..to, word.bytes());
                }
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn frames() -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(snapshots())
        .expect("the snapshots of frames")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a snapshot").trim_end().to_owned())
        .collect()
}
