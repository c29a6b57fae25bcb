//! Search: what was said and who said it, by the words in it; what is found opens beside it, at its place.

use std::cell::Cell;
use std::rc::Rc;

use deskbell_shared::model::{Author, Status};
use deskbell_shared::protocol::api::{FoundConversation, FoundPersonView, HitView, SearchPiece, SearchView};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::inbox::{is_with, may_pass_on, use_server_now};
use super::search_filters::{Asked, filters};
use super::talk::Talk;
use crate::components::conversation_list::ghosts;
use crate::components::empty::empty;
use crate::components::face::visitor_face;
use crate::components::icon::{Glyph, drawn, icon};
use crate::components::link::Link;
use crate::components::stage::form_error;
use crate::format::{Local, age, day, day_number, moment, name_or_own};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::keys::use_keys;
use crate::hooks::listening::use_document_event;
use crate::hooks::page::{TITLE_ID, use_page};
use crate::hooks::place::use_place;
use crate::route::{Hit, Route, View};
use crate::services::{clock, dom, events, http};
use crate::state::keys::Deed;
use crate::text::{count, t, tn};
use crate::trouble::Trouble;

/// The id of the field.
const FIELD_ID: &str = "search-field";
/// Characters one can type; the server takes no more.
const CHARS_MAX: &str = "200";
/// Nothing is asked while somebody types faster than this.
const TYPING_MS: i32 = 160;
/// Days for which an age says enough.
const AGE_DAYS_MAX: i64 = 6;

thread_local! {
    static BEGINNING: Cell<Option<String>> = const { Cell::new(None) };
}

/// The event by which a search that is there already hears of it.
const BEGINS: &str = "search-for";

/// The words with which the search begins, now or when it is opened.
pub fn begin_with(text: String) {
    BEGINNING.set(Some(text));
    events::tell_document(BEGINS);
}

/// What is open beside it.
#[derive(Clone, PartialEq, Properties)]
pub struct SearchProps {
    /// What was found.
    pub open: Option<Hit>,
}

/// What was found so far.
#[derive(Clone, Default, PartialEq)]
struct Found {
    /// What was asked.
    of: Asked,
    people: Vec<FoundPersonView>,
    hits: Vec<HitView>,
    earlier: Option<u64>,
    back_to: Option<deskbell_shared::model::UnixMillis>,
    trouble: Option<Trouble>,
    /// Whether anything has been answered.
    is_there: bool,
}

impl Found {
    /// What is in the list, in its order.
    fn places(&self) -> Vec<Hit> {
        let people = self.people.iter().map(|one| Hit { conversation: one.conversation, row: None });
        let hits = self.hits.iter().map(|hit| Hit { conversation: hit.conversation, row: Some(hit.seq.0) });
        people.chain(hits).collect()
    }
}

/// Asks, or asks on where an answer ended.
async fn ask(mut found: Found, me: deskbell_shared::model::AgentId, now_ms: i64) -> Found {
    let request = found.of.request(me, now_ms, found.earlier);
    let answer: Result<SearchView, Trouble> = http::post("/api/search", &request).await;
    match answer {
        Ok(view) => {
            found.hits.extend(view.hits);
            found.people.extend(view.people);
            (found.earlier, found.back_to) = (view.earlier, view.back_to);
            (found.is_there, found.trouble) = (true, None);
        }
        Err(trouble) => found.trouble = Some(trouble),
    }
    found
}

/// Search.
#[function_component(Search)]
pub fn search(props: &SearchProps) -> Html {
    let Desk { state, hands } = use_desk();
    let place = use_place();
    let open = props.open;
    let local = use_server_now(state.line.ahead_ms);
    use_page(t("search.title"));
    let asked = use_state_eq(|| Asked::default().saying(BEGINNING.take().unwrap_or_default()));
    {
        let asked = asked.clone();
        use_document_event(BEGINS, move |_| {
            if let Some(text) = BEGINNING.take() {
                asked.set(asked.saying(text));
            }
        });
    }
    let found = use_state_eq(Found::default);
    let is_busy = use_state_eq(|| false);
    let at = use_state_eq(|| None::<usize>);
    let turn = use_mut_ref(|| 0u32);
    let is_person_shown = use_state_eq(|| false);
    let is_transfer_shown = use_state_eq(|| false);

    // Only the newest question is answered on the page.
    let run = {
        let (found, is_busy, turn, me) = (found.setter(), is_busy.setter(), turn.clone(), state.me);
        let ahead_ms = state.line.ahead_ms;
        Callback::from(move |from: Found| {
            *turn.borrow_mut() += 1;
            let mine = *turn.borrow();
            let (found, is_busy, turn) = (found.clone(), is_busy.clone(), turn.clone());
            is_busy.set(true);
            spawn_local(async move {
                let answer = ask(from, me, clock::now().0 + ahead_ms).await;
                if *turn.borrow() == mine {
                    is_busy.set(false);
                    found.set(answer);
                }
            });
        })
    };
    {
        let (run, found, is_busy, turn, at) =
            (run.clone(), found.setter(), is_busy.setter(), turn.clone(), at.setter());
        use_effect_with((*asked).clone(), move |asked| {
            at.set(None);
            let waiting = asked.has_words().then(|| {
                let from = Found { of: asked.clone(), ..Found::default() };
                is_busy.set(true);
                clock::after(TYPING_MS, move || run.emit(from.clone()))
            });
            if waiting.is_none() {
                *turn.borrow_mut() += 1;
                is_busy.set(false);
                found.set(Found::default());
            }
            move || drop(waiting)
        });
    }
    {
        let is_open = open.is_some();
        use_effect_with((), move |()| {
            if !is_open {
                dom::focus_id(FIELD_ID);
            }
        });
    }
    {
        let open_it = hands.open.clone();
        use_effect_with((open.map(|hit| hit.conversation), open_it), move |(open, open_it)| {
            open_it.emit(*open);
            if open.is_some() && dom::is_narrow() {
                dom::focus_id("talk-title");
            }
        });
    }
    let places = Rc::new(found.places());
    let moves = {
        let (places, at) = (Rc::clone(&places), at.clone());
        move |by: i8| {
            let next = match *at {
                Some(0) if by < 0 => None,
                Some(here) if by < 0 => Some(here - 1),
                Some(here) => Some((here + 1).min(places.len().saturating_sub(1))),
                None => Some(0),
            };
            at.set(next);
            match next.filter(|next| *next < places.len()) {
                Some(next) => dom::focus_id(&hit_id(next)),
                None => dom::focus_id(FIELD_ID),
            };
        }
    };
    {
        let (places, at, go, hands, known) =
            (Rc::clone(&places), at.clone(), place.go.clone(), hands.clone(), state.clone());
        let (person, transfer, moves) = (is_person_shown.clone(), is_transfer_shown.setter(), moves.clone());
        let talk = open.map(|hit| hit.conversation);
        use_keys(move |deed| {
            match deed {
                Deed::Search => {
                    at.set(None);
                    dom::focus_id(FIELD_ID);
                }
                Deed::Move(by) if !places.is_empty() => moves(by),
                Deed::Open => match at.and_then(|at| places.get(at)) {
                    Some(hit) => go.emit(Route::Search(Some(*hit))),
                    None => return false,
                },
                Deed::Claim => match talk.filter(|id| is_with(&known, *id, None)) {
                    Some(id) => hands.claim.emit(id),
                    None => return false,
                },
                Deed::Transfer => match talk.filter(|id| may_pass_on(&known, *id)) {
                    Some(_) => transfer.set(true),
                    None => return false,
                },
                Deed::Person if talk.is_some() => person.set(!*person),
                Deed::Leave if *person => person.set(false),
                Deed::Leave if talk.is_some() && !dom::is_writing() => {
                    go.emit(Route::Search(None));
                    let focused = at.is_some_and(|at| dom::focus_id(&hit_id(at)));
                    if !focused {
                        dom::focus_id(FIELD_ID);
                    }
                }
                _ => return false,
            }
            true
        });
    }
    let oninput = {
        let asked = asked.clone();
        move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            asked.set(asked.saying(text));
        }
    };
    let onkeydown = {
        let (moves, places, go, asked) = (moves.clone(), Rc::clone(&places), place.go.clone(), asked.clone());
        move |event: KeyboardEvent| {
            if event.is_composing() {
                return; // the key chooses characters
            }
            match event.key().as_str() {
                "ArrowDown" if !places.is_empty() => moves(1),
                "Enter" => match places.first() {
                    Some(first) => go.emit(Route::Search(Some(*first))),
                    None => return,
                },
                "Escape" if !asked.text.is_empty() => asked.set(asked.saying(String::new())),
                "Escape" => go.emit(Route::Inbox(View::Queue, None)),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let onfilter = {
        let asked = asked.clone();
        Callback::from(move |next: Asked| asked.set(next))
    };
    let onmore = {
        let (run, found) = (run.clone(), found.clone());
        Callback::from(move |()| run.emit((*found).clone()))
    };
    let onretry = {
        let (run, asked) = (run.clone(), asked.clone());
        Callback::from(move |()| run.emit(Found { of: (*asked).clone(), ..Found::default() }))
    };
    let toggle = {
        let shown = is_person_shown.clone();
        Callback::from(move |()| shown.set(!*shown))
    };
    let ontransfer = {
        let shown = is_transfer_shown.setter();
        Callback::from(move |is_shown: bool| shown.set(is_shown))
    };
    let summary = open.and_then(|hit| state.find(hit.conversation));
    let class = classes!(
        "panes",
        open.is_some().then_some("has-open"),
        (open.is_none() || summary.is_none()).then_some("no-person"),
        is_person_shown.then_some("with-person"),
    );
    let total = places.len();
    // While the next answer is on its way, the last one stays.
    let is_first = *is_busy && !found.is_there && found.trouble.is_none();
    let said = if *is_busy || !found.is_there { String::new() } else { count("search.found", total) };
    let list = List { found: &found, open, at: *at, local, is_busy: *is_busy };
    html! {
        <div {class}>
            <section class="pane pane-list" aria-labelledby={TITLE_ID}>
                <header class="search-head">
                    <h1 class="unseen" id={TITLE_ID} tabindex="-1">{t("search.title")}</h1>
                    <div class="search-field" role="search">
                        {icon(Glyph::Search)}
                        <input id={FIELD_ID} class="input" type="search" autocomplete="off" spellcheck="false" enterkeyhint="search"
                            maxlength={CHARS_MAX} aria-label={t("search.field")} placeholder={t("search.field")}
                            value={asked.text.clone()} {oninput} {onkeydown} />
                    </div>
                    {filters(&asked, &state, onfilter)}
                </header>
                if *is_busy { <div class="catching" aria-hidden="true"></div> }
                <p class="unseen" role="status">{said}</p>
                if !asked.has_words() {
                    {empty(&t("search.hint"), &t("search.hint.line"), false, Html::default())}
                } else if is_first {
                    <div class="rows"><p class="unseen" role="status">{t("loading")}</p>{ghosts()}</div>
                } else {
                    {list.drawn(onmore, onretry)}
                }
            </section>
            if let Some(hit) = open {
                <Talk key={hit.conversation.to_hex()} id={hit.conversation} view={View::All} back={Route::Search(None)} row={hit.row}
                    {summary} {local} is_person_shown={*is_person_shown} onperson={toggle}
                    is_transfer_shown={*is_transfer_shown} {ontransfer} />
            } else {
                <section class="pane pane-talk" aria-label={t("talk.none")}>
                    {empty(&t("search.none_open"), &t("search.none_open.line"), false, Html::default())}
                </section>
            }
        </div>
    }
}

/// The id of the link of what was found.
fn hit_id(n: usize) -> String {
    let mut id = "hit-".to_owned();
    id.push_str(&n.to_string());
    id
}

/// What was found, and how it is looked at.
struct List<'a> {
    found: &'a Found,
    open: Option<Hit>,
    at: Option<usize>,
    local: Local,
    is_busy: bool,
}

impl List<'_> {
    fn drawn(&self, onmore: Callback<()>, onretry: Callback<()>) -> Html {
        let found = self.found;
        if let Some(trouble) = &found.trouble {
            return html! {
                <div class="rows search-trouble">
                    {form_error(Some(&trouble.say()))}
                    <button class="button" type="button" onclick={onretry.reform(|_: MouseEvent| ())}>{t("try_again")}</button>
                </div>
            };
        }
        let more = found.earlier.is_some().then(|| {
            let back_to = found.back_to.map(|at| tn("search.back_to", &[("when", &day(at, self.local))]));
            html! {
                <div class="row-hint search-more">
                    <button class="button button-wide" type="button" aria-disabled={self.is_busy.then_some("true")}
                        onclick={onmore.reform(|_: MouseEvent| ())}>{t("search.further")}</button>
                    if let Some(back_to) = back_to { <p>{back_to}</p> }
                </div>
            }
        });
        let people = found.people.len();
        if people + found.hits.len() == 0 {
            let key = if more.is_some() { "search.none_yet" } else { "search.none" };
            return empty(&t(key), &t("search.none.line"), false, more.unwrap_or_default());
        }
        html! {
            <div class="rows" aria-busy={self.is_busy.then_some("true")}>
                if people > 0 {
                    <h2 class="search-kind">{t("search.people")}</h2>
                    <ul aria-label={t("search.people")}>{for found.people.iter().enumerate().map(|(n, one)| self.person(n, one))}</ul>
                }
                if !found.hits.is_empty() {
                    <h2 class="search-kind">{t("search.said")}</h2>
                    <ul aria-label={t("search.said")}>{for found.hits.iter().enumerate().map(|(n, hit)| self.hit(people + n, hit))}</ul>
                }
                {more.unwrap_or_default()}
            </div>
        }
    }

    fn person(&self, n: usize, one: &FoundPersonView) -> Html {
        let hit = Hit { conversation: one.conversation, row: None };
        let name = name_or_own(one.about.visitor, one.about.name.as_ref());
        self.row(n, hit, name, one.at, &one.about, html! { {pieces(&one.text)} }, false)
    }

    fn hit(&self, n: usize, hit: &HitView) -> Html {
        let by = match &hit.author {
            Author::Agent { agent } => {
                html! { <b><bdi>{tn("row.by", &[("who", &agent.name)])}</bdi>{" "}</b> }
            }
            _ => Html::default(),
        };
        let place = Hit { conversation: hit.conversation, row: Some(hit.seq.0) };
        let text = html! { <>{by}{pieces(&hit.text)}</> };
        self.row(
            n,
            place,
            name_or_own(hit.about.visitor, hit.about.name.as_ref()),
            hit.at,
            &hit.about,
            text,
            hit.is_note,
        )
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a row, drawn in one place for both kinds")]
    fn row(
        &self,
        n: usize,
        hit: Hit,
        name: String,
        when: deskbell_shared::model::UnixMillis,
        about: &FoundConversation,
        text: Html,
        is_note: bool,
    ) -> Html {
        let is_stop = self.at.map_or(n == 0, |at| at == n);
        let is_open = self.open == Some(hit);
        let days = day_number(self.local.now, self.local) - day_number(when, self.local);
        let short = if days > AGE_DAYS_MAX { day(when, self.local) } else { age(when, self.local.now) };
        html! {
            <li class="found" key={hit_id(n)}>
                <Link to={Route::Search(Some(hit))} class="row-link found-link" id={hit_id(n)} current={is_open.then_some("true")}
                    tab={is_stop}>
                    {visitor_face(about.visitor, "")}
                    <span class="row-name">
                        <span class="clip">{name}</span><span class="row-site clip">{about.inbox.clone()}</span>
                    </span>
                    <span class="row-age" title={moment(when, self.local)}>{short}</span>
                    <span class="found-text" dir="auto">{text}</span>
                    <span class="found-about">
                        if is_note { <span class="chip chip-warn">{drawn(Glyph::Note, "icon")}{t("search.note")}</span> }
                        {stands(about)}
                    </span>
                </Link>
            </li>
        }
    }
}

/// How the conversation stands.
fn stands(about: &FoundConversation) -> Html {
    match (&about.status, &about.assignee) {
        (Status::Resolved, _) => html! { <span class="chip">{t("status.resolved")}</span> },
        (Status::Open, None) => html! { <span class="chip chip-warn">{t("status.queued")}</span> },
        (Status::Open, Some(agent)) => html! { <span class="chip clip">{agent.name.clone()}</span> },
    }
}

/// A line with what was looked for marked in it.
fn pieces(pieces: &[SearchPiece]) -> Html {
    let piece = |piece: &SearchPiece| match piece.is_hit {
        true => html! { <mark>{piece.text.clone()}</mark> },
        false => html! { {piece.text.clone()} },
    };
    pieces.iter().map(piece).collect()
}
