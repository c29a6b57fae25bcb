//! The desk of somebody who is signed in: keeps the wire, gives it to the pages, and draws the frame around them.

use std::rc::Rc;

use deskbell_shared::model::FileView;
use deskbell_shared::model::{Cmid, ConversationId};
use deskbell_shared::model::{Right, VisitorView};
use deskbell_shared::protocol::api::MeView;
use deskbell_shared::session::{Connection, Input, LongList, NotTaken};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::icon::{Glyph, icon};
use crate::components::rail::Rail;
use crate::format::{moment, name_of_visitor, visitor_name};
use crate::hooks::desk::{Desk, Hands};
use crate::hooks::keys::use_keys;
use crate::hooks::listening::use_document_event;
use crate::hooks::now::{use_now, use_ticks};
use crate::hooks::place::use_place;
use crate::hooks::who::use_who;
use crate::pages::commands::CommandsProps;
use crate::pages::inbox::Inbox;
use crate::pages::later::{Later, Page, prefetch};
use crate::route::{Board, Part, Route, View};
use crate::services::account::{HERE, sign_out};
use crate::services::batches::batched;
use crate::services::preferences::{self, Choice};
use crate::services::wire::Wire;
use crate::services::{address, clock, dom, http, notices, sound};
use crate::shown::connection::{Health, Known, Remedy, health};
use crate::shown::transfer::To;
use crate::state::attention::{notice, ringing};
use crate::state::bulk::Bulk;
use crate::state::desk::{Call, DeskAction, Shared};
use crate::state::keys::Deed;
use crate::state::team;
use crate::text::{count, t, tn};
use deskbell_shared::protocol::api::{ConversationCard, SnippetsView, ViewsView};

/// How long something that was said stays.
const SAID_MS: i32 = 7000;
/// After so long the pages that come later are fetched: the desk is there, and nothing waits for the network.
const PREFETCH_MS: i32 = 4_000;
/// How often it is looked at whether silence is over.
const SILENCE_MS: i32 = 30_000;
/// How long the way back from a deed for many is offered.
const UNDO_MS: i32 = 20_000;

/// Who is signed in.
#[derive(Clone, PartialEq, Properties)]
pub struct ConnectedProps {
    /// Me.
    pub me: MeView,
}

/// The desk of somebody who is signed in.
#[function_component(Connected)]
pub fn connected(props: &ConnectedProps) -> Html {
    let (who, place) = (use_who(), use_place());
    let (me, role) = (props.me.agent.id, props.me.role);
    let is_on_duty = role.may(Right::Serve);
    let state = use_reducer(|| Shared::new(me));
    let wire = use_state(|| None::<Rc<Wire>>);
    {
        let (state, wire, ended) = (state.dispatcher(), wire.setter(), who.ended.clone());
        // With another role everything begins anew, see `app`.
        let other_role = who.ask.clone();
        use_effect_with((me, role), move |me| {
            let tell = batched(move |batch| state.dispatch(DeskAction::Many(batch)));
            let started = Wire::start(*me, tell, ended, other_role);
            wire.set(Some(Rc::clone(&started)));
            move || started.close()
        });
    }
    use_document_event("pointerdown", |_| sound::wake());
    use_document_event("keydown", |_| sound::wake());
    use_ringing(&state, is_on_duty, place.route, place.go.clone());
    use_calling(&state, place.route, place.go.clone());
    use_offer_ringing(&state, place.go.clone());
    use_snippets(&state);
    use_views(&state);
    let hands = use_memo((WireRef((*wire).clone()), state.dispatcher()), |(wire, state)| {
        hands(wire.0.clone(), state.clone())
    });
    let desk = Desk { state: (*state).clone(), hands: (*hands).clone() };
    let page = match place.route {
        Route::Setup => html! { <Later page={Page::SetupTag} /> },
        _ => html! { <Shell me={props.me.clone()} desk={desk.clone()} /> },
    };
    html! { <ContextProvider<Desk> context={desk}>{page}</ContextProvider<Desk>> }
}

#[derive(Clone)]
struct WireRef(Option<Rc<Wire>>);

impl PartialEq for WireRef {
    fn eq(&self, other: &WireRef) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Rc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Rings whoever is on duty when somebody new waits or somebody of mine wrote, unless I am looking at it.
#[hook]
fn use_ringing(state: &UseReducerHandle<Shared>, is_on_duty: bool, route: Route, go: Callback<Route>) {
    let before = use_mut_ref(|| None::<LongList>);
    let me = state.me;
    use_effect_with(state.told(), move |rows| {
        // What was there before one came is no news.
        let Some(rows) = rows.as_ref().filter(|_| is_on_duty) else { return };
        let last = before.replace(Some(rows.clone()));
        let attended = route.open().filter(|_| dom::is_attended());
        let ringing = last.map_or_else(Vec::new, |last| ringing(&last, rows, me, attended));
        if !ringing.is_empty() && preferences::may(Choice::Sound) {
            sound::ring();
        }
        if !dom::is_visible() && preferences::may(Choice::Notices) {
            for row in &ringing {
                notify(row, go.clone());
            }
        }
    });
}

/// Rings when I am asked to take a conversation, on the screen or not: it goes to the next one soon.
#[hook]
fn use_offer_ringing(state: &UseReducerHandle<Shared>, go: Callback<Route>) {
    let before = use_mut_ref(Vec::new);
    let offers = team::offered(&state.team, state.me);
    let known = (**state).clone();
    use_effect_with(offers, move |offers| {
        let last = before.replace(offers.clone());
        let fresh: Vec<_> = offers.iter().filter(|offer| !last.contains(offer)).collect();
        if !fresh.is_empty() && preferences::may(Choice::Sound) {
            sound::ring();
        }
        if !dom::is_visible() && preferences::may(Choice::Notices) {
            for row in fresh.iter().filter_map(|offer| known.find(offer.conversation)) {
                let title = tn("notice.offered", &[("who", &name_on_notice(&row.visitor))]);
                let (go, id) = (go.clone(), row.conversation.id);
                let line =
                    if preferences::is_on(Choice::NoticeText) { &row.last_line } else { &row.site_name };
                notices::show(&id.to_hex(), &title, line, move || {
                    go.emit(Route::Inbox(View::Queue, Some(id)));
                });
            }
        }
    });
}

/// What a visitor is called where others may look on: by name only where texts are shown there, too.
fn name_on_notice(visitor: &VisitorView) -> String {
    match preferences::is_on(Choice::NoticeText) {
        true => name_of_visitor(visitor),
        false => visitor_name(visitor.id),
    }
}

/// Says beside the desk, which nobody sees now, that somebody waits; a click leads there.
fn notify(row: &deskbell_shared::model::Summary, go: Callback<Route>) {
    let (key, line) = notice(row, preferences::is_on(Choice::NoticeText));
    let title = tn(key, &[("who", &name_on_notice(&row.visitor))]);
    let id = row.conversation.id;
    let view = if row.conversation.assignee.is_none() { View::Queue } else { View::Mine };
    notices::show(&id.to_hex(), &title, line, move || go.emit(Route::Inbox(view, Some(id))));
}

/// Says at once what a colleague has done about a conversation of mine: on the screen, by a sound, and beside the desk when
/// nobody sees it. A note in the conversation I am looking at is in front of me already.
#[hook]
fn use_calling(state: &UseReducerHandle<Shared>, route: Route, go: Callback<Route>) {
    let dispatch = state.dispatcher();
    let lists = state.lists.clone();
    let heard = use_mut_ref(|| 0u32);
    let calling = state.calling.clone();
    let number = calling.last().map(|(number, _)| *number);
    use_effect_with(number, move |number| {
        let before = heard.replace(number.unwrap_or(0));
        let mut said = Vec::new();
        for (_, calling) in calling.iter().filter(|(number, _)| *number > before) {
            let id = calling.conversation;
            let visitor = lists.open().get(0, id).map(|row| &row.visitor);
            let about = visitor.map(name_on_notice).unwrap_or_default();
            let values = [("who", calling.who.as_str()), ("visitor", about.as_str())];
            let is_open = route.open() == Some(id) && dom::is_attended();
            let (text, line) = match &calling.call {
                Call::Whispered(_) if is_open => continue,
                Call::Whispered(text) => (tn("call.whispered", &values), text.as_str()),
                Call::Taken => (tn("call.taken", &values), ""),
            };
            if !dom::is_visible() && preferences::may(Choice::Notices) {
                // What is written is for staff, and the screen may be seen by others.
                let line = if preferences::is_on(Choice::NoticeText) { line } else { "" };
                let go = go.clone();
                notices::show(&id.to_hex(), &text, line, move || go.emit(Route::Inbox(View::Mine, Some(id))));
            }
            said.push(text);
        }
        if !said.is_empty() {
            if preferences::may(Choice::Sound) {
                sound::ring();
            }
            dispatch.dispatch(DeskAction::Say(said.join(" · ")));
        }
    });
}

/// Fetches the saved answers once there is a connection; without one there is nothing to write them into.
#[hook]
fn use_snippets(state: &UseReducerHandle<Shared>) {
    let (dispatch, was_live) = (state.dispatcher(), state.was_live);
    use_effect_with(was_live, move |was_live| {
        if *was_live {
            spawn_local(async move {
                if let Ok(view) = http::get::<SnippetsView>("/api/snippets").await {
                    dispatch.dispatch(DeskAction::Snippets(view.snippets));
                }
            });
        }
    });
}

/// Fetches the saved views whenever there is a connection again: they may have been changed elsewhere.
#[hook]
fn use_views(state: &UseReducerHandle<Shared>) {
    let dispatch = state.dispatcher();
    use_effect_with(state.line.connection == Connection::Live, move |is_live| {
        if *is_live {
            spawn_local(async move {
                if let Ok(view) = http::get::<ViewsView>("/api/views").await {
                    dispatch.dispatch(DeskAction::Views(view.views));
                }
            });
        }
    });
}

/// What can be done, through the wire once there is one.
fn hands(wire: Option<Rc<Wire>>, state: UseReducerDispatcher<Shared>) -> Hands {
    fn through<A: 'static>(wire: &Option<Rc<Wire>>, call: impl Fn(&Rc<Wire>, A) + 'static) -> Callback<A> {
        let wire = wire.clone();
        Callback::from(move |argument| {
            if let Some(wire) = &wire {
                call(wire, argument);
            }
        })
    }
    let write = {
        let wire = wire.clone();
        Callback::from(move |(id, text, choices): (ConversationId, String, Vec<String>)| match &wire {
            Some(wire) => wire.write(id, &text, choices),
            None => Err(NotTaken::NotLive),
        })
    };
    let note = {
        let wire = wire.clone();
        Callback::from(move |(id, text): (ConversationId, String)| match &wire {
            Some(wire) => wire.write_note(id, &text),
            None => Err(NotTaken::NotLive),
        })
    };
    let edit = {
        let wire = wire.clone();
        Callback::from(move |(id, cmid, is_note, text): (ConversationId, Cmid, bool, String)| match &wire {
            Some(wire) => wire.edit(id, cmid, is_note, text),
            None => Err(NotTaken::NotLive),
        })
    };
    let find = {
        let state = state.clone();
        Callback::from(move |id: ConversationId| {
            let state = state.clone();
            spawn_local(async move {
                let path = ["/api/conversations/", &id.to_hex()].concat();
                // One that is not there, or not mine to see, is said where it would be shown.
                if let Ok(card) = http::get::<ConversationCard>(&path).await {
                    state.dispatch(DeskAction::Found(Box::new(card.summary)));
                }
            });
        })
    };
    let snippets = {
        let state = state.clone();
        Callback::from(move |()| {
            let state = state.clone();
            spawn_local(async move {
                match http::get::<SnippetsView>("/api/snippets").await {
                    Ok(view) => state.dispatch(DeskAction::Snippets(view.snippets)),
                    Err(trouble) => state.dispatch(DeskAction::Say(trouble.say())),
                }
            });
        })
    };
    let send_file = {
        let wire = wire.clone();
        Callback::from(move |(id, file): (ConversationId, FileView)| match &wire {
            Some(wire) => wire.send_file(id, file),
            None => Err(NotTaken::NotLive),
        })
    };
    let views = state.clone();
    let (sites, say, unsay, bulk_read) = (state.clone(), state.clone(), state.clone(), state);
    Hands {
        write,
        note,
        edit,
        withdraw: through(&wire, |wire, (id, cmid)| wire.withdraw(id, cmid)),
        find,
        snippets,
        snooze: through(&wire, |wire, (id, until)| wire.snooze(id, until)),
        file: through(&wire, |wire, (id, deed)| wire.file(id, deed)),
        reopen: through(&wire, |wire, id| wire.reopen(id)),
        send_file,
        claim: through(&wire, |wire, id| wire.claim(id)),
        decline: through(&wire, |wire, id| wire.decline(id)),
        transfer: through(&wire, |wire, (id, to, note): (ConversationId, To, String)| {
            wire.transfer(id, to, note)
        }),
        choose: through(&wire, |wire, (availability, capacity)| wire.choose(availability, capacity)),
        resolve: through(&wire, |wire, conversation| wire.say(Input::Resolve { conversation })),
        written: through(&wire, |wire, slot| wire.written(slot)),
        save: through(&wire, |wire, ()| wire.save()),
        typing: through(&wire, |wire, (conversation, on)| wire.say(Input::Typing { conversation, on })),
        attend: through(&wire, |wire, what| wire.attend(what)),
        seen: through(&wire, |wire, (conversation, read)| wire.seen(conversation, read)),
        older: through(&wire, |wire, conversation| wire.say(Input::LoadOlder { conversation })),
        open: through(&wire, |wire, open| wire.open(open)),
        retry: through(&wire, |wire, cmid| wire.retry(cmid)),
        discard: through(&wire, |wire, cmid| wire.say(Input::Discard { cmid })),
        mailed: through(&wire, |wire, id| wire.note_mailed(id)),
        resolved: through(&wire, |wire, ()| wire.list_resolved()),
        narrow: through(&wire, |wire, narrow| wire.narrow(narrow)),
        reconnect: through(&wire, |wire, ()| {
            wire.say(Input::Start);
            wire.say(Input::Wake);
        }),
        tick: through(&wire, |wire, ()| wire.tell_line()),
        views: Callback::from(move |all| views.dispatch(DeskAction::Views(all))),
        sites: Callback::from(move |all| sites.dispatch(DeskAction::Sites(all))),
        bulk: through(&wire, |wire, bulk| wire.bulk(bulk)),
        bulk_read: Callback::from(move |()| bulk_read.dispatch(DeskAction::BulkRead)),
        say: Callback::from(move |text| say.dispatch(DeskAction::Say(text))),
        unsay: Callback::from(move |()| unsay.dispatch(DeskAction::Unsay)),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ShellProps {
    me: MeView,
    desk: Desk,
}

/// The frame: rail, panel, banner, what is said once, the list of keys.
#[function_component(Shell)]
fn shell(props: &ShellProps) -> Html {
    let (who, place) = (use_who(), use_place());
    let Desk { state, hands } = &props.desk;
    let are_keys_shown = use_state_eq(|| false);
    let is_bar_shown = use_state_eq(|| false);
    let undo = undo_of(state, hands);
    {
        let (go, keys, bar) = (place.go.clone(), are_keys_shown.setter(), is_bar_shown.setter());
        let mine = team::me(&state.team, state.me).map(|me| me.availability);
        let choose = hands.choose.clone();
        let (claim, decline) = (hands.claim.clone(), hands.decline.clone());
        // The search itself knows where to go on.
        let is_search = matches!(place.route, Route::Search(_));
        // What I am asked to take first; what I cannot see I do not take.
        let offered = team::offered(&state.team, state.me);
        let offered = offered.iter().map(|offer| offer.conversation).find(|id| state.find(*id).is_some());
        let undo = undo.clone();
        use_keys(move |deed| {
            match deed {
                Deed::Accept => match offered {
                    Some(id) => {
                        claim.emit(id);
                        go.emit(Route::Inbox(View::Mine, Some(id)));
                    }
                    None => return false,
                },
                Deed::Decline => match offered {
                    Some(id) => decline.emit(id),
                    None => return false,
                },
                Deed::Go(view) => go.emit(Route::Inbox(view, None)),
                Deed::Search if !is_search => go.emit(Route::Search(None)),
                Deed::Board => go.emit(Route::Board(Board::Now)),
                Deed::Settings => go.emit(Route::Settings(Part::Profile)),
                Deed::Help => keys.set(true),
                Deed::Commands => bar.set(true),
                Deed::Undo => match undo {
                    Some(ref undo) => undo.emit(()),
                    None => return false,
                },
                Deed::Availability => match mine {
                    Some(mine) => choose.emit((team::next(mine), None)),
                    None => return false,
                },
                _ => return false,
            }
            true
        });
    }
    // A countdown counts down.
    let is_waiting = matches!(state.line.connection, Connection::Waiting { .. });
    use_ticks(is_waiting.then_some(1000), hands.tick.clone());
    use_ticks(state.said.as_ref().map(|_| SAID_MS), hands.unsay.clone());
    let bulk = state.bulk_shown();
    let is_over = bulk.is_some_and(|bulk| bulk.is_over());
    use_ticks(is_over.then_some(UNDO_MS), hands.bulk_read.clone());

    let health = health(Known {
        connection: state.line.connection,
        is_offline: state.line.is_offline,
        is_catching_up: state.line.is_catching_up,
        is_at_risk: state.line.is_at_risk,
        was_live: state.was_live,
    });
    let me = props.me.agent.id;
    let local = use_now(SILENCE_MS);
    use_effect_with((), |()| {
        let soon = clock::after(PREFETCH_MS, prefetch);
        move || drop(soon)
    });
    let silent = preferences::quiet().silent_until(local).map(|until| AttrValue::from(moment(until, local)));
    let onsignout = {
        let (set, say, save) = (who.set.clone(), hands.say.clone(), hands.save.clone());
        Callback::from(move |()| {
            save.emit(());
            let (set, say) = (set.clone(), say.clone());
            spawn_local(async move {
                match sign_out(me, HERE).await {
                    Ok(()) => set.emit(None),
                    Err(trouble) => say.emit(trouble.say()),
                }
            });
        })
    };
    let role = props.me.role;
    let page = match place.route {
        Route::Settings(part) => html! { <Later page={Page::Settings { part, role }} /> },
        Route::Board(board) => html! { <Later page={Page::Board(board)} /> },
        Route::Search(hit) => html! { <Later page={Page::Search(hit)} /> },
        // Where a list is empty for ever, all there is stands in its place.
        Route::Inbox(view, open) if view.is_of_duty() && !role.may(Right::Serve) => {
            html! { <Inbox view={View::All} {open} /> }
        }
        Route::Inbox(view, open) => html! { <Inbox {view} {open} /> },
        _ => Html::default(),
    };
    let is_asked =
        !team::offered(&state.team, state.me).is_empty() || team::missed(&state.team, state.me).is_some();
    let is_open = place.route.open().is_some();
    let keys = are_keys_shown.setter();
    let (bar, close_bar) = (is_bar_shown.setter(), is_bar_shown.setter());
    let close_keys = are_keys_shown.setter();
    let can_undo = undo.is_some();
    let onclose = Callback::from(move |()| close_bar.set(false));
    let bar_props = CommandsProps { role, can_undo, onsignout: onsignout.clone(), onclose };
    html! {
        <div class={classes!("shell", is_open.then_some("has-open-shell"))}>
            <a class="skip" href="#main">{t("skip")}</a>
            <Rail route={place.route} narrow={place.narrow} views={Rc::clone(&state.views)} ongone={hands.say.reform(|()| t("views.tag_gone"))} counts={state.counts()} health={health.clone()} {silent} me={props.me.clone()}
                seen={team::me(&state.team, me).cloned()} onchoose={hands.choose.reform(|availability| (availability, None))}
                onkeys={move |()| keys.set(true)} oncommands={move |()| bar.set(true)} {onsignout} />
            <main class="deck" id="main" tabindex="-1">
                if health.is_catching_up { <div class="catching" aria-hidden="true"></div> }
                {banner(&health, &hands.reconnect)}
                if is_asked { <Later page={Page::Offers} /> }
                {page}
                <div class="toasts" role="status" aria-live="polite">
                    if let Some(bulk) = bulk { {bulk_toast(bulk, undo, &hands.bulk_read)} }
                    if let Some((number, text)) = &state.said {
                        <div class="toast" key={*number}>
                            <span>{text.clone()}</span>
                            <button class="button button-quiet button-icon" type="button" aria-label={t("close")}
                                onclick={hands.unsay.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
                        </div>
                    }
                </div>
                <p class="unseen" role="status">{spoken(&health)}</p>
            </main>
            if *is_bar_shown { <Later page={Page::Commands(bar_props)} /> }
            if *are_keys_shown { <Later page={Page::Keys(role, Callback::from(move |()| close_keys.set(false)))} /> }
        </div>
    }
}

/// Takes the last deed for many back, where there is a way back: while what came of it is shown, and no longer.
fn undo_of(state: &Shared, hands: &Hands) -> Option<Callback<()>> {
    let bulk = state.bulk_shown().filter(|bulk| bulk.is_over() && !bulk.undo.is_empty())?;
    let (bulk, known, run) = (Rc::clone(bulk), state.clone(), hands.bulk.clone());
    Some(Callback::from(move |()| {
        if let Some(back) = bulk.taken_back(|id| known.find(id), known.me) {
            run.emit(back);
        }
    }))
}

/// What has come of a deed for many so far, and the way back.
fn bulk_toast(bulk: &Bulk, undo: Option<Callback<()>>, read: &Callback<()>) -> Html {
    if !bulk.is_over() {
        let step = (bulk.done.len() + bulk.left.len()).to_string();
        return html! {
            <div class="toast" key="bulk">
                <span>{t("bulk.working")}</span>
                <span class="muted push" aria-hidden="true">{step}{" / "}{bulk.total}</span>
            </div>
        };
    }
    html! {
        <div class="toast" key="bulk">
            <span>{bulk_words(bulk)}</span>
            if let Some(undo) = undo {
                <button class="button" type="button" onclick={undo.reform(|_: MouseEvent| ())}>
                    {t("bulk.undo")}<kbd class="key" aria-hidden="true">{"Z"}</kbd>
                </button>
            }
            <button class="button button-quiet button-icon" type="button" aria-label={t("close")}
                onclick={read.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
        </div>
    }
}

/// How many it was done to, how many not, and why.
fn bulk_words(bulk: &Bulk) -> String {
    let mut words = Vec::new();
    let done = bulk.done.len();
    let not = bulk.total - done;
    if done > 0 {
        words.push(count(bulk.act.done_key(), done));
    }
    if not > 0 {
        words.push(count(if bulk.is_undo { "bulk.not_back" } else { "bulk.left" }, not));
    }
    if bulk.is_lost {
        words.push(t("bulk.lost"));
    }
    words.join(" ")
}

/// What a screen reader says of the connection: changes of state, not every second of a countdown.
fn spoken(health: &Health) -> String {
    match &health.banner {
        Some((text, _)) => text.clone(),
        None => health.word.clone(),
    }
}

fn banner(health: &Health, reconnect: &Callback<()>) -> Html {
    let Some((text, remedy)) = &health.banner else { return Html::default() };
    let act = match remedy {
        Some(Remedy::Reload) => html! {
            <button class="link" type="button" onclick={|_: MouseEvent| address::reload()}>{t("connection.reload")}</button>
        },
        Some(Remedy::Retry) => html! {
            <button class="link" type="button" onclick={reconnect.reform(|_: MouseEvent| ())}>{t("connection.try_now")}</button>
        },
        None => Html::default(),
    };
    html! { <div class="banner">{icon(Glyph::Warn)}<span>{text.clone()}</span>{act}</div> }
}
