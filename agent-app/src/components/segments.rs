//! A choice of a few, side by side. Arrow keys choose, as in any group of radio buttons.

use yew::prelude::*;

/// The choice: `chosen` is the place of what is chosen among `options`. `name` is the group's, unique on the page.
pub fn segments(
    name: &'static str,
    label: String,
    options: &[String],
    chosen: usize,
    onchoose: &Callback<usize>,
) -> Html {
    let option = |(at, word): (usize, &String)| {
        let onchange = onchoose.reform(move |_: Event| at);
        html! {
            <label class="segment">
                <input type="radio" {name} checked={at == chosen} {onchange} /><span>{word.clone()}</span>
            </label>
        }
    };
    html! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="segments">{for options.iter().enumerate().map(option)}</div>
        </fieldset>
    }
}
