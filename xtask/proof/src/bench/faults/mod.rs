//! The faults there are: one entry and one file each. An entry says what it does and what it needs; the file carries
//! it out on a stage and demands what must hold beside the checks.

mod f01_kill;
mod f02_exact;
mod f03_stop;
mod f04_deploy;
mod f05_partition;
mod f06_reset;
mod f07_loss;
mod f08_slow_link;
mod f09_proxy;
mod f10_sleepers;
mod f11_disk_full;
mod f12_flush;
mod f13_power;
mod f14_flip;
mod f15_slow_disk;
mod f16_clock;
#[cfg(feature = "browser")]
mod f25_browser;
mod f27_storm;
mod f28_restore;
mod f30_limits;

use std::pin::Pin;

use anyhow::Result;

use super::plan::{Plan, Size};
use super::report::Report;

pub use f13_power::without_flushes;
#[cfg(feature = "browser")]
pub use f25_browser::with_wiped_storage;

/// What a run of a fault is.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Report>> + Send + 'a>>;

/// One fault.
pub struct Fault {
    /// As in the list of faults: `F1`.
    pub id: &'static str,
    /// In a few words.
    pub name: &'static str,
    /// What the row of the table means: what is done, and what must hold beside the checks.
    pub means: &'static str,
    /// Programs it cannot do without.
    pub needs: &'static [&'static str],
    /// Rounds of a full run.
    pub rounds: usize,
    /// Its part of the time of a full run.
    pub share: f64,
    /// How much load a full run puts on it.
    pub size: Size,
    /// Carries it out.
    pub run: fn(&Plan) -> Running<'_>,
}

/// All of them, in the order in which they are run.
#[rustfmt::skip] // one a line
pub const ALL: &[Fault] = &[
    f01_kill::FAULT,
    f02_exact::FAULT,
    f03_stop::FAULT,
    f04_deploy::FAULT,
    f05_partition::FAULT,
    f06_reset::FAULT,
    f07_loss::FAULT,
    f08_slow_link::FAULT,
    f09_proxy::FAULT,
    f10_sleepers::FAULT,
    f11_disk_full::FAULT,
    f12_flush::FAULT,
    f13_power::FAULT,
    f14_flip::FAULT,
    f15_slow_disk::FAULT,
    f16_clock::FAULT,
    #[cfg(feature = "browser")]
    f25_browser::FAULT,
    f27_storm::FAULT,
    f28_restore::FAULT,
    f30_limits::FAULT,
];
