//! What agents find again. What they may see is decided by the store, in the transaction that looks; opening what was
//! found is noted as opening any conversation is (`audit`).

use deskbell_shared::model::AgentId;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{SearchRequest, SearchView};

use super::Application;
use super::accounts::Signed;
use super::denial::Denial;
use crate::store::search::{Filter, Sought};
use crate::store::words::{ASKED_CHARS_MAX, PHRASES_MAX, Query, Unfit};

impl Application {
    /// Looks for messages, notes and people.
    pub async fn search(&self, who: Signed, asked: SearchRequest) -> Result<SearchView, Denial> {
        let query = Query::read(&asked.text).map_err(unfit)?;
        self.may_search(who.id)?;
        let SearchRequest { inbox, agent, status, since, until, only, before, .. } = asked;
        let filter = Filter { inbox, agent, status, since, until, only };
        // One at a time: however many search, whoever reads a conversation has a reader of the store that is free of it.
        let _turn = self.searching.lock().await;
        Ok(self.store.search(who.id, Sought { query, filter, before }).await?)
    }

    fn may_search(&self, agent: AgentId) -> Result<(), Denial> {
        let taken = self.allowances.search(agent, &self.limits, self.now());
        taken.map_err(|wait| Denial::wait(wait, "too many searches at once; try again in a moment"))
    }
}

fn unfit(why: Unfit) -> Denial {
    match why {
        Unfit::Empty => Denial::invalid("text", "there is no word in it to look for"),
        Unfit::TooLong => Denial {
            field: Some("text"),
            ..Denial::because(
                RefusalCode::TooLong,
                format!("at most {ASKED_CHARS_MAX} characters, and fewer than {PHRASES_MAX} words"),
            )
        },
    }
}
