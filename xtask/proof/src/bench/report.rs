//! What became of the faults: one line each, one table, and the page in `docs` that a full run writes.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::plan::Plan;
use crate::checker::{Check, Verdict};
use crate::history::{self, Record};

/// Violations that are printed; the history has all.
const SHOWN_MAX: usize = 12;

/// What became of one fault.
pub struct Report {
    pub rounds: usize,
    pub verdict: Verdict,
    /// What struck and how, in words.
    pub notes: String,
    /// What must hold beside the checks and did not.
    pub broken: Vec<String>,
    pub acked_per_second: f64,
    /// Conversations read by fresh clients, of all there are.
    pub read_afresh: (usize, usize),
    pub unrest: Option<String>,
    pub said: String,
    pub kept: Option<PathBuf>,
    pub seed: u64,
    /// Messages that their authors were shown as refused.
    pub refused: usize,
    /// Whether this was the short form.
    pub is_short: bool,
}

impl Report {
    /// Of a history that was judged.
    pub fn of(plan: &Plan, rounds: usize, mut verdict: Verdict, notes: String) -> Report {
        verdict.violations.sort_by_key(|violation| violation.check);
        Report {
            rounds,
            verdict,
            notes,
            broken: Vec::new(),
            acked_per_second: 0.0,
            read_afresh: (0, 0),
            unrest: None,
            said: String::new(),
            kept: None,
            seed: plan.seed,
            refused: 0,
            is_short: plan.is_short(),
        }
    }

    /// Whether everything held, and anything was proved at all.
    pub fn held(&self) -> bool {
        self.verdict.is_clean() && self.broken.is_empty() && self.verdict.acknowledged > 0
    }

    /// What the fault itself demands beside the checks.
    pub fn demand(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(what());
        }
    }

    /// Writes the history down where it stays.
    pub fn keep(&mut self, plan: &Plan, history: &[Record]) -> Result<()> {
        std::fs::create_dir_all(&plan.kept)?;
        let path = plan.kept.join(format!("history-{}-{}.jsonl", plan.seed, std::process::id()));
        let file = std::fs::File::create(&path).with_context(|| format!("writing {}", path.display()))?;
        history::write(history, std::io::BufWriter::new(file))?;
        std::fs::write(path.with_extension("log"), &self.said)?;
        self.kept = Some(path);
        Ok(())
    }

    /// What went wrong, for whoever has to find out why.
    pub fn complaint(&self) -> String {
        let mut text = String::new();
        if self.verdict.acknowledged == 0 {
            text += "nothing was acknowledged: this proves nothing\n";
        }
        for broken in &self.broken {
            let _ = writeln!(text, "{broken}");
        }
        for violation in self.verdict.violations.iter().take(SHOWN_MAX) {
            let _ = writeln!(text, "{}: {}", violation.check, violation.how);
        }
        if self.verdict.violations.len() > SHOWN_MAX {
            let _ = writeln!(text, "and {} more", self.verdict.violations.len() - SHOWN_MAX);
        }
        if let Some(unrest) = &self.unrest {
            let _ = writeln!(text, "after a minute {unrest}");
        }
        if let Some(kept) = &self.kept {
            let _ = writeln!(text, "seed {}, history kept in {}", self.seed, kept.display());
        }
        text
    }

    /// Rows of the table that are counted.
    pub fn other_failures(&self) -> usize {
        let counted = [Check::C1, Check::C2, Check::C4, Check::C5, Check::C6, Check::C7, Check::C8];
        let others = self.verdict.violations.iter().filter(|violation| !counted.contains(&violation.check));
        others.count() + self.broken.len()
    }
}

/// What became of a fault in the table.
pub enum Outcome {
    Ran(Box<Report>),
    /// The reason: a tool that is missing, on a machine that does not promise it.
    Skipped(String),
    /// It could not be carried out.
    Failed(anyhow::Error),
}

impl Outcome {
    /// Whether the run may count as good.
    pub fn is_good(&self) -> bool {
        match self {
            Outcome::Ran(report) => report.held(),
            Outcome::Skipped(_) => true,
            Outcome::Failed(_) => false,
        }
    }
}

/// The table, as Markdown that is read in a terminal as well.
pub fn table(outcomes: &[(&'static str, &'static str, Outcome)]) -> String {
    let mut text = String::new();
    text += "| fault | | rounds | acknowledged | lost | doubled | out of order | other | worst recovery | seen |\n";
    text += "|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n";
    let (mut rounds, mut acknowledged) = (0, 0);
    for (id, name, outcome) in outcomes {
        let _ = match outcome {
            Outcome::Ran(report) => {
                let verdict = &report.verdict;
                rounds += report.rounds;
                acknowledged += verdict.acknowledged;
                let recovery = verdict
                    .recovery_ms_max
                    .map_or("never".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1e3));
                writeln!(
                    text,
                    "| {id} | {name} | {} | {} | {} | {} | {} | {} | {recovery} | {} |",
                    report.rounds,
                    verdict.acknowledged,
                    verdict.lost,
                    verdict.doubled,
                    verdict.reordered,
                    report.other_failures(),
                    report.notes,
                )
            }
            Outcome::Skipped(why) => writeln!(text, "| {id} | {name} | skipped | | | | | | | {why} |"),
            Outcome::Failed(error) => {
                let why = format!("{error:#}").replace(['\n', '|'], " ");
                writeln!(
                    text,
                    "| {id} | {name} | FAILED | | | | | | | {} |",
                    why.chars().take(200).collect::<String>()
                )
            }
        };
    }
    let _ = writeln!(text, "| all | | {rounds} | {acknowledged} | | | | | | |");
    text
}

/// The page of a full run.
pub fn page(outcomes: &[(&'static str, &'static str, Outcome)], run: &Run<'_>) -> String {
    let mut text = String::from("# What real faults do to acknowledged messages\n\n");
    text += "Written by `cargo xtask faults`; a full run writes it anew. The real server runs under load from many\n\
        clients on the product's own session. A fault is made again and again, then it ends, everybody has a minute to\n\
        come to rest, the store is read from outside, and fresh clients read conversations from the first row. One\n\
        checker decides (`xtask/proof/src/checker`): nothing acknowledged is lost, nothing is there twice, everybody\n\
        sees one order without gaps, all is well again within a minute, and the server stays within its memory and its\n\
        descriptors.\n\n";
    let Run { seed, minutes, cores, date, fresh_max } = run;
    let _ = writeln!(
        text,
        "Run of {date}: {minutes} minutes, seed {seed}, {cores} cores for server and clients together.\n"
    );
    text += &table(outcomes);
    let _ = writeln!(
        text,
        "\nLost, doubled and out of order are counted in messages; *other* is what else a check or the fault itself \
        demands. *Worst recovery* runs from the end of the fault until the last client was at rest. Fresh clients read at \
        most {fresh_max} conversations of each fault, as a visitor and as an agent; every conversation is compared row by row \
        with the store.\n"
    );
    text
}

/// What a full run was.
pub struct Run<'a> {
    pub seed: u64,
    pub minutes: f64,
    pub cores: usize,
    pub date: &'a str,
    pub fresh_max: usize,
}
