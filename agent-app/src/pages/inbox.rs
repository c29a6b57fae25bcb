//! The inbox: a list, the conversation open beside it, and the person.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, Right, Role, Status};
use yew::prelude::*;

use super::inbox_bulk::{Choosing, use_choosing};
use super::later::{Later, Page};
use super::narrow::{NARROW_ID, NarrowBarProps};
use super::talk::Talk;
use crate::components::conversation_list::{ConversationList, ghosts, row_id, view_key};
use crate::components::empty::empty;
use crate::components::icon::{Glyph, icon};
use crate::components::keys_dialog::caps;
use crate::components::link::Link;
use crate::format::{Local, age};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::keys::use_keys;
use crate::hooks::now::use_now;
use crate::hooks::page::{TITLE_ID, use_page};
use crate::hooks::place::use_place;
use crate::hooks::who::use_role;
use crate::route::{Narrow, Route, View};
use crate::services::{dom, looks, preferences};
use crate::shown::chosen::Choice;
use crate::shown::listed::Listed;
use crate::state::desk::Shared;
use crate::state::keys::Deed;
use crate::state::team;
use crate::text::{t, tn};

/// How often ages are renewed.
const AGES_MS: i32 = 10_000;

/// Which list, and what is open.
#[derive(Clone, PartialEq, Properties)]
pub struct InboxProps {
    /// The list.
    pub view: View,
    /// The conversation open beside it.
    pub open: Option<ConversationId>,
}

/// The inbox.
#[function_component(Inbox)]
pub fn inbox(props: &InboxProps) -> Html {
    let Desk { state, hands } = use_desk();
    let (place, role) = (use_place(), use_role());
    let (view, open) = (props.view, props.open);
    let local = use_server_now(state.line.ahead_ms);
    let at = use_state_eq(|| open);
    let is_person_shown = use_state_eq(|| false);
    let is_transfer_shown = use_state_eq(|| false);
    use_page(t(view_key(view)));

    let rows = state.lists.shown(view);
    let narrow = place.narrow;
    let is_narrowing = use_state_eq(|| false);
    use_effect_with((narrow, hands.narrow.clone()), |(narrow, set)| set.emit(*narrow));
    {
        let open_it = hands.open.clone();
        use_effect_with((open, open_it), move |(open, open_it)| {
            open_it.emit(*open);
            // On a phone the list with the focus has gone.
            if open.is_some() && dom::is_narrow() {
                dom::focus_id("talk-title");
            }
        });
    }
    {
        let at = at.setter();
        use_effect_with(open, move |open| {
            if open.is_some() {
                at.set(*open);
            }
        });
    }
    let choosing = use_choosing(&state, &hands, view, &rows, local);
    // Where the keys were, for when that row goes: they go on from there.
    let stood = use_mut_ref(|| 0usize);
    if let Some(place) = (*at).and_then(|at| rows.place(at)) {
        *stood.borrow_mut() = place;
    }
    // The focus follows the keys, once the row is drawn.
    let moved = use_state_eq(|| 0u32);
    {
        let at = *at;
        use_effect_with(*moved, move |moved| {
            if let Some(id) = at.filter(|_| *moved > 0) {
                dom::focus_id(&row_id(id));
            }
        });
    }
    {
        let (rows, at, moved, go, hands) =
            (rows.clone(), at.clone(), moved.clone(), place.go.clone(), hands.clone());
        let (person, known) = (is_person_shown.clone(), state.clone());
        let transfer = is_transfer_shown.setter();
        let stood = Rc::clone(&stood);
        let (onkey, onchoose) = (choosing.key.clone(), choosing.onchoose.clone());
        let is_person_there = *is_person_shown;
        let narrowing = is_narrowing.setter();
        use_keys(move |deed| {
            // Nothing is done to what is chosen in a list that one does not see.
            let is_hidden = hides_list(dom::width(), open.is_some(), is_person_there);
            if !is_hidden && !dom::is_writing() && onkey.emit(deed) {
                return true;
            }
            let chosen = open.or(*at);
            match (deed, chosen) {
                (Deed::Choose | Deed::Reach(_), _) if is_hidden => return false,
                (Deed::Choose, _) => match (*at).filter(|at| rows.place(*at).is_some()) {
                    Some(id) => onchoose.emit(Choice::One(id)),
                    None => return false,
                },
                (Deed::Reach(by), _) => {
                    if let Some(next) = next(&rows, *at, *stood.borrow(), by) {
                        onchoose.emit(Choice::UpTo(*at, next));
                        at.set(Some(next));
                        moved.set(*moved + 1);
                    }
                }
                (Deed::Move(_) | Deed::End(_), _) => {
                    let next = match deed {
                        Deed::Move(by) => next(&rows, *at, *stood.borrow(), by),
                        Deed::End(-1) => rows.at(0),
                        _ => rows.len().checked_sub(1).and_then(|last| rows.at(last)),
                    };
                    if next.is_some() {
                        at.set(next);
                        moved.set(*moved + 1);
                    }
                }
                (Deed::Open, _) if at.is_some() => go.emit(Route::Inbox(view, *at)),
                (Deed::Claim, Some(id)) => {
                    // A key never takes a conversation from a colleague; the button does, where one sees who has it.
                    if is_with(&known, id, None) {
                        hands.claim.emit(id);
                    }
                    go.emit(Route::Inbox(view, Some(id)));
                }
                (Deed::Transfer, _) => match open.filter(|id| may_pass_on(&known, *id)) {
                    Some(_) => transfer.set(true),
                    None => return false,
                },
                (Deed::Narrow, _) if !is_hidden => {
                    narrowing.set(true);
                    dom::focus_id(NARROW_ID);
                }
                (Deed::Person, _) if open.is_some() => person.set(!*person),
                (Deed::Leave, _) if *person => person.set(false),
                (Deed::Leave, _) if open.is_some() && !dom::is_writing() => {
                    at.set(open);
                    moved.set(*moved + 1);
                    go.emit(Route::Inbox(view, None));
                }
                _ => return false,
            }
            true
        });
    }

    // Where the focus was in the bar that has gone, it goes back to the list.
    {
        let stop = at.or(open).filter(|id| rows.place(*id).is_some()).or_else(|| rows.at(0));
        let were_chosen = use_mut_ref(|| false);
        use_effect_with(choosing.bar.is_some(), move |are_chosen| {
            if were_chosen.replace(*are_chosen) && !*are_chosen && dom::is_focus_nowhere() {
                dom::refocus_id(&stop.map_or_else(|| TITLE_ID.to_owned(), row_id));
            }
        });
    }

    // What is done is asked for where it is looked at, once there is somebody to ask.
    {
        let is_wanted = view == View::Resolved && state.is_listed && state.more_resolved.is_none();
        let resolved = hands.resolved.clone();
        // Anew for each narrowing: the answer to the one before is not taken.
        use_effect_with((is_wanted, narrow), move |(is_wanted, _)| {
            if *is_wanted {
                resolved.emit(());
            }
        });
    }
    let summary = open.and_then(|id| state.find(id));
    let class = classes!(
        "panes",
        open.is_some().then_some("has-open"),
        (open.is_none() || summary.is_none()).then_some("no-person"),
        is_person_shown.then_some("with-person"),
    );
    let toggle = {
        let shown = is_person_shown.clone();
        Callback::from(move |()| shown.set(!*shown))
    };
    let transfer = {
        let shown = is_transfer_shown.setter();
        Callback::from(move |is_shown: bool| shown.set(is_shown))
    };
    let is_beginning = role == Role::Owner && preferences::is_on(preferences::Choice::Beginning);
    let is_bar_shown = *is_narrowing || !narrow.is_none();
    let onbar = {
        let (shown, set) = (is_narrowing.setter(), place.set_narrow.clone());
        move |_: MouseEvent| {
            shown.set(!is_bar_shown);
            if is_bar_shown {
                set.emit(Narrow::default());
            }
        }
    };
    let bar = NarrowBarProps { view, narrow, onnarrow: place.set_narrow.clone(), is_first: *is_narrowing };
    let clear = (!narrow.is_none()).then(|| {
        place.set_narrow.reform(|_: MouseEvent| {
            // The button goes, and the focus with it.
            dom::focus_id(TITLE_ID);
            Narrow::default()
        })
    });
    let are_chosen = choosing.bar.is_some() && !hides_list(dom::width(), open.is_some(), *is_person_shown);
    html! {
        <>
        <div {class}>
            <section class="pane pane-list" aria-labelledby={TITLE_ID}>
                <header class="pane-head">
                    <h1 id={TITLE_ID} class={choosing.bar.is_some().then_some("unseen")} tabindex="-1">{t(view_key(view))}</h1>
                    if let Some(bar) = &choosing.bar { {bar.clone()} } else {
                    if state.is_listed { <span class="muted">{rows.len()}</span> }
                    if view == View::Queue { {how_it_stands(&state, &rows, local)} }
                    <button class="button button-quiet button-icon push" type="button" aria-label={t("narrow.title")} title={t("narrow.title")}
                        aria-expanded={if is_bar_shown { "true" } else { "false" }} onclick={onbar}>{icon(Glyph::Settings)}</button>
                    <Link to={Route::Search(None)} class="button button-quiet button-icon search-here">
                        {icon(Glyph::Search)}<span class="unseen">{t("search.title")}</span>
                    </Link>
                    }
                </header>
                if is_bar_shown { <Later page={Page::Narrow(bar)} /> }
                {list(&state, &hands.resolved, view, [open, *at], &choosing, local, &clear)}
            </section>
            if let Some(id) = open {
                <Talk key={id.to_hex()} {id} {are_chosen} {view} back={Route::Inbox(view, None)} {summary} {local} is_person_shown={*is_person_shown} onperson={toggle}
                    is_transfer_shown={*is_transfer_shown} ontransfer={transfer} />
            } else {
                <section class="pane pane-talk" aria-label={t("talk.none")}>{nothing_open(role, is_beginning)}</section>
            }
        </div>
        {choosing.beside}
        </>
    }
}

/// Whether the list has no room beside what is open, or beside the person, as the style sheet has it.
fn hides_list(width: f64, is_open: bool, is_person_shown: bool) -> bool {
    is_open && width <= 720.0 || is_person_shown && width <= 1240.0
}

/// The present by the server's clock: ages are of its times.
#[hook]
pub(super) fn use_server_now(ahead_ms: i64) -> Local {
    let mut local = use_now(AGES_MS);
    local.now.0 += ahead_ms;
    local
}

fn list(
    state: &Shared,
    onresolved: &Callback<()>,
    view: View,
    [open, at]: [Option<ConversationId>; 2],
    choosing: &Choosing,
    local: Local,
    clear: &Option<Callback<MouseEvent>>,
) -> Html {
    let rows = &choosing.rows;
    if !state.is_listed && rows.is_empty() {
        return html! { <div class="rows"><p class="unseen" role="status">{t("loading")}</p>{ghosts()}</div> };
    }
    let more = (matches!(view, View::All | View::Resolved) && state.more_resolved != Some(false)).then(|| {
        let word = if state.more_resolved.is_some() { "list.more" } else { "list.resolved" };
        html! {
            <div class="row-hint">
                <button class="button button-wide" type="button" onclick={onresolved.reform(|_: MouseEvent| ())}>{t(word)}</button>
            </div>
        }
    });
    if let Some(clear) = clear.as_ref().filter(|_| rows.is_empty()) {
        let act = html! {
            <>
                <button class="button" type="button" onclick={clear}>{t("narrow.clear")}</button>
                {more}
            </>
        };
        return empty(&t("narrow.empty"), &t("narrow.empty.line"), false, act);
    }
    if rows.is_empty() {
        let (title, line) = match view {
            View::Queue => ("empty.queue", "empty.queue.line"),
            View::Mine => ("empty.mine", "empty.mine.line"),
            View::Snoozed => ("empty.snoozed", "empty.snoozed.line"),
            View::All => ("empty.all", "empty.all.line"),
            View::Resolved => ("empty.resolved", "empty.resolved.line"),
        };
        return empty(&t(title), &t(line), view == View::Queue, more.unwrap_or_default());
    }
    let typing: Vec<ConversationId> =
        state.talks.iter().filter(|(_, talk)| talk.is_visitor_typing).map(|(id, _)| *id).collect();
    let drafts: Vec<ConversationId> = state.drafts.keys().copied().collect();
    let aims = |(id, desk): (&_, &Rc<team::InboxDesk>)| Some((*id, desk.answer_minutes?));
    let targets: Vec<_> = state.team.iter().filter_map(aims).collect();
    html! {
        <ConversationList key={view.word()} {view} row_px={looks::row_px()} rows={rows.clone()} chosen={choosing.chosen.clone()} onchoose={choosing.onchoose.clone()} may_choose={choosing.may} {open} {at} typing={Rc::new(typing)} drafts={Rc::new(drafts)} me={state.me} {local} {targets}>
            {more}
        </ConversationList>
    }
}

/// How long the first waits, and whether anybody is free for it.
fn how_it_stands(state: &Shared, queue: &Listed, local: Local) -> Html {
    let Some(oldest) = team::oldest(queue.range(0..queue.len())) else { return Html::default() };
    let free = match team::free(&state.team) {
        0 => t("queue.nobody_free"),
        free => tn("queue.free", &[("n", &free.to_string())]),
    };
    html! {
        <span class="push muted clip">{tn("queue.oldest", &[("age", &age(oldest, local.now))])}{" · "}{free}</span>
    }
}

/// Whether an open conversation is mine, or nobody's: then I may pass it on.
pub(super) fn may_pass_on(state: &Shared, id: ConversationId) -> bool {
    is_with(state, id, Some(state.me)) || is_with(state, id, None)
}

/// What stands where a conversation would.
fn nothing_open(role: Role, is_beginning: bool) -> Html {
    let lines: [(&[&'static str], &str, Right); 6] = [
        (&["J", "K"], "keys.move", Right::Note),
        (&["Enter"], "keys.open", Right::Note),
        (&["C"], "talk.claim", Right::Serve),
        (&["R"], "keys.reply", Right::Answer),
        (&["N"], "keys.note", Right::Note),
        (&["?"], "keys.help", Right::Note),
    ];
    let lines = lines.iter().filter(|(.., right)| role.may(*right));
    let keys = html! {
        <dl class="empty-keys">
            {for lines.map(|(keys, key, _)| html! { <div><dt>{caps(keys)}</dt><dd>{t(key)}</dd></div> })}
        </dl>
    };
    html! {
        <>
        if is_beginning { <Later page={Page::Begin} /> }
        {empty(&t("talk.none"), &t("talk.none.line"), false, keys)}
        </>
    }
}

/// Whether an open conversation is with somebody, or with nobody.
pub(super) fn is_with(state: &Shared, id: ConversationId, whom: Option<AgentId>) -> bool {
    let summary = state.find(id).filter(|summary| summary.conversation.status == Status::Open);
    summary.is_some_and(|summary| summary.conversation.assignee.map(|agent| agent.id) == whom)
}

/// The row after or before the one the keys are at; where that one has gone, those that have come to stand there; the first
/// one when they are nowhere.
fn next(rows: &Listed, at: Option<ConversationId>, stood: usize, by: i8) -> Option<ConversationId> {
    let last = rows.len().checked_sub(1)?;
    let next = match (at, at.and_then(|at| rows.place(at))) {
        (None, _) => 0,
        (_, Some(here)) if by > 0 => here + 1,
        (_, None) if by > 0 => stood,
        (_, here) => here.unwrap_or(stood).saturating_sub(1),
    };
    rows.at(next.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::{listed, summary};
    use crate::state::lists::Lists;

    #[test]
    fn keys_leave_alone_what_is_chosen_out_of_sight() {
        let hides = [(720.0, true, false), (1240.0, true, true), (600.0, false, true)];
        assert!(hides.into_iter().all(|(width, open, person)| hides_list(width, open, person)));
        let shows = [(721.0, true, false), (600.0, false, false), (1241.0, true, true)];
        assert!(!shows.into_iter().any(|(width, open, person)| hides_list(width, open, person)));
    }

    #[test]
    fn keys_go_on_from_where_a_row_has_gone() {
        let mut lists = Lists::new(AgentId(1));
        lists.renew(listed([1, 2, 3, 4].map(|id| summary(id, None, 0))));
        let rows = lists.view(View::Queue);
        let id = |id| Some(ConversationId(id));
        assert_eq!((next(&rows, None, 0, 1), next(&rows, None, 0, -1)), (id(1), id(1)));
        assert_eq!((next(&rows, id(2), 1, 1), next(&rows, id(2), 1, -1)), (id(3), id(1)));
        assert_eq!((next(&rows, id(4), 3, 1), next(&rows, id(1), 0, -1)), (id(4), id(1)));
        lists.renew(listed([1, 3, 4].map(|id| summary(id, None, 0))));
        let rows = lists.view(View::Queue);
        assert_eq!((next(&rows, id(2), 1, 1), next(&rows, id(2), 1, -1)), (id(3), id(1)));
        assert_eq!(next(&rows, id(9), 7, 1), id(4));
        lists.renew(listed([]));
        assert_eq!(next(&lists.view(View::Queue), id(2), 1, 1), None);
    }
}
