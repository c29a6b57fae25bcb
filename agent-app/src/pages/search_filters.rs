//! What is looked for: the words, and what else has to be so.

use deskbell_shared::model::{AgentId, InboxId, Status, UnixMillis};
use deskbell_shared::protocol::api::{SearchOnly, SearchRequest};
use yew::prelude::*;

use crate::components::field::chosen;
use crate::components::select::Select;
use crate::state::desk::Shared;
use crate::text::t;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// What a filter says that leaves nothing out.
const ANY: &str = "";
/// What the filter of colleagues says of me.
const ME: &str = "me";

/// Takes what was chosen into what is asked.
type Put = fn(&mut Asked, String);

/// What is looked for, as the fields on the page have it.
#[derive(Clone, Default, PartialEq)]
pub struct Asked {
    /// What was typed.
    pub text: String,
    inbox: String,
    agent: String,
    status: String,
    days: String,
    only: String,
}

impl Asked {
    /// Whether there is anything to look for.
    pub fn has_words(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    /// The same with other words.
    pub fn saying(&self, text: String) -> Asked {
        Asked { text, ..self.clone() }
    }

    /// The same for the server.
    pub fn request(&self, me: AgentId, now_ms: i64, before: Option<u64>) -> SearchRequest {
        let days = self.days.parse::<i64>().ok();
        SearchRequest {
            text: self.text.clone(),
            inbox: InboxId::from_hex(&self.inbox),
            agent: if self.agent == ME { Some(me) } else { AgentId::from_hex(&self.agent) },
            status: Status::from_name(&self.status),
            since: days.map(|days| UnixMillis(now_ms - days * DAY_MS)),
            until: None,
            only: SearchOnly::from_name(&self.only),
            before,
        }
    }
}

/// The filters. The browser draws them, so that they are used with the keys everybody knows.
pub fn filters(asked: &Asked, state: &Shared, onchange: Callback<Asked>) -> Html {
    let mut colleagues: Vec<(AgentId, String)> = Vec::new();
    for one in state.team.iter().flat_map(|(_, desk)| desk.colleagues.iter()) {
        if one.agent.id != state.me && !colleagues.iter().any(|(id, _)| *id == one.agent.id) {
            colleagues.push((one.agent.id, one.agent.name.clone()));
        }
    }
    colleagues.sort_by(|one, other| one.1.cmp(&other.1));
    let inboxes: Vec<(String, String)> =
        state.team.iter().map(|(id, desk)| (id.to_hex(), desk.name.clone())).collect();
    let agents = [(ME.to_owned(), t("search.by_me"))];
    let agents: Vec<(String, String)> =
        agents.into_iter().chain(colleagues.into_iter().map(|(id, name)| (id.to_hex(), name))).collect();
    let word = |value: &str, key: &str| (value.to_owned(), t(key));
    let states = vec![word("open", "search.open"), word("resolved", "search.resolved")];
    let times = vec![word("7", "search.week"), word("30", "search.month"), word("365", "search.year")];
    let kinds = vec![word("messages", "search.messages"), word("notes", "search.notes")];
    let select = |label: &str, any: &str, value: &String, options: Vec<(String, String)>, put: Put| {
        let (onchange, asked) = (onchange.clone(), asked.clone());
        let onchange = Callback::from(move |event: Event| {
            let mut next = asked.clone();
            put(&mut next, chosen(&event));
            onchange.emit(next);
        });
        let class = classes!("search-filter", (value != ANY).then_some("search-filter-on"));
        html! {
            <Select {class} label={t(label)} value={value.clone()} {onchange}>
                <option value={ANY}>{t(any)}</option>
                {for options.iter().map(|(value, name)| html! { <option value={value.clone()}>{name.clone()}</option> })}
            </Select>
        }
    };
    html! {
        <div class="search-filters" role="group" aria-label={t("search.filters")}>
            {select("search.inbox", "search.any_inbox", &asked.inbox, inboxes, |asked, to| asked.inbox = to)}
            {select("search.agent", "search.anybody", &asked.agent, agents, |asked, to| asked.agent = to)}
            {select("search.state", "search.any_state", &asked.status, states, |asked, to| asked.status = to)}
            {select("search.time", "search.any_time", &asked.days, times, |asked, to| asked.days = to)}
            {select("search.kind", "search.any_kind", &asked.only, kinds, |asked, to| asked.only = to)}
        </div>
    }
}
