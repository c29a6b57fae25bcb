//! Who may write to an inbox: everybody, or only visitors whom their website has signed in. Saved by itself, since it
//! closes the chats of others at once.

use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::api::{InboxIdentityEdit, InboxView, Nothing};
use yew::prelude::*;

use super::settings::saved;
use crate::components::stage::form_error;
use crate::hooks::submit::use_submit;
use crate::services::http;
use crate::text::t;
use crate::trouble::Wrong;

/// The form; nothing for an inbox that is not there yet.
#[hook]
pub fn use_admission(inbox: Option<&InboxView>) -> Html {
    let submit = use_submit();
    let (known, is_saved) = (use_state_eq(|| None::<(InboxId, bool)>), use_state_eq(|| false));
    let Some(inbox) = inbox else { return Html::default() };
    let id = inbox.id;
    let is_so = known.filter(|(of, _)| *of == id).map_or(inbox.verified_only, |(_, is_so)| is_so);
    let onchange = {
        let (known, is_saved) = (known.setter(), is_saved.setter());
        move |_: Event| {
            is_saved.set(false);
            known.set(Some((id, !is_so)));
        }
    };
    let onsubmit = {
        let (submit, is_saved) = (submit.clone(), is_saved.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            let path = ["/api/inboxes/", &id.to_hex(), "/identity"].concat();
            let (body, is_saved) = (InboxIdentityEdit { verified_only: is_so }, is_saved.clone());
            let call = async move { http::post(&path, &body).await };
            submit.run(Wrong::nothing(), &[], call, move |_: Nothing| is_saved.set(true));
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("admission.title")}</h2><p>{t("admission.help")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" {onsubmit}>
                <div class="choice">
                    <input type="checkbox" id="verified-only" checked={is_so} {onchange} />
                    <label for="verified-only">
                        <span class="strong">{t("admission.verified")}</span>
                        <span class="field-help">{t("admission.verified.line")}</span>
                    </label>
                </div>
                <div class="form-row">
                    <button class="button" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("admission.save")}</button>
                    {saved(*is_saved)}
                </div>
            </form>
        </section>
    }
}
