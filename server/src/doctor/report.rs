//! What was looked at and what was found, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Who may read the data folder.
    Folder,
    /// Whether there is room, and whether it can be written.
    Disk,
    /// Whether this build can use the database.
    Database,
    /// Whether the audit trail is as the server has written it.
    Audit,
    /// Whether sites are used where they are allowed.
    Origins,
    /// Whether the time is right.
    Clock,
    /// Whether there may be as many open files as connections.
    Descriptors,
    /// Whether the public address leads here, sockets included.
    Proxy,
    /// Whether mail goes out.
    Mail,
}

impl Check {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Check::Folder => "folder",
            Check::Disk => "disk",
            Check::Database => "database",
            Check::Audit => "audit",
            Check::Origins => "origins",
            Check::Clock => "clock",
            Check::Descriptors => "descriptors",
            Check::Proxy => "proxy",
            Check::Mail => "mail",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What.
    pub wrong: String,
    /// Why that matters.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// In these words.
    pub fn new(wrong: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { wrong: wrong.into(), why: why.into(), remedy: remedy.into() }
    }
}

/// The whole.
#[derive(Debug, Default)]
pub struct Report {
    looked_at: Vec<Check>,
    findings: Vec<(Check, Finding)>,
    skipped: Vec<(Check, &'static str)>,
}

impl Report {
    /// Adds what a check has found.
    pub(super) fn of(&mut self, check: Check, findings: Vec<Finding>) {
        if !self.looked_at.contains(&check) {
            self.looked_at.push(check);
        }
        self.findings.extend(findings.into_iter().map(|finding| (check, finding)));
    }

    /// Adds that something could not be looked at.
    pub(super) fn skip(&mut self, check: Check, why: &'static str) {
        self.skipped.push((check, why));
    }

    /// Whether nothing was found.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (check, finding) in &self.findings {
            let Finding { wrong, why, remedy } = finding;
            let _ = writeln!(
                text,
                "{}: {wrong}\n  why it matters: {why}\n  what to do: {remedy}\n",
                check.name()
            );
        }
        let names =
            |checks: &mut dyn Iterator<Item = Check>| checks.map(Check::name).collect::<Vec<_>>().join(", ");
        let is_fine = |check: &Check| !self.findings.iter().any(|(found, _)| found == check);
        let fine = names(&mut self.looked_at.iter().copied().filter(is_fine));
        let _ = writeln!(text, "nothing wrong with: {}", if fine.is_empty() { "(none)" } else { &fine });
        for (check, why) in &self.skipped {
            let _ = writeln!(text, "not looked at: {} ({why})", check.name());
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let findings = self.findings.iter().map(|(check, finding)| {
            let Finding { wrong, why, remedy } = finding;
            json!({ "check": check.name(), "wrong": wrong, "why": why, "do": remedy })
        });
        let skipped = self.skipped.iter().map(|(check, why)| json!({ "check": check.name(), "why": why }));
        json!({
            "ok": self.is_well(),
            "looked_at": self.looked_at.iter().map(|check| check.name()).collect::<Vec<_>>(),
            "skipped": skipped.collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}
