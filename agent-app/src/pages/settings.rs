//! The frame of the settings: their parts, and the sheet on which each stands.

use deskbell_shared::model::{Right, Role};
use yew::prelude::*;

use super::audit::Audit;
use super::blocked::Blocked;
use super::inboxes::{InboxPage, Inboxes};
use super::people::People;
use super::profile::Profile;
use super::site::SitePage;
use super::sites::Sites;
use super::snippets::Snippets;
use super::tags::Tags;
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::hooks::page::TITLE_ID;
use crate::route::{Part, Route};
use crate::text::t;

/// Which part.
#[derive(Clone, PartialEq, Properties)]
pub struct SettingsProps {
    /// The part.
    pub part: Part,
    /// What I am.
    pub role: Role,
}

/// The settings.
#[function_component(Settings)]
pub fn settings(props: &SettingsProps) -> Html {
    let part = props.part;
    let may = |right| props.role.may(right);
    let is_owner = may(Right::Manage);
    let link = |to: Part, glyph: Glyph, key: &str| {
        let is_here = matches!((to, part), (Part::Sites, Part::Site(_)) | (Part::Inboxes, Part::Inbox(_)))
            || to == part;
        html! {
            <li>
                <Link to={Route::Settings(to)} class="rail-link" current={is_here.then_some("page")}>{icon(glyph)}{t(key)}</Link>
            </li>
        }
    };
    let page = match part {
        Part::Profile => html! { <Profile /> },
        Part::Sites if is_owner => html! { <Sites /> },
        Part::Site(id) if is_owner => html! { <SitePage {id} /> },
        Part::Inboxes if is_owner => html! { <Inboxes /> },
        Part::Inbox(id) if is_owner => html! { <InboxPage {id} /> },
        Part::People if is_owner => html! { <People /> },
        Part::Snippets => html! { <Snippets may_share={may(Right::ShareSnippets)} /> },
        Part::Blocked if may(Right::Block) => html! { <Blocked /> },
        Part::Tags if is_owner => html! { <Tags /> },
        Part::Audit if may(Right::ReadTrail) => html! { <Audit /> },
        Part::Blocked
        | Part::Audit
        | Part::Tags
        | Part::Sites
        | Part::Site(_)
        | Part::Inboxes
        | Part::Inbox(_)
        | Part::People => html! { <NotMine /> },
    };
    html! {
        <div class="panes panes-settings">
            <nav class="pane" aria-label={t("settings.title")}>
                <div class="pane-head"><p class="strong">{t("settings.title")}</p></div>
                <ul class="subnav">
                    {link(Part::Profile, Glyph::Mine, "settings.profile")}
                    {link(Part::Snippets, Glyph::Snippet, "settings.snippets")}
                    if may(Right::Block) { {link(Part::Blocked, Glyph::Block, "settings.blocked")} }
                    if is_owner {
                        {link(Part::Sites, Glyph::Globe, "settings.sites")}
                        {link(Part::Inboxes, Glyph::Queue, "settings.inboxes")}
                        {link(Part::Tags, Glyph::Tag, "settings.tags")}
                        {link(Part::People, Glyph::People, "settings.people")}
                    }
                    if may(Right::ReadTrail) { {link(Part::Audit, Glyph::Trail, "settings.audit")} }
                </ul>
            </nav>
            <div class="pane">{page}</div>
        </div>
    }
}

#[function_component(NotMine)]
fn not_mine() -> Html {
    crate::hooks::page::use_page(t("settings.title"));
    sheet(t("settings.owner_only"), Html::default(), html! { <p>{t("settings.owner_only.line")}</p> })
}

/// A sheet with its heading; `act` stands beside it.
pub fn sheet(title: String, act: Html, body: Html) -> Html {
    html! {
        <div class="sheet">
            <div class="sheet-in">
                <header class="sheet-head"><h1 id={TITLE_ID} tabindex="-1">{title}</h1>{act}</header>
                {body}
            </div>
        </div>
    }
}

/// The way back from one thing to all of its kind; stands beside the heading of a sheet.
pub fn back(to: Part, words: String) -> Html {
    html! {
        <Link to={Route::Settings(to)} class="button button-quiet button-icon">
            {icon(Glyph::Back)}<span class="unseen">{words}</span>
        </Link>
    }
}

/// Says that something has been saved.
pub fn saved(is_saved: bool) -> Html {
    html! {
        <span class="saved" role="status">
            if is_saved { {icon(Glyph::Check)}{t("saved")} }
        </span>
    }
}
