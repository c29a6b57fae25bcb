//! How long an inbox keeps what was said and what was sent. What a change would erase is said before it is saved.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::api::{RetentionEdit, RetentionView, RetentionsView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::saved;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::http;
use crate::text::{count, t};
use crate::trouble::{Trouble, Wrong};

/// The form; nothing for an inbox that is not there yet. An empty field keeps for ever.
#[hook]
pub fn use_retention(inbox: Option<InboxId>) -> Html {
    let submit = use_submit();
    let (messages, on_messages) = use_text(String::new);
    let (files, on_files) = use_text(String::new);
    // What would go with these days, in words, once somebody wants to save them.
    let (asked, ask) = use_text(String::new);
    let is_saved = use_state_eq(|| false);
    {
        let (on_messages, on_files) = (on_messages.clone(), on_files.clone());
        use_effect_with(inbox, move |inbox| {
            let Some(inbox) = *inbox else { return };
            spawn_local(async move {
                let known: Result<RetentionsView, _> = http::get("/api/retention").await;
                let known = known.ok().and_then(|all| all.inboxes.into_iter().find(|one| one.inbox == inbox));
                if let Some(known) = known {
                    on_messages.emit(shown(known.messages_days));
                    on_files.emit(shown(known.files_days));
                }
            });
        });
    }
    let Some(inbox) = inbox else { return Html::default() };
    let changed = |then: Callback<String>| {
        let (ask, is_saved) = (ask.clone(), is_saved.setter());
        Callback::from(move |text| {
            ask.emit(String::new());
            is_saved.set(false);
            then.emit(text);
        })
    };
    let is_asked = !asked.is_empty();
    let onsubmit = {
        let (submit, ask, is_saved) = (submit.clone(), ask.clone(), is_saved.setter());
        let (messages, files) = (days(&messages), days(&files));
        move |event: SubmitEvent| {
            event.prevent_default();
            let (Ok(messages_days), Ok(files_days)) = (messages, files) else {
                let field = if messages.is_err() { "messages_days" } else { "files_days" };
                return submit.show(Wrong::nothing().at(field, t("wrong.days")));
            };
            let body = RetentionEdit { inbox, messages_days, files_days }.to_text();
            let (ask, is_saved) = (ask.clone(), is_saved.clone());
            let call = async move {
                if !is_asked {
                    let due = http::post_text("/api/retention/due", &body).await?;
                    let due = RetentionView::from_text(&due).map_err(|_| Trouble::Strange)?;
                    if due.messages_due + due.files_due > 0 {
                        let goes = count("keep.goes.messages", due.messages_due as usize);
                        return Ok(
                            [&goes, " \u{b7} ", &count("keep.goes.files", due.files_due as usize)].concat()
                        );
                    }
                }
                http::post_text("/api/retention", &body).await.map(|_| String::new())
            };
            submit.run(Wrong::nothing(), &["messages_days", "files_days"], call, move |goes: String| {
                is_saved.set(goes.is_empty());
                ask.emit(goes);
            });
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("keep.title")}</h2><p>{t("keep.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <div class="fields-beside">
                    <Field id="messages_days" kind="number" label={t("keep.messages")} help={t("keep.empty")} value={(*messages).clone()}
                        error={submit.wrong.of("messages_days")} onchange={changed(on_messages)} />
                    <Field id="files_days" kind="number" label={t("keep.files")} help={t("keep.empty")} value={(*files).clone()}
                        error={submit.wrong.of("files_days")} onchange={changed(on_files)} />
                </div>
                if is_asked {
                    <div class="note note-bad" role="alert">
                        <div>
                            <p class="strong">{t("keep.goes")}</p>
                            <p>{(*asked).clone()}</p>
                        </div>
                    </div>
                }
                <div class="form-row">
                    <button class={if is_asked { "button button-danger" } else { "button button-primary" }} type="submit"
                        aria-disabled={submit.is_busy.then_some("true")}>{t(if is_asked { "keep.erase" } else { "keep.save" })}</button>
                    {saved(*is_saved)}
                </div>
            </form>
        </section>
    }
}

fn shown(days: Option<u32>) -> String {
    days.map_or_else(String::new, |days| days.to_string())
}

/// Days as somebody wrote them; `None` for ever.
fn days(text: &str) -> Result<Option<u32>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().ok().filter(|days| *days > 0).map(Some).ok_or(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_for_ever_and_zero_is_nothing_one_can_mean() {
        assert_eq!(
            (days(" "), days("30"), days("0"), days("-1"), days("x")),
            (Ok(None), Ok(Some(30)), Err(()), Err(()), Err(()))
        );
    }
}
