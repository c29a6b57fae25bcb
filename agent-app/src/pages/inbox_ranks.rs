//! The part of the form of an inbox about who comes before others: by what the site's server has signed of a visitor.

use deskbell_shared::model::{Priority, RankRule};
use yew::prelude::*;

use super::inbox_rules::{Change, add_button, chosen_at, remove_button, text_at};
use crate::components::icon::{Glyph, icon};
use crate::state::routing::RoutingDraft;
use crate::text::t;
use crate::trouble::Wrong;

/// Where somebody may come, with its name. As most is no rule.
const PRIORITIES: [(Priority, &str); 3] = [
    (Priority::Urgent, "priority.urgent"),
    (Priority::High, "priority.high"),
    (Priority::Low, "priority.low"),
];
const HOW: [(&str, &str); 2] = [("is", "ranks.is"), ("contains", "ranks.contains")];

/// The rules, in order.
pub fn ranks_part(draft: &RoutingDraft, wrong: &Wrong, change: &Change) -> Html {
    let add = |draft: &mut RoutingDraft, _: usize, _: String| {
        let (key, value) = (String::new(), String::new());
        draft.ranks.push(RankRule { key, contains: false, value, priority: Priority::High });
    };
    let rules = draft.ranks.iter().enumerate().map(|(at, rule)| line(at, rule, change));
    html! {
        <>
            <div class="part-head"><h3>{t("ranks")}</h3><p>{t("ranks.line")}</p></div>
            if !draft.ranks.is_empty() { <ul class="hours" aria-label={t("ranks")}>{for rules}</ul> }
            if let Some(error) = wrong.of("ranks") {
                <p class="field-error" role="alert">{icon(Glyph::Warn)}{error}</p>
            }
            {add_button(t("ranks.add"), change, add)}
        </>
    }
}

fn line(at: usize, rule: &RankRule, change: &Change) -> Html {
    let how = HOW[usize::from(rule.contains)].0;
    let priorities = PRIORITIES.map(|(priority, name)| (priority.text(), name));
    html! {
        <li key={at} class="hours-span">
            {text_at(&rule.key, t("ranks.key"), change, at, |draft, at, key| draft.ranks[at].key = key)}
            {chosen_at(how, t("ranks.how"), &HOW, change, at, |draft, at, how| draft.ranks[at].contains = how == HOW[1].0)}
            {text_at(&rule.value, t("ranks.value"), change, at, |draft, at, value| draft.ranks[at].value = value)}
            {chosen_at(rule.priority.text(), t("ranks.priority"), &priorities, change, at, |draft, at, name| {
                let rule = &mut draft.ranks[at];
                rule.priority = Priority::from_name(&name).unwrap_or(rule.priority);
            })}
            {remove_button(t("ranks.remove"), change, at, |draft, at, _| drop(draft.ranks.remove(at)))}
        </li>
    }
}
