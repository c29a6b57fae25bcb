//! The short form of `cargo xtask simulate`: some worlds, all faults, and the same world twice.

use deskbell_proof::history;
use deskbell_proof::simulator::{Tally, play};

const SEEDS: u64 = 200;

#[test]
fn whatever_goes_wrong_the_promise_is_kept() {
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        let played = play(seed, None, false).expect("a world is played");
        tally.add(&played.tally);
        assert!(
            played.verdict.is_clean(),
            "{}\nits story: cargo xtask simulate --seed {seed}",
            played.verdict
        );
    }
    assert_eq!(tally.missed(), [], "every fault strikes between append and ack");
}

#[test]
fn the_same_seed_gives_the_same_history_to_the_byte() {
    let bytes = |seed, telling| {
        let mut bytes = Vec::new();
        let played = play(seed, None, telling).expect("a world is played");
        history::write(&played.history, &mut bytes).expect("a history is written");
        bytes
    };
    for seed in 1..=5 {
        assert!(bytes(seed, false) == bytes(seed, true), "seed {seed}, told or not");
    }
    assert!(bytes(1, false) != bytes(2, false));
}
