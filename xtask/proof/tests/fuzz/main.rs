//! Fuzz loops on the stable toolchain: frames from nobody well-meaning, sessions among them, hellos, and texts. Inputs are changed
//! copies of a kept corpus; what takes a new way through the code is kept for the rest of the run, and with
//! `cargo xtask fuzz` for ever (one file a loop, one JSON string a line).
//!
//! As a plain test the loops are short and always the same. What they find that is wrong belongs into the corpus
//! together with its repair.

mod corpus;
mod frames;
mod hello;
mod markup;
mod session;

use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};
use corpus::Corpus;

/// Inputs of a loop in a plain test: a second or two.
const INPUTS: u64 = 20_000;
/// The same where each takes a connection.
const CONNECTIONS: u64 = 3_000;
/// Bytes that one input is made from.
const BYTES: usize = 2048;

/// How long, and from which seed: set by `cargo xtask fuzz`.
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Runs one loop. `attempt` says by which way its input went; a panic is a finding.
fn run(
    name: &str,
    inputs: u64,
    mut attempt: impl FnMut(&mut Unstructured<'_>, &Corpus) -> Result<Option<(u64, String)>>,
) {
    let until = from_environment("DESKBELL_FUZZ_SECONDS").map(|s| Instant::now() + Duration::from_secs(s));
    let seed = from_environment("DESKBELL_FUZZ_SEED").unwrap_or(1);
    let mut corpus = Corpus::open(name);
    let began_with = corpus.len();
    let mut count = 0;
    while until.map_or(count < inputs, |until| Instant::now() < until) {
        let bytes = bytes(seed, count);
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            attempt(&mut Unstructured::new(&bytes), &corpus)
        }));
        match found {
            Ok(Ok(Some((way, input)))) => corpus.took(way, input),
            // The bytes did not suffice for an input, or it went a known way.
            Ok(_) => {}
            Err(panic) => {
                eprintln!("the loop `{name}` found something at input {count} of seed {seed}");
                std::panic::resume_unwind(panic);
            }
        }
        count += 1;
    }
    println!("{name}: {count} inputs of seed {seed}, corpus {began_with} + {}", corpus.len() - began_with);
    assert!(corpus.len() > began_with || began_with > 100, "the loop {name} finds no way through the code");
    if until.is_some() {
        corpus.keep();
    }
}

/// The bytes of an input, by splitmix64 (Steele, Lea, Flood 2014) from seed and number, so that one can be had alone.
fn bytes(seed: u64, count: u64) -> Vec<u8> {
    let mut state =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(count.wrapping_mul(0xd134_2543_de82_ef95));
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    (0..BYTES / 8).flat_map(|_| next().to_le_bytes()).collect()
}

#[test]
fn frames_that_nobody_wrote() {
    run("frames", INPUTS, frames::attempt);
}

#[test]
fn sessions_under_a_server_that_says_anything() {
    run("session", INPUTS, session::attempt);
    session::assert_meant_something();
}

#[test]
fn hellos_and_what_follows_them() {
    let relay = hello::Relay::new();
    run("hello", CONNECTIONS, |random, corpus| relay.attempt(random, corpus));
}

#[test]
fn texts_with_what_may_be_an_address() {
    run("markup", INPUTS, markup::attempt);
}
