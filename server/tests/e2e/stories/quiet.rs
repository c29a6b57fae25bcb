//! A page that embeds the chat pays for the loader and for nothing else until somebody wants to chat: no request, no
//! cookie, no storage, no socket, and nothing on the page moves.

use crate::browser::Profile;
use crate::office::{GREETING, Office};
use crate::shop::Page;
use crate::signing::QUEUE;
use crate::stage::story;
use crate::waiting::until;

#[tokio::test]
async fn until_somebody_wants_to_chat() {
    story("quiet-before-intent", async |stage| {
        let office = Office::over_tls(stage).await;
        // In one process, the log of the page has the requests of its frames, too.
        let logging = Profile { logs_network: true, in_one_process: true, ..Profile::default() };
        let vera = stage.person_with("vera", logging).await;
        let chat = office.chat.origin();

        vera.goes(&office.page("/")).await;
        vera.launcher().await;
        // Nothing comes late, either: a second page has been loaded and has settled meanwhile.
        vera.goes(&office.page("/cups")).await;
        vera.launcher().await;
        assert_eq!(vera.layout_shifts().await, Vec::<f64>::new(), "the launcher moves nothing");
        let of_chat = |requests: Vec<String>| -> Vec<String> {
            let host = chat.split_once("://").expect("a scheme").1.to_owned();
            requests.into_iter().filter(|url| url.contains(&host)).collect()
        };
        let asked = of_chat(vera.requests().await);
        let loader = office.tag.split('"').nth(1).expect("the address in the tag").to_owned();
        assert!(
            !asked.is_empty() && asked.iter().all(|url| *url == loader),
            "only the loader, not {asked:#?}"
        );
        assert_eq!(vera.cookie_names().await, Vec::<String>::new());
        assert_eq!(vera.stored().await, Vec::<String>::new());
        assert_eq!(vera.bytes_kept_by(&chat).await, 0.0);

        // Wanting to: from here on the chat's own assets are fetched, by the frame and for the frame.
        vera.opens_chat().await;
        let asked = of_chat(vera.requests().await);
        assert!(
            asked.iter().any(|url| url.ends_with(".wasm")),
            "this log of the network sees the frame: {asked:#?}"
        );
        vera.looks_at_page().await;
        assert_eq!(vera.layout_shifts().await, Vec::<f64>::new(), "the panel moves nothing");
        assert_eq!(vera.stored().await, Vec::<String>::new(), "nothing on the host page");
    })
    .await;
}

#[tokio::test]
async fn with_consent_nobody_is_connected_who_never_opened_the_chat() {
    story("quiet-consent", async |stage| {
        let office = Office::over_tls(stage).await;
        let consenting = format!("<script>{QUEUE}Deskbell('consent')</script>{}", office.tag);
        office.shop.put("/agreed", Page::with(&consenting));
        let logging = Profile { logs_network: true, in_one_process: true, ..Profile::default() };
        let bob = stage.person_with("bob", logging).await;
        bob.goes(&office.page("/agreed")).await;
        let mut asked = Vec::new();
        until("the chat is fetched", async || {
            asked.extend(bob.requests().await);
            asked.iter().any(|url| url.ends_with(".wasm")).then_some(())
        })
        .await;
        // What would have been asked for without being opened has been asked for by the time that another page is there.
        bob.goes(&office.page("/agreed")).await;
        bob.launcher().await;
        asked.extend(bob.requests().await);
        let connects = |url: &String| url.contains("ticket") || url.ends_with("/ws");
        assert!(!asked.iter().any(connects), "{asked:#?}");
        assert_eq!(bob.cookie_names().await, Vec::<String>::new());

        bob.opens_chat().await;
        bob.sees(GREETING).await;
        until("the chat is connected", async || bob.requests().await.iter().any(connects).then_some(()))
            .await;
    })
    .await;
}
