//! Without a pointer: a visitor and an agent who have only keys get through everything.

use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget, widget_start};

#[tokio::test]
async fn is_enough() {
    story("keyboard-only", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;

        // The launcher comes last on the page; Enter opens, and the focus is where one writes.
        vera.goes(&office.page("/")).await;
        vera.launcher().await;
        vera.tabs_to("the launcher", async || vera.focused_tag().await == "deskbell-chat").await;
        vera.hits(&[Key::Enter]).await;
        vera.looks_into_chat().await;
        until("the focus is in the composer", async || (vera.focused_id().await == "text").then_some(()))
            .await;
        vera.keys_in("I have no mouse.").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("I have no mouse.").await;
        vera.sees(&widget("mark_sent")).await;

        // The agent signs in with Tab and Enter alone.
        ada.goes(&office.chat.desk("login")).await;
        ada.tabs_to("the e-mail", async || ada.focused_id().await == "email").await;
        ada.keys_in(OWNER.email).await;
        ada.tabs_to("the password", async || ada.focused_id().await == "password").await;
        ada.keys_in(OWNER.password).await;
        ada.hits(&[Key::Enter]).await;
        ada.is_at_the_desk().await;
        ada.takes_by_keys("I have no mouse.").await;
        ada.answers("Then we are two.").await;
        ada.hits_char('?').await;
        ada.sees(&desk("keys.title")).await;
        ada.hits(&[Key::Escape]).await;
        ada.no_longer_sees(&desk("keys.where")).await;
        for (key, view) in [('m', "mine"), ('a', "all"), ('q', "queue")] {
            ada.hits_char('g').await;
            ada.hits_char(key).await;
            let path = format!("/desk/inbox/{view}");
            until("the view changes", async || {
                ada.client.current_url().await.ok()?.path().starts_with(&path).then_some(())
            })
            .await;
        }

        // Escape closes, the focus is back where it came from, Enter opens again; the end is a matter of keys, too.
        vera.sees_message("Then we are two.").await;
        vera.hits(&[Key::Escape]).await;
        vera.looks_at_page().await;
        until("the focus is back on the launcher", async || {
            (vera.focused_tag().await == "deskbell-chat").then_some(())
        })
        .await;
        vera.hits(&[Key::Enter]).await;
        vera.looks_into_chat().await;
        until("the focus is in the composer", async || (vera.focused_id().await == "text").then_some(()))
            .await;
        let end = widget("end");
        vera.tabs_back_to("the button that ends", async || vera.focused_name().await == end).await;
        vera.hits(&[Key::Enter]).await;
        vera.sees(&widget("end_ask")).await;
        vera.tabs_to("the answer", async || vera.focused_name().await == end).await;
        vera.hits(&[Key::Enter]).await;
        vera.sees(&widget_start("ended_by_you")).await;
    })
    .await;
}
