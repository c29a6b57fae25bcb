//! What is noted in the audit trail, on whose behalf, and who opened what. The trail itself is the store's.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{AgentId, AgentView, ConversationId, UnixMillis, VisitorId};
use deskbell_shared::protocol::api::{AuditCheckView, AuditPage, AuditView};
use deskbell_shared::protocol::limits::AUDIT_ROWS_MAX;

use super::Application;
use super::accounts::Signed;
use super::denial::Denial;
use crate::auth::Principal;
use crate::store::audit::{Actor, AuditRow, Checked, Deed, Flaw, Network, Sought, Target, What};
use crate::store::{Store, Stored};

/// Views of one day that are remembered, so that they need not be asked of the store; beyond it all are forgotten.
const VIEWS_REMEMBERED_MAX: usize = 65_536;
/// Rows that are read at once for somebody who takes the trail away.
const TAKEN_ROWS: usize = 500;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// On whose behalf something is done, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub from: Option<Network>,
}

impl By {
    /// Somebody at the machine itself.
    pub const OPERATOR: By = By { actor: Actor::Operator, from: None };
    /// The server.
    pub const SERVER: By = By { actor: Actor::Server, from: None };

    /// Somebody who signs in.
    pub fn agent(id: AgentId, from: Network) -> By {
        By { actor: Actor::Agent(id), from: Some(from) }
    }

    /// Somebody who has not proved who they are.
    pub fn nobody(from: Network) -> By {
        By { actor: Actor::Nobody, from: Some(from) }
    }

    /// A visitor: nothing of where they are is kept.
    pub fn visitor(id: VisitorId) -> By {
        By { actor: Actor::Visitor(id), from: None }
    }
}

impl From<Signed> for By {
    fn from(signed: Signed) -> By {
        By::agent(signed.id, signed.from)
    }
}

/// The views of one day that are noted already.
#[derive(Default)]
pub struct Views(Mutex<(i64, HashSet<(AgentId, ConversationId)>)>);

impl Views {
    fn of_day<T>(&self, day: i64, look: impl FnOnce(&mut HashSet<(AgentId, ConversationId)>) -> T) -> T {
        let (of, seen) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *of != day || seen.len() >= VIEWS_REMEMBERED_MAX {
            (*of, *seen) = (day, HashSet::new());
        }
        look(seen)
    }
}

impl Application {
    /// The store for one deed: the write through it leaves the row of the deed, see `AuditStore::noting`.
    pub fn noting(
        &self,
        by: impl Into<By>,
        what: What,
        target: Target,
        detail: impl Into<String>,
    ) -> Arc<dyn Store> {
        self.store.noting(self.deed(by.into(), what, target, detail.into()))
    }

    /// Notes a deed that writes nothing else.
    pub async fn note(&self, by: impl Into<By>, what: What, target: Target, detail: &str) -> Stored<()> {
        self.store.note(self.deed(by.into(), what, target, detail.to_owned())).await
    }

    fn deed(&self, by: By, what: What, target: Target, detail: String) -> Deed {
        Deed { at: self.now(), actor: by.actor, what, target, from: by.from, detail }
    }

    /// Before rows of a conversation are shown to an agent: who is not its assignee leaves a row, once a day. What
    /// cannot be noted is not shown.
    pub(super) async fn looks_at(
        &self,
        who: &Principal,
        conversation: ConversationId,
        assignee: Option<&AgentView>,
    ) -> Stored<()> {
        let Principal::Agent { id, from, .. } = *who else { return Ok(()) };
        if assignee.is_some_and(|assignee| assignee.id == id) {
            return Ok(());
        }
        let now = self.now();
        let day = day_of(now);
        if self.views.of_day(day, |seen| seen.contains(&(id, conversation))) {
            return Ok(());
        }
        let by = By { actor: Actor::Agent(id), from };
        let deed = self.deed(by, What::ConversationViewed, Target::Conversation(conversation), String::new());
        self.store.note_once(deed, UnixMillis(day * DAY_MS)).await?;
        self.views.of_day(day, |seen| seen.insert((id, conversation)));
        Ok(())
    }

    /// A page of the trail, newest first: rows before a number, or the newest.
    pub async fn trail(&self, sought: Sought, before: Option<u64>) -> Result<AuditPage, Denial> {
        let found = self.store.sought(sought, before.unwrap_or(u64::MAX), AUDIT_ROWS_MAX).await?;
        let rows = found.rows.into_iter().map(view).collect();
        Ok(AuditPage { rows, earlier: found.earlier.map(place) })
    }

    /// Looks through all of the trail.
    pub async fn check_trail(&self) -> Result<AuditCheckView, Denial> {
        let at = self.now();
        Ok(match self.store.check_trail().await? {
            Ok(Checked { rows, anchor, head }) => AuditCheckView {
                at,
                first: place(anchor.number + 1),
                rows: place(rows),
                head: Some(head.to_string()),
                flaw: None,
                flaw_at: None,
            },
            Err(Flaw { number, why }) => {
                tracing::error!(number, %why, "the audit trail does not fit");
                let (flaw, flaw_at) = (Some(why), Some(place(number)));
                AuditCheckView { at, first: 0, rows: 0, head: None, flaw, flaw_at }
            }
        })
    }

    /// Somebody takes the whole trail away: what cannot be noted is not handed out.
    pub async fn take_trail(&self, by: Signed) -> Result<(), Denial> {
        Ok(self.note(by, What::TrailTaken, Target::Nothing, "").await?)
    }

    /// The next piece of what is taken away, newest first, one row in JSON a line, and where it goes on; `None` at the end.
    pub async fn trail_lines(&self, before: u64) -> Stored<Option<(String, u64)>> {
        let rows = self.store.trail(before, TAKEN_ROWS).await?;
        let Some(next) = rows.last().map(|row| row.number) else { return Ok(None) };
        let mut text = String::new();
        for row in rows {
            text.push_str(&view(row).to_text());
            text.push('\n');
        }
        Ok(Some((text, next)))
    }

    /// Cuts off the days of the trail that are over and older than `keep`. A whole day at a time, so that the rows
    /// about cuts do not fill the trail themselves.
    pub async fn cut_trail(&self, keep: Duration) -> Result<(), Denial> {
        let now = self.now();
        let first_kept = day_of(now.minus(keep));
        let gone = self.store.cut_trail(UnixMillis(first_kept * DAY_MS), now).await?;
        if gone > 0 {
            tracing::info!(gone, "the old end of the audit trail was cut off");
        }
        Ok(())
    }
}

/// The day of an instant in UTC, counted from 1970-01-01.
pub fn day_of(at: UnixMillis) -> i64 {
    at.0.div_euclid(DAY_MS)
}

fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A row as it is shown.
pub fn view(row: AuditRow) -> AuditView {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let named = |text: String| Some(text).filter(|text| !text.is_empty());
    AuditView {
        number: place(row.number),
        at: row.at,
        actor: row.actor,
        actor_id: row.actor_id.map(|id| hex(&id)),
        what: row.what,
        target: named(row.target),
        target_id: row.target_id.map(|id| hex(&id)),
        network: named(row.network),
        detail: named(row.detail),
        hash: hex(&row.hash),
    }
}
