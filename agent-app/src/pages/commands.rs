//! The command bar: everything that can be done, and every conversation one sees, by a few letters.

use std::rc::Rc;

use deskbell_shared::model::Role;
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::reach::{SILENCES, be_silent};
use super::search;
use crate::components::icon::{Glyph, icon};
use crate::components::keys_dialog::caps;
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::dialog::use_modal;
use crate::hooks::keys;
use crate::hooks::place::use_place;
use crate::route::{Route, View};
use crate::services::looks::Look;
use crate::services::{clock, dom, preferences};
use crate::shown::commands::{About, Command, Does, Known, meant};
use crate::state::team;
use crate::text::{count, t};

/// The id of the list.
const LIST_ID: &str = "commands";
/// The id of its beginning.
const HEAD_ID: &str = "commands-head";
/// How far Page Up and Page Down go.
const PAGE: usize = 8;

/// The bar.
#[derive(Clone, PartialEq, Properties)]
pub struct CommandsProps {
    /// What I am.
    pub role: Role,
    /// Whether the last deed for many can be taken back.
    pub can_undo: bool,
    /// Signs out.
    pub onsignout: Callback<()>,
    /// Called when it should go.
    pub onclose: Callback<()>,
}

/// The bar.
#[function_component(Commands)]
pub fn commands(props: &CommandsProps) -> Html {
    let Desk { state, hands } = use_desk();
    let place = use_place();
    let (node, close) = use_modal();
    let query = use_state_eq(String::new);
    // What is chosen, not where it stands: the list changes under one's hands, and keys are faster than drawing.
    let at = use_mut_ref(|| None::<Does>);
    let redraw = use_force_update();
    // It is done once the bar has gone and the focus is back where it was.
    let chosen = use_mut_ref(|| None::<Does>);

    let look_for = {
        let (state, route, role, can_undo) = (state.clone(), place.route, props.role, props.can_undo);
        let talk = route.open().and_then(|id| state.find(id));
        Rc::new(move |query: &str| {
            let known = Known {
                route,
                views: &state.views,
                talk: talk.as_ref(),
                me: state.me,
                role,
                availability: team::me(&state.team, state.me).map(|me| me.availability),
                is_offered: !team::offered(&state.team, state.me).is_empty(),
                can_undo,
                silences: &SILENCES,
                is_silent: preferences::quiet().is_chosen(clock::now()),
                scheme: &Look::Scheme.chosen(),
            };
            meant(&known, query, &state.lists.view(View::All))
        })
    };
    let found = Rc::new(look_for(&query));
    let last = found.len().saturating_sub(1);
    let here = place_of(&at.borrow(), &found);
    use_effect_with((here, found.len()), move |(here, _)| match here {
        // With what stands above it.
        0 => dom::reveal_in(LIST_ID, HEAD_ID),
        here => dom::reveal_in(LIST_ID, &option_id(*here)),
    });

    let choose = {
        let (chosen, close) = (Rc::clone(&chosen), close.clone());
        Callback::from(move |does: Does| {
            *chosen.borrow_mut() = Some(does);
            close.emit(());
        })
    };
    let onclose = {
        let (onclose, go, availability) = (props.onclose.clone(), place.go.clone(), hands.choose.clone());
        let (onsignout, say, visit) = (props.onsignout.clone(), hands.say.clone(), place.visit.clone());
        move |_: Event| {
            let does = chosen.borrow_mut().take();
            onclose.emit(());
            match does {
                Some(Does::Deed(deed)) => keys::ask(deed),
                Some(Does::Go(route)) => go.emit(route),
                Some(Does::Visit(list, narrow, is_gone)) => {
                    visit.emit((Route::Inbox(list, None), narrow));
                    if is_gone {
                        say.emit(t("views.tag_gone"));
                    }
                }
                Some(Does::Choose(choice)) => availability.emit((choice, None)),
                Some(Does::Search(text)) => {
                    search::begin_with(text);
                    go.emit(Route::Search(None));
                }
                Some(Does::Scheme(scheme)) => Look::Scheme.choose(scheme),
                Some(Does::Silence(minutes)) => say.emit(be_silent(minutes)),
                Some(Does::SignOut) => onsignout.emit(()),
                None => {}
            }
        }
    };
    let oninput = {
        let (query, at) = (query.clone(), at.clone());
        move |event: InputEvent| {
            *at.borrow_mut() = None;
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
        }
    };
    let onkeydown = {
        let (at, found, choose, close) = (at.clone(), Rc::clone(&found), choose.clone(), close.clone());
        let query = query.clone();
        move |event: KeyboardEvent| {
            if event.is_composing() {
                return; // the key chooses characters
            }
            let is_held = event.ctrl_key() || event.meta_key();
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            let here = place_of(&at.borrow(), &found);
            let next = match event.key().as_str() {
                "ArrowDown" if here == last => 0,
                "ArrowDown" => here + 1,
                "ArrowUp" => here.checked_sub(1).unwrap_or(last),
                "PageDown" => (here + PAGE).min(last),
                "PageUp" => here.saturating_sub(PAGE),
                "Enter" => {
                    event.prevent_default();
                    // What was drawn may lack the last letters: they are what is meant.
                    let does = match typed == *query {
                        true => found.get(here).map(|one| one.does.clone()),
                        false => look_for(&typed).into_iter().next().map(|one| one.does),
                    };
                    if let Some(does) = does {
                        choose.emit(does);
                    }
                    return;
                }
                "k" if is_held => {
                    event.prevent_default();
                    return close.emit(());
                }
                _ => return,
            };
            event.prevent_default();
            *at.borrow_mut() = found.get(next).map(|one| one.does.clone());
            redraw.force_update();
        }
    };
    html! {
        <dialog class="dialog commands" ref={node} aria-label={t("commands.title")} {onclose}>
            <div class="commands-field">
                {icon(Glyph::Search)}
                <input type="text" role="combobox" autofocus=true autocomplete="off" spellcheck="false" dir="auto" maxlength="200"
                    aria-label={t("commands.title")} placeholder={t("commands.placeholder")} aria-expanded="true"
                    aria-controls={LIST_ID} aria-autocomplete="list"
                    aria-activedescendant={(!found.is_empty()).then(|| option_id(here))}
                    value={(*query).clone()} {oninput} {onkeydown} />
                <button class="button button-quiet button-icon" type="button" aria-label={t("close")}
                    onclick={close.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
            </div>
            <div class="commands-list" id={LIST_ID} role="listbox" aria-label={t("commands.title")} tabindex="-1">
                <span id={HEAD_ID} aria-hidden="true"></span>
                {for groups(&found, query.is_empty()).into_iter().map(|(about, range)| {
                    let options = range.map(|n| option(&found[n], n, n == here, &choose));
                    match about {
                        Some(about) => html! {
                            <div role="group" aria-label={t(heading(about))} key={heading(about)}>
                                <p class="commands-head" aria-hidden="true">{t(heading(about))}</p>
                                {for options}
                            </div>
                        },
                        None => html! { <>{for options}</> },
                    }
                })}
            </div>
            <p class="unseen" role="status">{if query.is_empty() { String::new() } else { count("commands.found", found.len()) }}</p>
        </dialog>
    }
}

/// Where what is chosen stands; the first one without a choice, or where it has gone.
fn place_of(chosen: &Option<Does>, found: &[Command]) -> usize {
    chosen.as_ref().and_then(|chosen| found.iter().position(|one| one.does == *chosen)).unwrap_or(0)
}

/// Which of them stand under one heading; what was asked for stands in one list, the best first.
fn groups(found: &[Command], is_whole: bool) -> Vec<(Option<About>, std::ops::Range<usize>)> {
    if !is_whole {
        return vec![(None, 0..found.len())];
    }
    let mut groups: Vec<(Option<About>, std::ops::Range<usize>)> = Vec::new();
    for (n, command) in found.iter().enumerate() {
        match groups.last_mut().filter(|(about, _)| *about == Some(command.about)) {
            Some((_, range)) => range.end = n + 1,
            None => groups.push((Some(command.about), n..n + 1)),
        }
    }
    groups
}

fn heading(about: About) -> &'static str {
    match about {
        About::Here => "commands.here",
        About::Talks => "commands.talks",
        About::Places => "commands.places",
        About::Me => "commands.me",
    }
}

fn option_id(at: usize) -> String {
    ["command-", &at.to_string()].concat()
}

fn option(command: &Command, at: usize, is_chosen: bool, choose: &Callback<Does>) -> Html {
    let does = command.does.clone();
    let glyph = match (&command.does, command.about) {
        (Does::Search(_), _) => Glyph::Search,
        (Does::Choose(_), _) => Glyph::Mine,
        (Does::Scheme(_), _) => Glyph::Settings,
        (Does::SignOut, _) => Glyph::Out,
        (Does::Silence(_), _) => Glyph::Clock,
        (_, About::Talks) => Glyph::All,
        (_, About::Places) => Glyph::Go,
        (_, About::Me) => Glyph::Keyboard,
        (_, About::Here) => Glyph::Snippet,
    };
    html! {
        <div class="commands-one" role="option" id={option_id(at)} key={at} aria-selected={if is_chosen { "true" } else { "false" }}
            onclick={choose.reform(move |_: MouseEvent| does.clone())}>
            {icon(glyph)}
            <span class="clip" dir="auto">{command.words.clone()}</span>
            <span class="clip commands-beside" dir="auto">{command.beside.clone()}</span>
            if !command.keys.is_empty() { <span class="commands-keys" aria-hidden="true">{caps(command.keys)}</span> }
        </div>
    }
}
