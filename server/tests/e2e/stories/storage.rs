//! A browser that lets no site keep anything: the chat works, and says for how long.

use crate::browser::Profile;
use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::words::widget;

#[tokio::test]
async fn that_is_denied_is_said_and_done_without() {
    story("storage-denied", async |stage| {
        let office = Office::over_tls(stage).await;
        let denying = Profile { blocks_site_data: true, ..Profile::default() };
        let vera = stage.person_with("vera", denying).await;
        let ada = stage.person("ada").await;

        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(&widget("memory_only")).await;
        vera.says("Can we talk anyway?").await;
        vera.sees(&widget("mark_sent")).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.takes_by_keys("Can we talk anyway?").await;
        ada.answers("We can.").await;
        vera.sees_message("We can.").await;
        vera.sees(&widget("mark_read")).await;
        vera.sees(&widget("memory_only")).await;
        assert_eq!(vera.cookie_names().await, Vec::<String>::new());
    })
    .await;
}
