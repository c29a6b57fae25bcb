//! The faults there are: one entry and one file each. An entry says what it does and what it needs; the file carries
//! it out on a stage and demands what must hold beside the checks.

mod f01_kill;

use std::pin::Pin;

use anyhow::Result;

use super::plan::{Plan, Size};
use super::report::Report;

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

/// All of them, in the order in which they are run. Power loss (F13) and the browser (F25) have their own files once
/// they are here: add them to this list.
pub const ALL: &[Fault] = &[f01_kill::FAULT];
