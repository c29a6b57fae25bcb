//! The main job: a visitor on a shop's page writes, an agent answers, and both see at any time how far it has come.
//! Over TLS and on plain http://localhost, each time with the chat on another site than the shop.

use fantoccini::key::Key;

use crate::office::{GREETING, OWNER, Office};
use crate::stage::{Stage, story};
use crate::words::{desk, desk_with, widget, widget_start, widget_with};

#[tokio::test]
async fn over_tls() {
    story("first-chat-over-tls", async |stage| first_chat(stage, Office::over_tls(stage).await).await).await;
}

#[tokio::test]
async fn on_plain_localhost() {
    story("first-chat-on-localhost", async |stage| first_chat(stage, Office::plain().await).await).await;
}

async fn first_chat(stage: &Stage, office: Office) {
    let vera = stage.person("vera").await;
    let ada = stage.person("ada").await;

    // Nobody is at the desk: the visitor is told so, and what is written waits there.
    vera.goes(&office.page("/")).await;
    vera.opens_chat().await;
    vera.sees(GREETING).await;
    vera.sees(&widget("away")).await;
    vera.says("Have you got a blue kettle?").await;
    vera.sees(&widget("mark_sent")).await;

    // The desk gives it to the first agent who is there; only whoever opens it has received and read it.
    ada.signs_in(&office.chat, &OWNER).await;
    vera.sees(&widget("here")).await;
    ada.takes_by_keys("Have you got a blue kettle?").await;
    vera.sees(&widget_with("joined", OWNER.name)).await;
    vera.sees(&widget("mark_read")).await;

    // Typing is seen both ways, and ends with the message.
    ada.writes_answer("Three of them").await;
    vera.finds(".bubble.typing").await;
    ada.types(&format!(", in fact.{}", Key::Enter)).await;
    vera.sees_message("Three of them, in fact.").await;
    vera.writes("How big is the").await;
    let typing = desk_with("typing", &[("who", "")]);
    ada.sees(&typing).await;
    ada.sees(&desk("progress.read")).await;
    vera.writes(&format!(" smallest?{}", Key::Enter)).await;
    ada.sees_in_transcript("How big is the smallest?").await;
    ada.no_longer_sees(&typing).await;

    // With the panel closed, the launcher counts; on another page the conversation goes on.
    vera.presses(&widget("close")).await;
    ada.types(&format!("Half a litre.{}", Key::Enter)).await;
    vera.sees_badge("1").await;
    vera.opens_chat().await;
    vera.sees_message("Half a litre.").await;
    vera.sees_badge("").await;
    ada.sees(&desk("progress.read")).await;
    vera.goes(&office.page("/cups")).await;
    vera.opens_chat().await;
    for text in [
        "Have you got a blue kettle?",
        "Three of them, in fact.",
        "How big is the smallest?",
        "Half a litre.",
    ] {
        vera.sees_message(text).await;
    }

    // Resolved, written to again, ended for good, and begun anew.
    ada.hits(&[Key::Escape]).await;
    ada.hits_letters("e").await;
    vera.sees(&widget_with("ended_by", OWNER.name)).await;
    vera.says("One more thing").await;
    vera.sees(&widget("reopened")).await;
    ada.hits_letters("gq").await;
    ada.sees_row("One more thing").await;
    vera.presses(&widget("end")).await;
    vera.sees(&widget("end_ask")).await;
    vera.presses(&widget("end")).await;
    vera.sees(&widget_start("ended_by_you")).await;
    ada.sees_no_row("One more thing").await;
    vera.presses(&widget("start_new")).await;
    vera.says("Do you sell cups, too?").await;
    vera.sees(&widget("mark_sent")).await;
    assert_eq!(vera.bubbles().await, ["Do you sell cups, too?"], "a new conversation begins empty");
    ada.sees_row("Do you sell cups, too?").await;
}
