//! My second step of signing in: whether a code of an app is asked for behind my password, and the codes for the day
//! without it.

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::{CodeRequest, NewAppView, SecondStepView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::code::blame;
use super::proof::ProofDialog;
use crate::components::copy_box::CopyBox;
use crate::components::dialog::dialog_head;
use crate::components::empty::loading;
use crate::components::field::Field;
use crate::components::icon::{Glyph, icon};
use crate::components::stage::form_error;
use crate::format::moment;
use crate::hooks::dialog::use_modal;
use crate::hooks::now::use_now;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::{dom, http};
use crate::text::{t, tn};
use crate::trouble::{Trouble, Wrong};

/// Light squares around a QR code, without which nothing finds it.
const MARGIN: u32 = 4;

/// What can be done, each behind the password: the key of its words, and where it is done.
type Deed = (&'static str, &'static str);
const ON: Deed = ("second.turn_on", "/begin");
const OFF: Deed = ("second.turn_off", "/off");
const CODES: Deed = ("second.renew", "/codes");

/// The part of the profile about it.
#[hook]
pub fn use_second_step() -> Html {
    let local = use_now(60_000);
    let known = use_state(|| None::<Result<SecondStepView, Trouble>>);
    let asked = use_state_eq(|| None::<Deed>);
    let hear = use_callback(known.setter(), |answer: Result<String, Trouble>, known| {
        known.set(Some(
            answer.and_then(|text| SecondStepView::from_text(&text).map_err(|_| Trouble::Strange)),
        ));
    });
    let read = use_callback(hear.clone(), |(), hear| {
        let hear = hear.clone();
        spawn_local(async move { hear.emit(http::get_text(&path("")).await) });
    });
    {
        let read = read.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let view = known.as_ref().and_then(|known| known.as_ref().ok());
    let has_codes = view.is_some_and(|view| !view.codes.is_empty());
    // They stand above what was pressed, and are what matters now.
    use_effect_with(has_codes, |has_codes| {
        if *has_codes {
            dom::focus_id("codes-made");
        }
    });
    let ondone = hear.reform(Ok);
    let dialog = match (view.and_then(|view| view.app.clone()), *asked) {
        (Some(app), _) => html! { <AppDialog {app} {ondone} onclose={read.clone()} /> },
        (None, Some(deed)) => {
            let asked = asked.setter();
            html! {
                <ProofDialog title={t(deed.0)} line={t(&[deed.0, ".line"].concat())} path={path(deed.1)} is_danger={deed == OFF}
                    {ondone} onclose={move |()| asked.set(None)} />
            }
        }
        (None, None) => Html::default(),
    };
    let button = |deed: Deed| {
        let asked = asked.setter();
        html! { <button class="button" type="button" onclick={move |_: MouseEvent| asked.set(Some(deed))}>{t(deed.0)}</button> }
    };
    let body = match &*known {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(view)) => html! {
            <>
                if let Some(since) = view.since {
                    <p class="form-row">
                        <span class="chip chip-good">{tn("second.since", &[("when", &moment(since, local))])}</span>
                        <span class={if view.codes_left > 3 { "chip" } else { "chip chip-warn" }}>
                            {tn("second.left", &[("n", &view.codes_left.to_string())])}
                        </span>
                    </p>
                }
                <div class="form-row">
                    if view.since.is_some() { {button(CODES)}{button(OFF)} } else { {button(ON)} }
                </div>
            </>
        },
    };
    html! {
        <section class="part" id="second-step">
            <div class="part-head"><h2>{t("second.title")}</h2><p>{t("second.line")}</p></div>
            if let Some(view) = view.filter(|_| has_codes) { {shown(&view.codes, &read)} }
            {body}
            {dialog}
        </section>
    }
}

fn path(rest: &str) -> String {
    ["/api/me/second-step", rest].concat()
}

/// Recovery codes, this once.
fn shown(codes: &[String], forget: &Callback<()>) -> Html {
    let file = ["data:text/plain,", &codes.join("%0A")].concat();
    html! {
        <div class="part-new">
            <div class="note note-good" id="codes-made" tabindex="-1">
                {icon(Glyph::Check)}
                <div><p class="strong">{t("second.codes")}</p><p>{t("second.codes.line")}</p></div>
            </div>
            <CopyBox value={codes.join("\n")} label={t("second.codes.copy")} is_code={true} />
            <div class="form-row">
                <a class="button" download="deskbell-recovery-codes.txt" href={file}>{t("second.codes.save")}</a>
                <button class="button" type="button" onclick={forget.reform(|_: MouseEvent| ())}>{t("identity.kept")}</button>
            </div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AppDialogProps {
    app: NewAppView,
    ondone: Callback<String>,
    onclose: Callback<()>,
}

/// The secret into an app, and a code out of it.
#[function_component(AppDialog)]
fn app_dialog(props: &AppDialogProps) -> Html {
    let (node, close) = use_modal();
    let (code, oncode) = use_text(String::new);
    let submit = use_submit();
    use_effect_with((), |()| {
        dom::focus_id("code");
    });
    let onsubmit = {
        let (code, submit, props) = (code.clone(), submit.clone(), props.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = CodeRequest { ticket: props.app.ticket.clone(), code: (*code).clone() }.to_text();
            let ondone = props.ondone.clone();
            submit.run_or(
                Wrong::nothing(),
                async move { http::post_text(&path("/on"), &body).await },
                move |answer: String| ondone.emit(answer),
                blame,
            );
        }
    };
    let app = &props.app;
    // Dark on light in any theme, or cameras do not find it.
    let (margin, whole) = (MARGIN.to_string(), (app.side + 2 * MARGIN).to_string());
    let frame = ["-", &margin, " -", &margin, " ", &whole, " ", &whole].concat();
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="app-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("app-title", t(ON.0), &close)}
            <form class="dialog-body form" novalidate={true} {onsubmit}>
                <p>{t("second.scan")}</p>
                <svg class="qr" viewBox={frame} role="img" aria-label={t("second.qr")}><path d={app.path.clone()} /></svg>
                <p class="field-help"><a href={app.uri.clone()}>{t("second.open")}</a>{" "}{t("second.type")}</p>
                <CopyBox value={app.secret.clone()} label={t("second.copy")} />
                {form_error(submit.wrong.whole.as_deref())}
                <Field id="code" label={t("code.app")} help={t("code.app.help")} autocomplete="one-time-code"
                    value={(*code).clone()} onchange={oncode} error={submit.wrong.of("code")} />
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t(ON.0)}</button>
                </div>
            </form>
        </dialog>
    }
}
