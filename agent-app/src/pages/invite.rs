//! The page of a one-time link: an invitation, or a new password from the operator. The link's secret is the fragment
//! of the address, which no server sees.

use deskbell_shared::protocol::api::{InviteAccept, MeView, SignInView};
use yew::prelude::*;

use super::code::CodeForm;
use crate::components::field::Field;
use crate::components::stage::{card_head, form_error, stage};
use crate::hooks::page::use_page;
use crate::hooks::place::use_place;
use crate::hooks::submit::{use_submit, use_text};
use crate::hooks::who::use_who;
use crate::route::{Route, View};
use crate::services::{address, http};
use crate::text::t;
use crate::trouble::{Trouble, Wrong};

/// The least length of a password in characters, as the server has it.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Which link it is.
#[derive(Clone, PartialEq, Properties)]
pub struct InviteProps {
    /// A new password for somebody who has an account.
    pub is_reset: bool,
}

/// The page of a one-time link.
#[function_component(Invite)]
pub fn invite(props: &InviteProps) -> Html {
    let (who, place) = (use_who(), use_place());
    let token = use_memo((), |()| address::fragment());
    let (name, on_name) = use_text(String::new);
    let (password, on_password) = use_text(String::new);
    let submit = use_submit();
    let ticket = use_state_eq(|| None::<AttrValue>);
    let is_reset = props.is_reset;
    let (title, line) =
        if is_reset { ("reset.title", "reset.line") } else { ("invite.title", "invite.line") };
    use_page(t(if ticket.is_some() { "code.title" } else { title }));

    let leave = place.replace.reform(|()| Route::Inbox(View::Queue, None));
    let onin = {
        let (set, leave) = (who.set.clone(), leave.clone());
        Callback::from(move |me: MeView| {
            set.emit(Some(me));
            leave.emit(());
        })
    };
    let onsubmit = {
        let (name, password, submit, token) = (name.clone(), password.clone(), submit.clone(), token.clone());
        let (onin, ticket) = (onin.clone(), ticket.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = InviteAccept {
                token: (*token).clone(),
                name: name.trim().to_owned(),
                password: (*password).clone(),
            };
            let found = check(&body, is_reset);
            let (onin, ticket) = (onin.clone(), ticket.setter());
            submit.run_or(
                found,
                async move { http::post("/api/invites/accept", &body).await },
                move |view: SignInView| match view.me {
                    Some(me) => onin.emit(me),
                    None => ticket.set(view.ticket.map(AttrValue::from)),
                },
                blame,
            );
        }
    };
    if let Some(ticket) = &*ticket {
        // The link is used and the password is set: who goes back signs in with it.
        let onback = leave.reform(|_: bool| ());
        return stage(false, html! { <CodeForm ticket={ticket.clone()} {onin} {onback} /> });
    }
    let page = html! {
        <div class="card">
            {card_head(t(title), t(line))}
            if token.is_empty() { {form_error(Some(&t("invite.no_token")))} }
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                if !is_reset {
                    <Field id="name" label={t("name")} autocomplete="name" value={(*name).clone()} help={t("name.help")}
                        error={submit.wrong.of("name")} onchange={on_name} />
                }
                <Field id="password" label={t("password.new")} kind="password" autocomplete="new-password"
                    value={(*password).clone()} help={t("password.help")} error={submit.wrong.of("password")} onchange={on_password} />
                <button class="button button-primary button-big button-wide" type="submit"
                    aria-disabled={submit.is_busy.then_some("true")}>{t(if is_reset { "reset.button" } else { "invite.button" })}</button>
            </form>
        </div>
    };
    stage(false, page)
}

fn check(body: &InviteAccept, is_reset: bool) -> Wrong {
    let mut wrong = if is_reset { Wrong::nothing() } else { Wrong::nothing().with_name(&body.name) };
    if body.password.chars().count() < PASSWORD_CHARS_MIN {
        wrong = wrong.at("password", t("wrong.password.short"));
    }
    wrong
}

/// A link that is used up or too old is unknown to the server.
fn blame(trouble: &Trouble) -> Wrong {
    match trouble {
        Trouble::Refused(failure)
            if failure.field.as_deref() == Some("token")
                || failure.code == deskbell_shared::protocol::RefusalCode::NotFound =>
        {
            Wrong::whole(t("invite.used"))
        }
        other => Wrong::from_trouble(other, &["name", "password"]),
    }
}
