//! The part of the form of an inbox about who gets what waits, where it goes on to, and how many are given a place.

use deskbell_shared::model::{InboxId, RoutingPolicy};
use yew::prelude::*;

use super::inbox_ranks::ranks_part;
use super::inbox_rules::{Change, Changes, flip, type_in};
use crate::components::field::{Field, chosen};
use crate::components::select::Select;
use crate::state::routing::{RoutingDraft, Unfit};
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// What an owner may choose, in their order.
const POLICIES: [(RoutingPolicy, &str, &str); 3] = [
    (RoutingPolicy::LeastLoaded, "routing.least", "routing.least.line"),
    (RoutingPolicy::RoundRobin, "routing.turn", "routing.turn.line"),
    (RoutingPolicy::AgentsClaim, "routing.claim", "routing.claim.line"),
];

/// What is said of a number that cannot be meant.
pub fn out_of_bounds((field, min, max): Unfit) -> Wrong {
    let bounds = [("min", min.to_string()), ("max", max.to_string())];
    let bounds = bounds.each_ref().map(|(name, value)| (*name, value.as_str()));
    Wrong::nothing().at(field, tn("wrong.number", &bounds))
}

/// Who gets what waits. `others` are the inboxes it may go on to.
pub fn routing_part(
    draft: &RoutingDraft,
    others: &[(InboxId, String)],
    wrong: &Wrong,
    change: &(impl Changes + 'static),
    lines: &Change,
) -> Html {
    let policy = |(policy, word, help): (RoutingPolicy, &'static str, &'static str)| {
        let change = change.clone();
        let onchange = Callback::from(move |_: Event| change(&|draft| draft.policy = policy));
        html! {
            <div class="choice">
                <input type="radio" id={word} name="policy" checked={draft.policy == policy} {onchange} />
                <label for={word}><span class="strong">{t(word)}</span><span class="field-help">{t(help)}</span></label>
            </div>
        }
    };
    let gives = draft.policy != RoutingPolicy::AgentsClaim;
    html! {
        <section class="part">
            <div class="part-head"><h2 id="routing">{t("routing")}</h2><p>{t("routing.help")}</p></div>
            <div class="choices" role="radiogroup" aria-labelledby="routing">
                {for POLICIES.into_iter().map(policy)}
            </div>
            if gives {
                {switch("same-agent", draft.same_agent, t("routing.same"), t("routing.same.line"), flip(change, |draft| &mut draft.same_agent))}
                {switch("asks", draft.asks, t("routing.accept"), t("routing.accept.line"), flip(change, |draft| &mut draft.asks))}
                if draft.asks {
                    <div class="choice-more">
                        <Field id="accept_seconds" kind="number" label={t("routing.accept.seconds")} value={draft.accept_seconds.clone()}
                            error={wrong.of("accept_seconds")} onchange={type_in(change, |draft| &mut draft.accept_seconds)} />
                    </div>
                }
            }
            if !others.is_empty() {
                {switch("goes-on", draft.goes_on, t("routing.overflow"), t("routing.overflow.line"), flip(change, |draft| &mut draft.goes_on))}
                if draft.goes_on {
                    <div class="choice-more">
                        <Field id="after_minutes" kind="number" label={t("routing.overflow.after")} value={draft.after_minutes.clone()}
                            error={wrong.of("after_minutes")} onchange={type_in(change, |draft| &mut draft.after_minutes)} />
                        {next_inbox(draft.to, others, change)}
                    </div>
                }
            }
            {ranks_part(draft, wrong, lines)}
            {switch("aims", draft.aims, t("routing.target"), t("routing.target.line"), flip(change, |draft| &mut draft.aims))}
            if draft.aims {
                <div class="choice-more">
                    <Field id="answer_minutes" kind="number" label={t("routing.target.minutes")} value={draft.answer_minutes.clone()}
                        error={wrong.of("answer_minutes")} onchange={type_in(change, |draft| &mut draft.answer_minutes)} />
                </div>
            }
            {switch("capped", draft.is_capped, t("routing.cap"), t("routing.cap.line"), flip(change, |draft| &mut draft.is_capped))}
            if draft.is_capped {
                <div class="choice-more">
                    <Field id="waiting_max" kind="number" label={t("routing.cap.max")} value={draft.waiting_max.clone()}
                        error={wrong.of("waiting_max")} onchange={type_in(change, |draft| &mut draft.waiting_max)} />
                </div>
            }
        </section>
    }
}

/// A box to tick, with a line about it.
pub fn switch(id: &'static str, is_on: bool, title: String, line: String, onchange: Callback<Event>) -> Html {
    html! {
        <div class="choice">
            <input type="checkbox" {id} checked={is_on} {onchange} />
            <label for={id}><span class="strong">{title}</span><span class="field-help">{line}</span></label>
        </div>
    }
}

fn next_inbox(to: Option<InboxId>, others: &[(InboxId, String)], change: &(impl Changes + 'static)) -> Html {
    let options = others.iter().map(|(id, name)| {
        html! { <option value={id.to_hex()}>{name.clone()}</option> }
    });
    let onchange = {
        let (change, others) = (change.clone(), others.to_vec());
        Callback::from(move |event: Event| {
            let value = chosen(&event);
            let to = others.iter().map(|(id, _)| *id).find(|id| id.to_hex() == value);
            change(&|draft| draft.to = to.or(draft.to));
        })
    };
    html! {
        <div class="field">
            <label for="next-inbox">{t("routing.overflow.to")}</label>
            <Select class="input" id="next-inbox" value={to.map(|id| id.to_hex()).unwrap_or_default()} {onchange}>{for options}</Select>
        </div>
    }
}
