//! What a page may call (`docs/embedding.md`), before the loader is there and after.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::browser::Engine;
use crate::office::{GREETING, OWNER, Office};
use crate::person::Person;
use crate::shop::Page;
use crate::signing::QUEUE;
use crate::stage::story;
use crate::waiting::until;
use crate::words::widget;

/// What a page of the shop calls before the loader is there.
const EARLY: &str = "window.heard = [];
    window.warned = [];
    console.warn = (...words) => warned.push(words.join(' '));
    const tell = (event) => heard.push(event.type + ':' + event.detail);
    window.more = () => heard.push('more');
    for (const name of ['open', 'close', 'unread', 'message']) Deskbell('on', name, tell);
    Deskbell('on', 'message', more);
    Deskbell('hide');
    Deskbell('locale', 'zh-Hant');
    Deskbell('page', { title: 'Cup seven', url: '/cups/7?secret=canary#canary' });
    Deskbell('prefill', 'About cup seven: ');
    Deskbell('opne');
    Deskbell('opne');";

/// How the launcher is: shown, its name, what is in it.
const LAUNCHER: &str =
    "const button = document.querySelector('deskbell-chat').shadowRoot.querySelector('button');
    return [button.offsetWidth > 0, button.ariaLabel, button.textContent]";

impl Person {
    /// Runs this in the page around the chat.
    async fn page_does(&self, script: &str) -> Value {
        self.looks_at_page().await;
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("`{script}`: {error}"))
    }

    /// Waits until the page has heard of this.
    async fn page_hears(&self, what: &str) {
        until(&format!("the page hears `{what}`"), async || {
            let heard = self.page_does("return heard").await;
            heard.as_array()?.contains(&json!(what)).then_some(())
        })
        .await;
    }

    /// Waits until the chat speaks this language.
    async fn has_chat_in(&self, language: &str) {
        until(&format!("the chat is in {language}"), async || {
            self.looks_into_chat().await;
            let root = self.client.find(fantoccini::Locator::Css("html")).await.ok()?;
            (root.attr("lang").await.ok()?.as_deref() == Some(language)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn are_kept_until_the_loader_is_there_and_done() {
    story("calls-before-load", async |stage| {
        let office = Office::over_tls(stage).await;
        office.shop.put("/early", Page::with(&format!("<script>{QUEUE}{EARLY}</script>{}", office.tag)));
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;

        vera.goes(&office.page("/early")).await;
        until("the loader is there", async || {
            (vera.page_does("return Deskbell.on === true").await == json!(true)).then_some(())
        })
        .await;
        assert_eq!(vera.page_does(LAUNCHER).await, json!([false, "Kettles and Cups客服", ""]));
        assert_eq!(vera.page_does("return warned").await, json!(["no Deskbell opne", "no Deskbell opne"]));
        assert_eq!(vera.page_does("return heard").await, json!([]));

        // The launcher is hidden, so the page has a button of its own; what is written begins as the page said.
        vera.page_does(
            "const ask = document.body.appendChild(document.createElement('button'));
             ask.id = 'ask'; ask.textContent = 'Ask'; ask.onclick = () => Deskbell('open')",
        )
        .await;
        vera.finds("#ask").await.click().await.expect("clicking on the page's button");
        vera.page_hears("open:null").await;
        vera.has_chat_in("zh-Hant").await;
        vera.has_draft("About cup seven: ").await;
        // In WebKit it goes there with the first letter (`field`).
        if vera.engine != Engine::WebKit {
            let focused = async || (vera.focused_id().await == "text").then_some(());
            until("the focus is in the composer", focused).await;
        }
        vera.writes(&format!("is it blue?{}", Key::Enter)).await;
        vera.sees_message("About cup seven: is it blue?").await;
        ada.takes_by_keys("About cup seven: is it blue?").await;
        ada.sees("Cup seven").await;
        ada.finds("a[href$='/cups/7']").await;
        assert!(!ada.screen().await.contains("canary"), "{}", ada.screen().await);
        ada.answers("It is.").await;
        vera.page_hears("message:team").await;
        vera.page_hears("more").await;

        // Closed by a key inside, the focus is back on that button, and the page counts what is not read.
        vera.looks_into_chat().await;
        vera.sees_message("It is.").await;
        vera.finds("#text").await.click().await.expect("clicking into the composer");
        vera.hits(&[Key::Escape]).await;
        vera.page_hears("close:null").await;
        assert_eq!(vera.focused_id().await, "ask");
        vera.page_does("heard.length = 0; Deskbell('off', 'message', more)").await;
        ada.answers("And it is round.").await;
        vera.page_hears("unread:1").await;
        vera.page_hears("message:team").await;
        assert_eq!(vera.page_does("return heard.includes('more')").await, json!(false));
        vera.page_does("Deskbell('show')").await;
        let named = json!([true, "Kettles and Cups客服，新訊息：1", "1"]);
        until("the launcher says so", async || (vera.page_does(LAUNCHER).await == named).then_some(())).await;

        // Another language leaves a chat that is closed as it is: it goes on counting.
        vera.page_does("Deskbell('locale', 'en')").await;
        let named = json!([true, "Chat with Kettles and Cups，新訊息：1", "1"]);
        assert_eq!(vera.page_does(LAUNCHER).await, named);
        ada.answers("And it is deep.").await;
        vera.page_hears("unread:2").await;
        vera.page_does("Deskbell('open')").await;
        vera.has_chat_in("en").await;
        vera.page_hears("unread:0").await;
    })
    .await;
}

#[tokio::test]
async fn of_consent_has_whoever_wrote_told_of_answers() {
    story("consent", async |stage| {
        let office = Office::over_tls(stage).await;
        let consenting = format!("<script>{QUEUE}Deskbell('consent')</script>{}", office.tag);
        office.shop.put("/agreed", Page::with(&consenting));
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is it round?").await;
        ada.takes_by_keys("Is it round?").await;
        vera.goes("about:blank").await;
        ada.answers("It is.").await;

        // Nobody has opened the chat on this page.
        vera.goes(&office.page("/agreed")).await;
        vera.sees_badge("1").await;
        ada.answers("And deep.").await;
        vera.sees_badge("2").await;
        vera.opens_chat().await;
        vera.sees_message("And deep.").await;
        vera.sees_badge("").await;
    })
    .await;
}

#[tokio::test]
async fn change_the_chat_that_is_open_and_take_it_away() {
    story("calls-later", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is it blue?").await;
        vera.sees(&widget("mark_sent")).await;
        vera.has_chat_in("en").await;

        // A text of the page waits for an empty composer, and may be put in the place of the one before it.
        vera.page_does("Deskbell('prefill', 'one')").await;
        vera.looks_into_chat().await;
        vera.has_draft("one").await;
        vera.page_does("Deskbell('prefill', 'another')").await;
        vera.looks_into_chat().await;
        vera.has_draft("another").await;
        vera.writes(" cup").await;
        vera.page_does("Deskbell('prefill', 'a third')").await;
        // Whatever a page hands over, later calls are heard.
        vera.page_does("Deskbell('page', { url: 'https://[', title: () => 1 }); Deskbell('page')").await;

        // Another language: the same chat, with what was being written.
        vera.page_does("Deskbell('locale', 'zh-CN')").await;
        vera.has_chat_in("zh-Hans").await;
        vera.sees_message("Is it blue?").await;
        vera.has_draft("another cup").await;
        assert_eq!(vera.page_does(LAUNCHER).await[1], json!("Kettles and Cups客服"));
        vera.page_does("Deskbell('locale')").await;
        vera.has_chat_in("en").await;
        vera.sees_message("Is it blue?").await;
        assert_eq!(vera.page_does(LAUNCHER).await[1], json!("Chat with Kettles and Cups"));

        // Taken off the page nothing of it is left there, and the tag begins anew with the same conversation.
        let left = "return [document.querySelectorAll('deskbell-chat').length, typeof Deskbell,
                            document.adoptedStyleSheets.length]";
        assert_eq!(vera.page_does(left).await, json!([1, "function", 1]));
        vera.page_does("Deskbell('destroy')").await;
        assert_eq!(vera.page_does(left).await, json!([0, "undefined", 0]));
        vera.page_does(
            "const tag = document.createElement('script');
             tag.src = document.querySelector('script[src]').src;
             document.head.append(tag)",
        )
        .await;
        vera.opens_chat().await;
        vera.sees_message("Is it blue?").await;
        vera.page_does("Deskbell('close')").await;
        vera.page_does("Deskbell('destroy')").await;
        assert_eq!(vera.page_does(left).await, json!([0, "undefined", 0]));
    })
    .await;
}

/// A site that says who is there and what they may begin with: the chat begins anew for them, and still begins so.
#[tokio::test]
async fn outlive_a_chat_that_begins_anew() {
    story("calls-identity", async |stage| {
        let office = Office::over_tls(stage).await;
        let secret = office.makes_secret().await;
        office.puts_page_of(&secret.secret, "/ann", "ann");
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("canary of nobody").await;
        vera.sees(&widget("mark_sent")).await;
        vera.goes(&office.page("/ann")).await;
        vera.launcher().await;
        vera.page_does("Deskbell('prefill', 'About my order: '); Deskbell('open')").await;
        vera.looks_into_chat().await;
        vera.sees(GREETING).await;
        vera.has_draft("About my order: ").await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new());

        // Consent is withdrawn: the chat goes when what it kept has gone.
        vera.page_does(
            "Deskbell('on', 'logout', () => Deskbell('destroy'));
             Deskbell('logout')",
        )
        .await;
        until("the chat is gone", async || {
            let left = vera.page_does("return document.querySelectorAll('deskbell-chat').length").await;
            (left == json!(0)).then_some(())
        })
        .await;
    })
    .await;
}
