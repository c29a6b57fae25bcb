//! What became of the faults: one line each, one table, and the page in `docs` that a full run writes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use deskbell_shared::protocol::RefusalCode;

use super::meter::Memory;
use super::plan::Plan;
use crate::checker::{Check, Verdict};
use crate::history::{self, Record, What};

/// Violations that are printed; the history has all.
const SHOWN_MAX: usize = 12;

/// From begin to end of a fault: caches of the database that have filled.
const GROWTH_BYTES_MAX: u64 = 64 << 20;
/// What the allocator keeps of what one client's bursts once needed.
const GROWTH_BYTES_A_CLIENT: u64 = 64 << 10;

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
    /// Messages that their authors were shown as refused, by the code. An answer of an agent's that meets `not_allowed`
    /// is not among them: a colleague was given the conversation while it was on its way.
    pub refused: BTreeMap<String, usize>,
    /// Such answers.
    pub passed_on: usize,
    /// What the server had in use, where it was the same kind of process from begin to end.
    pub memory: Option<Memory>,
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
            refused: BTreeMap::new(),
            passed_on: 0,
            memory: None,
            is_short: plan.is_short(),
        }
    }

    /// Counts what authors were shown as refused; `is_agent` knows who answers.
    pub fn count_refused(&mut self, history: &[Record], is_agent: impl Fn(history::Client) -> bool) {
        for record in history {
            let What::Refuse { client, code, .. } = &record.what else { continue };
            if code == RefusalCode::NotAllowed.text() && is_agent(*client) {
                self.passed_on += 1;
            } else {
                *self.refused.entry(code.clone()).or_default() += 1;
            }
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

    /// What the server has in use at the end must be about what it was when everybody had come; `clients` is how many
    /// were there at most. A test is too short to tell growth from warming up.
    pub fn grew(&mut self, memory: Option<Memory>, clients: usize) {
        self.memory = memory;
        let Some(memory) = memory.filter(|_| !self.is_short) else { return };
        let flat = memory.end <= memory.begin + GROWTH_BYTES_MAX + clients as u64 * GROWTH_BYTES_A_CLIENT;
        self.demand(flat, || format!("the server's memory grew: {memory}"));
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
    text += "| fault | | rounds | acknowledged | lost | doubled | out of order | other | worst recovery | server's memory | seen |\n";
    text += "|---|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n";
    let (mut rounds, mut acknowledged) = (0, 0);
    let (mut lost, mut doubled, mut reordered, mut other) = (0, 0, 0, 0);
    for (id, name, outcome) in outcomes {
        let _ = match outcome {
            Outcome::Ran(report) => {
                let verdict = &report.verdict;
                rounds += report.rounds;
                acknowledged += verdict.acknowledged;
                lost += verdict.lost;
                doubled += verdict.doubled;
                reordered += verdict.reordered;
                other += report.other_failures();
                let recovery = verdict
                    .recovery_ms_max
                    .map_or("never".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1e3));
                let memory = report.memory.map_or(String::new(), |memory| memory.to_string());
                writeln!(
                    text,
                    "| {id} | {name} | {} | {} | {} | {} | {} | {} | {recovery} | {memory} | {} |",
                    report.rounds,
                    verdict.acknowledged,
                    verdict.lost,
                    verdict.doubled,
                    verdict.reordered,
                    report.other_failures(),
                    without_paths(&report.notes),
                )
            }
            Outcome::Skipped(why) => {
                writeln!(text, "| {id} | {name} | skipped | | | | | | | | {} |", without_paths(why))
            }
            Outcome::Failed(error) => {
                let why = without_paths(&format!("{error:#}")).replace(['\n', '|'], " ");
                writeln!(
                    text,
                    "| {id} | {name} | FAILED | | | | | | | | {} |",
                    why.chars().take(200).collect::<String>()
                )
            }
        };
    }
    let _ = writeln!(
        text,
        "| all | | {rounds} | {acknowledged} | {lost} | {doubled} | {reordered} | {other} | | | |"
    );
    text
}

/// The same text without places on this machine: what stands there is nobody's business and differs every time. Paths of
/// requests, such as `/readyz`, stay.
pub fn without_paths(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'`()<>,;:|".contains(c);
    let is_place = |word: &str| {
        let first = word.strip_prefix('/').and_then(|rest| rest.split('/').next());
        first.is_some_and(|first| !first.is_empty() && Path::new("/").join(first).exists())
    };
    let words = text.split_inclusive(ends).map(|word| {
        let (bare, end) = match word.chars().next_back().filter(|c| ends(*c)) {
            Some(end) => word.split_at(word.len() - end.len_utf8()),
            None => (word, ""),
        };
        if is_place(bare) { format!("(a path){end}") } else { word.to_owned() }
    });
    words.collect()
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
    let Run { seed, minutes, cores, date, fresh_max, raised } = run;
    let _ = writeln!(
        text,
        "Run of {date}: {minutes} minutes, seed {seed}, {cores} cores for server and clients together. While one \
        fault's clients come to rest and are looked at, the next fault begins.\n\n\
        The load comes from one address and from people who never tire, so the server runs with these limits raised: \
        {raised}.\n"
    );
    text += &table(outcomes);
    let _ = writeln!(
        text,
        "\nLost, doubled and out of order are counted in messages; *other* is what else a check or the fault itself \
        demands. *Worst recovery* runs from the end of the fault until the last client was at rest. Fresh clients read at \
        most {fresh_max} conversations of each fault, as a visitor and as an agent; every conversation is compared row by row \
        with the store. *Server's memory* is what was resident when everybody had come, when everybody was at rest \
        again, and the most in between.\n"
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
    pub raised: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_report_names_a_place_on_this_machine() {
        let temporary = std::env::temp_dir().join("x/data");
        let text = format!(
            "opening {}: no /readyz, data folder: `{}/y.db`",
            temporary.display(),
            temporary.display()
        );
        assert_eq!(without_paths(&text), "opening (a path): no /readyz, data folder: `(a path)`");
        assert_eq!(without_paths("POST /api/setup took 1/2 s"), "POST /api/setup took 1/2 s");
    }
}
