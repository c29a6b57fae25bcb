//! All sites.

use deskbell_shared::model::SiteView;
use yew::prelude::*;

use super::settings::sheet;
use crate::components::empty::{empty, loading};
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::hooks::desk::use_desk;
use crate::hooks::page::use_page;
use crate::hooks::sites::use_asking_sites;
use crate::route::{Part, Route};
use crate::text::{count, t};

/// All sites.
#[function_component(Sites)]
pub fn sites() -> Html {
    let desk = use_desk();
    use_page(t("settings.sites"));
    {
        let ask = use_asking_sites();
        use_effect_with((), move |()| ask.emit(()));
    }
    let make = html! {
        <Link to={Route::Settings(Part::Site(None))} class="button button-primary">{icon(Glyph::Plus)}{t("site.new")}</Link>
    };
    let body = match desk.state.sites.as_ref() {
        None => loading(),
        Some(sites) if sites.is_empty() => {
            empty(&t("site.none"), &t("site.none.line"), false, Html::default())
        }
        Some(sites) => html! { <ul class="table">{for sites.iter().map(line)}</ul> },
    };
    sheet(t("settings.sites"), make, body)
}

fn line(site: &SiteView) -> Html {
    let seen = site.seen.iter().any(|seen| seen.allowed);
    html! {
        <li key={site.id.to_hex()}>
            <span class="site-mark">{icon(Glyph::Globe)}</span>
            <div>
                <p class="strong"><Link to={Route::Settings(Part::Site(Some(site.id)))} class="strong">{site.looks.name.clone()}</Link></p>
                <p class="clip">{count("site.origin_count", site.origins.len())}</p>
            </div>
            <span class={if seen { "chip chip-good" } else { "chip" }}>{t(if seen { "site.live" } else { "site.unseen" })}</span>
        </li>
    }
}
