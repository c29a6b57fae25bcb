//! How the server of a website says who its visitors are: the secrets it signs with, making one, and taking one away.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{SiteSecretId, SiteView};
use deskbell_shared::protocol::api::{
    NewSiteSecret, Nothing, SiteIdentityView, SiteSecretDrop, SiteSecretView,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::identity_sample::IdentitySample;
use super::proof::ProofDialog;
use crate::components::copy_box::CopyBox;
use crate::components::dialog::dialog_head;
use crate::components::empty::loading;
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::dialog::use_modal;
use crate::hooks::now::use_now;
use crate::hooks::submit::use_submit;
use crate::route::{Part, Route};
use crate::services::{dom, http};
use crate::text::{t, tn};
use crate::trouble::{Trouble, Wrong};

/// Secrets of one site at a time; the server holds to it.
const SECRETS_MAX: usize = 2;

/// Which site.
#[derive(Clone, PartialEq, Properties)]
pub struct SiteIdentityProps {
    /// The site.
    pub site: SiteView,
}

/// What is asked before it is done.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Nothing,
    Make,
    Drop(Dropped),
}

/// One secret of the list, and whether it is the last one.
#[derive(Clone, Copy, PartialEq)]
struct Dropped {
    id: SiteSecretId,
    is_last: bool,
}

/// The secrets of a site.
#[function_component(SiteIdentity)]
pub fn site_identity(props: &SiteIdentityProps) -> Html {
    let id = props.site.id;
    let local = use_now(60_000);
    let known = use_state(|| None::<Result<SiteIdentityView, Trouble>>);
    let asked = use_state_eq(|| Asked::Nothing);
    let made = use_state(|| None::<String>);
    let read = {
        let known = known.setter();
        Callback::from(move |()| {
            let known = known.clone();
            spawn_local(async move {
                known.set(Some(http::get(&path_of(&id.to_hex(), "")).await));
            });
        })
    };
    {
        let read = read.clone();
        use_effect_with(id, move |_| read.emit(()));
    }
    let ask = {
        let asked = asked.setter();
        Callback::from(move |what: Asked| asked.set(what))
    };
    let onclose = ask.reform(|()| Asked::Nothing);
    let onmade = {
        let (made, read) = (made.setter(), read.clone());
        Callback::from(move |answer: String| {
            made.set(NewSiteSecret::from_text(&answer).ok().map(|made| made.secret));
            read.emit(());
        })
    };
    let onkept = {
        let made = made.setter();
        move |_: MouseEvent| made.set(None)
    };
    {
        // It stands above what was pressed, and is what matters now.
        let is_made = made.is_some();
        use_effect_with(is_made, |is_made| {
            if *is_made {
                dom::focus_id("secret-made");
            }
        });
    }
    let view = known.as_ref().and_then(|known| known.as_ref().ok());
    let body = match &*known {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(view)) => listed(view, local, &ask),
    };
    let site = id.to_hex();
    let dialog = match (*asked, view) {
        // Whoever has a secret can be any visitor.
        (Asked::Make, _) => html! {
            <ProofDialog title={t("identity.make")} line={t("identity.make.line")} path={path_of(&site, "/secrets")} ondone={onmade} {onclose} />
        },
        (Asked::Drop(one), Some(view)) => {
            let closes_inbox = one.is_last && view.verified_only;
            html! { <DropDialog {site} secret={one.id} is_last={one.is_last} {closes_inbox} ondone={read.clone()} {onclose} /> }
        }
        _ => Html::default(),
    };
    html! {
        <section class="part" aria-labelledby="identity">
            <div class="part-head"><h2 id="identity">{t("identity.title")}</h2><p>{t("identity.line")}</p></div>
            if let Some(secret) = &*made {
                <div class="part-new">
                    <div class="note note-good" id="secret-made" tabindex="-1">
                        {icon(Glyph::Check)}
                        <div><p class="strong">{t("identity.made")}</p><p>{t("identity.made.line")}</p></div>
                    </div>
                    <CopyBox value={secret.clone()} label={t("identity.copy")} />
                    <IdentitySample site_key={props.site.key.clone()} secret={secret.clone()} />
                    <div class="form-row"><button class="button" type="button" onclick={onkept}>{t("identity.kept")}</button></div>
                </div>
            }
            {body}
            {dialog}
        </section>
    }
}

fn path_of(site: &str, rest: &str) -> String {
    ["/api/sites/", site, "/identity", rest].concat()
}

/// The secrets there are, and what can be done about them.
fn listed(view: &SiteIdentityView, local: Local, ask: &Callback<Asked>) -> Html {
    let count = view.secrets.len();
    let line = |(at, one): (usize, &SiteSecretView)| {
        let which = Dropped { id: one.id, is_last: count == 1 };
        let made_at = moment(one.made_at, local);
        let age = if at + 1 == count { "identity.newest" } else { "identity.older" };
        html! {
            <li key={one.id.to_hex()}>
                <span class="site-mark">{icon(Glyph::Key)}</span>
                <div>
                    <p class="strong">{tn("identity.made_at", &[("when", &made_at)])}</p>
                    <p class="clip">{tn("identity.number", &[("id", &one.id.to_hex()[..8])])}</p>
                </div>
                <div class="form-row">
                    if count > 1 { <span class={if at + 1 == count { "chip chip-good" } else { "chip" }}>{t(age)}</span> }
                    <button class="button button-quiet" type="button" aria-label={tn("identity.drop.which", &[("when", &made_at)])}
                        onclick={ask.reform(move |_: MouseEvent| Asked::Drop(which))}>{t("identity.drop")}</button>
                </div>
            </li>
        }
    };
    let admits = if view.verified_only { "identity.verified_only" } else { "identity.everybody" };
    html! {
        <>
            if count > 0 { <ul class="table">{for view.secrets.iter().enumerate().map(line)}</ul> }
            <p class="muted">{t(match count { 0 => "identity.none", SECRETS_MAX => "identity.rotate.full", _ => "identity.rotate" })}</p>
            <p class="muted">
                {t(admits)}{" "}
                <Link to={Route::Settings(Part::Inbox(Some(view.inbox)))}>{t("identity.inbox")}</Link>
            </p>
            if count < SECRETS_MAX {
                <div class="form-row">
                    <button class="button" type="button" onclick={ask.reform(|_: MouseEvent| Asked::Make)}>{icon(Glyph::Plus)}{t("identity.make")}</button>
                </div>
            }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DropProps {
    site: String,
    secret: SiteSecretId,
    is_last: bool,
    /// Nobody could write to the inbox any more.
    closes_inbox: bool,
    ondone: Callback<()>,
    onclose: Callback<()>,
}

/// Says what happens before a secret is taken away.
#[function_component(DropDialog)]
fn drop_dialog(props: &DropProps) -> Html {
    let (node, close) = use_modal();
    let submit = use_submit();
    let onsubmit = {
        let (submit, props) = (submit.clone(), props.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let (path, body) = (path_of(&props.site, "/drop"), SiteSecretDrop { id: props.secret });
            let (ondone, onclose) = (props.ondone.clone(), props.onclose.clone());
            submit.run(
                Wrong::nothing(),
                &[],
                async move { http::post(&path, &body).await },
                move |_: Nothing| {
                    ondone.emit(());
                    onclose.emit(());
                },
            );
        }
    };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="drop-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("drop-title", t("identity.drop.title"), &close)}
            <form class="dialog-body form" {onsubmit}>
                <p>{t("identity.drop.line")}</p>
                <p>{t(if props.is_last { "identity.drop.last" } else { "identity.drop.other" })}</p>
                if props.closes_inbox {
                    <div class="note note-bad">{icon(Glyph::Warn)}<p>{t("identity.drop.closes")}</p></div>
                }
                {form_error(submit.wrong.whole.as_deref())}
                <div class="form-row">
                    <button class="button button-danger" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("identity.drop.do")}</button>
                    <button class="button button-quiet" type="button" onclick={close.reform(|_: MouseEvent| ())}>{t("identity.drop.keep")}</button>
                </div>
            </form>
        </dialog>
    }
}
