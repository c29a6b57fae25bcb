//! Where an answer or a note is written. Enter sends, Shift and Enter makes a line; while an input method composes, Enter
//! belongs to it. `/` or `#` at the beginning of a word offers snippets, which keys choose from.

use std::rc::Rc;

use deskbell_shared::model::{Situation, SnippetId, SnippetView};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::shown::snippets::{Asked, asked, filled, meant, put};
use crate::text::t;

/// The id of the field, for keys that go there.
pub const ID: &str = "answer";

/// What the composer shows, and what can be done there.
#[derive(Clone, PartialEq, Properties)]
pub struct ComposerProps {
    /// Whether what is written is a note.
    pub is_note: bool,
    /// Whether it is put into a message that was sent.
    pub is_edit: bool,
    /// What is in it.
    pub value: AttrValue,
    /// What to do about what is in it, where it was not taken.
    pub problem: Option<String>,
    /// Saved answers to choose from.
    pub snippets: Rc<Vec<SnippetView>>,
    /// One of them was put into the text.
    pub onused: Callback<SnippetId>,
    /// What their `{visitor}`, `{agent}` and `{site}` stand for.
    pub names: [AttrValue; 3],
    /// Called with the new text on every change.
    pub onchange: Callback<String>,
    /// Sends what is in it.
    pub onsend: Callback<()>,
    /// Leaves the field, or the message as it was.
    pub onleave: Callback<()>,
    /// Asks for the last message, to edit it.
    pub onlast: Callback<()>,
}

/// Where something is written.
#[function_component(Composer)]
pub fn composer(props: &ComposerProps) -> Html {
    let field = use_node_ref();
    let offer = use_state_eq(|| None::<Asked>);
    let at = use_state_eq(|| 0usize);
    let found = offer.as_ref().map_or_else(Vec::new, |asked| meant(&props.snippets, &asked.query, word_of));
    let chosen = (*at).min(found.len().saturating_sub(1));
    let look = {
        let (offer, at) = (offer.setter(), at.setter());
        move |field: &HtmlTextAreaElement| {
            let caret = field.selection_start().ok().flatten().unwrap_or_default() as usize;
            offer.set(asked(&field.value(), caret));
            at.set(0);
        }
    };
    let oninput = {
        let (onchange, look) = (props.onchange.clone(), look.clone());
        move |event: InputEvent| {
            if let Some(field) =
                event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            {
                look(&field);
                onchange.emit(field.value());
            }
        }
    };
    let choose = {
        let (field, offer, onchange) = (field.clone(), offer.clone(), props.onchange.clone());
        let (names, onused) = (props.names.clone(), props.onused.clone());
        Callback::from(move |snippet: SnippetView| {
            let (Some(asked), Some(field)) = (&*offer, field.cast::<HtmlTextAreaElement>()) else { return };
            let [visitor, agent, site] = &names;
            let (text, caret) = put(&field.value(), asked, &filled(&snippet.text, visitor, agent, site));
            field.set_value(&text);
            let _ = field.set_selection_range(caret, caret);
            let _ = field.focus();
            offer.set(None);
            onused.emit(snippet.id);
            onchange.emit(text);
        })
    };
    let onkeydown = {
        let (onsend, onleave, choose) = (props.onsend.clone(), props.onleave.clone(), choose.clone());
        let (offer, at, found) = (offer.setter(), at.setter(), found.clone());
        let (field, onlast, is_edit) = (field.clone(), props.onlast.clone(), props.is_edit);
        Callback::from(move |event: KeyboardEvent| {
            // 229 is what older engines say while an input method composes.
            if event.is_composing() || event.key_code() == 229 {
                return;
            }
            let picked = found.get(chosen);
            match (event.key().as_str(), picked) {
                ("Enter" | "Tab", Some(snippet)) if !event.shift_key() => choose.emit(snippet.clone()),
                ("ArrowDown", Some(_)) => at.set((chosen + 1) % found.len()),
                ("ArrowUp", Some(_)) => at.set((chosen + found.len() - 1) % found.len()),
                ("Escape", Some(_)) => {
                    event.stop_propagation();
                    offer.set(None);
                }
                ("ArrowUp", None) if !is_edit && is_empty(&field) => onlast.emit(()),
                ("Enter", None) if !event.shift_key() => onsend.emit(()),
                ("Escape", None) => {
                    event.stop_propagation();
                    return onleave.emit(());
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onsubmit = {
        let onsend = props.onsend.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            onsend.emit(());
        }
    };
    // Leaving the field ends the offer; a click on one of them does not leave it.
    let onblur = {
        let offer = offer.setter();
        move |_: FocusEvent| offer.set(None)
    };
    let is_blank = props.value.trim().is_empty();
    let words = match props.is_note {
        _ if props.is_edit => ["edit.label", "edit.label", "edit.hint", "edit.send"],
        true => ["note.label", "note.placeholder", "note.hint", "note.send"],
        false => ["compose.label", "compose.placeholder", "compose.hint", "compose.send"],
    };
    // The copy below the field makes the box as high as its text: sizes come from the layout, not from a script.
    let copy = [props.value.as_str(), "\n"].concat();
    html! {
        <form class={classes!("compose", props.is_note.then_some("compose-note"))} {onsubmit}>
            <div class="compose-box">
                {offered(&found, chosen, &choose)}
                if props.is_edit {
                    <p class="compose-edit">
                        <span role="status">{t("edit.label")}</span>
                        <button class="link" type="button" onclick={props.onleave.reform(|_: MouseEvent| ())}>{t("edit.cancel")}</button>
                    </p>
                }
                <div class="grow">
                    <textarea ref={field} id={ID} rows="1" dir="auto" aria-label={t(words[0])} placeholder={t(words[1])}
                        aria-invalid={props.problem.is_some().then_some("true")}
                        aria-describedby={props.problem.is_some().then_some("answer-problem")}
                        aria-autocomplete="list" aria-controls={(!found.is_empty()).then_some("offer")}
                        aria-activedescendant={(!found.is_empty()).then(|| option_id(chosen))}
                        value={props.value.clone()} {oninput} {onkeydown} {onblur} />
                    <div class="grow-copy" aria-hidden="true">{copy}</div>
                </div>
                <div class="compose-foot">
                    if let Some(problem) = &props.problem {
                        <span class="field-error" id="answer-problem" role="alert">{problem.clone()}</span>
                    } else {
                        <span class="hint-keys">{t(words[2])}</span>
                    }
                    <button class="button button-primary" type="submit" aria-disabled={is_blank.then_some("true")}>{t(words[3])}</button>
                </div>
            </div>
        </form>
    }
}

/// Whether nothing is in the field now; what was drawn may lack the last keys.
fn is_empty(field: &NodeRef) -> bool {
    field.cast::<HtmlTextAreaElement>().is_some_and(|field| field.value().is_empty())
}

fn option_id(at: usize) -> String {
    ["offer-", &at.to_string()].concat()
}

/// What a situation is called.
pub fn word_of(situation: Situation) -> String {
    t(match situation {
        Situation::Upset => "situation.upset",
        Situation::Confused => "situation.confused",
        Situation::Happy => "situation.happy",
    })
}

/// The snippets that are meant, above the field.
fn offered(found: &[SnippetView], chosen: usize, choose: &Callback<SnippetView>) -> Html {
    if found.is_empty() {
        return Html::default();
    }
    let option = |(n, snippet): (usize, &SnippetView)| {
        let one = snippet.clone();
        // At the press, before the field loses the focus.
        let onmousedown = choose.reform(move |event: MouseEvent| {
            event.prevent_default();
            one.clone()
        });
        html! {
            <li class="offer-one" role="option" id={option_id(n)} aria-selected={if n == chosen { "true" } else { "false" }} {onmousedown}>
                <b>{"/"}{snippet.shortcut.clone()}</b><span class="clip">{snippet.text.clone()}</span>
                if let Some(situation) = snippet.situation { <i class="chip">{word_of(situation)}</i> }
            </li>
        }
    };
    html! {
        <ul class="offer" id="offer" role="listbox" aria-label={t("snippet.offer")}>{for found.iter().enumerate().map(option)}</ul>
    }
}
