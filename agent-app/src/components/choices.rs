//! Where an agent adds answers to press to the message that they write: a field for each while they are written, then a
//! chip for each, until the message is sent.

use deskbell_shared::protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::icon::{Glyph, icon};
use crate::shown::choices::{Step, draft, fields, sent, step};
use crate::text::{t, tn};

/// What has been written of them.
#[derive(Clone, PartialEq, Properties)]
pub struct ChoicesProps {
    /// The draft, a line for each.
    pub value: AttrValue,
    /// Takes another draft.
    pub onchange: Callback<String>,
    /// Whether the fields are open.
    pub is_open: bool,
    /// Opens them, or closes them.
    pub onopen: Callback<bool>,
    /// The keys go back to where the message is written.
    pub onleave: Callback<()>,
}

/// The fields, or the chips.
#[function_component(Choices)]
pub fn choices(props: &ChoicesProps) -> Html {
    // Which field the keys go to, once it is drawn.
    let to = use_state_eq(|| None::<usize>);
    let there = use_node_ref();
    {
        let (to, there) = (to.clone(), there.clone());
        use_effect_with((*to, props.value.clone()), move |_| {
            if let Some(field) = there.cast::<HtmlInputElement>().filter(|_| to.is_some()) {
                let _ = field.focus();
                to.set(None);
            }
        });
    }
    {
        let (to, last) = (to.setter(), fields(&props.value).len() - 1);
        use_effect_with(props.is_open, move |is_open| to.set(is_open.then_some(last)));
    }
    if !props.is_open {
        return chips(props);
    }
    let all = fields(&props.value);
    let field = |(n, text): (usize, &String)| {
        // What is in the field now: what was drawn may lack the last keys.
        let now = {
            let all = all.clone();
            move |field: HtmlInputElement| {
                let mut all = all.clone();
                all[n] = field.value().replace('\n', " ");
                all
            }
        };
        let oninput = {
            let (now, onchange) = (now.clone(), props.onchange.clone());
            move |event: InputEvent| onchange.emit(draft(&now(event.target_unchecked_into())))
        };
        let onkeydown = {
            let (props, to) = (props.clone(), to.setter());
            move |event: KeyboardEvent| {
                // While an input method composes, keys belong to it (229: older engines).
                if event.is_composing() || event.key_code() == 229 {
                    return;
                }
                let mut all = now(event.target_unchecked_into());
                let Some(step) = step(&event.key(), n, &all) else { return };
                event.prevent_default();
                event.stop_propagation();
                match step {
                    Step::Next(next) => {
                        if next == all.len() {
                            all.push(String::new());
                        }
                        to.set(Some(next));
                    }
                    Step::Gone(next) => {
                        all.remove(n);
                        to.set(Some(next));
                    }
                    Step::Done => close(&props),
                }
                props.onchange.emit(draft(&all));
            }
        };
        let node = if *to == Some(n) { there.clone() } else { NodeRef::default() };
        html! {
            <input ref={node} class="input" key={n} dir="auto" maxlength={CHOICE_CHARS_MAX.to_string()} autocomplete="off"
                aria-label={tn("choices.field", &[("n", &(n + 1).to_string())])} aria-describedby="choices-hint"
                value={text.clone()} {oninput} {onkeydown} />
        }
    };
    let done = {
        let props = props.clone();
        move |_: MouseEvent| close(&props)
    };
    html! {
        <div class="presses" role="group" aria-label={t("choices.title")}>
            {for all.iter().enumerate().map(field)}
            <button class="button button-quiet" type="button" onclick={done}>{t("choices.done")}</button>
            <p class="muted" id="choices-hint">{tn("choices.hint", &[("n", &CHOICES_MAX.to_string())])}</p>
        </div>
    }
}

/// What is in the fields stays.
fn close(props: &ChoicesProps) {
    props.onopen.emit(false);
    props.onleave.emit(());
}

fn chips(props: &ChoicesProps) -> Html {
    let all = sent(&props.value);
    if all.is_empty() {
        return Html::default();
    }
    let chip = |(n, text): (usize, &String)| {
        let onclick = {
            let (mut left, props) = (all.clone(), props.clone());
            left.remove(n);
            move |_: MouseEvent| {
                props.onchange.emit(draft(&left));
                props.onleave.emit(());
            }
        };
        let label = tn("choices.remove", &[("text", text)]);
        html! {
            <li class="press" key={text.clone()}><bdi>{text.clone()}</bdi>
                <button type="button" aria-label={label.clone()} title={label} {onclick}>{icon(Glyph::Close)}</button></li>
        }
    };
    html! { <ul class="presses" aria-label={t("choices.title")}>{for all.iter().enumerate().map(chip)}</ul> }
}

/// The button that opens them.
pub fn opener(value: &str, onopen: &Callback<bool>) -> Html {
    let word = if sent(value).is_empty() { "choices.add" } else { "choices.change" };
    html! {
        <button class="button button-quiet" type="button" onclick={onopen.reform(|_: MouseEvent| true)}>{t(word)}</button>
    }
}
