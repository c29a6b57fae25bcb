//! The server is replaced by a newer one while a page of the older one is open: the chat finds that its module is
//! gone and loads itself again, with what was typed, and with what waited to be sent.

use fantoccini::key::Key;

use crate::front::Front;
use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::waiting::until;
use crate::words::widget;

#[tokio::test]
async fn keeps_draft_and_outbox() {
    story("upgrade", async |stage| {
        let front = Front::open().await;
        let mut office = Office::behind(&front).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;

        // A message that cannot be sent any more: it waits in the browser's storage.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Before the upgrade").await;
        vera.sees(&widget("mark_sent")).await;
        office.chat.kill();
        vera.sees(&widget("link_down")).await;
        vera.says("During the upgrade").await;
        vera.sees(&widget("mark_queued")).await;

        // The old documents once more, and what they name is gone before it came.
        office.chat.run().await;
        front.becomes_old();
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        until("the older document asks for its module", async || {
            front.was_asked_for_old_module().then_some(())
        })
        .await;
        vera.writes("a draft typed meanwhile").await;
        front.is_replaced();

        vera.looks_into_chat().await;
        vera.sees_message("Before the upgrade").await;
        vera.sees_message("During the upgrade").await;
        vera.no_longer_sees(&widget("mark_queued")).await;
        vera.has_draft("a draft typed meanwhile").await;
        vera.writes(&Key::Enter.to_string()).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_by_keys("a draft typed meanwhile").await;
        ada.sees_in_transcript("During the upgrade").await;
    })
    .await;
}
