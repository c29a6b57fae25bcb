//! The agents' lists: the feed of what changes, and the archive of what is resolved.

use deskbell_shared::model::{Feed, Summary};
use deskbell_shared::protocol::limits::{LIST_ROWS_MAX, PAGE_BYTES_MAX};

use super::{Application, agent};
use crate::auth::Principal;
use crate::store::Stored;
use crate::store::conversations::OutOfSight;
use crate::store::filing::FiledSo;

/// Lines of a list, as many as fit one frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// In the order asked for.
    pub rows: Vec<Summary>,
    /// Whether there are further ones.
    pub more: bool,
}

impl Application {
    /// What changed after a place of the list feed, oldest change first. Refused: `not_allowed` for visitors.
    pub async fn feed_after(&self, who: &Principal, after: Feed, open_only: bool) -> Stored<Lines> {
        let agent = agent(who)?;
        let rows = self.store.feed(agent, after, open_only, LIST_ROWS_MAX + 1).await?;
        Ok(self.lines(rows))
    }

    /// What lists that were read up to a place of the feed show though it is out of the agent's sight. Refused:
    /// `not_allowed` for visitors.
    pub async fn out_of_sight(&self, who: &Principal, after: Feed) -> Stored<OutOfSight> {
        self.store.out_of_sight(agent(who)?, after, LIST_ROWS_MAX).await
    }

    /// Resolved conversations before a place of the feed that are filed so, newest change first. Refused: `not_allowed`
    /// for visitors.
    pub async fn resolved(&self, who: &Principal, so: FiledSo, before: Option<Feed>) -> Stored<Lines> {
        let agent = agent(who)?;
        let rows = match so == FiledSo::default() {
            true => self.store.resolved(agent, before, LIST_ROWS_MAX + 1).await?,
            false => self.store.resolved_so(agent, so, before, LIST_ROWS_MAX + 1).await?,
        };
        Ok(self.lines(rows))
    }

    /// Keeps what fits, and says who is online now.
    fn lines(&self, mut rows: Vec<Summary>) -> Lines {
        let mut bytes = 0;
        let fits = rows.iter().take(LIST_ROWS_MAX).position(|row| {
            bytes += size_of_line(row);
            bytes > PAGE_BYTES_MAX
        });
        // One line always fits: its parts are bounded.
        let count = fits.unwrap_or(LIST_ROWS_MAX).max(1);
        let more = rows.len() > count;
        rows.truncate(count);
        for row in &mut rows {
            row.visitor.online = self.hub.visitor_online(row.visitor.id);
        }
        Lines { rows, more }
    }
}

/// What a line takes on the wire, roughly: its texts, and the rest of it.
fn size_of_line(row: &Summary) -> usize {
    let page = row.visitor.page.as_ref().map_or(0, |page| page.url.len() + page.title.len());
    let tags = row.filed.iter().flat_map(|filed| &filed.tags).map(|tag| tag.name.len() + 100).sum::<usize>();
    row.last_line.len() + row.site_name.len() + page + tags + 700
}
