//! What an owner does first, beside an empty desk: each step says whether it is done, by what the server has, and leads to where
//! it is done. It goes when all is done, or when it is sent away.

use deskbell_shared::protocol::api::{InboxesView, PeopleView, SitesView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::now::use_ticks;
use crate::route::{Part, Route};
use crate::services::http;
use crate::services::preferences::{self, Choice};
use crate::text::{t, tn};

/// How often it is looked at what is done by now.
const LOOK_MS: i32 = 20_000;

/// What the server has.
#[derive(Clone, PartialEq)]
struct Have {
    /// The key of the first site, and where its tag is shown.
    site: Option<(String, Part)>,
    /// Whether a page has asked for the chat.
    is_seen: bool,
    has_hours: bool,
    has_colleague: bool,
}

/// Asks for it. What cannot be had now is asked for again.
async fn have() -> Option<Have> {
    let sites = http::get::<SitesView>("/api/sites").await.ok()?.sites;
    let inboxes = http::get::<InboxesView>("/api/inboxes").await.ok()?.inboxes;
    let people = http::get::<PeopleView>("/api/agents").await.ok()?.people;
    Some(Have {
        site: sites.first().map(|site| (site.key.clone(), Part::Site(Some(site.id)))),
        is_seen: sites.iter().any(|site| site.seen.iter().any(|seen| seen.allowed)),
        has_hours: inboxes.iter().any(|inbox| inbox.hours.is_some()),
        has_colleague: people.len() > 1,
    })
}

/// The steps.
#[function_component(Begin)]
pub fn begin() -> Html {
    let Desk { state, .. } = use_desk();
    let found = use_state_eq(|| None::<Have>);
    let redraw = use_force_update();
    let look = {
        let found = found.setter();
        Callback::from(move |()| {
            let found = found.clone();
            spawn_local(async move {
                if let Some(have) = have().await {
                    found.set(Some(have));
                }
            });
        })
    };
    {
        let look = look.clone();
        use_effect_with((), move |()| look.emit(()));
    }
    use_ticks(Some(LOOK_MS), look);
    // What is over is in no list until it is asked for: this browser remembers that there was something.
    let has_one = !state.lists.open().is_empty();
    use_effect_with(has_one, |has_one| {
        if *has_one {
            preferences::set(Choice::Talked, true);
        }
    });
    let has_talked = has_one || preferences::is_on(Choice::Talked);
    let Some(have) = &*found else { return Html::default() };
    let site = have.site.clone();
    let form = site.as_ref().map(|(key, _)| ["/w/", key, "/plain"].concat());
    let tag = Route::Settings(site.map_or(Part::Sites, |(_, part)| part));
    let go = |to: Route, key: &str| html! { <Link {to} class="link">{t(key)}</Link> };
    let steps: [(bool, &str, Html); 5] = [
        (
            has_talked,
            "begin.talk",
            html! {
                if let Some(href) = form { <a class="link" {href} target="_blank" rel="noopener">{t("begin.talk")}</a> }
            },
        ),
        (!state.snippets.is_empty(), "begin.snippet", go(Route::Settings(Part::Snippets), "begin.snippet")),
        (have.is_seen, "begin.tag", go(tag, "begin.tag")),
        (have.has_hours, "begin.hours", go(Route::Settings(Part::Inboxes), "begin.hours")),
        (have.has_colleague, "begin.colleague", go(Route::Settings(Part::People), "begin.colleague")),
    ];
    let done = steps.iter().filter(|(is_done, ..)| *is_done).count();
    if done == steps.len() {
        preferences::set(Choice::Beginning, false);
        return Html::default();
    }
    let progress = tn("begin.done", &[("n", &done.to_string()), ("of", &steps.len().to_string())]);
    let onaway = move |_: MouseEvent| {
        preferences::set(Choice::Beginning, false);
        redraw.force_update();
    };
    if !preferences::is_on(Choice::Beginning) {
        return Html::default();
    }
    let step = |(is_done, key, way): &(bool, &str, Html)| {
        let help = [*key, ".line"].concat();
        html! {
            <li class={is_done.then_some("begin-done")}>
                <span class="begin-mark" aria-hidden="true">if *is_done { {icon(Glyph::Check)} }</span>
                <div>
                    <p class="strong">{way.clone()}if *is_done { <span class="unseen">{t("begin.is_done")}</span> }</p>
                    if !is_done { <p>{t(&help)}</p> }
                </div>
            </li>
        }
    };
    html! {
        <section class="begin" aria-labelledby="begin-title">
            <header>
                <h2 id="begin-title">{t("begin.title")}</h2>
                <span class="muted">{progress}</span>
                <button class="button button-quiet button-icon push" type="button" aria-label={t("begin.away")} title={t("begin.away")}
                    onclick={onaway}>{icon(Glyph::Close)}</button>
            </header>
            <ol>{for steps.iter().map(step)}</ol>
        </section>
    }
}
