//! Choosing the colour of a site: eight that read well with white or black on them, or any other.

use yew::prelude::*;

use super::field::typed;
use super::icon::{Glyph, icon};
use crate::text::t;

/// The colours offered, as `.hue-0` to `.hue-7` draw them.
pub const HUES: [&str; 8] =
    ["#3a57d6", "#0f766e", "#1c7a3f", "#a4530a", "#c02a2a", "#b32467", "#7434c4", "#2b2f38"];
const CLASSES: [&str; 8] = ["hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5", "hue-6", "hue-7"];

/// Choosing a colour: `value` is the present one as `#rrggbb`.
pub fn swatches(value: &str, onchange: &Callback<String>) -> Html {
    let swatch = |(n, hue): (usize, &&'static str)| {
        let hue = *hue;
        let onchange = onchange.reform(move |_: Event| hue.to_owned());
        let mut key = "hue.".to_owned();
        key.push_str(&n.to_string());
        html! {
            <label class="swatch" title={t(&key)}>
                <input type="radio" name="colour" value={hue} checked={value == hue} aria-label={t(&key)} {onchange} />
                <span class={CLASSES[n]}>{icon(Glyph::Check)}</span>
            </label>
        }
    };
    let other = onchange.reform(|event: InputEvent| typed(&event));
    html! {
        <fieldset class="field">
            <legend>{t("site.colour")}</legend>
            <div class="swatches">
                {for HUES.iter().enumerate().map(swatch)}
                <input class="colour-well" type="color" value={value.to_owned()} aria-label={t("site.colour.other")}
                    title={t("site.colour.other")} oninput={other} />
            </div>
        </fieldset>
    }
}
