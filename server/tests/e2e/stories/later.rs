//! Pages whose code is fetched when they are opened: once, and for as long as it cannot be had, the desk says what helps
//! and goes on with the rest.

use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// The code of the settings.
const MODULE: &str = "*/assets/desk_split_settings*";

#[tokio::test]
async fn say_what_helps_while_they_cannot_be_had() {
    story("later", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        // The server is there and the module is not: it has been updated. What an owner does first, beside the empty
        // desk, is missed by nobody.
        ada.cannot_reach(&[MODULE]).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.hits_letters("gs").await;
        ada.sees(&desk("later.replaced")).await;
        assert_eq!(ada.focused_id().await, "page-title");
        ada.hits_letters("gq").await;
        ada.sees(&desk("empty.queue")).await;

        // Nothing is there: it is tried again when she says so.
        ada.cannot_reach(&[MODULE, "*/api/me"]).await;
        ada.hits_letters("gs").await;
        ada.sees(&desk("later.unreachable.line")).await;
        ada.presses(&desk("try_again")).await;
        ada.sees(&desk("later.unreachable.line")).await;
        ada.cannot_reach(&[]).await;
        ada.presses(&desk("try_again")).await;
        ada.sees(&desk("capacity.line")).await;
        assert_eq!(ada.focused_id().await, "page-title");
        until("the tab is named after the page", async || {
            ada.title().await.contains(&desk("settings.profile")).then_some(())
        })
        .await;

        // From now on it is here, and the ways back and forth are those of any page.
        ada.cannot_reach(&[MODULE]).await;
        ada.hits_letters("gq").await;
        ada.sees(&desk("empty.queue")).await;
        ada.client.back().await.expect("going back");
        ada.sees(&desk("capacity.line")).await;
        ada.presses(&desk("settings.people")).await;
        ada.sees(&desk("invite.make.line")).await;
        ada.client.back().await.expect("going back");
        ada.sees(&desk("capacity.line")).await;
        ada.client.forward().await.expect("going on");
        ada.sees(&desk("invite.make.line")).await;

        // Somebody who begins there gets the page with the desk.
        ada.cannot_reach(&[]).await;
        ada.reloads().await;
        ada.sees(&desk("invite.make.line")).await;
    })
    .await;
}
