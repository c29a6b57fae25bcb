//! Whether what is said about waits comes true: days are replayed through the real desk and its real estimate, beside
//! the ways in which waits are commonly predicted, and all are scored alike. Days are generated from a seed, read from
//! a file, or taken from what is stored; see `docs/waits.md`.
//!
//! Nothing of it runs in a server, and there is no clock in it: a course is a list of instants, and everybody who
//! predicts is told of them one after the other.

mod baselines;
mod course;
mod dice;
mod file;
mod generate;
mod page;
mod replay;
mod tally;
#[cfg(test)]
mod tests;

pub use self::course::{Asks, Course, Event};
pub use self::file::{FileError, read};
pub use self::generate::{DAYS_GENERATED, Generator};
pub use self::page::{RESULTS_BEGIN, RESULTS_END, terminal, with_results};
pub use self::replay::{METHODS, Wait, replayed};
pub use self::tally::{Tally, Verdict};

/// Replays the courses of one generator, seed after seed, and scores them.
pub fn generated(generator: Generator, seeds: impl IntoIterator<Item = u64>, days: u32) -> Tally {
    let mut tally = Tally::of(generator.name());
    for seed in seeds {
        tally.add(&replayed(&generator.course(seed, days)));
    }
    tally
}
