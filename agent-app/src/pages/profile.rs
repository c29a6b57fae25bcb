//! My own name, picture and password; what this browser does for me; signing out.

use deskbell_shared::protocol::api::{MeView, Nothing, PasswordEdit, PictureView, ProfileEdit};
use deskbell_shared::protocol::limits::CAPACITY_MAX;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::invite::PASSWORD_CHARS_MIN;
use super::reach::Reach;
use super::second_step::use_second_step;
use super::sessions::{use_sessions, use_signing_out};
use super::settings::{saved, sheet};
use crate::components::face::agent_face;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::page::use_page;
use crate::hooks::picture::use_picture;
use crate::hooks::submit::{use_submit, use_text};
use crate::hooks::who::use_who;
use crate::services::looks::Look;
use crate::services::preferences::{self, Choice};
use crate::services::{address, http, locale, notices, sound};
use crate::state::team;
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// My own settings.
#[function_component(Profile)]
pub fn profile() -> Html {
    use_page(t("settings.profile"));
    match use_who().me {
        Some(me) => html! { <Mine {me} /> },
        None => Html::default(),
    }
}

/// Parts that keep something, as hooks that draw: each component of its own costs a kilobyte of code.
#[function_component(Mine)]
fn mine(props: &MeProps) -> Html {
    let me = &props.me;
    let (picture, name, capacity) = (use_my_picture(me), use_name(me), use_capacity());
    let (password, browser) = (use_password(&me.email), use_browser());
    let (second_step, sessions, signing_out) =
        (use_second_step(), use_sessions(), use_signing_out(me.agent.id));
    let body = html! {
        <>
            <section class="part"><h2 class="unseen">{t("profile.me")}</h2>{picture}{name}</section>
            {capacity}{password}{second_step}{browser}{sessions}{signing_out}
        </>
    };
    sheet(t("settings.profile"), Html::default(), body)
}

/// How many conversations I take at once. It is the server that says what holds.
#[hook]
fn use_capacity() -> Html {
    let Desk { state, hands } = use_desk();
    let mine = team::me(&state.team, state.me).map(|me| (me.availability, me.capacity));
    let typed = use_state_eq(|| None::<String>);
    let is_saved = use_state_eq(|| false);
    let wrong = use_state_eq(|| None::<String>);
    let Some((availability, known)) = mine else { return Html::default() };
    let text = (*typed).clone().unwrap_or_else(|| known.to_string());
    let onchange = {
        let (typed, is_saved, wrong) = (typed.setter(), is_saved.setter(), wrong.setter());
        Callback::from(move |text| {
            is_saved.set(false);
            wrong.set(None);
            typed.set(Some(text));
        })
    };
    let onsubmit = {
        let (text, typed, is_saved, wrong) =
            (text.clone(), typed.setter(), is_saved.setter(), wrong.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            match text.trim().parse().ok().filter(|count| (1..=CAPACITY_MAX).contains(count)) {
                Some(count) => {
                    hands.choose.emit((availability, Some(count)));
                    typed.set(None);
                    is_saved.set(true);
                }
                None => wrong.set(Some(tn("wrong.capacity", &[("n", &CAPACITY_MAX.to_string())]))),
            }
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("capacity.title")}</h2><p>{t("capacity.line")}</p></div>
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="capacity" kind="number" label={t("capacity.label")} value={text} error={(*wrong).clone().map(AttrValue::from)} {onchange} />
                <div class="form-row"><button class="button button-primary" type="submit">{t("save")}</button>{saved(*is_saved)}</div>
            </form>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MeProps {
    me: MeView,
}

#[hook]
fn use_my_picture(me: &MeView) -> Html {
    let set = use_who().set;
    let onmade = {
        let me = me.clone();
        Callback::from(move |made: PictureView| {
            let mut me = me.clone();
            me.agent.picture = Some(made.picture);
            set.emit(Some(me));
        })
    };
    let (submit, button) = use_picture("picture", "picture.choose", "/api/me/picture", onmade);
    html! {
        <>
            {form_error(submit.wrong.whole.as_deref())}
            <div class="form-row">
                {agent_face(&me.agent, "face-big")}
                {button}
                <span class="muted">{t("picture.help")}</span>
            </div>
        </>
    }
}

#[hook]
fn use_name(me: &MeView) -> Html {
    let (who, submit) = (use_who(), use_submit());
    let (name, on_name) = use_text({
        let name = me.agent.name.clone();
        move || name
    });
    let is_saved = use_state_eq(|| false);
    let onsubmit = {
        let (name, submit, is_saved) = (name.clone(), submit.clone(), is_saved.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = ProfileEdit { name: name.trim().to_owned() };
            let found = Wrong::nothing().with_name(&body.name);
            let (set, is_saved) = (who.set.clone(), is_saved.clone());
            is_saved.set(false);
            submit.run(
                found,
                &["name"],
                async move { http::post("/api/me", &body).await },
                move |me: MeView| {
                    is_saved.set(true);
                    set.emit(Some(me));
                },
            );
        }
    };
    html! {
        <form class="form" novalidate={true} {onsubmit}>
            {form_error(submit.wrong.whole.as_deref())}
            <Field id="name" label={t("name")} autocomplete="name" value={(*name).clone()} help={t("name.help")}
                error={submit.wrong.of("name")} onchange={on_name} />
            <div class="form-row">
                <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("save")}</button>
                {saved(*is_saved)}
            </div>
        </form>
    }
}

#[hook]
fn use_password(email: &str) -> Html {
    let submit = use_submit();
    let (current, on_current) = use_text(String::new);
    let (new, on_new) = use_text(String::new);
    let is_saved = use_state_eq(|| false);
    let onsubmit = {
        let (current, new, submit, is_saved) =
            (current.clone(), new.clone(), submit.clone(), is_saved.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = PasswordEdit { current: (*current).clone(), new: (*new).clone() };
            let (current, new, is_saved) = (current.setter(), new.setter(), is_saved.clone());
            is_saved.set(false);
            submit.run(
                check(&body),
                &["current", "new"],
                async move { http::post("/api/me/password", &body).await },
                move |_: Nothing| {
                    current.set(String::new());
                    new.set(String::new());
                    is_saved.set(true);
                },
            );
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("password")}</h2><p>{t("password.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                // Tells password managers whose password this is.
                <input type="text" hidden={true} autocomplete="username" readonly={true} tabindex="-1" value={email.to_owned()} />
                <Field id="current" label={t("password.now")} kind="password" autocomplete="current-password"
                    value={(*current).clone()} error={submit.wrong.of("current")} onchange={on_current} />
                <Field id="new" label={t("password.new")} kind="password" autocomplete="new-password" help={t("password.help")}
                    value={(*new).clone()} error={submit.wrong.of("new")} onchange={on_new} />
                <div class="form-row">
                    <button class="button" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("password.change")}</button>
                    {saved(*is_saved)}
                </div>
            </form>
        </section>
    }
}

fn check(body: &PasswordEdit) -> Wrong {
    let mut wrong = Wrong::nothing();
    if body.current.is_empty() {
        wrong = wrong.at("current", t("wrong.password.empty"));
    }
    if body.new.chars().count() < PASSWORD_CHARS_MIN {
        wrong = wrong.at("new", t("wrong.password.short"));
    }
    wrong
}

/// What this browser does for me.
#[hook]
fn use_browser() -> Html {
    let redraw = use_force_update();
    let choice = |choice: Choice, id: &'static str, key: &str, help: &str| {
        let redraw = redraw.clone();
        let onchange = move |_: Event| {
            preferences::set(choice, !preferences::is_on(choice));
            redraw.force_update();
        };
        html! {
            <div class="choice">
                <input type="checkbox" {id} checked={preferences::is_on(choice)} {onchange} />
                <label for={id}><span class="strong">{t(key)}</span><span class="field-help">{t(help)}</span></label>
            </div>
        }
    };
    let ring = |_: MouseEvent| {
        sound::wake();
        sound::ring();
    };
    html! {
        <>
        <section class="part">
            <div class="part-head"><h2>{t("browser.title")}</h2><p>{t("browser.line")}</p></div>
            {language()}
            {for Look::ALL.map(|one| look(one, &redraw))}
            {choice(Choice::Sound, "choice-sound", "browser.sound", "browser.sound.help")}
            <div class="form-row"><button class="button" type="button" onclick={ring}>{t("browser.ring")}</button></div>
            {notices(&redraw)}
            if preferences::is_on(Choice::Notices) {
                {choice(Choice::NoticeText, "choice-notice-text", "browser.notice_text", "browser.notice_text.help")}
            }
            {choice(Choice::Keys, "choice-keys", "browser.keys", "browser.keys.help")}
        </section>
        <Reach />
        </>
    }
}

/// Notifications: switched on by a press, at which the browser asks whether it may.
fn notices(redraw: &UseForceUpdateHandle) -> Html {
    let is_on = preferences::is_on(Choice::Notices) && notices::may_show();
    let onchange = {
        let redraw = redraw.clone();
        move |_: Event| {
            let redraw = redraw.clone();
            spawn_local(async move {
                let on = !is_on && notices::ask().await;
                preferences::set(Choice::Notices, on);
                redraw.force_update();
            });
        }
    };
    let help = if notices::are_there() { "browser.notices.help" } else { "browser.notices.none" };
    html! {
        <div class="choice">
            <input type="checkbox" id="choice-notices" checked={is_on} disabled={!notices::are_there()} {onchange} />
            <label for="choice-notices"><span class="strong">{t("browser.notices")}</span><span class="field-help">{t(help)}</span></label>
        </div>
    }
}

/// The choice of how the desk looks.
fn look(look: Look, redraw: &UseForceUpdateHandle) -> Html {
    let chosen = look.chosen();
    let redraw = redraw.clone();
    let onchange = move |event: Event| {
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
            look.choose(&select.value());
            redraw.force_update();
        }
    };
    let text = |value: &str| t(&["look.", look.word(), ".", value].concat());
    let id = ["look-", look.word()].concat();
    html! {
        <div class="field">
            <label for={id.clone()}>{t(&["look.", look.word()].concat())}</label>
            <select class="input" {id} {onchange}>
                <option value="" selected={chosen.is_empty()}>{text("auto")}</option>
                {for look.values().iter().map(|value| html! {
                    <option value={*value} selected={chosen == *value}>{text(value)}</option>
                })}
            </select>
        </div>
    }
}

/// The choice of a language. All that is on the screen was said in the old one, so the page begins anew; drafts and what
/// waits to be sent are kept over that.
fn language() -> Html {
    let chosen = preferences::language().unwrap_or_default();
    let onchange = |event: Event| {
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
            preferences::set_language(&select.value());
            address::reload();
        }
    };
    html! {
        <div class="field">
            <label for="language">{t("browser.language")}</label>
            <select class="input" id="language" {onchange}>
                <option value="" selected={chosen.is_empty()}>{t("browser.language.auto")}</option>
                {for locale::LANGUAGES.map(|(tag, name)| html! {
                    <option value={tag} lang={tag} selected={chosen == tag}>{name}</option>
                })}
            </select>
        </div>
    }
}
