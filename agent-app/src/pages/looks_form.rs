//! The looks of a site beyond its colour: its picture, where the launcher stands, light or dark, and what is said in each
//! language. What it becomes is seen in `preview`.

use deskbell_shared::model::site::{ABOVE_PX_MAX, ASIDE_PX_MAX};
use deskbell_shared::model::{Corner, SiteStyle, SiteText, Theme};
use deskbell_shared::protocol::api::PictureView;
use yew::prelude::*;

use crate::components::face::face;
use crate::components::field::Field;
use crate::components::segments::segments;
use crate::components::site_form::SiteDraft;
use crate::components::stage::form_error;
use crate::format::initials;
use crate::hooks::picture::use_picture;
use crate::services::locale::OF_VISITORS;
use crate::text::t;
use crate::trouble::Wrong;

/// The fields. `language` is whose texts are shown: 0 for all languages, then each of `OF_VISITORS`.
#[hook]
pub fn use_looks_form(
    draft: &SiteDraft,
    wrong: &Wrong,
    language: usize,
    onlanguage: &Callback<usize>,
    onchange: &Callback<SiteDraft>,
) -> Html {
    let logo = use_logo(draft, onchange);
    let style = &draft.style;
    let corner = {
        let (draft, onchange) = (draft.clone(), onchange.clone());
        Callback::from(move |at: usize| {
            let style = SiteStyle { corner: Corner::ALL[at], ..draft.style.clone() };
            onchange.emit(SiteDraft { style, ..draft.clone() });
        })
    };
    let theme = {
        let (draft, onchange) = (draft.clone(), onchange.clone());
        Callback::from(move |at: usize| {
            let style = SiteStyle { theme: Theme::ALL[at], ..draft.style.clone() };
            onchange.emit(SiteDraft { style, ..draft.clone() });
        })
    };
    let typed = |put: fn(&mut SiteDraft, usize, String)| {
        let (draft, onchange, language) = (draft.clone(), onchange.clone(), language);
        Callback::from(move |text: String| {
            let mut draft = draft.clone();
            put(&mut draft, language, text);
            onchange.emit(draft);
        })
    };
    let all = vec![t("site.text.all")];
    let languages: Vec<String> =
        all.into_iter().chain(OF_VISITORS.map(|(_, name)| name.to_owned())).collect();
    let words = |keys: &[&str]| keys.iter().map(|key| t(key)).collect::<Vec<_>>();
    let [greeting, label, notice] = said(draft, language);
    let help = |own: &str| t(if language == 0 { own } else { "site.text.other" });
    html! {
        <>
            {logo}
            <div class="fields-beside">
                {segments("corner", t("site.corner"), &words(&["site.corner.right", "site.corner.left"]), style.corner as usize, &corner)}
                <Field id="aside" kind="number" label={t("site.aside")} value={style.aside_px.to_string()}
                    onchange={typed(|draft, _, text| draft.style.aside_px = pixels(&text, ASIDE_PX_MAX))} />
                <Field id="above" kind="number" label={t("site.above")} value={style.above_px.to_string()}
                    onchange={typed(|draft, _, text| draft.style.above_px = pixels(&text, ABOVE_PX_MAX))} />
            </div>
            {segments("theme", t("site.theme"), &words(&["site.theme.auto", "site.theme.light", "site.theme.dark"]), style.theme as usize, &theme)}
            {segments("texts", t("site.text"), &languages, language, onlanguage)}
            <Field id="greeting" label={t("site.greeting")} value={greeting} help={help("site.greeting.help")}
                error={wrong.of("greeting")} onchange={typed(|draft, language, text| write(draft, language, 0, text))} />
            <Field id="label" label={t("site.label")} value={label} help={help("site.label.help")}
                error={wrong.of("label")} onchange={typed(|draft, language, text| write(draft, language, 1, text))} />
            <Field id="notice" label={t("site.notice")} value={notice} help={help("site.notice.help")}
                error={wrong.of("notice")} onchange={typed(|draft, language, text| write(draft, language, 2, text))} />
        </>
    }
}

fn pixels(text: &str, most: u32) -> u32 {
    text.trim().parse().unwrap_or(0).min(most)
}

/// Greeting, label and notice for all languages, or for one.
fn said(draft: &SiteDraft, language: usize) -> [String; 3] {
    let notice = |notice: &Option<String>| notice.clone().unwrap_or_default();
    let Some(at) = language.checked_sub(1) else {
        return [draft.greeting.clone(), draft.style.label.clone(), notice(&draft.style.notice)];
    };
    let text = draft.style.texts.iter().find(|text| text.language == OF_VISITORS[at].0);
    text.map_or_else(Default::default, |text| {
        [text.greeting.clone(), text.label.clone(), notice(&text.notice)]
    })
}

/// Writes the greeting (0), the label (1) or the notice (2).
fn write(draft: &mut SiteDraft, language: usize, which: usize, said: String) {
    let SiteDraft { greeting, style, .. } = draft;
    let SiteStyle { label, notice, texts, .. } = style;
    let (greeting, label, notice) = match language.checked_sub(1) {
        None => (greeting, label, notice),
        Some(at) => {
            let tag = OF_VISITORS[at].0;
            let at = texts.iter().position(|text| text.language == tag).unwrap_or_else(|| {
                let (language, empty) = (tag.to_owned(), String::new());
                texts.push(SiteText { language, greeting: empty.clone(), label: empty, notice: None });
                texts.len() - 1
            });
            let SiteText { greeting, label, notice, .. } = &mut texts[at];
            (greeting, label, notice)
        }
    };
    match which {
        0 => *greeting = said,
        1 => *label = said,
        _ => *notice = Some(said).filter(|said| !said.is_empty()),
    }
}

/// The picture of a site: kept by the server as soon as it is picked, the site's once the form is saved.
#[hook]
fn use_logo(draft: &SiteDraft, onchange: &Callback<SiteDraft>) -> Html {
    let set = {
        let (draft, onchange) = (draft.clone(), onchange.clone());
        Callback::from(move |logo| {
            let style = SiteStyle { logo, ..draft.style.clone() };
            onchange.emit(SiteDraft { style, ..draft.clone() });
        })
    };
    let onmade = set.reform(|made: PictureView| Some(made.picture));
    let (submit, button) = use_picture("logo", "site.logo.choose", "/api/pictures", onmade);
    let picture = draft.style.logo.as_ref().map(|hash| ["/picture/", hash].concat());
    html! {
        <div class="field">
            <span class="label">{t("site.logo")}</span>
            {form_error(submit.wrong.whole.as_deref())}
            <div class="form-row">
                {face(0, initials(&draft.name), picture, "face-big")}
                {button}
                if draft.style.logo.is_some() {
                    <button class="button button-quiet" type="button" onclick={set.reform(|_: MouseEvent| None)}>{t("site.logo.drop")}</button>
                }
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_own_words_or_none() {
        let mut draft = SiteDraft {
            name: "Shop".into(),
            origins: String::new(),
            colour: String::new(),
            greeting: "Hi".into(),
            style: SiteStyle::default(),
            inbox: None,
            inboxes: Vec::new(),
        };
        write(&mut draft, 2, 0, "\u{4f60}\u{597d}".into());
        write(&mut draft, 0, 1, "Ask".into());
        write(&mut draft, 0, 2, "Closed tomorrow".into());
        assert_eq!(said(&draft, 0), ["Hi", "Ask", "Closed tomorrow"]);
        assert_eq!(said(&draft, 2), ["\u{4f60}\u{597d}", "", ""]);
        assert_eq!(said(&draft, 1), ["", "", ""]);
        write(&mut draft, 0, 2, String::new());
        assert_eq!(draft.style.notice, None);
        assert_eq!((pixels("500", 80), pixels("x", 80), pixels("7", 80)), (80, 0, 7));
    }
}
