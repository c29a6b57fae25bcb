//! The root: who is signed in, where one is, and which page that is.

use deskbell_shared::protocol::api::MeView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::stage::{card_head, opening, stage};
use crate::connected::Connected;
use crate::hooks::page::use_page;
use crate::hooks::place::Place;
use crate::hooks::who::Who;
use crate::pages::later::{Later, Page};
use crate::pages::login::Login;
use crate::pages::missing::Missing;
use crate::route::{Narrow, Route, View};
use crate::services::{address, drafts, events, http};
use crate::text::t;
use crate::trouble::Trouble;

/// What is known of who is signed in.
#[derive(Clone, PartialEq)]
enum Known {
    /// Nothing yet.
    Asking,
    /// Whoever it is; `None` is nobody.
    Told(Option<Box<MeView>>),
    /// It could not be asked.
    Failed(Trouble),
}

/// The root.
#[function_component(App)]
pub fn app() -> Html {
    let known = use_state_eq(|| Known::Asking);
    let was_ended = use_state_eq(|| false);
    let place = use_address();
    let ask = {
        let known = known.setter();
        Callback::from(move |()| {
            let known = known.clone();
            spawn_local(async move {
                known.set(match http::get::<MeView>("/api/me").await {
                    Ok(me) => Known::Told(Some(Box::new(me))),
                    Err(trouble) if trouble.is_signed_out() => Known::Told(None),
                    Err(trouble) => Known::Failed(trouble),
                });
            });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| ask.emit(()));
    }
    let who = Who {
        ask: ask.clone(),
        me: match &*known {
            Known::Told(Some(me)) => Some((**me).clone()),
            _ => None,
        },
        was_ended: *was_ended,
        set: {
            let (known, was_ended) = (known.setter(), was_ended.setter());
            Callback::from(move |me: Option<MeView>| {
                was_ended.set(false);
                known.set(Known::Told(me.map(Box::new)));
            })
        },
        ended: {
            let (known, was_ended) = (known.setter(), was_ended.setter());
            Callback::from(move |()| {
                drafts::forget_all();
                was_ended.set(true);
                known.set(Known::Told(None));
            })
        },
    };
    // Signing in leads to where one wanted to go; these pages are done with once somebody is signed in.
    let done = who.me.is_some() && matches!(place.route, Route::Login | Route::Invite | Route::Reset);
    {
        let replace = place.replace.clone();
        use_effect_with(done, move |done| {
            if *done {
                replace.emit(Route::Inbox(View::Queue, None));
            }
        });
    }
    let page = match (&*known, place.route) {
        (_, Route::Missing) => html! { <Missing /> },
        (Known::Asking, _) => opening(),
        (Known::Failed(trouble), _) => html! { <Unreachable line={trouble.say()} onretry={ask} /> },
        (Known::Told(Some(me)), _) => {
            html! { <Connected key={[&me.agent.id.to_hex(), me.role.text()].concat()} me={(**me).clone()} /> }
        }
        (Known::Told(None), Route::Setup) => html! { <Later page={Page::Setup} /> },
        (Known::Told(None), Route::Invite) => html! { <Later page={Page::Invite { is_reset: false }} /> },
        (Known::Told(None), Route::Reset) => html! { <Later page={Page::Invite { is_reset: true }} /> },
        (Known::Told(None), _) => html! { <Login /> },
    };
    html! {
        <ContextProvider<Place> context={place}>
            <ContextProvider<Who> context={who}>{page}</ContextProvider<Who>>
        </ContextProvider<Place>>
    }
}

/// Where one is, kept in step with the address bar.
#[hook]
fn use_address() -> Place {
    let route = use_state_eq(here);
    {
        let route = route.setter();
        use_effect_with((), move |()| {
            let listening = events::on_window("popstate", move |_| route.set(here()));
            move || drop(listening)
        });
    }
    let go = use_callback(route.setter(), |to: Route, route| {
        let next = next(to);
        address::push(&written(next));
        route.set(next);
    });
    let visit = use_callback(route.setter(), |next: (Route, Narrow), route| {
        address::push(&written(next));
        route.set(next);
    });
    let replace = use_callback(route.setter(), |to: Route, route| {
        let next = next(to);
        address::replace(&written(next));
        route.set(next);
    });
    let set_narrow = use_callback(route.setter(), |narrow: Narrow, route| {
        let next = (here().0, narrow);
        address::replace(&written(next));
        route.set(next);
    });
    let (route, narrow) = *route;
    Place { route, narrow, set_narrow, visit, go, replace }
}

/// What the address bar says.
fn here() -> (Route, Narrow) {
    (Route::parse(&address::path()), Narrow::parse(&address::query()))
}

fn next(to: Route) -> (Route, Narrow) {
    let (from, narrow) = here();
    (to, narrow.kept(from, to))
}

fn written((route, narrow): (Route, Narrow)) -> String {
    [route.path(), narrow.query()].concat()
}

#[derive(Clone, PartialEq, Properties)]
struct UnreachableProps {
    line: String,
    onretry: Callback<()>,
}

/// The server did not say who is signed in.
#[function_component(Unreachable)]
fn unreachable(props: &UnreachableProps) -> Html {
    use_page(t("unreachable.title"));
    {
        // The network came back: no need to press anything.
        let onretry = props.onretry.clone();
        use_effect_with((), move |()| {
            let listening = events::on_window("online", move |_| onretry.emit(()));
            move || drop(listening)
        });
    }
    let page = html! {
        <div class="card">
            {card_head(t("unreachable.title"), props.line.clone())}
            <button class="button button-primary button-big" type="button" onclick={props.onretry.reform(|_: MouseEvent| ())}>
                {t("try_again")}
            </button>
        </div>
    };
    stage(false, page)
}
