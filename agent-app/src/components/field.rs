//! Fields of forms: the label above, the error and the help below, and both said by screen readers with the field.

use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::text::t;

/// A field with one line of text.
#[derive(Clone, PartialEq, Properties)]
pub struct FieldProps {
    /// The id of the control; unique on the page.
    pub id: &'static str,
    /// The label.
    pub label: AttrValue,
    /// What is in it.
    pub value: AttrValue,
    /// Called with the new text on every change.
    pub onchange: Callback<String>,
    /// `text`, `email` or `password`.
    #[prop_or("text")]
    pub kind: &'static str,
    /// What browsers may fill in.
    #[prop_or("off")]
    pub autocomplete: &'static str,
    /// A sentence of help.
    #[prop_or_default]
    pub help: Option<AttrValue>,
    /// What is wrong with it.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    /// Cannot be changed now.
    #[prop_or_default]
    pub disabled: bool,
}

/// A field with one line of text; a password can be shown.
#[function_component(Field)]
pub fn field(props: &FieldProps) -> Html {
    let shown = use_state(|| false);
    let is_secret = props.kind == "password";
    let kind = if is_secret && *shown { "text" } else { props.kind };
    let oninput = props.onchange.reform(|event: InputEvent| typed(&event));
    let input = html! {
        <input class="input" id={props.id} name={props.id} type={kind} value={props.value.clone()}
            dir={(props.kind == "text").then_some("auto")}
            autocomplete={props.autocomplete} inputmode={(props.autocomplete == "one-time-code").then_some("numeric")}
            autocapitalize={(props.kind != "text").then_some("none")}
            spellcheck={(props.kind != "text").then_some("false")}
            aria-invalid={props.error.is_some().then_some("true")}
            aria-describedby={described(props.id, props.error.is_some(), props.help.is_some())}
            disabled={props.disabled} {oninput} />
    };
    let control = if is_secret {
        let onclick = {
            let shown = shown.clone();
            move |_: MouseEvent| shown.set(!*shown)
        };
        let (word, label) = match *shown {
            true => ("field.hide", "field.hide_password"),
            false => ("field.show", "field.show_password"),
        };
        html! {
            <div class="secret">
                {input}
                <button class="button button-quiet" type="button" aria-label={t(label)} {onclick}>{t(word)}</button>
            </div>
        }
    } else {
        input
    };
    framed(props.id, &props.label, control, props.error.as_ref(), props.help.as_ref())
}

/// A field with several lines.
pub struct Lines {
    /// The id of the control; unique on the page.
    pub id: &'static str,
    /// The label.
    pub label: AttrValue,
    /// What is in it.
    pub value: AttrValue,
    /// Called with the new text on every change.
    pub onchange: Callback<String>,
    /// A sentence of help.
    pub help: Option<AttrValue>,
    /// What is wrong with it.
    pub error: Option<AttrValue>,
    /// What it may look like.
    pub placeholder: &'static str,
}

/// A field with several lines. It keeps nothing, so it is no component.
pub fn lines(props: &Lines) -> Html {
    let oninput = props.onchange.reform(|event: InputEvent| typed(&event));
    let control = html! {
        <textarea class="input" id={props.id} name={props.id} value={props.value.clone()}
            placeholder={props.placeholder} spellcheck="false" rows="3" dir="auto"
            aria-invalid={props.error.is_some().then_some("true")}
            aria-describedby={described(props.id, props.error.is_some(), props.help.is_some())} {oninput} />
    };
    framed(props.id, &props.label, control, props.error.as_ref(), props.help.as_ref())
}

fn framed(
    id: &str,
    label: &AttrValue,
    control: Html,
    error: Option<&AttrValue>,
    help: Option<&AttrValue>,
) -> Html {
    html! {
        <div class="field">
            <label for={id.to_owned()}>{label.clone()}</label>
            {control}
            if let Some(error) = error {
                <p class="field-error" id={joined(id, "-error")} role="alert">{icon(Glyph::Warn)}{error.clone()}</p>
            }
            if let Some(help) = help {
                <p class="field-help" id={joined(id, "-help")}>{help.clone()}</p>
            }
        </div>
    }
}

fn described(id: &str, error: bool, help: bool) -> Option<String> {
    match (error, help) {
        (false, false) => None,
        (true, false) => Some(joined(id, "-error")),
        (false, true) => Some(joined(id, "-help")),
        (true, true) => Some([id, "-error ", id, "-help"].concat()),
    }
}

fn joined(id: &str, end: &str) -> String {
    [id, end].concat()
}

/// What stands in the field, of one line or of several, that somebody types into.
pub fn typed(event: &InputEvent) -> String {
    let target = event.target();
    let line = target.as_ref().and_then(|target| target.dyn_ref::<HtmlInputElement>()).map(|one| one.value());
    let lines = || target.as_ref()?.dyn_ref::<HtmlTextAreaElement>().map(|one| one.value());
    line.or_else(lines).unwrap_or_default()
}

/// What was chosen in a select.
pub fn chosen(event: &Event) -> String {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    select.map(|select| select.value()).unwrap_or_default()
}
