//! Forgetting: one visitor when somebody asks for it, and what is too old, by itself. The list of erasures lies in the
//! data directory beside the database and is in no backup, so that an old backup that is restored is made to forget
//! again what was to be forgotten.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{InboxId, UnixMillis, VisitorId};
use deskbell_shared::protocol::api::{RetentionEdit, RetentionView, RetentionsView};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Application;
use super::audit::By;
use super::denial::Denial;
use super::files::Files;
use crate::auth::Principal;
use crate::store::audit::{Target, What};
use crate::store::erasure::{Asked, Before, Erase};
use crate::store::{Fault, Refusal, Scope};

/// The list of erasures in the data directory: a visitor and an instant on each line.
pub const ERASURES_FILE: &str = "erasures";
/// How often what is too old is looked for.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(3600);
/// The database is written anew no more often than this, whoever asks to be forgotten: writers wait meanwhile.
pub const SCRUB_PAUSE: Duration = Duration::from_secs(600);
/// Days that may be asked for; more is for ever.
pub const RETENTION_DAYS_MAX: u32 = 36_500;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Conversations of one inbox in one step: what the writer is held for.
const STEP_CONVERSATIONS: usize = 20;

/// Forgets.
pub struct Erasing {
    app: Arc<Application>,
    files: Arc<Files>,
    list: PathBuf,
    writes: Mutex<()>,
    /// How long rows of the audit trail are kept.
    trail: Option<Duration>,
}

impl Erasing {
    /// With the list in a data directory.
    pub fn new(app: Arc<Application>, files: Arc<Files>, data: &std::path::Path) -> Erasing {
        Erasing { app, files, list: data.join(ERASURES_FILE), writes: Mutex::default(), trail: None }
    }

    /// Rows of the audit trail go when they are older.
    pub fn keeping_trail(self, trail: Option<Duration>) -> Erasing {
        Erasing { trail, ..self }
    }

    /// Forgets a visitor. When it returns, nobody reads what they wrote any more and their files are removed; the
    /// last traces between the rows of the database go with the next `scrub`, within `SCRUB_PAUSE`.
    pub async fn forget(&self, visitor: VisitorId, scope: Scope, by: By) -> Result<(), Denial> {
        let at = self.app.now();
        let store = self.app.noting(by, What::VisitorErased, Target::Visitor(visitor), "");
        // Who never wrote leaves no line in the list, or anybody could fill it.
        let is_known = !self.app.store.conversations_of(visitor, 1).await?.is_empty();
        let changed = if is_known {
            // Noted first: a crash in between has it done at the next start.
            self.note(visitor, at).await?;
            store.erase_visitor(Erase { visitor, scope, at }).await?
        } else {
            store.erase_visitor(Erase { visitor, scope, at }).await?
        };
        self.app.log.erased(&changed);
        // Whoever was verified is somebody new from now on.
        self.app.hub.end_visits_where(|who| {
            matches!(who, Principal::Visitor { id, .. } if *id == visitor) && who.is_verified()
        });
        tracing::info!(conversations = changed.len(), "a visitor was forgotten");
        self.app.unclean.notify_one();
        self.files.remove_gone().await
    }

    /// Does again what a restored database has not seen done.
    pub async fn catch_up(&self) -> Result<(), Denial> {
        let missing = self.app.store.not_erased(self.noted().await?).await?;
        for (visitor, at) in &missing {
            let erase = Erase { visitor: *visitor, scope: Scope::Visitor(*visitor), at: *at };
            let (what, target) = (What::VisitorErased, Target::Visitor(*visitor));
            let store = self.app.noting(By::SERVER, what, target, "again");
            let changed = store.erase_visitor(erase).await?;
            self.app.log.erased(&changed);
        }
        if !missing.is_empty() {
            tracing::warn!(visitors = missing.len(), "visitors who had been forgotten were forgotten again");
            self.files.remove_gone().await?;
        }
        Ok(())
    }

    /// How long each inbox keeps things, and what would go now.
    pub async fn retentions(&self) -> Result<RetentionsView, Denial> {
        let mut inboxes = Vec::new();
        for kept in self.app.store.retentions().await? {
            let before = before(self.app.now(), kept.messages_days, kept.files_days);
            let due = self.app.store.due(kept.inbox, before).await?;
            inboxes.push(RetentionView {
                inbox: kept.inbox,
                name: kept.name,
                messages_days: kept.messages_days,
                files_days: kept.files_days,
                messages_due: due.messages,
                files_due: due.files,
            });
        }
        Ok(RetentionsView { inboxes })
    }

    /// What would go now with these days, without changing anything.
    pub async fn would_go(&self, asked: &RetentionEdit) -> Result<RetentionView, Denial> {
        check(asked)?;
        let known = self.app.store.retentions().await?;
        let kept = known.into_iter().find(|kept| kept.inbox == asked.inbox).ok_or_else(Denial::not_found)?;
        let before = before(self.app.now(), asked.messages_days, asked.files_days);
        let due = self.app.store.due(asked.inbox, before).await?;
        Ok(RetentionView {
            inbox: kept.inbox,
            name: kept.name,
            messages_days: asked.messages_days,
            files_days: asked.files_days,
            messages_due: due.messages,
            files_due: due.files,
        })
    }

    /// Changes how long an inbox keeps things. What is too old goes with the next turn.
    pub async fn edit(&self, by: By, asked: RetentionEdit) -> Result<RetentionsView, Denial> {
        check(&asked)?;
        let days = |days: Option<u32>| days.map_or_else(|| "none".to_owned(), |days| days.to_string());
        let detail = format!("messages={} files={}", days(asked.messages_days), days(asked.files_days));
        let store = self.app.noting(by, What::RetentionChanged, Target::Inbox(asked.inbox), detail);
        store.set_retention(asked.inbox, asked.messages_days, asked.files_days).await?;
        tracing::info!(inbox = %asked.inbox, "how long an inbox keeps things was changed");
        self.retentions().await
    }

    /// One turn of retention: everything that is too old by the clock goes. Says whether anything went.
    pub async fn retain(&self) -> Result<bool, Denial> {
        let turn = self.app.store.begin_retention().await?;
        let mut any = false;
        for kept in self.app.store.retentions().await? {
            let before = before(self.app.now(), kept.messages_days, kept.files_days);
            if before != Before::default() {
                any |= self.retain_inbox(turn, kept.inbox, before).await?;
            }
        }
        self.app.store.forget_identities(self.app.now()).await?;
        if let Some(keep) = self.trail {
            self.app.cut_trail(keep).await?;
        }
        self.files.sweep().await?;
        Ok(any)
    }

    async fn retain_inbox(&self, turn: u64, inbox: InboxId, before: Before) -> Result<bool, Denial> {
        let mut any = false;
        loop {
            let step = self.app.store.retain(turn, inbox, before, STEP_CONVERSATIONS).await;
            let changed = match step {
                // Somebody else has begun a turn: theirs counts.
                Err(Fault::Refused(Refusal { .. })) => return Ok(any),
                step => step?,
            };
            if changed.is_empty() {
                return Ok(any);
            }
            any = true;
            tracing::info!(%inbox, conversations = changed.len(), "what was too old was erased");
            self.app.log.erased(&changed);
        }
    }

    /// Looks after all of it, from the start of a node to its end.
    pub async fn watch(self: Arc<Self>) {
        let mut turn_at = Instant::now();
        loop {
            if Instant::now() >= turn_at {
                turn_at = Instant::now() + RETENTION_INTERVAL;
                if let Err(denial) = self.retain().await {
                    tracing::error!(why = denial.message, "erasing what is too old");
                }
            }
            if let Err(denial) = self.scrub().await {
                tracing::warn!(
                    why = denial.message,
                    "cleaning the disk of what was erased; tried again later"
                );
            }
            tokio::time::sleep(SCRUB_PAUSE).await;
            let _ = tokio::time::timeout_at(turn_at, self.app.unclean.notified()).await;
            if let Err(denial) = self.files.remove_gone().await {
                tracing::warn!(why = denial.message, "removing files that came with what was erased");
            }
        }
    }

    /// Removes what earlier pages of the database say, if anything was erased.
    pub async fn scrub(&self) -> Result<(), Denial> {
        if self.app.store.is_unclean().await? {
            self.app.store.scrub().await?;
            tracing::info!("the disk was cleaned of what was erased");
        }
        Ok(())
    }

    async fn note(&self, visitor: VisitorId, at: UnixMillis) -> Result<(), Denial> {
        let _alone = self.writes.lock().await;
        let (list, line) = (self.list.clone(), format!("{visitor} {}\n", at.0));
        let written = tokio::task::spawn_blocking(move || {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(list)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        });
        self.io(written.await.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into())))
    }

    async fn noted(&self) -> Result<Vec<Asked>, Denial> {
        let text = match tokio::fs::read_to_string(&self.list).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return self.io(Err(error)).map(|()| Vec::new()),
        };
        // A line that a crash cut short was never answered.
        let line = |line: &str| {
            let (visitor, at) = line.split_once(' ')?;
            Some((VisitorId::from_hex(visitor)?, UnixMillis(at.parse().ok()?)))
        };
        Ok(text.lines().filter_map(line).collect())
    }

    fn io(&self, done: std::io::Result<()>) -> Result<(), Denial> {
        done.map_err(|error| {
            tracing::error!(%error, "the list of erasures");
            let words = "this cannot be noted now, so nothing was erased; try again later";
            Denial::because(deskbell_shared::protocol::RefusalCode::Unavailable, words)
        })
    }
}

fn check(asked: &RetentionEdit) -> Result<(), Denial> {
    for (field, days) in [("messages_days", asked.messages_days), ("files_days", asked.files_days)] {
        if days.is_some_and(|days| !(1..=RETENTION_DAYS_MAX).contains(&days)) {
            return Err(Denial::invalid(
                field,
                "this is a number of days from 1 on; leave it empty for ever",
            ));
        }
    }
    Ok(())
}

fn before(now: UnixMillis, messages_days: Option<u32>, files_days: Option<u32>) -> Before {
    let ago = |days: Option<u32>| days.map(|days| now.minus(DAY.saturating_mul(days)));
    Before { messages: ago(messages_days), files: ago(files_days) }
}

#[cfg(test)]
mod tests;
