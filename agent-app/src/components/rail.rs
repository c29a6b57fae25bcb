//! The rail: views with their numbers, settings, how the connection is, and oneself.

use std::rc::Rc;

use deskbell_shared::model::{Availability, Right, ViewView};
use deskbell_shared::protocol::ColleagueView;
use deskbell_shared::protocol::api::MeView;
use yew::prelude::*;

use super::availability::AvailabilitySwitch;
use super::conversation_list::view_key;
use super::face::agent_face;
use super::icon::{Glyph, icon, mark};
use super::link::Link;
use crate::route::{Board, Narrow, Part, Route, View};
use crate::shown::connection::{Health, Light};
use crate::shown::views::{here, is_gone, place_of};
use crate::text::{count, t, tn};

/// The rail.
#[derive(Clone, PartialEq, Properties)]
pub struct RailProps {
    /// Where one is.
    pub route: Route,
    /// What the list is narrowed to.
    pub narrow: Narrow,
    /// Saved views.
    pub views: Rc<Vec<ViewView>>,
    /// One was visited whose tag is gone.
    pub ongone: Callback<()>,
    /// How many conversations each view has; `None` before it is known.
    pub counts: Option<[usize; View::ALL.len()]>,
    /// How the connection is.
    pub health: Health,
    /// Until when neither sound nor notification comes, in words.
    pub silent: Option<AttrValue>,
    /// Who I am.
    pub me: MeView,
    /// As colleagues see me; `None` before it is known.
    pub seen: Option<ColleagueView>,
    /// Chooses about getting conversations.
    pub onchoose: Callback<Availability>,
    /// Shows the list of keys.
    pub onkeys: Callback<()>,
    /// Shows the command bar.
    pub oncommands: Callback<()>,
    /// Signs out.
    pub onsignout: Callback<()>,
}

/// The rail.
#[function_component(Rail)]
pub fn rail(props: &RailProps) -> Html {
    let visited = match props.route {
        Route::Inbox(list, _) => here(&props.views, list, props.narrow).map(|view| view.id),
        _ => None,
    };
    let view_link = |(n, view): (usize, View)| {
        let number = props.counts.map(|counts| counts[n]).filter(|number| *number > 0);
        let is_here = matches!(props.route, Route::Inbox(here, _) if here == view) && visited.is_none();
        let glyph = [Glyph::Queue, Glyph::Mine, Glyph::Clock, Glyph::All, Glyph::Check][n];
        let hot = view == View::Queue;
        html! {
            <li>
                <Link to={Route::Inbox(view, None)} class="rail-link" current={is_here.then_some("page")}>
                    {icon(glyph)}<span class="rail-word">{t(view_key(view))}</span>
                    if let Some(number) = number {
                        <span class={classes!("count", hot.then_some("count-hot"))} aria-hidden="true">{number}</span>
                        <span class="unseen">{count("rail.conversations", number)}</span>
                    }
                </Link>
            </li>
        }
    };
    let saved = |view: &ViewView| {
        let (list, narrow) = place_of(view);
        let onclick = is_gone(view).then(|| props.ongone.reform(|_: MouseEvent| ()));
        html! {
            <li key={view.id.to_hex()} title={view.name.clone()} {onclick}>
                <Link to={Route::Inbox(list, None)} {narrow} class="rail-link" current={(visited == Some(view.id)).then_some("page")}>
                    {icon(Glyph::Settings)}<span class="rail-word" dir="auto">{view.name.clone()}</span>
                </Link>
            </li>
        }
    };
    let is_on_duty = props.me.role.may(Right::Serve);
    let views = View::ALL.into_iter().enumerate().filter(|(_, view)| is_on_duty || !view.is_of_duty());
    let in_search = matches!(props.route, Route::Search(_));
    let on_board = matches!(props.route, Route::Board(_));
    let in_settings = matches!(props.route, Route::Settings(_));
    html! {
        <nav class="rail" aria-label={t("rail.label")}>
            <div class="brand">{mark()}<span>{t("product")}</span></div>
            <ul class="rail-list">
                {for views.map(view_link)}
                <li class="rail-search">
                    <Link to={Route::Search(None)} class="rail-link" current={in_search.then_some("page")}>
                        {icon(Glyph::Search)}<span class="rail-word">{t("search.title")}</span>
                    </Link>
                </li>
                <li class="rail-board">
                    <Link to={Route::Board(Board::Now)} class="rail-link" current={on_board.then_some("page")}>
                        {icon(Glyph::Board)}<span class="rail-word">{t("board.title")}</span>
                    </Link>
                </li>
                <li>
                    <Link to={Route::Settings(Part::Profile)} class="rail-link" current={in_settings.then_some("page")}>
                        {icon(Glyph::Settings)}<span class="rail-word">{t("settings.title")}</span>
                    </Link>
                </li>
            </ul>
            if !props.views.is_empty() {
                <p class="rail-title" id="views">{t("views.title")}</p>
                <ul class="rail-list rail-views" aria-labelledby="views">{for props.views.iter().map(saved)}</ul>
            }
            <div class="rail-foot">
                if let Some(me) = &props.seen {
                    <AvailabilitySwitch me={me.clone()} onchoose={props.onchoose.clone()} />
                }
                if let Some(until) = &props.silent {
                    <Link to={Route::Settings(Part::Profile)} class="state">
                        {icon(Glyph::Clock)}<span class="state-word clip">{tn("quiet.now", &[("until", until)])}</span>
                    </Link>
                }
                {connection_state(&props.health)}
                <MyMenu me={props.me.clone()} onkeys={props.onkeys.clone()} oncommands={props.oncommands.clone()} onsignout={props.onsignout.clone()} />
            </div>
        </nav>
    }
}

/// The state of the connection in a word. What it means for one's work stands in the banner.
fn connection_state(health: &Health) -> Html {
    let dot = match health.light {
        Light::Good => "dot dot-good",
        Light::Busy => "dot dot-warn",
        Light::Bad => "dot dot-bad",
    };
    html! {
        <div class="state" title={health.word.clone()}>
            <span class={dot} aria-hidden="true"></span>
            <span class="state-word clip">{health.word.clone()}</span>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MyMenuProps {
    me: MeView,
    onkeys: Callback<()>,
    oncommands: Callback<()>,
    onsignout: Callback<()>,
}

/// Oneself, and what one seldom does.
#[function_component(MyMenu)]
fn my_menu(props: &MyMenuProps) -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let close = {
        let is_open = is_open.setter();
        move || is_open.set(false)
    };
    let onkeydown = {
        let close = close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                close()
            }
        }
    };
    // Leaving the menu closes it; moving inside it does not.
    let onfocusout = {
        let close = close.clone();
        move |event: FocusEvent| {
            let (inside, next) = (event.current_target(), event.related_target());
            if !crate::hooks::dialog::holds(inside, next) {
                close();
            }
        }
    };
    let chosen = |callback: &Callback<()>| {
        let close = close.clone();
        callback.reform(move |_: MouseEvent| close())
    };
    html! {
        <div class="menu" {onkeydown} {onfocusout}>
            <button class="rail-link" type="button" aria-expanded={if *is_open { "true" } else { "false" }} onclick={toggle}>
                {agent_face(&props.me.agent, "face-small")}<span class="rail-word clip">{props.me.agent.name.clone()}</span>
            </button>
            if *is_open {
                <div class="menu-list">
                    <Link to={Route::Search(None)} class="menu-item">{icon(Glyph::Search)}{t("search.title")}</Link>
                    <Link to={Route::Board(Board::Now)} class="menu-item">{icon(Glyph::Board)}{t("board.title")}</Link>
                    <Link to={Route::Settings(Part::Profile)} class="menu-item">{icon(Glyph::Mine)}{t("settings.profile")}</Link>
                    <button class="menu-item" type="button" onclick={chosen(&props.oncommands)}>
                        {icon(Glyph::Go)}{t("commands.title")}
                    </button>
                    <button class="menu-item" type="button" onclick={chosen(&props.onkeys)}>{icon(Glyph::Keyboard)}{t("keys.title")}</button>
                    <div class="menu-rule"></div>
                    <button class="menu-item" type="button" onclick={chosen(&props.onsignout)}>{icon(Glyph::Out)}{t("sign_out")}</button>
                </div>
            }
        </div>
    }
}
