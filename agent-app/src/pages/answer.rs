//! Where one writes in an open conversation: the composer, for answers and for notes, or why one cannot answer.

use std::rc::Rc;

use deskbell_shared::model::{ConversationId, Right, SnippetId, Status, Summary};
use deskbell_shared::protocol::api::Nothing;
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;
use deskbell_shared::session::NotTaken;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::attach::Attach;
use crate::components::choices::{Choices, opener};
use crate::components::composer::{self, Composer};
use crate::components::conversation_list::row_id;
use crate::format::name_of_visitor;
use crate::hooks::attention::use_attention;
use crate::hooks::desk::{Desk, Hands, use_desk};
use crate::hooks::draft::use_draft;
use crate::hooks::keys::use_keys;
use crate::hooks::listening::use_document_event;
use crate::hooks::who::use_who;
use crate::services::{dom, drafts, http};
use crate::shown::choices;
use crate::shown::transcript::Editing;
use crate::state::keys::Deed;
use crate::text::{t, tn};

/// Where one writes in an open conversation.
#[derive(Clone, PartialEq, Properties)]
pub struct AnswerProps {
    /// The conversation.
    pub id: ConversationId,
    /// What the lists say of it.
    pub summary: Summary,
    /// Whether a note is written, rather than an answer.
    pub is_note: bool,
    /// Turns to notes, or to answers.
    pub onmode: Callback<bool>,
    /// Takes the conversation.
    pub onclaim: Callback<()>,
    /// Something was sent.
    pub onsent: Callback<()>,
    /// What is edited instead.
    pub editing: Option<Editing>,
    /// It is edited, or left as it was.
    pub onedited: Callback<()>,
    /// The last message is to be edited.
    pub onlast: Callback<()>,
}

/// The composer, for answers and for notes. Notes can be written by anybody who sees the conversation, at any time; an
/// answer only by whoever has it.
#[function_component(Answer)]
pub fn answer(props: &AnswerProps) -> Html {
    let Desk { state, hands } = use_desk();
    let who = use_who();
    let id = props.id;
    // Whoever looks on at what a colleague has is told that nobody sees it.
    let is_onlooker = props.summary.conversation.assignee.as_ref().is_some_and(|agent| agent.id != state.me);
    let writing = use_attention(id, is_onlooker);
    let typing = {
        let typing = hands.typing.clone();
        Callback::from(move |on: bool| {
            typing.emit((id, on));
            writing.emit(on);
        })
    };
    // Who answers nobody writes notes.
    let answers = who.me.as_ref().is_none_or(|me| me.role.may(Right::Answer));
    let is_note = props.editing.as_ref().map_or(props.is_note || !answers, |editing| editing.is_note);
    // Words for a message are kept under its own id: what was begun beside it stays where it is.
    let edited = props.editing.as_ref().map(|editing| editing.cmid);
    let draft = use_draft((edited.map_or(id, |cmid| ConversationId(cmid.0)), is_note), edited.is_some());
    let choices = use_draft(drafts::beside(id), true);
    {
        // What is left is saved now: nobody knows where it is looked at next.
        let (left, hidden) = (hands.save.clone(), hands.save.clone());
        use_effect_with((), move |()| move || left.emit(()));
        use_document_event("visibilitychange", move |_| hidden.emit(()));
    }
    let is_adding = use_state_eq(|| false);
    let problem = use_state_eq(|| None::<String>);
    let is_mine = props.summary.conversation.is_with(state.me);
    // Whoever takes a conversation wants to answer.
    let focus = use_state_eq(|| 0u32);
    {
        let (was_mine, onmode) = (use_mut_ref(|| is_mine), props.onmode.clone());
        let focus = focus.clone();
        use_effect_with(is_mine, move |is_mine| {
            if *is_mine && !was_mine.replace(*is_mine) {
                onmode.emit(false);
                focus.set(*focus + 1);
            }
        });
    }
    {
        let set = draft.set.clone();
        use_effect_with(props.editing.clone(), move |editing| {
            if let Some(editing) = editing {
                set.emit(editing.text.clone());
                dom::focus_id(composer::ID);
            }
        });
    }
    let leave_edit = {
        let (set, onedited, problem) = (draft.set.clone(), props.onedited.clone(), problem.setter());
        Callback::from(move |()| {
            set.emit(String::new());
            problem.set(None);
            onedited.emit(());
        })
    };
    // The focus follows the keys, once the field is drawn.
    use_effect_with((*focus, is_note), |(focus, _)| {
        if *focus > 0 {
            dom::focus_id(composer::ID);
        }
    });
    let turn = {
        let (onmode, focus, typing, problem) =
            (props.onmode.clone(), focus.clone(), typing.clone(), problem.setter());
        let leave_edit = edited.map(|_| leave_edit.clone());
        Callback::from(move |note: bool| {
            if let Some(leave) = &leave_edit {
                leave.emit(());
            }
            if note {
                typing.emit(false);
            }
            problem.set(None);
            onmode.emit(note);
            focus.set(*focus + 1);
        })
    };
    let may_add = is_mine && !is_note && edited.is_none();
    let onopen = {
        let (set, latest, is_adding) = (choices.set.clone(), choices.latest.clone(), is_adding.setter());
        Callback::from(move |is_open: bool| {
            // What was left over, such as an empty field, is no part of them.
            if is_open {
                set.emit(choices::draft(&choices::sent(&latest.emit(()))));
            }
            is_adding.set(is_open);
        })
    };
    {
        let (turn, onopen) = (turn.clone(), onopen.clone());
        use_keys(move |deed| {
            match deed {
                Deed::Choices if may_add => onopen.emit(true),
                Deed::Reply => turn.emit(false),
                Deed::Note => turn.emit(true),
                _ => return false,
            }
            true
        });
    }
    let onchange = {
        let (set, typing, problem) = (draft.set.clone(), typing.clone(), problem.setter());
        Callback::from(move |text: String| {
            // That somebody writes a note is nothing to the visitor.
            if !is_note && edited.is_none() {
                typing.emit(!text.trim().is_empty());
            }
            problem.set(None);
            set.emit(text);
        })
    };
    let onsend = {
        let (note, write, is_adding) = (hands.note.clone(), hands.write.clone(), is_adding.setter());
        let (press, unpress) = (choices.latest.clone(), choices.set.clone());
        let (latest, set, typing) = (draft.latest, draft.set, typing.clone());
        let (problem, onsent) = (problem.setter(), props.onsent.clone());
        let beside = press.clone();
        let (editing, edit, leave_edit) = (props.editing.clone(), hands.edit.clone(), leave_edit.clone());
        let write = move |text: String| match &editing {
            None if is_note => note.emit((id, text)),
            None => write.emit((id, text, choices::sent(&press.emit(())))),
            Some(editing) if text == editing.text => Ok(()),
            Some(editing) if text.trim().is_empty() && !editing.has_file => Err(NotTaken::Empty),
            Some(_) if text.len() > TEXT_BYTES_MAX => Err(NotTaken::TooLong),
            Some(editing) => edit.emit((id, editing.cmid, is_note, text)),
        };
        Callback::from(move |()| match write(latest.emit(())) {
            Ok(()) if edited.is_some() => leave_edit.emit(()),
            Ok(()) => {
                set.emit(String::new());
                if !is_note {
                    unpress.emit(String::new());
                    is_adding.set(false);
                    typing.emit(false);
                }
                problem.set(None);
                onsent.emit(());
            }
            Err(NotTaken::Empty) if may_add && !choices::sent(&beside.emit(())).is_empty() => {
                problem.set(Some(t("choices.alone")));
            }
            Err(NotTaken::Empty) => {}
            Err(why) => problem.set(Some(t(not_taken(why)))),
        })
    };
    let onleave = Callback::from(move |()| {
        if edited.is_some() {
            leave_edit.emit(());
            dom::focus_id(composer::ID);
        } else if !dom::focus_id(&row_id(id)) {
            dom::blur();
        }
    });
    let tab = |note: bool, key: &str, cap: &'static str| {
        html! {
            <button class="mode" type="button" aria-pressed={if note == is_note { "true" } else { "false" }}
                onclick={turn.reform(move |_: MouseEvent| note)}>{t(key)}<kbd class="key" aria-hidden="true">{cap}</kbd></button>
        }
    };
    let me = who.me.as_ref().map(|me| me.agent.name.clone()).unwrap_or_default();
    let names =
        [name_of_visitor(&props.summary.visitor), me, props.summary.site_name.clone()].map(AttrValue::from);
    let onused = Callback::from(|snippet: SnippetId| {
        spawn_local(async move {
            // A count that is lost is no harm to anybody.
            let path = ["/api/snippets/", &snippet.to_hex(), "/used"].concat();
            let _ = http::post::<_, Nothing>(&path, &Nothing {}).await;
        });
    });
    let composer = html! {
        <Composer {is_note} is_edit={edited.is_some()} onlast={props.onlast.clone()} value={draft.text} problem={(*problem).clone()} snippets={Rc::clone(&state.snippets)} {names}
            {onused} {onchange} {onsend} {onleave} />
    };
    let (tools, added) = match may_add {
        false => Default::default(),
        true => {
            let tools = if *is_adding { Html::default() } else { opener(&choices.text, &onopen) };
            let (value, onchange) = (choices.text, choices.set);
            let onleave = Callback::from(|()| {
                dom::focus_id(composer::ID);
            });
            (tools, html! { <Choices {value} {onchange} is_open={*is_adding} {onopen} {onleave} /> })
        }
    };
    html! {
        <>
            if answers {
                <div class="modes" role="group" aria-label={t("compose.modes")}>
                    {tab(false, "compose.mode", "R")}{tab(true, "note.mode", "N")}
                </div>
            }
            if is_mine {
                <Attach {id} is_off={is_note} onsent={props.onsent.clone()} {tools}>{composer}{added}</Attach>
            } else if is_note || edited.is_some() {
                {composer}
            } else {
                {locked(props, props.summary.conversation.status, state.claiming.has(&id), &hands, &turn)}
            }
        </>
    }
}

fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::TooLong => "compose.too_long",
        NotTaken::OutboxFull => "compose.full",
        NotTaken::Empty | NotTaken::NotLive | NotTaken::Unknown => "compose.not_now",
    }
}

/// Why one cannot answer here, and the way to it.
fn locked(
    props: &AnswerProps,
    status: Status,
    is_claiming: bool,
    hands: &Hands,
    turn: &Callback<bool>,
) -> Html {
    let id = props.id;
    let assignee = props.summary.conversation.assignee.as_ref();
    let words = match (status, assignee) {
        (Status::Resolved, _) => t("answer.resolved"),
        (Status::Open, None) => t("answer.queued"),
        (Status::Open, Some(agent)) => tn("answer.with", &[("who", &agent.name)]),
    };
    let word = if assignee.is_some() { "talk.take_over" } else { "talk.claim" };
    let is_looking_on = status == Status::Open && assignee.is_some();
    html! {
        <div class="compose">
            <div class="compose-lock">
                <span>
                    {words}
                    if is_looking_on { <span class="compose-aside">{t("answer.looking_on")}</span> }
                </span>
                if is_looking_on {
                    <button class="button" type="button" onclick={turn.reform(|_: MouseEvent| true)}>{t("answer.whisper")}</button>
                }
                if status == Status::Open {
                    <button class="button button-primary" type="button" disabled={is_claiming}
                        onclick={props.onclaim.reform(|_: MouseEvent| ())}>{t(word)}</button>
                } else {
                    <button class="button" type="button" onclick={hands.reopen.reform(move |_: MouseEvent| id)}>{t("talk.reopen")}</button>
                }
            </div>
        </div>
    }
}
