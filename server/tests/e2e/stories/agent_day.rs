//! What agents do all day beside answering: notes that no visitor ever sees, saved answers by keys alone, conversations
//! put aside that come back when the visitor writes, and a visitor who is blocked for a time.

use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget};

/// Stands in notes only.
const CANARY: &str = "canary-51c2";

#[tokio::test]
async fn a_note_is_never_at_the_visitor() {
    story("notes", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is my kettle on its way?").await;
        ada.opens_by_keys("Is my kettle on its way?").await;

        // Before anybody has taken it, a note can be written; that somebody types it is told to nobody.
        let first = format!("{CANARY}: she called yesterday");
        ada.writes_note(&first).await;
        assert_eq!(vera.client.find_all(fantoccini::Locator::Css(".typing")).await.unwrap().len(), 0);
        ada.types(&Key::Enter.to_string()).await;
        ada.sees_note(&first).await;
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("c").await;
        ada.sees(&desk("status.mine")).await;

        // What was begun as a note does not become an answer, nor the other way round.
        until("the composer is for answers", async || (ada.focused_id().await == "answer").then_some(()))
            .await;
        ada.types("half an answer").await;
        ada.hits(&[Key::Escape]).await;
        ada.writes_note("half a note").await;
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("r").await;
        ada.has_written("half an answer").await;
        ada.types(&Key::Enter.to_string()).await;
        vera.sees_message("half an answer").await;
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("n").await;
        ada.has_written("half a note").await;
        ada.types(&format!(" {CANARY}{}", Key::Enter)).await;
        ada.sees_note(&format!("half a note {CANARY}")).await;
        ada.hits(&[Key::Escape]).await;

        // A resolved conversation is noted on and stays resolved.
        ada.hits_letters("e").await;
        ada.sees(&desk("talk.reopen")).await;
        let last = format!("{CANARY}: all well");
        ada.writes_note(&last).await;
        ada.types(&Key::Enter.to_string()).await;
        ada.sees_note(&last).await;
        ada.sees(&desk("talk.reopen")).await;

        // Neither what the visitor sees now, nor what a reload brings, nor what the browser has stored.
        for _ in 0..2 {
            let screen = vera.screen().await;
            assert!(!screen.contains(CANARY), "{screen}");
            let page = vera.client.source().await.expect("the document");
            assert!(!page.contains(CANARY), "{page}");
            assert_eq!(vera.bubbles().await, ["Is my kettle on its way?", "half an answer"]);
            vera.reloads().await;
            vera.opens_chat().await;
            vera.sees_message("half an answer").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_snippet_is_made_and_used_by_keys() {
    story("snippets", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.goes(&office.chat.desk("settings/snippets")).await;
        ada.sees(&desk("snippet.none")).await;
        ada.fills(&desk("snippet.shortcut"), "delivery").await;
        ada.fills(&desk("snippet.text"), "It takes two days. {{7*7}} Yours, {agent} of {site}").await;
        ada.presses(&desk("snippet.make.button")).await;
        ada.sees("/delivery").await;
        // One for somebody who is upset, found by how its Chinese words begin.
        ada.fills(&desk("snippet.shortcut"), "发货").await;
        ada.fills(&desk("snippet.text"), "一天内发出。").await;
        ada.finds("#situation").await.select_by_value("upset").await.expect("a situation");
        ada.presses(&desk("snippet.make.button")).await;
        ada.sees("/发货").await;

        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("How long does it take?").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.is_at_the_desk().await;
        ada.claims_by_keys("How long does it take?").await;
        ada.writes_answer("Hello! /dlv").await;
        ada.finds("[role=option][aria-selected=true]").await;
        ada.hits(&[Key::Enter]).await;
        let said = format!(
            "Hello! It takes two days. {{{{7*7}}}} Yours, {} of {}",
            OWNER.name,
            crate::office::SITE_NAME
        );
        ada.has_written(&said).await;
        ada.types(&Key::Enter.to_string()).await;
        vera.sees_message(&said).await;

        ada.writes_answer("/fh").await;
        let offered = ada.finds("[role=option][aria-selected=true]").await.text().await.expect("an offer");
        assert!(offered.contains(&desk("situation.upset")), "{offered}");
        ada.hits(&[Key::Enter]).await;
        ada.has_written("一天内发出。").await;
        ada.types(&Key::Enter.to_string()).await;
        vera.sees_message("一天内发出。").await;
        ada.goes(&office.chat.desk("settings/snippets")).await;
        ada.sees(&desk("snippet.used.one")).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_put_aside_comes_back_when_the_visitor_writes() {
    story("snoozed", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I shall look for the receipt.").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.claims_by_keys("I shall look for the receipt.").await;

        ada.hits_letters("s").await;
        ada.sees(&desk("snooze.line")).await;
        ada.presses(&desk("snooze.week")).await;
        ada.no_longer_sees(&desk("snooze.line")).await;
        ada.hits_letters("gm").await;
        ada.sees(&desk("empty.mine")).await;
        ada.hits_letters("gz").await;
        ada.sees_row("I shall look for the receipt.").await;

        vera.says("Found it!").await;
        ada.sees(&desk("empty.snoozed")).await;
        ada.hits_letters("gm").await;
        ada.opens_by_keys("Found it!").await;
        ada.sees(&desk("event.woken")).await;

        // Taken back by hand; resolved, found among the resolved, and opened again.
        ada.hits_letters("s").await;
        ada.presses(&desk("snooze.tomorrow")).await;
        ada.no_longer_sees(&desk("snooze.line")).await;
        ada.hits_letters("s").await;
        ada.presses(&desk("snooze.wake")).await;
        ada.no_longer_sees(&desk("snooze.line")).await;
        ada.hits_letters("e").await;
        ada.sees(&desk("talk.reopen")).await;
        ada.hits_letters("gd").await;
        ada.opens_by_keys("Found it!").await;
        ada.hits_letters("o").await;
        ada.sees(&desk("event.taken_up.me")).await;
        ada.sees(&desk("status.mine")).await;
        ada.answers("Wonderful.").await;
        vera.sees_message("Wonderful.").await;
    })
    .await;
}

#[tokio::test]
async fn a_blocked_visitor_is_told_kindly_and_let_in_again() {
    story("blocked", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Buy my tea").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_by_keys("Buy my tea").await;
        ada.sees(&desk("person.time")).await;
        ada.presses(&desk("block.ask")).await;
        ada.sees(&desk("block.line")).await;
        ada.presses(&desk("block.button")).await;
        ada.sees(&desk("wrong.reason.empty")).await;
        ada.fills(&desk("block.reason"), "sells tea").await;
        ada.presses(&desk("block.button")).await;
        ada.sees(&desk("block.is")).await;
        ada.sees("sells tea").await;

        vera.says("Buy all my tea").await;
        vera.sees(&widget("refused_blocked")).await;
        assert!(!vera.screen().await.contains("sells tea"));
        ada.goes(&office.chat.desk("settings/blocked")).await;
        ada.sees("sells tea").await;
        ada.presses(&desk("block.lift")).await;
        ada.sees(&desk("block.none")).await;
        vera.says("I am sorry.").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.sees_row("I am sorry.").await;
    })
    .await;
}
