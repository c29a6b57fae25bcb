//! The fields of a site: name, allowed origins, colour. Used by the set-up and the settings; the rest of its looks is
//! `looks_form`'s.

use deskbell_shared::model::{InboxId, SiteInbox, SiteStyle};
use yew::prelude::*;

use super::field::{Field, Lines, lines};
use super::swatches::{HUES, swatches};
use crate::text::t;
use crate::trouble::Wrong;

/// What has been typed so far.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteDraft {
    /// The name.
    pub name: String,
    /// Origins, one a line.
    pub origins: String,
    /// The colour as `#rrggbb`.
    pub colour: String,
    /// The greeting.
    pub greeting: String,
    /// The rest of its looks.
    pub style: SiteStyle,
    /// Where its conversations land, where that can be chosen.
    pub inbox: Option<InboxId>,
    /// Among which its visitors choose; none: there is no choice.
    pub inboxes: Vec<SiteInbox>,
}

impl SiteDraft {
    /// A new site.
    pub fn new() -> SiteDraft {
        SiteDraft {
            name: String::new(),
            origins: String::new(),
            colour: HUES[0].to_owned(),
            greeting: t("site.greeting.first"),
            style: SiteStyle::default(),
            inbox: None,
            inboxes: Vec::new(),
        }
    }

    /// The origins as a list: lines, and commas or blanks between them, are separators.
    pub fn origin_list(&self) -> Vec<String> {
        let parts = self.origins.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// What can be seen to be wrong without the server.
    pub fn check(&self) -> Wrong {
        let mut wrong = Wrong::nothing().with_name(&self.name);
        if self.origin_list().is_empty() {
            wrong = wrong.at("origins", t("wrong.origins.empty"));
        }
        wrong
    }
}

/// The fields that a failure may name.
pub const FIELDS: [&str; 12] = [
    "name", "origins", "colour", "greeting", "label", "notice", "inbox", "inboxes", "starters", "form",
    "consent", "link",
];

/// The fields of a site, without the form around them.
pub fn site_fields(draft: &SiteDraft, wrong: &Wrong, onchange: &Callback<SiteDraft>) -> Html {
    let change = |put: fn(&mut SiteDraft, String)| {
        let draft = draft.clone();
        onchange.reform(move |text: String| {
            let mut draft = draft.clone();
            put(&mut draft, text);
            draft
        })
    };
    html! {
        <>
            <Field id="name" label={t("site.name")} value={draft.name.clone()} help={t("site.name.help")}
                error={wrong.of("name")} onchange={change(|draft, text| draft.name = text)} />
            {lines(&Lines {
                id: "origins",
                label: t("site.origins").into(),
                value: draft.origins.clone().into(),
                help: Some(t("site.origins.help").into()),
                placeholder: "https://example.com",
                error: wrong.of("origins"),
                onchange: change(|draft, text| draft.origins = text),
            })}
            {swatches(&draft.colour, &change(|draft, text| draft.colour = text))}
        </>
    }
}
