//! The views of the widget, in its frame on a page of the shop.

use fantoccini::key::Key;
use serde_json::json;

use super::Findings;
use crate::browser::{self, Profile};
use crate::office::{GREETING, OWNER, Office};
use crate::pocket::{Pocket, picture};
use crate::shop::Page;
use crate::stage::{Stage, story};
use crate::words::widget_in;

#[tokio::test]
async fn of_a_conversation() {
    story("accessible-widget", async |stage| conversation(stage, "en").await).await;
}

#[tokio::test]
async fn of_a_conversation_in_simplified_chinese() {
    story("accessible-widget-hans", async |stage| conversation(stage, "zh-Hans").await).await;
}

#[tokio::test]
async fn of_a_conversation_in_traditional_chinese() {
    story("accessible-widget-hant", async |stage| conversation(stage, "zh-Hant").await).await;
}

#[tokio::test]
async fn of_a_conversation_in_arabic() {
    story("accessible-widget-ar", async |stage| conversation(stage, "ar").await).await;
}

/// Through the views of the widget in a language; the desk stays English.
async fn conversation(stage: &Stage, language: &'static str) {
    let widget = |key: &str| widget_in(language, key);
    let mut office = Office::over_tls(stage).await;
    for path in ["/", "/cups"] {
        office.shop.put(path, in_language(language, &office.tag));
    }
    let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
    let ada = stage.person("ada").await;
    let hers = Pocket::of(&vera).await;
    let mut findings = Findings::default();

    vera.goes(&office.page("/")).await;
    vera.opens_chat().await;
    vera.sees(GREETING).await;
    vera.sees(&widget("away")).await;
    assert_eq!(vera.language().await, language);
    findings.look(&vera, "the greeting with nobody there").await;
    ada.signs_in(&office.chat, &OWNER).await;
    vera.sees(&widget("here")).await;
    findings.look(&vera, "the greeting").await;

    // Somebody is there and takes nothing: a place in the queue.
    ada.chooses("availability.busy").await;
    vera.says("Is https://kettles.example/blue a whistling one?").await;
    vera.sees(&widget("place_next")).await;
    findings.look(&vera, "a place in the queue").await;
    ada.chooses("availability.available").await;
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
    vera.picks("#pick", &[&hers.put("kettle.png", &picture(300, 200))]).await;
    vera.sees(&widget("file_waits")).await;
    findings.look(&vera, "without a connection").await;
    office.chat.run().await;
    vera.no_longer_sees(&widget("link_down")).await;

    ada.is_at_the_desk().await;
    ada.sees_in_transcript("Are you still there?").await;
    // What waited is a message, too, and one that came after the end would bring the conversation back.
    vera.sees_pictures(".photo img", 1).await;
    ada.hits_letters("e").await;
    vera.sees(&widget("ended_by").replace("{name}", OWNER.name)).await;
    vera.sees_pictures(".photo img", 1).await;
    findings.look(&vera, "resolved by an agent").await;
    vera.presses(&widget("rate_of").replace("{n}", "4")).await;
    vera.sees(&widget("rated")).await;
    vera.presses(&widget("comment")).await;
    vera.finds("dialog[open] textarea").await;
    findings.look(&vera, "words for a rating").await;
    vera.presses(&widget("cancel")).await;
    vera.presses(&widget("more")).await;
    vera.finds("dialog[open]").await;
    findings.look(&vera, "the menu").await;
    vera.presses(&widget("forget")).await;
    vera.sees(&widget("forget_more")).await;
    findings.look(&vera, "the question whether to be forgotten").await;
    vera.presses(&widget("forget_no")).await;
    vera.says("And once more").await;
    vera.sees(&widget("reopened")).await;
    vera.presses(&widget("end")).await;
    vera.sees(&widget("end_ask")).await;
    findings.look(&vera, "the question whether to end").await;
    vera.presses(&widget("end")).await;
    vera.sees(start(&widget("ended_by_you"))).await;
    findings.look(&vera, "ended by the visitor").await;
    vera.presses(&widget("home")).await;
    vera.finds(".talk").await;
    findings.look(&vera, "home with a conversation").await;

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

/// A page of the shop that says which language it is written in.
fn in_language(language: &str, tag: &str) -> Page {
    Page::with(&format!("<script>document.documentElement.lang={language:?}</script>{tag}"))
}

/// The part of a text before its first placeholder.
fn start(text: &str) -> &str {
    text.split('{').next().unwrap_or_default()
}

#[tokio::test]
async fn of_a_chat_that_keeps_nothing() {
    story("accessible-widget-memory", async |stage| {
        let office = Office::over_tls(stage).await;
        let denying = Profile { blocks_site_data: true, ..Profile::IN_ONE_PROCESS };
        let vera = stage.person_with("vera", denying).await;
        let mut findings = Findings::default();
        for language in ["en", "ar", "zh-Hans", "zh-Hant"] {
            office.shop.put("/", in_language(language, &office.tag));
            vera.goes(&office.page("/")).await;
            vera.opens_chat().await;
            vera.sees(&widget_in(language, "memory_only")).await;
            findings.look(&vera, &format!("storage denied, {language}")).await;
        }
        findings.are_none();
    })
    .await;
}
