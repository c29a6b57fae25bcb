//! Those who mean harm, in a real browser: pages that may not show the chat, scripts that talk to it from elsewhere,
//! and five hundred strings that run in other people's software, in every place that somebody may fill.

use deskbell_shared::markup::{Block, Piece, blocks};
use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{self, Profile};
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::shop::Page;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget};

/// Strings that run in other people's software, a line each.
pub const CORPUS: &str = include_str!("../../xss.txt");

/// The longest text that one message of the corpus may have, in bytes; a message has 4 KiB.
const MESSAGE_BYTES_MAX: usize = 3_600;

/// S18: the tag on a page of somebody else.
#[tokio::test]
async fn a_foreign_page_gets_no_chat() {
    story("foreign-page", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        vera.goes(&office.shop.origin("evil.localhost")).await;
        vera.launcher().await.click().await.expect("clicking on the launcher");
        let mut said = Vec::new();
        until("the browser says that the frame is refused", async || {
            said.extend(vera.console().await);
            said.iter().any(|line| line.contains("frame-ancestors") || line.contains("403")).then_some(())
        })
        .await;
        vera.looks_into_chat().await;
        assert!(vera.client.find(fantoccini::Locator::Css("#text")).await.is_err(), "the chat is there");
        // The same browser, the same tag, a page that may.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Here it works.").await;
    })
    .await;
}

/// S19: whoever is not the page around the chat, by its exact name and as itself, is not heard.
#[tokio::test]
async fn messages_from_elsewhere_are_not_heard() {
    const ATTACK: &str = "const [chat] = arguments;
        const inside = document.querySelector('deskbell-chat').shadowRoot.querySelector('iframe').contentWindow;
        const about = { open: true, url: 'https://evil.example/', title: 'evil page', from: '' };
        const other = document.body.appendChild(document.createElement('iframe')).contentWindow;
        other.Function('inside', 'chat', 'about', `
            const pair = new MessageChannel();
            inside.postMessage('deskbell', chat, [pair.port2]);
            pair.port1.postMessage(about);`)(inside, chat, about);
        const pair = new MessageChannel();
        inside.postMessage({ type: 'deskbell' }, chat, [pair.port2]);
        pair.port1.postMessage(about);
        inside.postMessage('deskbell', chat);
        inside.postMessage({ type: 'identify', id: 'somebody' }, chat);";
    story("foreign-messages", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.looks_at_page().await;
        vera.client.execute(ATTACK, vec![json!(office.chat.origin())]).await.expect("an attack");
        vera.looks_into_chat().await;
        vera.says("Where am I?").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_by_keys("Where am I?").await;
        ada.sees("Shop").await;
        assert!(!ada.screen().await.contains("evil"), "{}", ada.screen().await);
    })
    .await;
}

/// S21 to S24: nothing of the corpus runs, anywhere it is shown, and nothing even tries to.
#[tokio::test]
async fn five_hundred_strings_are_five_hundred_texts() {
    story("corpus", async |stage| {
        let office = Office::over_tls(stage).await;
        let corpus: Vec<&str> = CORPUS.lines().collect();
        assert_eq!(corpus.len(), 500);
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;

        // What owners and agents may fill: their name, the site's name and greeting, a snippet.
        ada.signs_in(&office.chat, &OWNER).await;
        let name = "<img src=x onerror=xss=1>\"'{{xss=1}}";
        let greeting = corpus[..8].join("\n");
        ada.posts("/api/me", json!({ "name": name })).await;
        ada.posts(
            "/api/snippets",
            json!({ "shortcut": "evil", "text": corpus[..20].join("\n"), "is_shared": true }),
        )
        .await;
        let site = ada.gets("/api/sites").await["sites"][0].clone();
        let looks = json!({ "name": name, "colour": "#2450c8", "greeting": greeting });
        let path = format!("/api/sites/{}", site["id"].as_str().expect("an id"));
        ada.posts(&path, json!({ "looks": looks, "origins": site["origins"] })).await;

        // What visitors may: the page they are on, what they write, what files are called.
        let evil_page = format!("<title>{}</title>{}", escaped(corpus[11]), office.tag);
        office.shop.put("/evil", Page::with(&evil_page));
        vera.goes(&office.page("/evil")).await;
        vera.opens_chat().await;
        let mut messages: Vec<String> = Vec::new();
        for line in &corpus {
            match messages.last_mut().filter(|message| message.len() + line.len() < MESSAGE_BYTES_MAX) {
                Some(message) => *message = format!("{message}\n{line}"),
                None => messages.push((*line).to_owned()),
            }
        }
        for message in &messages {
            vera.pastes_and_sends(message).await;
        }
        vera.sends_file_named("<img src=x onerror=xss=1>.txt").await;
        vera.shows_harmless_text(&messages).await;

        // An agent sees all of it, answers with some of it, and notes some of it.
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        until("the conversation is listed", async || (ada.rows().await == 1).then_some(())).await;
        ada.hits_letters("j").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("status.mine")).await;
        ada.answers("<svg onload=xss=1><a href=javascript:xss=1>x</a>").await;
        ada.writes_note("</textarea><img src=x onerror=xss=1>").await;
        ada.types(&Key::Enter.to_string()).await;
        ada.sees_note("</textarea><img src=x onerror=xss=1>").await;
        ada.shows_harmless_text(&[]).await;
        vera.sees_message("<svg onload=xss=1><a href=javascript:xss=1>x</a>").await;
        vera.shows_harmless_text(&[]).await;
        vera.looks_at_page().await;
        assert_eq!(vera.ran().await, json!(null));
        for page in ["settings/snippets", "settings/people", "settings/sites"] {
            ada.goes(&office.chat.desk(page)).await;
            ada.is_at_the_desk().await;
            ada.shows_harmless_text(&[]).await;
        }
        for said in [vera.console().await, ada.console().await].concat() {
            assert!(!said.contains("olicy"), "{said}");
        }
        assert!(!office.chat.said().contains("broke its policy"), "a browser has reported something");

        // That it would have been noticed: markup that somebody did get into the desk.
        ada.client
            .execute(
                "const image = document.body.appendChild(document.createElement('img'));
                 image.src = 'https://elsewhere.example/x';
                 try { image.setAttribute('onerror', 'xss=1') } catch {}",
                Vec::new(),
            )
            .await
            .expect("an attack");
        until("the server is told", async || office.chat.said().contains("broke its policy").then_some(()))
            .await;
        assert_eq!(ada.ran().await, json!(null));
    })
    .await;
}

/// A proxy that puts a page of its own into the conversation: it is left, and one without it is found.
#[tokio::test]
async fn what_no_server_of_ours_says_is_left_and_come_back_from() {
    const TWIST: &str = "const add = WebSocket.prototype.addEventListener;
        WebSocket.prototype.addEventListener = function (name, listener, ...rest) {
            const hears = (event) => {
                const first = name === 'message' && !self.twisted;
                self.twisted ||= first;
                listener.call(this, first ? new MessageEvent(name, { data: '<html>' }) : event);
            };
            (listener.heard ||= {})[name] = hears;
            add.call(this, name, hears, ...rest);
        };
        const remove = WebSocket.prototype.removeEventListener;
        WebSocket.prototype.removeEventListener = function (name, listener, ...rest) {
            remove.call(this, name, listener.heard?.[name] ?? listener, ...rest);
        };";
    story("twisted", async |stage| {
        let office = Office::over_tls(stage).await;
        // The chat is a frame of another site: the tools have to reach it in the same process.
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        browser::devtools(&vera.client, "Page.addScriptToEvaluateOnNewDocument", json!({ "source": TWIST }))
            .await
            .expect("the developer tools");
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Are you there?").await;
        vera.sees(&widget("mark_sent")).await;
        vera.looks_into_chat().await;
        assert_eq!(
            vera.client.execute("return self.twisted", Vec::new()).await.expect("asking"),
            json!(true)
        );
        let said = vera.console().await;
        assert!(!said.iter().any(|line| line.contains("closure")), "{said:#?}");
    })
    .await;
}

/// What a message with this text shows.
fn without_marks(text: &str) -> String {
    let line = |pieces: Vec<Piece<'_>>| -> String { pieces.iter().map(|piece| piece.text).collect() };
    let shown = blocks(text).into_iter().map(|block| match block {
        Block::Lines(pieces) => line(pieces),
        Block::Code(code) => code.to_owned(),
        Block::List { items, .. } => items.into_iter().map(line).collect(),
    });
    shown.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Person {
    /// What a string of the corpus leaves behind where it runs.
    async fn ran(&self) -> serde_json::Value {
        self.client.execute("return window.xss ?? null", Vec::new()).await.expect("a look")
    }

    /// As an app of ours posts.
    pub async fn posts(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        const POST: &str = "const [path, body, done] = arguments;
            fetch(path, { method: 'POST', body, headers: { 'x-deskbell': '1', 'content-type': 'application/json' } })
                .then((answer) => answer.text().then((text) => done([answer.status, text])));";
        let args = vec![json!(path), json!(body.to_string())];
        let answer = self.client.execute_async(POST, args).await.expect("a request");
        assert_eq!(answer[0], 200, "{path}: {answer}");
        answer
    }

    /// As an app of ours asks.
    pub async fn gets(&self, path: &str) -> serde_json::Value {
        const GET: &str = "const [path, done] = arguments; fetch(path).then((it) => it.json()).then(done);";
        self.client.execute_async(GET, vec![json!(path)]).await.expect("a request")
    }

    /// Puts a text into the composer at once, as a clipboard does, and sends it.
    async fn pastes_and_sends(&self, text: &str) {
        const PASTE: &str = "const field = document.querySelector('#text'); field.value = arguments[0];
            field.dispatchEvent(new Event('input')); field.focus();";
        self.client.execute(PASTE, vec![json!(text)]).await.expect("pasting");
        self.hits(&[Key::Enter]).await;
        until("the composer is empty", async || self.draft().await.is_empty().then_some(())).await;
    }

    /// Pastes a file of this name.
    pub async fn sends_file_named(&self, name: &str) {
        const PASTE: &str = "const clipboardData = new DataTransfer();
            clipboardData.items.add(new File(['words'], arguments[0]));
            document.querySelector('#text').dispatchEvent(new ClipboardEvent('paste', { clipboardData }));";
        self.client.execute(PASTE, vec![json!(name)]).await.expect("pasting");
        self.finds("[data-file]").await;
    }

    /// Waits until these messages are on the screen, whole, and sees that nothing has run or come of any text.
    async fn shows_harmless_text(&self, messages: &[String]) {
        for message in messages {
            self.shows_harmless(message, "a message of the corpus").await;
        }
        self.is_unharmed().await;
    }

    /// Waits until this is on the screen, whole, be it in a field or without the marks of a message, and sees that nothing
    /// has run or come of it.
    pub async fn shows_harmless(&self, text: &str, what: &str) {
        const SHOWN: &str =
            "const filled = [...document.querySelectorAll('input, textarea')].map((it) => it.value);
            const said = [document.body.textContent, ...filled].join('').replace(/\\s/g, '');
            return arguments[0].some((text) => said.includes(text))";
        let wanted = [text, &without_marks(text)]
            .map(|text| text.chars().filter(|c| !c.is_whitespace()).collect::<String>());
        until(&format!("{what} is shown whole"), async || {
            let shown = self.client.execute(SHOWN, vec![json!(wanted)]).await.ok()?;
            (shown == json!(true)).then_some(())
        })
        .await;
        self.is_unharmed().await;
    }

    async fn is_unharmed(&self) {
        const FOREIGN: &str = "return [...document.querySelectorAll(
            'iframe, object, embed, base, math, marquee, video, audio:not([id]), style, [onerror], [onload], [onfocus], \
             [srcdoc], img[src=x], body script, a[href^=javascript i], a[href^=data i], [formaction]')]
            .map((it) => it.outerHTML.slice(0, 200))";
        let foreign = self.client.execute(FOREIGN, Vec::new()).await.expect("a look");
        assert_eq!(foreign, json!([]), "{}", self.name);
        assert_eq!(self.ran().await, json!(null), "{}", self.name);
        assert_eq!(self.broken_policies().await, Vec::<String>::new(), "{}", self.name);
    }
}
