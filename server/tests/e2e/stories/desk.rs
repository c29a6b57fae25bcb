//! The desk at work: who is free is given what waits, who waits knows their place, and what is passed on comes with a
//! note that visitors never see.

use fantoccini::key::Key;

use crate::office::{COLLEAGUE, OWNER, Office};
use crate::stage::story;
use crate::words::{desk, widget};

#[tokio::test]
async fn waiting_and_being_taken() {
    story("waiting", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let (vera, walt) = (stage.person("vera").await, stage.person("walt").await);
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;

        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is anybody free?").await;
        vera.sees(&widget("place_next")).await;
        vera.sees(&widget("wait_open")).await;
        ada.sees_row("Is anybody free?").await;
        assert!(ada.title().await.starts_with("(1)"), "the title counts who waits: {}", ada.title().await);
        walt.goes(&office.page("/")).await;
        walt.opens_chat().await;
        walt.says("Me, too.").await;
        walt.sees(&widget("place").replace("{n}", "2")).await;
        ada.sees(&desk("queue.nobody_free")).await;

        // Who is free is given both, and nobody waits any more.
        ada.chooses("availability.available").await;
        vera.no_longer_sees(&widget("place_next")).await;
        walt.no_longer_sees(&widget("place_next")).await;
        ada.hits_letters("gm").await;
        ada.sees_row("Is anybody free?").await;
        ada.sees_row("Me, too.").await;
        ada.sees(&desk("availability.load").replace("{load}", "2").replace("{capacity}", "4")).await;
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_passed_on_with_a_note() {
    story("transfer", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace) = (stage.person("ada").await, stage.person("grace").await);
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        let link = ada.invites(&office.chat).await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        grace.joins(&link).await;
        grace.chooses("availability.busy").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Where is my order?").await;
        ada.takes_by_keys("Where is my order?").await;

        ada.hits_letters("t").await;
        ada.sees(&desk("transfer.title")).await;
        ada.fills(&desk("transfer.note"), "She has waited since Monday.").await;
        ada.presses(&desk("transfer.give")).await;
        ada.sees(&desk("transfer.done")).await;
        grace.hits_letters("gm").await;
        grace.opens_by_keys("Where is my order?").await;
        grace.sees("She has waited since Monday.").await;
        grace.hits(&[Key::Escape]).await;
        vera.sees(COLLEAGUE.name).await;
        assert!(!vera.screen().await.contains("Monday"), "the note is for staff");
    })
    .await;
}
