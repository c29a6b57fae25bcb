//! A host page with a strict Content Security Policy and Trusted Types: the widget works and breaks none of it.

use crate::browser::Engine;
use crate::office::{OWNER, Office};
use crate::shop::{Page, REPORTS};
use crate::stage::story;
use crate::waiting::until;
use crate::words::widget;

#[tokio::test]
async fn of_a_strict_page_are_kept() {
    story("strict-page", async |stage| {
        let office = Office::over_tls(stage).await;
        let chat = office.chat.origin();
        let policy = format!(
            "default-src 'none'; script-src {chat}; frame-src {chat}; base-uri 'none'; form-action 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'; report-uri {REPORTS}"
        );
        let strict = |head: &str| Page::with(head).header("content-security-policy", policy.clone());
        office.shop.put("/strict", strict(&office.tag));
        office.shop.put("/broken", strict("<style>h1 { color: red }</style>"));
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;

        // That a broken policy would be noticed.
        vera.goes(&office.page("/broken")).await;
        let reported =
            async || office.shop.reports().iter().any(|report| report.contains("style-src")).then_some(());
        until("the browser reports it", reported).await;
        let before = office.shop.reports().len();
        if vera.engine == Engine::Chromium {
            assert_eq!(vera.broken_policies().await, ["style-src-elem inline"]);
            vera.console().await;
        }

        vera.goes(&office.page("/strict")).await;
        vera.opens_chat().await;
        vera.says("Does this page let you in?").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.takes_by_keys("Does this page let you in?").await;
        ada.answers("It does.").await;
        vera.sees_message("It does.").await;
        vera.presses(&widget("close")).await;
        ada.answers("See you.").await;
        vera.sees_badge("1").await;

        vera.looks_at_page().await;
        assert_eq!(office.shop.reports()[before..], [] as [String; 0]);
        // The frame has a policy of its own, as strict.
        assert!(!office.chat.said().contains("broke its policy"), "a browser has reported something");
        if vera.engine != Engine::Chromium {
            return;
        }
        assert_eq!(vera.broken_policies().await, Vec::<String>::new());
        let console = vera.console().await;
        let complaints: Vec<&String> =
            console.iter().filter(|line| line.contains("olicy") || line.contains("Trusted")).collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        vera.looks_into_chat().await;
        assert_eq!(vera.broken_policies().await, Vec::<String>::new());
    })
    .await;
}

/// A page that lets scripts in by a nonce alone: it counts for what the loader imports, too.
#[tokio::test]
async fn that_knows_only_a_nonce_is_kept() {
    story("nonce-page", async |stage| {
        let office = Office::over_tls(stage).await;
        let policy = format!(
            "default-src 'none'; script-src 'nonce-c3VtbWVy'; frame-src {}; report-uri {REPORTS}",
            office.chat.origin()
        );
        let page = Page::with(&office.tag.replace("<script", "<script nonce=c3VtbWVy"));
        office.shop.put("/nonce", page.header("content-security-policy", policy));
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/nonce")).await;
        vera.opens_chat().await;
        vera.says("Does this page let you in?").await;
        // The page around hears of it: so all of the loader is there.
        vera.presses(&widget("close")).await;
        vera.looks_at_page().await;
        let closed =
            "return document.querySelector('deskbell-chat').shadowRoot.querySelector('button').ariaExpanded";
        until("the chat is closed", async || {
            (vera.client.execute(closed, Vec::new()).await.ok()? == serde_json::json!("false")).then_some(())
        })
        .await;
        assert_eq!(office.shop.reports(), [] as [String; 0]);
    })
    .await;
}
