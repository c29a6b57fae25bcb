//! A supervisor sees on the board who waits for an answer, looks on without anybody noticing, whispers, and takes over.

use fantoccini::key::Key;

use crate::office::{COLLEAGUE, OWNER, Office};
use crate::stage::story;
use crate::words::{desk, widget};

/// The text up to what is filled in after it.
fn beginning(key: &str, who: &str) -> String {
    let text = desk(key).replace("{who}", who);
    text.split("{visitor}").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn looks_on_whispers_and_takes_over() {
    story("supervisor", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace) = (stage.person("ada").await, stage.person("grace").await);
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Where is my order?").await;
        grace.takes_by_keys("Where is my order?").await;
        vera.sees(&widget("mark_read")).await;
        // Grace is at something else when it goes on.
        grace.hits_letters("gs").await;
        grace.sees(&desk("profile.me")).await;
        vera.says("I need it tomorrow.").await;

        // The board says so, and each number leads to what it counts.
        ada.hits_letters("gb").await;
        ada.sees(&desk("board.inboxes")).await;
        ada.sees(COLLEAGUE.name).await;
        let tile = ada.finds(".tile[href$='/board/unanswered']").await;
        assert!(ada.reads(&tile).await.is_some_and(|text| text.contains('1')), "one waits for an answer");
        tile.click().await.expect("the number is a link");
        ada.finds(".panes.has-heap").await;
        ada.finds(".heap .row-link").await.click().await.expect("the conversation is a link");

        // She looks on: it is on her screen, and neither on Vera's nor in what Grace has still to read.
        ada.sees_in_transcript("I need it tomorrow.").await;
        ada.sees(&desk("answer.looking_on")).await;
        ada.presses(&desk("answer.whisper")).await;
        ada.finds(".compose-note").await;
        ada.types(&format!("Offer her the courier.{}", Key::Enter)).await;
        ada.sees_note("Offer her the courier.").await;
        ada.hits(&[Key::Escape]).await;
        grace.sees(&beginning("call.whispered", OWNER.name)).await;
        grace.hits_letters("gm").await;
        grace.sees(&desk("row.unread.one")).await;
        let seen = vera.screen().await;
        assert!(seen.contains(&widget("mark_received")), "nobody whose it is has read it:\n{seen}");
        assert!(!vera.screen().await.contains("courier"), "the whisper is for staff");
        grace.opens_by_keys("I need it tomorrow.").await;
        grace.sees_note("Offer her the courier.").await;
        vera.no_longer_sees(&widget("mark_received")).await;

        // One press, and it is hers; who had it is told, and the reason is kept.
        grace.hits_letters("gs").await;
        ada.presses(&desk("talk.take_over")).await;
        ada.sees(&desk("status.mine")).await;
        grace.sees(&beginning("call.taken", OWNER.name)).await;
        vera.sees(OWNER.name).await;
        ada.presses(&desk("why.me")).await;
        let taken = desk("why.taken").replace("{who}", OWNER.name).replace("{from}", COLLEAGUE.name);
        ada.sees(&taken).await;
        ada.goes(&format!("{}/api/audit", office.chat.origin())).await;
        ada.sees("conversation_viewed").await;
    })
    .await;
}
