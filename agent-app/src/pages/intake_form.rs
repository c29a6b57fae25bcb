//! The part of a site's form about what visitors are asked before their first message, and what they are offered to begin
//! with.

use deskbell_shared::model::site::{FORM_FIELDS_MAX, STARTERS_MAX};
use deskbell_shared::model::{ChatForm, FieldKind, FormField};
use yew::prelude::*;

use crate::components::field::{Field, Lines, lines};
use crate::components::icon::{Glyph, icon};
use crate::components::rule::{add_line, choice_line, lines_of_text, remove_line, text_line};
use crate::components::site_form::SiteDraft;
use crate::services::locale::OF_VISITORS;
use crate::state::intake;
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// What answers may look like.
const KINDS: [(&str, &str); 3] =
    [("text", "intake.kind.text"), ("email", "intake.kind.email"), ("choice", "intake.kind.choice")];

/// What is written, and how it is changed.
struct Draft<'a> {
    site: &'a SiteDraft,
    language: Option<&'static str>,
    onchange: &'a Callback<SiteDraft>,
}

impl Draft<'_> {
    fn form(&self) -> ChatForm {
        let form = self.site.style.form.clone();
        form.unwrap_or(ChatForm { fields: Vec::new(), consent: None })
    }

    /// Changes the form by what comes.
    fn by<T: 'static>(&self, change: impl Fn(&mut ChatForm, T) + 'static) -> Callback<T> {
        let (site, onchange, form) = (self.site.clone(), self.onchange.clone(), self.form());
        Callback::from(move |what: T| {
            let (mut site, mut form) = (site.clone(), form.clone());
            change(&mut form, what);
            site.style.form = Some(form);
            onchange.emit(site);
        })
    }

    fn starters(&self) -> Callback<String> {
        let (site, onchange, language) = (self.site.clone(), self.onchange.clone(), self.language);
        Callback::from(move |written: String| {
            let mut site = site.clone();
            let mut starters = site.style.starters.take().unwrap_or_default();
            intake::put_lines(&mut starters, language, &written);
            site.style.starters = Some(starters);
            onchange.emit(site);
        })
    }
}

/// The part of the form. `language` is whose texts are shown: 0 for all languages, then each of `OF_VISITORS`.
pub fn intake_part(site: &SiteDraft, wrong: &Wrong, language: usize, onchange: &Callback<SiteDraft>) -> Html {
    let draft = Draft { site, language: language.checked_sub(1).map(|at| OF_VISITORS[at].0), onchange };
    let form = draft.form();
    let starters = site.style.starters.clone().unwrap_or_default();
    let questions = form.fields.iter().enumerate().map(|(at, field)| question(&draft, at, field));
    let help = match draft.language {
        None => tn("intake.starters.help", &[("n", &STARTERS_MAX.to_string())]),
        Some(_) => t("intake.other"),
    };
    html! {
        <>
            {lines(&Lines {
                id: "starters",
                label: t("intake.starters").into(),
                value: intake::lines(&starters, draft.language).into(),
                onchange: draft.starters(),
                help: Some(help.into()),
                error: wrong.of("starters"),
                placeholder: "",
            })}
            <div class="part-head"><h3>{t("intake")}</h3><p>{t("intake.line")}</p></div>
            if !form.fields.is_empty() { <ul class="hours" aria-label={t("intake")}>{for questions}</ul> }
            if let Some(error) = wrong.of("form") {
                <p class="field-error" role="alert">{icon(Glyph::Warn)}{error}</p>
            }
            if draft.language.is_none() && form.fields.len() < FORM_FIELDS_MAX { {additions(&draft)} }
            {agreement(&draft, &form, wrong)}
        </>
    }
}

fn question(draft: &Draft<'_>, at: usize, field: &FormField) -> Html {
    let language = draft.language;
    let label = text_line(
        intake::said(&field.label, language),
        match language {
            None => t("intake.question"),
            Some(_) => field.label.text.clone(),
        },
        draft.by(move |form, text| intake::put(&mut form.fields[at].label, language, text)),
    );
    let choices = || {
        let label = match language {
            None => t("intake.choices"),
            Some(_) => intake::lines(&field.choices, None),
        };
        let take = draft.by(move |form, text: String| {
            intake::put_lines(&mut form.fields[at].choices, language, &text);
        });
        lines_of_text(&intake::lines(&field.choices, language), label, take)
    };
    let rename = draft.by(move |form, text: String| form.fields[at].key = text.trim().to_lowercase());
    let kind = draft.by(move |form, name: String| {
        let field = &mut form.fields[at];
        field.kind = FieldKind::from_name(&name).unwrap_or(field.kind);
    });
    let required = draft.by(move |form, _: Event| {
        let field = &mut form.fields[at];
        field.required = !field.required;
    });
    html! {
        <li key={at} class="hours-other">
            <div class="hours-span question">
                {label}
                if language.is_none() {
                    {choice_line(field.kind.text(), t("intake.kind"), &KINDS, kind)}
                    {remove_line(t("intake.remove"), draft.by(move |form, ()| drop(form.fields.remove(at))))}
                }
            </div>
            if field.kind == FieldKind::Choice { {choices()} }
            if language.is_none() {
                <div class="hours-span">
                    <label class="check">{t("intake.key")}{text_line(&field.key, t("intake.key"), rename)}</label>
                    <label class="check"><input type="checkbox" checked={field.required} onchange={required} />{t("intake.required")}</label>
                </div>
            }
        </li>
    }
}

/// The ways to one question more.
fn additions(draft: &Draft<'_>) -> Html {
    let add = |word: &'static str, key: &'static str, first: &'static str, kind: FieldKind| {
        let onadd = draft.by(move |form, ()| {
            let label = if first.is_empty() { String::new() } else { t(first) };
            let field = intake::question(form, key, label, kind);
            form.fields.push(field);
        });
        add_line(t(word), onadd)
    };
    html! {
        <div class="form-row">
            {add("intake.add.name", "name", "intake.first.name", FieldKind::Text)}
            {add("intake.add.email", "email", "intake.first.email", FieldKind::Email)}
            {add("intake.add", "question", "", FieldKind::Text)}
        </div>
    }
}

fn agreement(draft: &Draft<'_>, form: &ChatForm, wrong: &Wrong) -> Html {
    let language = draft.language;
    let switch = draft.by(|form, _: Event| {
        form.consent = match form.consent.take() {
            Some(_) => None,
            None => Some(intake::consent()),
        };
    });
    let consent = form.consent.as_ref();
    let words = move |text: String, form: &mut ChatForm| {
        if let Some(consent) = &mut form.consent {
            intake::put(&mut consent.text, language, text);
        }
    };
    html! {
        <>
            if language.is_none() {
                <label class="check"><input id="consent-on" type="checkbox" checked={consent.is_some()} onchange={switch} />{t("intake.consent")}</label>
            }
            if let Some(consent) = consent {
                {lines(&Lines {
                    id: "consent",
                    label: t("intake.consent.text").into(),
                    value: intake::said(&consent.text, language).to_owned().into(),
                    onchange: draft.by(move |form, text| words(text, form)),
                    help: Some(match language {
                        None => t("intake.consent.help").into(),
                        Some(_) => t("intake.other").into(),
                    }),
                    error: wrong.of("consent"),
                    placeholder: "",
                })}
                if language.is_none() {
                    <Field id="link" label={t("intake.link")} value={consent.link.clone().unwrap_or_default()}
                        help={t("intake.link.help")} error={wrong.of("link")}
                        onchange={draft.by(|form, text: String| {
                            if let Some(consent) = &mut form.consent {
                                consent.link = Some(text).filter(|text| !text.is_empty());
                            }
                        })} />
                }
            }
        </>
    }
}
