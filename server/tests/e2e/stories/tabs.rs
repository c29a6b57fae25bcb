//! Two tabs of one visitor: one conversation, each message once in both, from whichever tab.

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
