//! The part of a site's form about whom visitors may talk to: which inboxes they choose among, in which order, and what they
//! read of each.

use deskbell_shared::model::site::SITE_INBOXES_MAX;
use deskbell_shared::model::{InboxId, SiteInbox};
use yew::prelude::*;

use crate::components::field::chosen;
use crate::components::icon::{Glyph, icon};
use crate::components::rule::{named_line, remove_line, text_line};
use crate::components::select::Select;
use crate::components::site_form::SiteDraft;
use crate::services::locale::OF_VISITORS;
use crate::state::desk::Shared;
use crate::state::{choice, intake};
use crate::text::{t, tn};
use crate::trouble::Wrong;

type Change = Box<dyn Fn(&mut Vec<SiteInbox>, String)>;

/// What is written, and how it is changed.
struct Draft<'a> {
    site: &'a SiteDraft,
    main: InboxId,
    state: &'a Shared,
    language: Option<&'static str>,
    onchange: &'a Callback<SiteDraft>,
}

impl<'a> Draft<'a> {
    /// Changes them by what is typed or chosen; for a press that is nothing.
    fn by(&self, change: Change) -> Callback<String> {
        let (site, onchange) = (self.site.clone(), self.onchange.clone());
        Callback::from(move |what: String| {
            let mut site = site.clone();
            change(&mut site.inboxes, what);
            onchange.emit(site);
        })
    }

    fn name(&self, inbox: InboxId) -> &'a str {
        self.state.team.get(&inbox).map_or("", |desk| &desk.name)
    }
}

/// The part of the form. `language` is whose texts are shown: 0 for all languages, then each of `OF_VISITORS`.
pub fn inboxes_part(
    site: &SiteDraft,
    wrong: &Wrong,
    state: &Shared,
    language: usize,
    onchange: &Callback<SiteDraft>,
) -> Html {
    let Some(main) = site.inbox else { return Html::default() };
    // With one inbox there is nothing to choose.
    if state.team.keys().nth(1).is_none() && site.inboxes.is_empty() {
        return Html::default();
    }
    let language = language.checked_sub(1).map(|at| OF_VISITORS[at].0);
    let draft = Draft { site, main, state, language, onchange };
    let rows = site.inboxes.iter().enumerate().map(|(at, its)| row(&draft, at, its));
    html! {
        <>
            <div class="part-head"><h3 id="choice-title">{t("choice")}</h3><p>{tn("choice.line", &[("n", &SITE_INBOXES_MAX.to_string())])}</p></div>
            if !site.inboxes.is_empty() { <ul class="hours" aria-label={t("choice")}>{for rows}</ul> }
            if let Some(error) = wrong.of("inboxes") {
                <p class="field-error" role="alert">{icon(Glyph::Warn)}{error}</p>
            }
            if language.is_none() { {addition(&draft)} }
        </>
    }
}

fn row(draft: &Draft<'_>, at: usize, its: &SiteInbox) -> Html {
    let language = draft.language;
    let name = draft.name(its.inbox);
    let text = draft.by(Box::new(move |inboxes, text| intake::put(&mut inboxes[at].label, language, text)));
    let rename = draft.by(Box::new(move |inboxes, text| inboxes[at].key = text.trim().to_lowercase()));
    let up = draft.by(Box::new(move |inboxes, _| inboxes.swap(at - 1, at)));
    let remove = draft.by(Box::new(move |inboxes, _| choice::remove(inboxes, at)));
    // What visitors read where nothing is written.
    let read = if its.label.text.is_empty() { name } else { &its.label.text };
    html! {
        <li key={its.inbox.to_hex()} class="hours-other">
            <p class="strong"><bdi>{name.to_owned()}</bdi></p>
            <div class="hours-span question">
                {named_line(intake::said(&its.label, language), tn("choice.label.which", &[("name", name)]), read.to_owned(), text)}
                if language.is_none() && at > 0 {
                    <button class="button button-quiet" type="button" aria-label={tn("choice.up.which", &[("name", name)])} onclick={up.reform(|_: MouseEvent| String::new())}>{t("choice.up")}</button>
                }
                if language.is_none() && its.inbox != draft.main {
                    {remove_line(tn("choice.remove", &[("name", name)]), remove.reform(|()| String::new()))}
                }
            </div>
            if language.is_none() {
                <div class="hours-span"><label class="check">{t("choice.key")}{text_line(&its.key, tn("choice.key.which", &[("name", name)]), rename)}</label></div>
            }
        </li>
    }
}

/// The way to one more. The main inbox comes with the first.
fn addition(draft: &Draft<'_>) -> Html {
    let offered =
        |inbox: &InboxId| *inbox == draft.main || draft.site.inboxes.iter().any(|its| its.inbox == *inbox);
    let mut others = draft.state.team.iter().filter(|(id, _)| !offered(id)).peekable();
    if others.peek().is_none() || draft.site.inboxes.len() >= SITE_INBOXES_MAX {
        return Html::default();
    }
    let options = others.map(|(id, desk)| html! { <option value={id.to_hex()}>{desk.name.clone()}</option> });
    let main = draft.main;
    let team = draft.state.team.clone();
    let onpick = draft.by(Box::new(move |inboxes, id| {
        let Some(inbox) = InboxId::from_hex(&id) else { return };
        for inbox in [main, inbox] {
            choice::add(inboxes, inbox, team.get(&inbox).map_or("", |desk| &desk.name));
        }
    }));
    html! {
        <div class="field">
            <label for="choice-add">{t("choice.add")}</label>
            <Select class="input" id="choice-add" value="" onchange={onpick.reform(|event: Event| chosen(&event))}>
                <option value=""></option>
                {for options}
            </Select>
        </div>
    }
}
