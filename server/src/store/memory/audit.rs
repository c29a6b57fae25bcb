//! The audit trail, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use deskbell_shared::model::UnixMillis;

use super::{MemoryStore, State};
use crate::store::audit::{
    Actor, AuditRow, AuditStore, Check, Checked, Deed, Flaw, Found, Head, LOOKED_THROUGH_MAX, Sought, Target,
    What,
};
use crate::store::{Store, Stored};

/// The rows, and the last that was cut off.
#[derive(Default)]
pub struct Trail {
    anchor: Head,
    rows: Vec<AuditRow>,
}

/// What an operation tells of itself.
#[derive(Default)]
pub struct Told {
    words: Vec<String>,
    /// There was nothing to do.
    pub idle: bool,
}

impl Told {
    /// Adds a word.
    pub fn word(&mut self, word: impl Into<String>) {
        self.words.push(word.into());
    }

    /// Without a word there was nothing to do.
    pub fn idle_if_silent(&mut self) {
        self.idle |= self.words.is_empty();
    }
}

impl Trail {
    fn head(&self) -> Head {
        self.rows.last().map_or(self.anchor, AuditRow::head)
    }

    fn add(&mut self, deed: &Deed) {
        self.rows.push(AuditRow::after(self.head(), deed));
    }
}

impl MemoryStore {
    /// Does something, and adds the row of this handle's deed when it was done.
    pub(super) fn noted<T>(&self, op: impl FnOnce(&mut State, &mut Told) -> Stored<T>) -> Stored<T> {
        let state = &mut *self.lock();
        let mut told = Told::default();
        let done = op(state, &mut told)?;
        if let (Some(deed), false) = (&self.deed, told.idle) {
            let detail = if told.words.is_empty() { deed.detail.clone() } else { told.words.join(" ") };
            state.trail.add(&Deed { detail, ..deed.clone() });
        }
        Ok(done)
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    fn noting(&self, deed: Deed) -> Arc<dyn Store> {
        Arc::new(MemoryStore { deed: Some(deed), ..self.clone() })
    }

    async fn note(&self, deed: Deed) -> Stored<()> {
        self.lock().trail.add(&deed);
        Ok(())
    }

    async fn note_once(&self, deed: Deed, since: UnixMillis) -> Stored<bool> {
        let trail = &mut self.lock().trail;
        let wanted = AuditRow::after(Head::default(), &deed);
        let is_there = trail.rows.iter().any(|row| {
            row.at >= since
                && row.what == wanted.what
                && (row.actor_id, row.target_id) == (wanted.actor_id, wanted.target_id)
        });
        if !is_there {
            trail.add(&deed);
        }
        Ok(!is_there)
    }

    async fn trail(&self, before: u64, count_max: usize) -> Stored<Vec<AuditRow>> {
        let state = &*self.lock();
        Ok(state.trail.rows.iter().rev().filter(|row| row.number < before).take(count_max).cloned().collect())
    }

    async fn sought(&self, sought: Sought, before: u64, count_max: usize) -> Stored<Found> {
        let trail = &self.lock().trail;
        let before = before.min(trail.rows.last().map_or(trail.anchor.number, |row| row.number) + 1);
        let end = trail.anchor.number + 1;
        let from = before.saturating_sub(LOOKED_THROUGH_MAX).max(end);
        let is_sought = |row: &&AuditRow| {
            (from..before).contains(&row.number)
                && sought.agent.is_none_or(|agent| row.actor_id == Some(agent.to_bytes()))
                && sought.what.is_none_or(|what| row.what == what.text())
        };
        let rows = trail.rows.iter().rev().filter(is_sought).take(count_max).cloned().collect();
        Ok(Found::of(rows, count_max, from, end))
    }

    async fn cut_trail(&self, before: UnixMillis, at: UnixMillis) -> Stored<u64> {
        let trail = &mut self.lock().trail;
        let count = trail.rows.iter().position(|row| row.at >= before).unwrap_or(trail.rows.len());
        let Some(last) = count.checked_sub(1).map(|at| trail.rows[at].head()) else { return Ok(0) };
        let (actor, what, target) = (Actor::Server, What::TrailCut, Target::Nothing);
        trail.add(&Deed { at, actor, what, target, from: None, detail: last.to_string() });
        trail.rows.drain(..count);
        trail.anchor = last;
        Ok(count as u64)
    }

    async fn check_trail(&self) -> Stored<Result<Checked, Flaw>> {
        let trail = &self.lock().trail;
        let checked = Check::begin(trail.anchor, Vec::new()).and_then(|mut check| {
            trail.rows.iter().try_for_each(|row| check.row(row))?;
            check.end()
        });
        Ok(checked)
    }
}
