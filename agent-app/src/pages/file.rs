//! Filing conversations: their tags, how much one matters, and what came of them. All of it can be done with keys alone.

use std::cell::RefCell;
use std::rc::Rc;

use deskbell_shared::model::{ConversationId, InboxId, InboxOutcomes, OutcomeId, Priority, TagId, TagView};
use deskbell_shared::protocol::api::FilingView;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::dialog::dialog_head;
use crate::components::field::typed;
use crate::components::filed::{priority_mark, tag_chip};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::dialog::use_modal;
use crate::services::{dom, http};
use crate::shown::filed::{FileAsk, FileDeed, Outcomes, PRIORITIES, outcome_in, priority_word};
use crate::state::bulk::{Act, Bulk};
use crate::text::t;

/// Where tags are looked for.
const TAG_SEARCH_ID: &str = "tag-search";
/// Where the note is written.
const NOTE_ID: &str = "wrap-up-note";
/// A note is a line, not a letter.
const NOTE_CHARS_MAX: &str = "500";

thread_local! {
    /// What was told last: the next dialog is there at once, and is told anew meanwhile.
    static LAST: RefCell<Option<FilingView>> = const { RefCell::new(None) };
}

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct FileDialogProps {
    /// What is asked.
    pub ask: FileAsk,
    /// Of which: one, or many that are resolved.
    pub ids: Vec<ConversationId>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// The dialog.
#[function_component(FileDialog)]
pub fn file_dialog(props: &FileDialogProps) -> Html {
    let Desk { state, hands } = use_desk();
    let (node, close) = use_modal();
    // As it was when it was asked: what changes meanwhile does not change what is ticked under one's hands.
    let rows = use_state(|| props.ids.iter().filter_map(|id| state.find(*id)).collect::<Vec<_>>());
    let filed = rows.first().and_then(|row| row.filed.as_ref()).filter(|_| props.ask != FileAsk::Outcomes);
    let was = filed.and_then(|filed| filed.outcome.clone());
    let known = use_state(|| LAST.with_borrow(Clone::clone).map(Ok::<FilingView, String>));
    // Beside what is drawn: keys may be faster than that.
    let tags =
        use_mut_ref(|| filed.iter().flat_map(|filed| &filed.tags).map(|tag| tag.id).collect::<Vec<_>>());
    let said = use_mut_ref(|| {
        let view = known.as_ref().and_then(|known| known.as_ref().ok());
        view.map(|view| said_before(view, was.as_ref()))
    });
    let redraw = use_force_update();
    let (sought, note) = (use_state_eq(String::new), use_state_eq(String::new));
    let is_missing = use_state_eq(|| false);
    {
        let (known, said) = (known.setter(), Rc::clone(&said));
        use_effect_with((), move |()| {
            spawn_local(async move {
                let answer = http::get::<FilingView>("/api/filing").await;
                if let Ok(view) = &answer {
                    said.borrow_mut().get_or_insert_with(|| said_before(view, was.as_ref()));
                    LAST.set(Some(view.clone()));
                }
                known.set(Some(answer.map_err(|trouble| trouble.say())));
            });
        });
    }
    let file = {
        let (file, id) = (hands.file.clone(), props.ids.first().copied());
        Callback::from(move |deed: FileDeed| {
            if let Some(id) = id {
                file.emit((id, deed));
            }
        })
    };
    let ask = props.ask;
    // Which inboxes are asked, in the order of the server.
    let asking: Vec<InboxOutcomes> = match &*known {
        Some(Ok(view)) => {
            let is_asked =
                |asked: &&InboxOutcomes| rows.iter().any(|row| row.conversation.inbox == asked.inbox);
            view.inboxes.iter().filter(is_asked).cloned().collect()
        }
        _ => Vec::new(),
    };
    {
        // What is asked for is drawn once it is known; the keys begin there.
        let first = asking.first().map(|asked| {
            let now = said.borrow().as_ref().and_then(|said| outcome_in(said, asked.inbox));
            let at = asked.outcomes.iter().position(|one| Some(one.id) == now).unwrap_or(0);
            id_at(&name_of(asked.inbox), at)
        });
        let first = first.filter(|_| ask != FileAsk::Tags).unwrap_or_else(|| TAG_SEARCH_ID.to_owned());
        use_effect_with(known.is_some(), move |is_known| {
            if *is_known {
                dom::focus_id(&first);
            }
        });
    }
    let chosen = |inbox: InboxId| said.borrow().as_ref().and_then(|said| outcome_in(said, inbox));
    let choose = {
        let (said, is_missing, redraw) = (Rc::clone(&said), is_missing.setter(), redraw.clone());
        Callback::from(move |(inbox, outcome): (InboxId, Option<OutcomeId>)| {
            let mut next = said.take().unwrap_or_default();
            next.retain(|(known, _)| *known != inbox);
            next.push((inbox, outcome));
            *said.borrow_mut() = Some(next);
            is_missing.set(false);
            redraw.force_update();
        })
    };
    let prioritise = {
        let (file, close) = (file.clone(), close.clone());
        Callback::from(move |priority: Priority| {
            file.emit(FileDeed::Priority(priority));
            close.emit(());
        })
    };
    // Each by itself and at once where only tags are asked for, with the rest where it is resolved.
    let toggle = {
        let (tags, file) = (Rc::clone(&tags), file.clone());
        Callback::from(move |id: TagId| {
            let on = !tags.borrow().contains(&id);
            match on {
                true => tags.borrow_mut().push(id),
                false => tags.borrow_mut().retain(|known| *known != id),
            }
            redraw.force_update();
            if ask == FileAsk::Tags {
                file.emit(FileDeed::Tag(id, on));
            }
        })
    };
    let onsubmit = {
        let (rows, said, tags) = (rows.clone(), Rc::clone(&said), Rc::clone(&tags));
        let required: Vec<InboxId> =
            asking.iter().filter(|asked| asked.is_required).map(|asked| asked.inbox).collect();
        let (file, bulk, close, is_missing) =
            (file.clone(), hands.bulk.clone(), close.clone(), is_missing.setter());
        let (asks, me) = (ask, state.me);
        let offered: Vec<String> =
            asking.iter().flat_map(|asked| &asked.outcomes).map(|one| one.name.clone()).collect();
        move |event: SubmitEvent| {
            event.prevent_default();
            let said = said.borrow().clone().unwrap_or_default();
            let lacks = required.iter().find(|inbox| outcome_in(&said, **inbox).is_none());
            if let Some(inbox) = lacks.filter(|_| asks != FileAsk::Tags) {
                is_missing.set(true);
                dom::focus_id(&id_at(&name_of(*inbox), 0));
                return;
            }
            let tags = tags.borrow();
            if asks == FileAsk::Outcomes {
                if let Some(run) = Bulk::new(&Act::WrapUp(said.clone()), rows.iter(), me) {
                    bulk.emit(run);
                }
            } else if let (FileAsk::WrapUp | FileAsk::Outcome, Some(row)) = (asks, rows.first()) {
                let had: Vec<TagId> =
                    row.filed.iter().flat_map(|filed| &filed.tags).map(|tag| tag.id).collect();
                for id in tags.iter().filter(|id| !had.contains(id)) {
                    file.emit(FileDeed::Tag(*id, true));
                }
                for id in had.iter().filter(|id| !tags.contains(id)) {
                    file.emit(FileDeed::Tag(*id, false));
                }
                // What is in the field now.
                let note = dom::value_of(NOTE_ID).unwrap_or_default();
                if !note.trim().is_empty() {
                    file.emit(FileDeed::Note(note.trim().to_owned()));
                }
                // One that is offered no more stays what came of it until another one is chosen.
                let outcome = outcome_in(&said, row.conversation.inbox);
                let was = row.filed.as_ref().and_then(|filed| filed.outcome.as_ref());
                let is_offered = |was| offered.iter().any(|name| name == was);
                if asks == FileAsk::WrapUp || outcome.is_some() || was.is_some_and(is_offered) {
                    file.emit(FileDeed::WrapUp(outcome));
                }
            }
            close.emit(());
        }
    };
    let onkeydown = {
        let (choose, prioritise) = (choose.clone(), prioritise.clone());
        let first = asking.first().cloned();
        move |event: KeyboardEvent| {
            let Some(at) = digit(&event).filter(|_| !dom::is_focus_in("input.input")) else { return };
            if ask == FileAsk::Priority {
                if let Some(priority) = PRIORITIES.get(at) {
                    prioritise.emit(*priority);
                }
            } else if let Some(first) = &first
                && let Some(outcome) = first.outcomes.get(at)
            {
                choose.emit((first.inbox, Some(outcome.id)));
            }
        }
    };
    let radio =
        |name: String, at: usize, is_first: bool, is_now: bool, label: Html, onchange: Callback<Event>| {
            html! {
                <label class="choice">
                    <input type="radio" id={id_at(&name, at)} {name} checked={is_now} {onchange} />
                    {label}
                    if is_first && at < 9 { <kbd class="key push" aria-hidden="true">{at + 1}</kbd> }
                </label>
            }
        };
    let priorities = || {
        let now = filed.map_or(Priority::Normal, |filed| filed.priority);
        let line = |(at, priority): (usize, &Priority)| {
            let priority = *priority;
            html! {
                <button class="menu-item" type="button" autofocus={priority == now} aria-current={(priority == now).then_some("true")}
                    onclick={prioritise.reform(move |_: MouseEvent| priority)}>
                    <span>{priority_word(priority)}</span>{priority_mark(priority)}
                    <kbd class="key push" aria-hidden="true">{at + 1}</kbd>
                </button>
            }
        };
        html! { <>{for PRIORITIES.iter().enumerate().map(line)}<p class="muted">{t("priority.line")}</p></> }
    };
    let outcomes = |(group, asked): (usize, &InboxOutcomes)| {
        let (inbox, now) = (asked.inbox, chosen(asked.inbox));
        let one = |(at, (outcome, name)): (usize, (Option<OutcomeId>, String))| {
            let onchange = choose.reform(move |_: Event| (inbox, outcome));
            radio(
                name_of(inbox),
                at,
                group == 0 && outcome.is_some(),
                now == outcome,
                html! { <span class="clip">{name}</span> },
                onchange,
            )
        };
        let offered = asked.outcomes.iter().map(|one| (Some(one.id), one.name.clone()));
        let none = (!asked.is_required).then(|| (None, t("outcome.none")));
        let name = state.team.get(&inbox).filter(|_| asking.len() > 1).map(|desk| desk.name.clone());
        html! {
            <fieldset class="choices" aria-describedby={is_missing.then_some("outcome-missing")}>
                <legend class="label">{t("outcome.title")}{for name.map(|name| [" · ", &name].concat())}</legend>
                {for offered.chain(none).enumerate().map(one)}
            </fieldset>
        }
    };
    let picker = |all: &[TagView]| {
        let may = |tag: &&TagView| !tag.is_archived || tags.borrow().contains(&tag.id);
        let words = sought.trim().to_lowercase();
        let shown: Vec<&TagView> =
            all.iter().filter(may).filter(|tag| tag.name.to_lowercase().contains(&words)).collect();
        let onkeydown = {
            let (toggle, sought) = (toggle.clone(), sought.setter());
            let all: Vec<TagView> = all.iter().filter(may).cloned().collect();
            move |event: KeyboardEvent| {
                // What is in the field now: what was drawn may lack the last keys.
                let words = event.target_unchecked_into::<HtmlInputElement>().value().trim().to_lowercase();
                // Without a word Enter is for what the dialog is about.
                if event.key() == "Enter" && !event.is_composing() && !words.is_empty() {
                    event.prevent_default();
                    if let Some(first) = all.iter().find(|tag| tag.name.to_lowercase().contains(&words)) {
                        toggle.emit(first.id);
                        sought.set(String::new());
                    }
                }
            }
        };
        let line = |tag: &&TagView| {
            let id = tag.id;
            html! {
                <label class="choice" key={id.to_hex()}>
                    <input type="checkbox" checked={tags.borrow().contains(&id)} onchange={toggle.reform(move |_: Event| id)} />{tag_chip(tag)}
                </label>
            }
        };
        html! {
            <fieldset class="choices">
                <legend class="label">{t("tags.title")}</legend>
                {input(TAG_SEARCH_ID, t("tags.search"), &sought, Callback::from(onkeydown))}
                <div class="tag-choices" tabindex="-1">{for shown.iter().map(line)}</div>
                <p class="muted" role="status">{t(if shown.is_empty() { "tags.none" } else { "tags.keys" })}</p>
            </fieldset>
        }
    };
    let title = match ask {
        FileAsk::Tags => "tags.title",
        FileAsk::Priority => "priority.title",
        FileAsk::WrapUp | FileAsk::Outcomes => "talk.resolve",
        FileAsk::Outcome => "outcome.title",
    };
    let word = match ask {
        FileAsk::Tags => "choices.done",
        FileAsk::Outcome => "save",
        _ => "talk.resolve",
    };
    let body = match (ask, &*known) {
        (FileAsk::Priority, _) => priorities(),
        // The focus is on nothing that Enter would press.
        (_, None) => html! { <p role="status" tabindex="-1" autofocus={true}>{t("loading")}</p> },
        (_, Some(Err(said))) => html! { <p role="alert">{said.clone()}</p> },
        (_, Some(Ok(view))) => html! {
            <form class="form" {onsubmit}>
                if ask != FileAsk::Tags { {for asking.iter().enumerate().map(outcomes)} }
                if *is_missing { <p class="field-error" id="outcome-missing" role="alert">{t("outcome.missing")}</p> }
                if matches!(ask, FileAsk::Tags | FileAsk::WrapUp) { {picker(&view.tags)} }
                if ask == FileAsk::WrapUp { {input(NOTE_ID, t("wrap_up.note"), &note, Callback::noop())} }
                <button class="button button-primary" type="submit">{t(word)}</button>
            </form>
        },
    };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="file-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("file-title", t(title), &close)}
            <div class="dialog-body" {onkeydown}>{body}</div>
        </dialog>
    }
}

/// What came of them so far, in each inbox that asks.
fn said_before(view: &FilingView, was: Option<&String>) -> Outcomes {
    let named =
        |asked: &InboxOutcomes| asked.outcomes.iter().find(|one| Some(&one.name) == was).map(|one| one.id);
    view.inboxes.iter().map(|asked| (asked.inbox, named(asked))).collect()
}

/// A line to write in.
fn input(
    id: &'static str,
    name: String,
    text: &UseStateHandle<String>,
    onkeydown: Callback<KeyboardEvent>,
) -> Html {
    let set = text.setter();
    let oninput = move |event: InputEvent| set.set(typed(&event));
    html! {
        <input class="input" {id} autocomplete="off" dir="auto" aria-label={name.clone()} placeholder={name} maxlength={NOTE_CHARS_MAX}
            value={(**text).clone()} {oninput} {onkeydown} />
    }
}

/// The place that a digit names, from 0 on.
fn digit(event: &KeyboardEvent) -> Option<usize> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    event.key().parse::<usize>().ok().and_then(|digit| digit.checked_sub(1))
}

/// The name of the outcomes of an inbox, as one group.
fn name_of(inbox: InboxId) -> String {
    ["outcome-", &inbox.to_hex()].concat()
}

/// The id of one of them.
fn id_at(name: &str, at: usize) -> String {
    [name, "-", &at.to_string()].concat()
}
