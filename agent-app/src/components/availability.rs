//! What I chose about getting conversations, and the way to choose anew.

use deskbell_shared::model::Availability;
use deskbell_shared::protocol::ColleagueView;
use yew::prelude::*;

use super::field;
use super::select::Select;
use crate::text::{t, tn};

/// The switch.
#[derive(Clone, PartialEq, Properties)]
pub struct AvailabilitySwitchProps {
    /// As colleagues see me.
    pub me: ColleagueView,
    /// Chooses.
    pub onchoose: Callback<Availability>,
}

/// The switch: what one sees is a dot, a word and the load; what one uses is a plain select on top of it.
#[function_component(AvailabilitySwitch)]
pub fn availability_switch(props: &AvailabilitySwitchProps) -> Html {
    let chosen = props.me.availability;
    let onchange = props.onchoose.reform(|event: Event| {
        Availability::from_name(&field::chosen(&event)).unwrap_or(Availability::Available)
    });
    let choice = |one: &Availability| {
        html! { <option value={one.text()}>{word(*one)}</option> }
    };
    html! {
        <label class="rail-link available">
            <span class={dot(chosen, true)} aria-hidden="true"></span>
            <span class="rail-word" aria-hidden="true">{word(chosen)}</span>
            <span class="count" aria-hidden="true">{load(&props.me)}</span>
            <Select id="availability" label={t("availability.label")} value={chosen.text()} {onchange}>
                {for Availability::ALL.iter().map(choice)}
            </Select>
        </label>
    }
}

/// The dot of somebody.
pub fn dot(availability: Availability, online: bool) -> &'static str {
    match (online, availability) {
        (true, Availability::Available) => "dot dot-good",
        (true, Availability::Busy) => "dot dot-warn",
        (true, Availability::Away) | (false, _) => "dot",
    }
}

/// What somebody chose, in a word.
pub fn word(availability: Availability) -> String {
    t(match availability {
        Availability::Available => "availability.available",
        Availability::Busy => "availability.busy",
        Availability::Away => "availability.away",
    })
}

/// How many somebody has, of how many they take.
pub fn load(colleague: &ColleagueView) -> String {
    let (load, capacity) = (colleague.load.to_string(), colleague.capacity.to_string());
    tn("availability.load", &[("load", &load), ("capacity", &capacity)])
}
