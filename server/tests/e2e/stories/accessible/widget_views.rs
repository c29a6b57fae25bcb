//! The views of the widget, in its frame on a page of the shop.

use fantoccini::key::Key;
use serde_json::json;

use super::Findings;
use crate::browser::{self, Profile};
use crate::office::{GREETING, OWNER, Office};
use crate::stage::{Stage, story};
use crate::words::{widget, widget_start, widget_with};

const IN_ONE_PROCESS: Profile = Profile {
    blocks_third_party_cookies: false,
    blocks_site_data: false,
    in_one_process: true,
    logs_network: false,
};

#[tokio::test]
async fn of_a_conversation() {
    story("accessible-widget", async |stage| conversation(stage).await).await;
}

async fn conversation(stage: &Stage) {
    let mut office = Office::over_tls(stage).await;
    let vera = stage.person_with("vera", IN_ONE_PROCESS).await;
    let ada = stage.person("ada").await;
    let mut findings = Findings::default();

    vera.goes(&office.page("/")).await;
    vera.opens_chat().await;
    vera.sees(GREETING).await;
    vera.sees(&widget("away")).await;
    findings.look(&vera, "the greeting with nobody there").await;
    ada.signs_in(&office.chat, &OWNER).await;
    vera.sees(&widget("here")).await;
    findings.look(&vera, "the greeting").await;

    vera.says("Is https://kettles.example/blue a whistling one?").await;
    ada.takes_by_keys("Is https://kettles.example/blue a whistling one?").await;
    ada.answers("It is. Look at https://kettles.example/whistles, too.").await;
    vera.sees_message("It is. Look at https://kettles.example/whistles, too.").await;
    vera.says("Thank you!").await;
    vera.sees(&widget("mark_read")).await;
    findings.look(&vera, "a conversation").await;
    ada.writes_answer("You are").await;
    vera.finds(".bubble.typing").await;
    findings.look(&vera, "a conversation with somebody typing").await;
    ada.types(&format!(" welcome.{}", Key::Enter)).await;
    ada.hits(&[Key::Escape]).await;
    vera.sees_message("You are welcome.").await;

    vera.writes(&"very long ".repeat(500)).await;
    vera.types(&Key::Enter.to_string()).await;
    vera.sees(&widget("too_long")).await;
    findings.look(&vera, "a message that is too long").await;
    vera.types(&format!("{}a{}{}", Key::Control, Key::Null, Key::Delete)).await;

    office.chat.kill();
    vera.sees(&widget("link_down")).await;
    vera.says("Are you still there?").await;
    vera.sees(&widget("mark_queued")).await;
    findings.look(&vera, "without a connection").await;
    office.chat.run().await;
    vera.no_longer_sees(&widget("link_down")).await;

    ada.is_at_the_desk().await;
    ada.sees_in_transcript("Are you still there?").await;
    ada.hits_letters("e").await;
    vera.sees(&widget_with("ended_by", OWNER.name)).await;
    findings.look(&vera, "resolved by an agent").await;
    vera.says("And once more").await;
    vera.sees(&widget("reopened")).await;
    vera.presses(&widget("end")).await;
    vera.sees(&widget("end_ask")).await;
    findings.look(&vera, "the question whether to end").await;
    vera.presses(&widget("end")).await;
    vera.sees(&widget_start("ended_by_you")).await;
    findings.look(&vera, "ended by the visitor").await;

    // The module cannot be had at all.
    vera.looks_at_page().await;
    vera.cannot_reach(&["*.wasm*"]).await;
    browser::devtools(&vera.client, "Network.setCacheDisabled", json!({ "cacheDisabled": true }))
        .await
        .expect("the developer tools");
    vera.goes(&office.page("/cups")).await;
    vera.launcher().await.click().await.expect("clicking on the launcher");
    vera.looks_into_chat().await;
    vera.sees(&widget("failed")).await;
    findings.look(&vera, "a chat that could not start").await;
    findings.are_none();
}

#[tokio::test]
async fn of_a_chat_that_keeps_nothing() {
    story("accessible-widget-memory", async |stage| {
        let office = Office::over_tls(stage).await;
        let denying = Profile { blocks_site_data: true, ..IN_ONE_PROCESS };
        let vera = stage.person_with("vera", denying).await;
        let mut findings = Findings::default();
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(&widget("memory_only")).await;
        findings.look(&vera, "storage denied").await;
        findings.are_none();
    })
    .await;
}
