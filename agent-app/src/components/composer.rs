//! Where an answer is written. Enter sends, Shift and Enter makes a line; while an input method composes, Enter belongs to it.

use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::text::t;

/// The id of the field, for keys that go there.
pub const ID: &str = "answer";

/// What the composer shows, and what can be done there.
pub struct ComposerProps {
    /// What is in it.
    pub value: AttrValue,
    /// What to do about what is in it, where it was not taken.
    pub problem: Option<String>,
    /// Called with the new text on every change.
    pub onchange: Callback<String>,
    /// Sends what is in it.
    pub onsend: Callback<()>,
    /// Leaves the field.
    pub onleave: Callback<()>,
}

/// Where an answer is written.
pub fn composer(props: &ComposerProps) -> Html {
    let oninput = props.onchange.reform(|event: InputEvent| {
        event
            .target()
            .and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            .map(|field| field.value())
            .unwrap_or_default()
    });
    let onkeydown = {
        let (onsend, onleave) = (props.onsend.clone(), props.onleave.clone());
        Callback::from(move |event: KeyboardEvent| {
            // 229 is what older engines say while an input method composes.
            if event.is_composing() || event.key_code() == 229 {
                return;
            }
            match event.key().as_str() {
                "Enter" if !event.shift_key() => {
                    event.prevent_default();
                    onsend.emit(());
                }
                "Escape" => {
                    event.stop_propagation();
                    onleave.emit(());
                }
                _ => {}
            }
        })
    };
    let onsubmit = props.onsend.reform(|event: SubmitEvent| event.prevent_default());
    let is_empty = props.value.trim().is_empty();
    // The copy below the field makes the box as high as its text: sizes come from the layout, not from a script.
    let copy = [props.value.as_str(), "\n"].concat();
    html! {
        <form class="compose" {onsubmit}>
            <div class="compose-box">
                <div class="grow">
                    <textarea id={ID} rows="1" aria-label={t("compose.label")} placeholder={t("compose.placeholder")}
                        aria-invalid={props.problem.is_some().then_some("true")}
                        aria-describedby={props.problem.is_some().then_some("answer-problem")}
                        value={props.value.clone()} {oninput} {onkeydown} />
                    <div class="grow-copy" aria-hidden="true">{copy}</div>
                </div>
                <div class="compose-foot">
                    if let Some(problem) = &props.problem {
                        <span class="field-error" id="answer-problem" role="alert">{problem.clone()}</span>
                    } else {
                        <span class="hint-keys">{t("compose.hint")}</span>
                    }
                    <button class="button button-primary" type="submit" aria-disabled={is_empty.then_some("true")}>{t("compose.send")}</button>
                </div>
            </div>
        </form>
    }
}
