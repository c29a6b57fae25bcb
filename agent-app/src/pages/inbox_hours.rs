//! The hours of one inbox, as its page shows and changes them.

use deskbell_shared::protocol::api::InboxView;
use yew::prelude::*;

use crate::components::field::typed;
use crate::components::hours_form::{DayDeed, DayShown, SpanShown, day, zone};
use crate::components::icon::{Glyph, icon};
use crate::format::{Local, moment};
use crate::state::hours::{HoursDraft, OtherDay, Times, Unclear};
use crate::text::{t, tn};

const WEEKDAYS: [&str; 7] = [
    "weekday.monday",
    "weekday.tuesday",
    "weekday.wednesday",
    "weekday.thursday",
    "weekday.friday",
    "weekday.saturday",
    "weekday.sunday",
];

/// When one inbox is open: the form, and whether it is now. `change` is given what happens to the draft.
pub fn hours_part(
    hours: &HoursDraft,
    unclear: Option<Unclear>,
    zones: &[String],
    inbox: Option<&InboxView>,
    local: Local,
    change: &(impl Fn(&dyn Fn(&mut HoursDraft)) + Clone + 'static),
) -> Html {
    let choose = |is_set: bool| {
        let change = change.clone();
        Callback::from(move |_: Event| change(&|hours| hours.is_set = is_set))
    };
    let now = inbox.filter(|inbox| inbox.hours.is_some()).map(|inbox| match &inbox.closed {
        None => t("inbox.now_open"),
        Some(closed) => match closed.until {
            Some(until) => tn("inbox.now_closed", &[("when", &moment(until, local))]),
            None => t("inbox.now_shut"),
        },
    });
    let on_zone = {
        let change = change.clone();
        Callback::from(move |zone: String| change(&|hours| hours.zone = zone.clone()))
    };
    let week = (0..7).map(|at| {
        let shown = shown(t(WEEKDAYS[at]), &hours.week[at], unclear == Some(Unclear::Day(at)));
        let change = change.clone();
        let ondo = Callback::from(move |deed: DayDeed| change(&|hours| obey(&mut hours.week[at], &deed)));
        day(&["day-", &at.to_string()].concat(), &shown, &ondo)
    });
    let add = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change(&|hours| {
                hours.others.push(OtherDay { date: String::new(), name: String::new(), times: vec![] });
            });
        })
    };
    let others = hours.others.iter().enumerate().map(|(at, other)| other_day(at, other, unclear, change));
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("hours.title")}</h2><p>{t("hours.line")}</p></div>
            <div class="choices" role="radiogroup" aria-label={t("hours.title")}>
                <div class="choice">
                    <input type="radio" name="hours" id="hours-always" checked={!hours.is_set} onchange={choose(false)} />
                    <label for="hours-always"><span class="strong">{t("hours.always")}</span><span class="muted">{t("hours.always.line")}</span></label>
                </div>
                <div class="choice">
                    <input type="radio" name="hours" id="hours-set" checked={hours.is_set} onchange={choose(true)} />
                    <label for="hours-set"><span class="strong">{t("hours.set")}</span><span class="muted">{t("hours.set.line")}</span></label>
                </div>
            </div>
            if hours.is_set {
                if let Some(now) = now { <p class="note">{icon(Glyph::Clock)}<span>{now}</span></p> }
                {zone(&hours.zone, zones, on_zone)}
                <ul class="hours" aria-label={t("hours.week")}>{for week}</ul>
                <div class="part-head"><h3>{t("hours.others")}</h3><p>{t("hours.others.line")}</p></div>
                <ul class="hours">{for others}</ul>
                <div><button class="button" type="button" onclick={add}>{icon(Glyph::Plus)}{t("hours.others.add")}</button></div>
            }
        </section>
    }
}

fn other_day(
    at: usize,
    other: &OtherDay,
    unclear: Option<Unclear>,
    change: &(impl Fn(&dyn Fn(&mut HoursDraft)) + Clone + 'static),
) -> Html {
    let id = ["other-", &at.to_string()].concat();
    let is_wrong = unclear == Some(Unclear::Other(at));
    let text = |put: fn(&mut OtherDay, String)| {
        let change = change.clone();
        Callback::from(move |event: InputEvent| {
            let value = typed(&event);
            change(&|hours| {
                if let Some(other) = hours.others.get_mut(at) {
                    put(other, value.clone());
                }
            });
        })
    };
    let ondo = {
        let change = change.clone();
        Callback::from(move |deed: DayDeed| {
            change(&|hours| {
                if let Some(other) = hours.others.get_mut(at) {
                    obey(&mut other.times, &deed);
                }
            });
        })
    };
    let remove = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change(&|hours| {
                if at < hours.others.len() {
                    hours.others.remove(at);
                }
            });
        })
    };
    let shown = shown(t("hours.others.open"), &other.times, is_wrong);
    html! {
        <li key={at} class="hours-other">
            <div class="hours-span">
                <input class="input hours-date" type="date" id={[&id, "-date"].concat()} value={other.date.clone()}
                    aria-label={t("hours.date")} aria-invalid={is_wrong.then_some("true")}
                    oninput={text(|other, value| other.date = value)} />
                <input class="input" id={[&id, "-name"].concat()} value={other.name.clone()} aria-label={t("hours.name")}
                    placeholder={t("hours.name")} oninput={text(|other, value| other.name = value)} />
                <button class="button button-quiet button-icon" type="button" aria-label={t("hours.others.remove")}
                    onclick={remove}>{icon(Glyph::Close)}</button>
            </div>
            <ul>{day(&id, &shown, &ondo)}</ul>
        </li>
    }
}

fn shown(name: String, times: &[Times], is_wrong: bool) -> DayShown {
    let span = |times: &Times| SpanShown {
        from: times.from.clone(),
        to: times.to.clone(),
        is_over_midnight: times.is_over_midnight(),
    };
    DayShown { name, spans: times.iter().map(span).collect(), is_wrong }
}

fn obey(times: &mut Vec<Times>, deed: &DayDeed) {
    match deed {
        DayDeed::Open(true) => *times = vec![Times::usual()],
        DayDeed::Open(false) => times.clear(),
        DayDeed::Add => times.push(Times::usual()),
        DayDeed::Remove(at) if *at < times.len() => drop(times.remove(*at)),
        DayDeed::Remove(_) => {}
        DayDeed::From(at, value) => {
            times.iter_mut().skip(*at).take(1).for_each(|span| span.from = value.clone())
        }
        DayDeed::To(at, value) => times.iter_mut().skip(*at).take(1).for_each(|span| span.to = value.clone()),
    }
}
