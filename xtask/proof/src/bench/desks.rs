//! What the desks have done, read from the store's file past the server at moments when it works, and whether somebody
//! waits in vain at the end.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rusqlite::Row as SqlRow;

use super::crowd::Crowd;
use super::stored::{id, open};
use crate::history::{Id, Lease, What};

/// What was known at the last look.
#[derive(Default)]
pub struct Desks {
    epoch: Option<Id>,
    leases: BTreeMap<Id, u64>,
    capacities: BTreeMap<Id, u32>,
    conversations: BTreeMap<Id, Standing>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    inbox: Id,
    visitor: Id,
    version: u32,
    open: bool,
    assignee: Option<Id>,
}

impl Desks {
    /// Reads one moment. Returns what is new since the last.
    pub fn look(&mut self, database: &Path) -> Result<Vec<What>> {
        let conn = open(database)?;
        let transaction = conn.unchecked_transaction()?;
        let epoch = id(transaction.query_row("SELECT epoch FROM lineage", [], |row| row.get(0))?);
        if self.epoch.replace(epoch) != Some(epoch) {
            *self = Desks { epoch: Some(epoch), ..Desks::default() };
        }
        let mut news = Vec::new();
        let mut statement = transaction.prepare("SELECT agent, capacity FROM availabilities")?;
        let read = |row: &SqlRow<'_>| Ok((id(row.get(0)?), row.get(1)?));
        for row in statement.query_map([], read)? {
            let (agent, capacity) = row?;
            if self.capacities.insert(agent, capacity) != Some(capacity) {
                news.push(What::Capacity { agent, capacity });
            }
        }
        let mut statement = transaction.prepare("SELECT inbox, token FROM desk_leases")?;
        let read = |row: &SqlRow<'_>| Ok(Lease { inbox: id(row.get(0)?), token: row.get(1)? });
        for lease in statement.query_map([], read)? {
            let lease = lease?;
            if self.leases.insert(lease.inbox, lease.token) != Some(lease.token) {
                news.push(What::Leased { lease, epoch });
            }
        }
        const ALL: &str = "SELECT id, inbox, visitor, version, status, assignee FROM conversations";
        let mut statement = transaction.prepare(ALL)?;
        let read = |row: &SqlRow<'_>| {
            let standing = Standing {
                inbox: id(row.get(1)?),
                visitor: id(row.get(2)?),
                version: row.get(3)?,
                open: row.get_ref(4)?.as_str()? == "open",
                assignee: row.get::<_, Option<[u8; 16]>>(5)?.map(id),
            };
            Ok((id(row.get(0)?), standing))
        };
        for row in statement.query_map([], read)? {
            let (conversation, now) = row?;
            if self.conversations.insert(conversation, now) != Some(now) {
                let Standing { inbox, visitor, version, open, assignee } = now;
                // In which order they came to be so is not known: they are counted when all is said.
                let (aside, by_desk) = (false, false);
                news.push(What::Stands {
                    conversation,
                    epoch,
                    inbox,
                    visitor,
                    version,
                    open,
                    assignee,
                    aside,
                    by_desk,
                });
            }
        }
        news.push(What::Counted {});
        Ok(news)
    }

    /// Who waits with a page open, and who is there with room: of what was read last.
    pub fn waiting_and_idle(&self, crowd: &Crowd) -> Vec<What> {
        let there = |client: &super::client::Client| client.page.is_live().then(|| client.page.person());
        let visitors: Vec<Id> = crowd.visitors.iter().filter_map(there).flatten().collect();
        let mut found = Vec::new();
        for (conversation, standing) in &self.conversations {
            if standing.open && standing.assignee.is_none() && visitors.contains(&standing.visitor) {
                found.push(What::Waits { conversation: *conversation, inbox: standing.inbox });
            }
        }
        for agent in crowd.agents.iter().filter_map(there).flatten() {
            let held = self.conversations.values().filter(|standing| standing.assignee == Some(agent));
            let has = held.count();
            if self.capacities.get(&agent).is_some_and(|capacity| has < *capacity as usize) {
                // Everybody works in every inbox there is.
                found.extend(self.leases.keys().map(|inbox| What::Idle { agent, inbox: *inbox }));
            }
        }
        found
    }
}

/// Whether somebody waits while somebody has room.
pub fn in_vain(found: &[What]) -> bool {
    let waits = found.iter().any(|what| matches!(what, What::Waits { .. }));
    waits && found.iter().any(|what| matches!(what, What::Idle { .. }))
}
