//! A browser that blocks third-party cookies: the chat lives on over reloads, and one visitor on two websites is two
//! visitors to us.

use serde_json::json;

use crate::browser::Profile;
use crate::office::{GREETING, OWNER, Office};
use crate::shop::Page;
use crate::stage::story;

#[tokio::test]
async fn of_third_parties_are_blocked() {
    story("third-party-cookies-blocked", async |stage| {
        let office = Office::over_tls(stage).await;
        let blocking = Profile { blocks_third_party_cookies: true, ..Profile::default() };
        let vera = stage.person_with("vera", blocking).await;
        let ada = stage.person("ada").await;

        // That the browser does block: a frame of a third site tries to set an ordinary cookie,
        // and that site does not know it afterwards.
        let tracker = office.shop.origin("tracker.localhost");
        let cookie = "tracked=1; Secure; SameSite=None; Path=/";
        office.shop.put("/tracker", Page::default().header("set-cookie", cookie));
        office.shop.put("/untracked", Page::default());
        office.shop.put("/tracked", Page::with(&format!("<iframe src=\"{tracker}/tracker\"></iframe>")));
        vera.goes(&office.page("/tracked")).await;
        assert!(office.shop.asked().contains(&"/tracker".to_owned()), "the tracker was in the page");
        vera.goes(&format!("{tracker}/untracked")).await;
        let known = vera.client.execute("return document.cookie", Vec::new()).await.expect("its cookies");
        assert_eq!(known, json!(""), "this browser blocks nothing");

        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Do you remember me?").await;
        vera.reloads().await;
        vera.opens_chat().await;
        vera.sees_message("Do you remember me?").await;
        vera.says("Yes, you do.").await;

        // The same site's tag on another website, in the same browser.
        let elsewhere = office.shop.origin("other.localhost");
        vera.goes(&elsewhere).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new(), "nothing is carried from website to website");
        vera.says("I am somebody else here.").await;

        ada.signs_in(&office.chat, &OWNER).await;
        ada.sees_row("Yes, you do.").await;
        ada.sees_row("I am somebody else here.").await;
        assert_eq!(ada.rows().await, 2, "two visitors, a conversation each");
    })
    .await;
}
