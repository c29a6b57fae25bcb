//! Tabs of one visitor: one conversation, each message once, from whichever tab; and the ways of a browser to leave a page
//! and to come back to it.

use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::words::widget;

#[tokio::test]
async fn show_one_conversation_once() {
    story("two-tabs", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;

        vera.goes(&office.page("/")).await;
        let first = vera.tab().await;
        vera.opens_chat().await;
        let second = vera.opens_tab(&office.page("/cups")).await;
        vera.opens_chat().await;

        // Both tabs are open and empty: whichever writes first starts the one conversation.
        vera.says("from the second tab").await;
        vera.sees(&widget("mark_sent")).await;
        vera.turns_to(&first).await;
        vera.looks_into_chat().await;
        vera.sees_message("from the second tab").await;
        for text in ["one", "two", "three"] {
            vera.writes(&format!("{text}{}", Key::Enter)).await;
        }
        vera.turns_to(&second).await;
        vera.looks_into_chat().await;
        vera.says("four").await;

        ada.signs_in(&office.chat, &OWNER).await;
        ada.sees_row("four").await;
        assert_eq!(ada.rows().await, 1, "one visitor has one open conversation");
        ada.takes_by_keys("four").await;
        ada.answers("hello to both").await;

        let said = ["from the second tab", "one", "two", "three", "four", "hello to both"];
        for tab in [&first, &second] {
            vera.turns_to(tab).await;
            vera.looks_into_chat().await;
            for text in said {
                vera.sees_message(text).await;
            }
            assert_eq!(vera.bubbles().await, said, "one order in both tabs");
        }
        for text in said {
            ada.sees_in_transcript(text).await;
        }
    })
    .await;
}

/// By the browser's own buttons: a page that is left may be kept whole, with a socket that is dead, or be loaded anew with
/// what its fields had in them.
#[tokio::test]
async fn are_left_and_come_back_to() {
    story("left-and-back", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("before").await;
        ada.takes_by_keys("before").await;
        vera.writes("half a draft").await;

        vera.looks_at_page().await;
        vera.presses("Cups").await;
        vera.launcher().await;
        ada.answers("meanwhile").await;
        vera.client.back().await.expect("going back");
        let launcher = vera.launcher().await;
        if launcher.attr("aria-expanded").await.expect("the launcher").as_deref() == Some("true") {
            vera.looks_into_chat().await;
        } else {
            vera.opens_chat().await;
        }
        vera.sees_message("meanwhile").await;
        vera.has_draft("half a draft").await;
        ada.answers("afterwards").await;
        vera.sees_message("afterwards").await;

        // "Reload this frame" in the menu, which no driver can press.
        vera.client.execute("location.reload()", Vec::new()).await.expect("reloading");
        vera.looks_into_chat().await;
        vera.sees_message("afterwards").await;
        vera.has_draft("half a draft").await;
        vera.writes(&Key::Enter.to_string()).await;
        ada.sees_in_transcript("half a draft").await;
        vera.reloads().await;
        vera.opens_chat().await;
        vera.sees_message("half a draft").await;
        vera.has_draft("").await;
    })
    .await;
}
