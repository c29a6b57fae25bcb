//! The looks of a site in the forms in which its loader and its chat take them. The owner's preview takes them from
//! here, too, so that it shows what visitors get.

use deskbell_shared::model::contrast::{far_from, ink_on};
use deskbell_shared::model::{InboxId, SiteInbox, SiteLooks, SiteStyle, SiteText, Theme};

use super::words::WORDS;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// Above the place of the launcher: it, the panel's distance from it, and from the top.
const AROUND_PANEL_PX: u32 = 56 + 16 + 20;

/// Where the launcher and the panel stand, as declarations. The panel is lower than the window by `--cut`.
pub fn place(looks: &SiteLooks) -> String {
    let SiteStyle { corner, aside_px, above_px, .. } = looks.style.clone().unwrap_or_default();
    let (side, cut_px) = (corner.text(), above_px + AROUND_PANEL_PX);
    format!(
        "{side}:max({aside_px}px,env(safe-area-inset-{side}));\
         bottom:max({above_px}px,env(safe-area-inset-bottom));--cut:{cut_px}px"
    )
}

/// How light the chat is.
pub fn theme(looks: &SiteLooks) -> Theme {
    looks.style.as_ref().map_or(Theme::Auto, |style| style.theme)
}

/// The same as a `color-scheme`.
pub fn scheme(looks: &SiteLooks) -> &'static str {
    match theme(looks) {
        Theme::Auto => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// The colours of the chat, as a style sheet.
pub fn sheet(looks: &SiteLooks) -> String {
    let ink = ink_on(&looks.colour);
    let (colour, far, scheme) = (&looks.colour, far_from(ink), scheme(looks));
    format!(":root{{--site:{colour};--site-ink:{ink};--site-far:{far};color-scheme:{scheme}}}")
}

/// What is said before the first message.
pub fn greeting(looks: &SiteLooks, language: Language) -> &str {
    let own = text_in(looks, language).map(|text| text.greeting.as_str());
    own.filter(|text| !text.is_empty()).unwrap_or(&looks.greeting)
}

/// What every visitor is told at the moment; empty: nothing.
pub fn notice(looks: &SiteLooks, language: Language) -> &str {
    let own = text_in(looks, language).and_then(|text| text.notice.as_deref());
    let all = looks.style.as_ref().and_then(|style| style.notice.as_deref());
    own.or(all).unwrap_or_default()
}

/// What the launcher is called.
pub fn label(looks: &SiteLooks, language: Language) -> String {
    let own = text_in(looks, language).map(|text| text.label.as_str()).filter(|text| !text.is_empty());
    let all = looks.style.as_ref().map(|style| style.label.as_str()).filter(|text| !text.is_empty());
    match own.or(all) {
        Some(label) => label.to_owned(),
        None => WORDS.of(language).chat_with.replacen("{name}", &looks.name, 1),
    }
}

/// Among which inboxes visitors choose. Where nothing else is said for them to read, it is the name of the inbox.
pub fn inboxes(site: &SiteRecord, name: impl Fn(InboxId) -> String) -> Vec<SiteInbox> {
    let mut inboxes = site.inboxes.clone();
    for SiteInbox { inbox, label, .. } in &mut inboxes {
        if label.text.is_empty() {
            label.text = name(*inbox);
        }
    }
    inboxes
}

fn text_in(looks: &SiteLooks, language: Language) -> Option<&SiteText> {
    looks.style.as_ref()?.texts.iter().find(|text| text.language == language.tag())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(style: Option<SiteStyle>) -> SiteLooks {
        SiteLooks { name: "Shop".into(), colour: "#ffd400".into(), greeting: "Hi".into(), style }
    }

    #[test]
    fn a_site_that_chose_nothing_looks_as_ever() {
        let looks = looks(None);
        let stands = "right:max(20px,env(safe-area-inset-right));\
            bottom:max(20px,env(safe-area-inset-bottom));--cut:112px";
        assert_eq!(place(&looks), stands);
        assert!(sheet(&looks).contains("--site-ink:#000000;--site-far:#ffffff;color-scheme:light dark"));
        assert_eq!(greeting(&looks, Language::Traditional), "Hi");
        assert_eq!(label(&looks, Language::Simplified), "Shop客服");
    }

    #[test]
    fn a_language_says_its_own_where_it_has_any() {
        let text = |language: &str, greeting: &str, label: &str| SiteText {
            language: language.into(),
            greeting: greeting.into(),
            label: label.into(),
            notice: None,
        };
        let texts = vec![text("zh-Hans", "你好", ""), text("zh-Hant", "", "寫信給我們")];
        let style = SiteStyle { label: "Write".into(), texts, theme: Theme::Dark, ..SiteStyle::default() };
        let looks = looks(Some(style));
        assert_eq!((greeting(&looks, Language::Simplified), scheme(&looks)), ("你好", "dark"));
        assert_eq!(label(&looks, Language::Simplified), "Write");
        assert_eq!(greeting(&looks, Language::Traditional), "Hi");
        assert_eq!(label(&looks, Language::Traditional), "寫信給我們");
    }
}
