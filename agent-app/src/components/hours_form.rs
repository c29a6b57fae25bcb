//! The form about when an inbox is open. What its fields mean is `state::hours`'; it gets values and says what they are
//! to become.

use yew::prelude::*;

use super::field::{chosen, typed};
use super::icon::{Glyph, icon};
use super::select::Select;
use crate::text::{t, tn};

/// What the form shows of one span of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanShown {
    /// When it opens.
    pub from: String,
    /// When it closes.
    pub to: String,
    /// Whether that is on the next day.
    pub is_over_midnight: bool,
}

/// One line of the form: a day of the week, or a day that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct DayShown {
    /// Its name, for the line and for screen readers.
    pub name: String,
    /// When it is open; empty: closed.
    pub spans: Vec<SpanShown>,
    /// Whether something is missing in it.
    pub is_wrong: bool,
}

/// What somebody did in a line.
#[derive(Clone, Debug, PartialEq)]
pub enum DayDeed {
    /// It opens on that day, or not.
    Open(bool),
    /// One more span.
    Add,
    /// A span less.
    Remove(usize),
    /// A span opens then.
    From(usize, String),
    /// A span closes then.
    To(usize, String),
}

/// One day: whether it is open, and its spans.
pub fn day(id: &str, shown: &DayShown, ondo: &Callback<DayDeed>) -> Html {
    let is_open = !shown.spans.is_empty();
    let check = [id, "-open"].concat();
    let spans = shown.spans.iter().enumerate().map(|(at, span)| {
        let field = |which: &str, value: &str, deed: fn(usize, String) -> DayDeed| {
            let label = tn(if which == "from" { "hours.from" } else { "hours.to" }, &[("day", &shown.name)]);
            html! {
                <input class="input hours-time" type="time" aria-label={label} value={value.to_owned()}
                    id={[id, "-", which, "-", &at.to_string()].concat()}
                    aria-invalid={shown.is_wrong.then_some("true")}
                    oninput={ondo.reform(move |event: InputEvent| deed(at, typed(&event)))} />
            }
        };
        html! {
            <div class="hours-span" key={at}>
                {field("from", &span.from, DayDeed::From)}
                <span aria-hidden="true">{"–"}</span>
                {field("to", &span.to, DayDeed::To)}
                if span.is_over_midnight { <span class="muted">{t("hours.next_day")}</span> }
                if at > 0 {
                    <button class="button button-quiet button-icon" type="button"
                        aria-label={tn("hours.remove", &[("day", &shown.name)])}
                        onclick={ondo.reform(move |_: MouseEvent| DayDeed::Remove(at))}>{icon(Glyph::Close)}</button>
                } else {
                    <button class="button button-quiet button-icon" type="button"
                        aria-label={tn("hours.add", &[("day", &shown.name)])}
                        onclick={ondo.reform(|_: MouseEvent| DayDeed::Add)}>{icon(Glyph::Plus)}</button>
                }
            </div>
        }
    });
    html! {
        <li class="hours-day">
            <span class="hours-name">
                <input type="checkbox" id={check.clone()} checked={is_open}
                    onchange={ondo.reform(move |_: Event| DayDeed::Open(!is_open))} />
                <label for={check}>{shown.name.clone()}</label>
            </span>
            <div class="hours-spans">
                if is_open { {for spans} } else { <span class="muted">{t("hours.closed")}</span> }
            </div>
        </li>
    }
}

/// The time zone.
pub fn zone(value: &str, zones: &[String], onchange: Callback<String>) -> Html {
    let onchange = onchange.reform(|event: Event| chosen(&event));
    html! {
        <div class="field">
            <label for="zone">{t("hours.zone")}</label>
            <Select class="input" id="zone" described="zone-help" value={value.to_owned()} {onchange}>
                {for zones.iter().map(|zone| html! {
                    <option value={zone.clone()}>{zone.replace('_', " ")}</option>
                })}
            </Select>
            <p class="field-help" id="zone-help">{t("hours.zone.help")}</p>
        </div>
    }
}
