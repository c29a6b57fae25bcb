//! How a conversation is filed, as lists and its head show it. Staff only.

use deskbell_shared::model::{Filed, Priority, Status, Summary, TagView};
use yew::prelude::*;

use crate::shown::filed::{FileAsk, priority_word};
use crate::text::t;

/// Tags that a row of a list shows by name.
pub const SHOWN_MAX: usize = 1;

/// A tag.
pub fn tag_chip(tag: &TagView) -> Html {
    chip(tag.colour.text(), &tag.name, &tag.name)
}

fn chip(kind: &str, sign: &str, name: &str) -> Html {
    html! {
        <span class={["chip tag tag-", kind].concat()} title={name.to_owned()}><span class="clip">{sign.to_owned()}</span></span>
    }
}

/// The sign of a priority; nothing for most.
pub fn priority_mark(priority: Priority) -> Html {
    let sign = match priority {
        Priority::Urgent => "!!",
        Priority::High => "!",
        Priority::Normal => return Html::default(),
        Priority::Low => "↓",
    };
    let name = priority_word(priority);
    html! { <>{chip(priority.text(), sign, &name)}<span class="unseen">{name}</span></> }
}

/// How much it matters, some tags, and how many more there are.
pub fn marks(filed: &Option<Filed>, tags_max: usize) -> Html {
    let Some(filed) = filed else { return Html::default() };
    let more = filed.tags.len().saturating_sub(tags_max);
    html! {
        <>
            {priority_mark(filed.priority)}
            {for filed.tags.iter().take(tags_max).map(tag_chip)}
            if more > 0 { <span class="muted">{"+"}{more}</span> }
        </>
    }
}

/// At a conversation: all of it, and for whoever may the ways to change it.
pub fn filed_line(summary: &Summary, asks_outcome: bool, may: bool, onask: &Callback<FileAsk>) -> Html {
    let button = |(ask, text): (FileAsk, String)| {
        html! { <button class="link" type="button" onclick={onask.reform(move |_: MouseEvent| ask)}>{text}</button> }
    };
    let outcome = summary.filed.as_ref().and_then(|filed| filed.outcome.clone());
    if !may {
        let outcome = outcome.map(|outcome| html! { <span class="muted">{outcome}</span> });
        return html! { <div class="filed">{marks(&summary.filed, usize::MAX)}{for outcome}</div> };
    }
    let is_asked = asks_outcome && summary.conversation.status == Status::Resolved;
    let outcome = outcome.or_else(|| is_asked.then(|| t("outcome.none")));
    let asks = [(FileAsk::Tags, t("tags.title")), (FileAsk::Priority, t("priority.title"))];
    let asks = asks.into_iter().chain(outcome.map(|outcome| (FileAsk::Outcome, outcome)));
    html! { <div class="filed">{marks(&summary.filed, usize::MAX)}{for asks.map(button)}</div> }
}
