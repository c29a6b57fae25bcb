//! Colleagues: the owner invites by a link, and signing out everywhere ends what is open elsewhere.

use crate::office::{COLLEAGUE, OWNER, Office};
use crate::stage::story;
use crate::words::desk;

#[tokio::test]
async fn is_invited_by_link_and_signs_out_everywhere() {
    story("team", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let grace = stage.person("grace").await;
        let vera = stage.person("vera").await;

        ada.signs_in(&office.chat, &OWNER).await;
        let link = ada.invites(&office.chat).await;
        assert!(link.starts_with(&office.chat.desk("invite#")), "{link}");

        grace.joins(&link).await;

        // Used once, it lets nobody else in.
        let stranger = stage.person("stranger").await;
        stranger.goes(&link).await;
        stranger.fills(&desk("name"), "Mallory").await;
        stranger.fills(&desk("password.new"), "let me in, too").await;
        stranger.presses(&desk("invite.button")).await;
        stranger.sees(&desk("invite.used")).await;

        // Both choose what they take, and see the queue; who is faster takes it, and the other sees by whom.
        ada.chooses("availability.busy").await;
        grace.chooses("availability.busy").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Who will answer me?").await;
        ada.sees_row("Who will answer me?").await;
        grace.claims_by_keys("Who will answer me?").await;
        ada.sees_no_row("Who will answer me?").await;
        ada.hits_letters("ga").await;
        ada.sees_row(COLLEAGUE.name).await;

        // At a second browser; signing out everywhere there closes this one, without a reload.
        let elsewhere = stage.person("grace-elsewhere").await;
        elsewhere.signs_in(&office.chat, &COLLEAGUE).await;
        elsewhere.goes(&office.chat.desk("settings/profile")).await;
        elsewhere.presses(&desk("sign_out.everywhere")).await;
        elsewhere.sees(&desk("login.title")).await;
        grace.sees(&desk("login.ended")).await;
        grace.sees(&desk("login.button")).await;
        ada.sees(&desk("connection.live")).await;
    })
    .await;
}
