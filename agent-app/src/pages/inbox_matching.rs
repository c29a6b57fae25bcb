//! The part of the form of an inbox about who fits what is asked for: languages, skills by page, and how long is waited for
//! them; and beside each member what they can.

use deskbell_shared::model::{AgentId, SkillRule};
use yew::prelude::*;

use super::inbox_routing::switch;
use super::inbox_rules::{Change, Changes, add_button, flip, remove_button, text_at, type_in};
use crate::components::field::{Field, typed};
use crate::components::icon::{Glyph, icon};
use crate::state::routing::{AbleDraft, RoutingDraft};
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// What is asked for.
pub fn matching_part(
    draft: &RoutingDraft,
    wrong: &Wrong,
    change: &(impl Changes + 'static),
    lines: &Change,
) -> Html {
    let add = |draft: &mut RoutingDraft, _: usize, _: String| {
        draft.rules.push(SkillRule { page: String::new(), skill: String::new() });
    };
    let rules = draft.rules.iter().enumerate().map(|(at, rule)| rule_line(at, rule, lines));
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("matching")}</h2><p>{t("matching.line")}</p></div>
            {switch("by-language", draft.by_language, t("matching.language"), t("matching.language.line"), flip(change, |draft| &mut draft.by_language))}
            if draft.by_language {
                <div class="choice-more">
                    <Field id="language" label={t("matching.usual")} value={draft.language.clone()} help={t("matching.usual.help")}
                        error={wrong.of("language")} onchange={type_in(change, |draft| &mut draft.language)} />
                </div>
            }
            if !draft.rules.is_empty() { <ul class="hours" aria-label={t("matching.skills")}>{for rules}</ul> }
            if let Some(error) = wrong.of("rules") {
                <p class="field-error" role="alert">{icon(Glyph::Warn)}{error}</p>
            }
            {add_button(t("matching.add"), lines, add)}
            if draft.asks_for_somebody() {
                {switch("lapses", draft.lapses, t("matching.lapses"), t("matching.lapses.line"), flip(change, |draft| &mut draft.lapses))}
                if draft.lapses {
                    <div class="choice-more">
                        <Field id="prefer_seconds" kind="number" label={t("matching.seconds")} value={draft.prefer_seconds.clone()}
                            error={wrong.of("prefer_seconds")} onchange={type_in(change, |draft| &mut draft.prefer_seconds)} />
                    </div>
                }
            }
        </section>
    }
}

/// Who writes from where needs what.
fn rule_line(at: usize, rule: &SkillRule, lines: &Change) -> Html {
    html! {
        <li key={at} class="hours-span">
            {text_at(&rule.skill, t("matching.skill"), lines, at, |draft, at, skill| draft.rules[at].skill = skill)}
            {text_at(&rule.page, t("matching.page"), lines, at, |draft, at, page| draft.rules[at].page = page)}
            {remove_button(t("matching.remove"), lines, at, |draft, at, _| drop(draft.rules.remove(at)))}
        </li>
    }
}

/// What a member can.
pub fn able_fields(draft: &RoutingDraft, agent: AgentId, name: &str, on_able: &Callback<AbleDraft>) -> Html {
    let able = draft.able(agent);
    let field = |(what, short): (&'static str, &'static str), value: &str, which: Which| {
        let able = able.clone();
        let oninput = on_able.reform(move |event: InputEvent| {
            let mut able = able.clone();
            *which(&mut able) = typed(&event);
            able
        });
        html! {
            <input class="input" value={value.to_owned()} aria-label={tn(what, &[("who", name)])} placeholder={t(short)} {oninput} />
        }
    };
    html! {
        <div class="table-more hours-span">
            if draft.by_language { {field(("able.languages", "able.languages.short"), &able.languages, |able| &mut able.languages)} }
            if !draft.rules.is_empty() { {field(("able.skills", "able.skills.short"), &able.skills, |able| &mut able.skills)} }
        </div>
    }
}

/// Which of the two.
type Which = fn(&mut AbleDraft) -> &mut String;
