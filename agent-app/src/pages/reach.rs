//! Whether what is new reaches whoever sits here: silence that was chosen, hours that are quiet every day, and a check of each
//! step on the way, from the loudspeaker to the notification that the system shows.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::icon::{Glyph, icon};
use crate::format::moment;
use crate::hooks::desk::use_desk;
use crate::hooks::now::use_now;
use crate::services::preferences::{self, Choice};
use crate::services::{clock, dom, notices, sound};
use crate::text::{t, tn};

/// For how many minutes silence is offered, and what that is called.
pub const SILENCES: [(i64, &str); 3] =
    [(30, "quiet.half_hour"), (60, "quiet.hour"), (240, "quiet.four_hours")];
/// How long the loudspeaker may take to be ready.
const SOUND_MS: i32 = 600;
/// How long the system may take to show a notification.
const NOTICE_MS: i32 = 4_000;

/// Silent for so many minutes from now, or not any more. Returns what is said about it.
pub fn be_silent(minutes: Option<i64>) -> String {
    let local = clock::local();
    let until = minutes.map(|minutes| deskbell_shared::model::UnixMillis(local.now.0 + minutes * 60_000));
    preferences::be_silent(until);
    match preferences::quiet().silent_until(local) {
        Some(until) => tn("quiet.now", &[("until", &moment(until, local))]),
        None => t("quiet.over"),
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// It is on its way.
    Waiting,
    /// Proved.
    Well,
    /// Only the person can say.
    Heard,
    /// It does not arrive; the key of what helps.
    Not(&'static str),
}

/// The steps, in the order in which they are tried: the key of what each is.
const STEPS: [&str; 4] = ["reach.silence", "reach.title", "reach.sound", "reach.notice"];

/// Which of them is the sound.
const SOUND: usize = 2;

/// Silence, and the check.
#[function_component(Reach)]
pub fn reach() -> Html {
    let hands = use_desk().hands;
    let local = use_now(30_000);
    let redraw = use_force_update();
    let came = use_mut_ref(|| None::<[Came; STEPS.len()]>);
    let silent = preferences::quiet().silent_until(local);

    let silence = |minutes: Option<i64>, key: &str| {
        let (say, redraw) = (hands.say.clone(), redraw.clone());
        let onclick = move |_: MouseEvent| {
            say.emit(be_silent(minutes));
            redraw.force_update();
        };
        html! { <button class="button" type="button" {onclick}>{t(key)}</button> }
    };
    let is_chosen = preferences::quiet().is_chosen(local.now);
    let (from, to) = preferences::quiet_hours()
        .split_once('-')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap_or_default();
    let time = |id: &'static str, key: &str, value: &str, other: String, is_from: bool| {
        let (say, redraw) = (hands.say.clone(), redraw.clone());
        let onchange = move |event: Event| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            let hours = if is_from { [&typed, "-", &other] } else { [&other, "-", &typed] }.concat();
            preferences::set_quiet_hours(if hours == "-" { "" } else { &hours });
            say.emit(t("saved"));
            redraw.force_update();
        };
        html! {
            <div class="field">
                <label for={id}>{t(key)}</label>
                <input class="input" type="time" {id} value={value.to_owned()} {onchange} aria-describedby="quiet-help" />
            </div>
        }
    };
    let oncheck = {
        let (came, redraw) = (Rc::clone(&came), redraw.clone());
        move |_: MouseEvent| {
            let (came, redraw) = (Rc::clone(&came), redraw.clone());
            // From the press, before which browsers are silent.
            sound::wake();
            *came.borrow_mut() = Some([Came::Waiting; STEPS.len()]);
            let tell = move |step: usize, what: Came| {
                if let Some(came) = came.borrow_mut().as_mut() {
                    came[step] = what;
                }
                redraw.force_update();
            };
            spawn_local(check(tell));
        }
    };
    let heard = |was_heard: bool| {
        let (came, redraw) = (Rc::clone(&came), redraw.clone());
        move |_: MouseEvent| {
            if let Some(came) = came.borrow_mut().as_mut() {
                came[SOUND] = if was_heard { Came::Well } else { Came::Not("reach.sound.unheard") };
            }
            redraw.force_update();
        }
    };
    let step = |(name, came): (&str, Came)| {
        let (class, glyph) = match came {
            Came::Well => ("reach-well", Glyph::Check),
            Came::Not(_) => ("reach-not", Glyph::Warn),
            Came::Waiting | Came::Heard => ("reach-open", Glyph::Clock),
        };
        html! {
            <li class={class}>
                {icon(glyph)}
                <div>
                    <p class="strong">{t(name)}</p>
                    {match came {
                        Came::Well => html! { <p>{t("reach.well")}</p> },
                        Came::Waiting => html! { <p>{t("reach.waiting")}</p> },
                        Came::Not(help) => html! { <p>{t(help)}</p> },
                        Came::Heard => html! {
                            <div class="form-row">
                                <span>{t("reach.sound.ask")}</span>
                                <button class="button" type="button" onclick={heard(true)}>{t("reach.yes")}</button>
                                <button class="button" type="button" onclick={heard(false)}>{t("reach.no")}</button>
                            </div>
                        },
                    }}
                </div>
            </li>
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("quiet.title")}</h2><p>{t("quiet.line")}</p></div>
            if let Some(until) = silent { <p class="note">{icon(Glyph::Clock)}{tn("quiet.now", &[("until", &moment(until, local))])}</p> }
            <div class="form-row">
                {for SILENCES.map(|(minutes, key)| silence(Some(minutes), key))}
                if is_chosen { {silence(None, "quiet.end")} }
            </div>
            <fieldset class="quiet-hours">
                <legend class="label">{t("quiet.hours")}</legend>
                {time("quiet-from", "quiet.from", &from, to.clone(), true)}
                {time("quiet-to", "quiet.to", &to, from.clone(), false)}
                <p class="field-help" id="quiet-help">{t("quiet.hours.help")}</p>
            </fieldset>
            <div class="part-head"><h2>{t("reach.heading")}</h2><p>{t("reach.line")}</p></div>
            <div class="form-row"><button class="button" type="button" onclick={oncheck}>{t("reach.check")}</button></div>
            <div role="status">
                <ul class="reach">
                    if let Some(came) = *came.borrow() { {for STEPS.into_iter().zip(came).map(step)} }
                </ul>
            </div>
        </section>
    }
}

/// Tries every step, and tells what has come of each.
async fn check(tell: impl Fn(usize, Came)) {
    tell(
        0,
        match preferences::quiet().silent_until(clock::local()) {
            Some(_) => Came::Not("reach.silence.now"),
            None => Came::Well,
        },
    );
    tell(1, title());
    tell(SOUND, heard().await);
    tell(3, shown().await);
}

/// The title of the tab is set, read, and set back.
fn title() -> Came {
    let before = dom::document().title();
    let mark = ["(1) ", &t("product")].concat();
    dom::set_title(&mark);
    let is_set = dom::document().title() == mark;
    dom::set_title(&before);
    if is_set { Came::Well } else { Came::Not("reach.title.fixed") }
}

async fn heard() -> Came {
    if !preferences::is_on(Choice::Sound) {
        return Came::Not("reach.sound.off");
    }
    clock::sleep(SOUND_MS).await;
    match sound::ring() && sound::is_ready() {
        true => Came::Heard,
        false => Came::Not("reach.sound.silent"),
    }
}

async fn shown() -> Came {
    if !notices::are_there() {
        return Came::Not("browser.notices.none");
    }
    if !preferences::is_on(Choice::Notices) {
        return Came::Not("reach.notice.off");
    }
    if !notices::may_show() {
        return Came::Not("reach.notice.denied");
    }
    match notices::is_seen(&t("reach.notice.title"), &t("reach.notice.line"), NOTICE_MS).await {
        true => Came::Well,
        false => Came::Not("reach.notice.unseen"),
    }
}
