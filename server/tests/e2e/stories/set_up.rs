//! From an empty folder to a widget on a page: the set-up link, the owner, the site, the tag, and what the page says
//! about where the tag has been seen.

use crate::chat_server::ChatServer;
use crate::office::{GREETING, OWNER, SITE_NAME};
use crate::shop::{Page, Shop};
use crate::stage::story;
use crate::words::{desk, desk_with};

#[tokio::test]
async fn leads_from_the_link_to_a_widget_that_was_seen() {
    story("set-up", async |stage| {
        let shop = Shop::open(Some(&stage.certificate)).await;
        let chat = ChatServer::start("chat.localhost", Some(&stage.certificate)).await;
        let link = chat.set_up_link().await;
        let ada = stage.person("ada").await;
        let vera = stage.person("vera").await;

        ada.goes(&link).await;
        ada.fills(&desk("name"), OWNER.name).await;
        ada.fills(&desk("email"), OWNER.email).await;
        ada.fills(&desk("password"), "short").await;
        ada.presses(&desk("setup.button")).await;
        ada.sees(&desk("wrong.password.short")).await;
        ada.fills(&desk("password"), OWNER.password).await;
        ada.presses(&desk("setup.button")).await;
        let allowed = shop.origin("shop.localhost");
        ada.fills(&desk("site.name"), SITE_NAME).await;
        ada.fills(&desk("site.origins"), &allowed).await;
        ada.fills(&desk("site.greeting"), GREETING).await;
        ada.presses(&desk("setup.site.button")).await;

        // The tag, to be copied.
        ada.sees(&desk("seen.waiting")).await;
        let tag = ada.finds(".copy-box code").await.text().await.expect("the tag on the screen");
        assert!(tag.starts_with(&format!("<script async src=\"{}/w/", chat.origin())), "{tag}");
        ada.presses(&desk("site.tag.copy")).await;
        ada.sees(&desk("copy.done")).await;

        // Pasted into a page that is not allowed: the owner is told what differs, and nobody can open it there.
        shop.put("/", Page::with(&tag));
        let refused = shop.origin("www.shop.localhost");
        vera.goes(&refused).await;
        vera.launcher().await;
        ada.sees(&desk("seen.bad")).await;
        ada.sees(&desk_with("seen.why.www", &[("origin", &refused), ("nearest", &allowed)])).await;
        vera.launcher().await.click().await.expect("clicking on the launcher");
        vera.looks_into_chat().await;
        assert!(
            !vera.screen().await.contains(GREETING),
            "the chat shows itself on a page that is not allowed"
        );

        // Pasted into the right one: it turns green, and the chat opens.
        vera.goes(&allowed).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        ada.sees(&desk("seen.good")).await;
        ada.no_longer_sees(&desk("seen.bad")).await;
        ada.presses(&desk("to_inbox")).await;
        ada.is_at_the_desk().await;

        // The link worked once.
        let stranger = stage.person("stranger").await;
        stranger.goes(&link).await;
        stranger.fills(&desk("name"), "Mallory").await;
        stranger.fills(&desk("email"), "mallory@elsewhere.example").await;
        stranger.fills(&desk("password"), "let me in, too").await;
        stranger.presses(&desk("setup.button")).await;
        stranger.fills(&desk("site.name"), "Not a shop").await;
        stranger.fills(&desk("site.origins"), "https://elsewhere.example").await;
        stranger.presses(&desk("setup.site.button")).await;
        stranger.sees(&desk("setup.used")).await;
    })
    .await;
}
