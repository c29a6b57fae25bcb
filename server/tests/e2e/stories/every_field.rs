//! Five hundred strings that run in other people's software, in every field at once. A server that was taken over, a
//! row that an older version let in, an import: what comes to the apps is text, whoever wrote it and however long it is.
//! So the corpus is put into what the server says, on its way into the page, and the apps have to show it as it is.

use std::collections::BTreeSet;
use std::path::Path;

use fantoccini::key::Key;
use serde_json::json;

use super::hostile::CORPUS;
use crate::browser::{self, Profile};
use crate::mailbox::Mailbox;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::shop::Page;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget};

/// Texts that nobody is shown, and those that something has to be found by. All other fields of the protocol and of the
/// API hold the corpus, also those that do not exist yet.
const NO_TEXTS: &[&str] = &[
    // Secrets, and what they are exchanged for.
    "password",
    "token",
    "ticket",
    "secret",
    "new",
    "current",
    // Names of things: addresses of pictures, ids, a style sheet, what the trail is chained by.
    "key",
    "hash",
    "logo",
    "picture",
    "media",
    "sheet",
    "colour",
    "actor_id",
    "target_id",
    "head",
    // Which kind of author a row has.
    "by",
    // Of the store and the socket itself.
    "socket",
    "store",
    "identity",
];

/// Replaces the texts in everything that arrives, by frame or by answer, before the page sees it.
const TWIST: &str = r#"(() => {
    const [fields, corpus] = ARGUMENTS;
    // Some names stand for a text here and for somebody's id there.
    const isId = (value) => /^[0-9a-f]{32}$/.test(value);
    const twisted = (value, name) =>
        typeof value === "string" ? (fields.includes(name) && !isId(value) ? corpus : value)
        : Array.isArray(value) ? value.map((one) => twisted(one, name))
        : value && typeof value === "object"
            ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, twisted(one, name)]))
        : value;
    const rewritten = (text) => {
        try { return JSON.stringify(twisted(JSON.parse(text))) } catch { return text }
    };
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data").get;
    Object.defineProperty(MessageEvent.prototype, "data", { configurable: true, get() {
        const said = data.call(this);
        return typeof said === "string" && this.target instanceof WebSocket ? rewritten(said) : said;
    } });
    const text = Response.prototype.text;
    Response.prototype.text = function () {
        return text.call(this).then((said) => new URL(this.url).pathname.startsWith("/assets/") ? said : rewritten(said));
    };
})()"#;

#[tokio::test]
async fn every_string_is_a_text_in_every_field() {
    story("every-field", async |stage| {
        let mailbox = Mailbox::open().await;
        let office = Office::with_mail(stage, &mailbox).await;
        let secret = office.makes_secret().await.secret;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;

        // Something of everything: somebody known, with attributes; a file, a note, a rating with words, a snippet, an
        // address, somebody who is blocked.
        office.puts_page_of(&secret, "/ann", "ann");
        ada.signs_in(&office.chat, &OWNER).await;
        ada.posts("/api/snippets", json!({ "shortcut": "hours", "text": "9 to 5", "is_shared": true })).await;
        // Another website is another visitor.
        vera.goes(&office.shop.origin("other.localhost")).await;
        vera.opens_chat().await;
        vera.says("I am trouble.").await;
        ada.takes_by_keys("I am trouble.").await;
        ada.presses(&desk("block.ask")).await;
        ada.fills(&desk("block.reason"), "Was trouble").await;
        ada.presses(&desk("block.button")).await;
        ada.no_longer_sees(&desk("block.line")).await;
        vera.goes(&office.page("/ann")).await;
        vera.opens_chat().await;
        vera.says("Is the blue one in stock?").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        ada.takes_by_keys("Is the blue one in stock?").await;
        vera.sends_file_named("list.txt").await;
        ada.answers("It is.").await;
        ada.writes_note("Ask the workshop").await;
        ada.types(&Key::Enter.to_string()).await;
        ada.sees_note("Ask the workshop").await;
        vera.sees_message("It is.").await;
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("e").await;
        ada.sees(&desk("talk.reopen")).await;
        vera.presses(&widget("rate_of").replace("{n}", "4")).await;
        vera.sees(&widget("rated")).await;
        vera.presses(&widget("comment")).await;
        vera.finds("dialog[open] textarea").await;
        vera.types("Quick.").await;
        vera.presses(&widget("send")).await;
        ada.sees("Quick.").await;

        // The desk: every page that somebody signed in sees, with the corpus wherever there is a text.
        let conversation = ada.client.current_url().await.expect("an address").path().to_owned();
        let inbox = ada.gets("/api/inboxes").await["inboxes"][0]["id"].as_str().expect("an id").to_owned();
        let site = ada.gets("/api/sites").await["sites"][0]["id"].as_str().expect("an id").to_owned();
        ada.hears_the_corpus().await;
        let of = |start: &str, id: &str| format!("/desk/{start}/{id}");
        let pages = [
            conversation,
            of("inbox", "all"),
            of("inbox", "resolved"),
            "/desk/board".to_owned(),
            of("board", "promises"),
            of("settings", "profile"),
            of("settings", "sites"),
            of("settings/sites", &site),
            of("settings", "inboxes"),
            of("settings/inboxes", &inbox),
            of("settings", "people"),
            of("settings", "snippets"),
            of("settings", "blocked"),
            of("settings", "audit"),
        ];
        for page in &pages {
            ada.goes(&(office.chat.origin() + page)).await;
            ada.shows_harmless(CORPUS, page).await;
        }

        // The widget, in which more is said by agents than by visitors.
        vera.hears_the_corpus().await;
        vera.goes(&office.page("/ann")).await;
        vera.opens_the_frame().await;
        vera.shows_harmless(CORPUS, "the widget").await;
    })
    .await;
}

/// S22, S26: a mail is read where nothing of ours stands guard.
#[tokio::test]
async fn every_string_is_a_text_in_a_mail_and_in_a_transcript() {
    story("evil-mail", async |stage| {
        let mailbox = Mailbox::open().await;
        let office = Office::with_mail(stage, &mailbox).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        ada.signs_in(&office.chat, &OWNER).await;
        ada.posts("/api/me", json!({ "name": "<img src=x onerror=xss=1>" })).await;
        ada.chooses("availability.away").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I go now.").await;
        vera.fills(&widget("leave_label"), "vera@home.example").await;
        vera.presses(&widget("leave")).await;
        vera.sees("vera@home.example").await;
        vera.goes("about:blank").await;
        ada.chooses("availability.available").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.takes_by_keys("I go now.").await;
        let lines: Vec<&str> = CORPUS.lines().collect();
        let parts: Vec<String> = lines.chunks(60).map(|part| part.join("\n")).collect();
        for part in &parts {
            ada.pastes_answer(part).await;
        }
        ada.answers("That was all.").await;
        mailbox.gets("That was all.").await;
        let pages: String = mailbox.all().iter().map(|mail| html_of(&mail.text)).collect();
        office.shop.put("/mail", Page::with(&pages));
        vera.goes(&office.page("/mail")).await;
        for part in &parts {
            vera.shows_harmless(part, "a mail").await;
        }

        // A transcript is a file of plain text, and no browser takes it for anything else.
        let kind = ada.kind_of_transcript().await;
        assert_eq!(kind, json!(["text/plain; charset=utf-8", "nosniff", "attachment"]));
    })
    .await;
}

/// The page of a mail, as a program for mail would draw it.
fn html_of(mail: &str) -> String {
    let mail = mailparse::parse_mail(mail.as_bytes()).expect("a mail");
    let page = mail.parts().find(|part| part.ctype.mimetype == "text/html").expect("a page in it");
    page.get_body().expect("a text")
}

/// The names of all texts in what is said between server and apps, from its own sources.
fn fields() -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("a folder of sources") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for line in std::fs::read_to_string(&path).expect("a source").lines() {
                let line = line.trim().trim_start_matches("pub ");
                if let Some((name, kind)) = line.split_once(": ")
                    && (kind.starts_with("String") || kind.starts_with("Option<String>"))
                {
                    fields.insert(name.to_owned());
                }
            }
        }
    }
    fields.retain(|name| !NO_TEXTS.contains(&name.as_str()));
    fields
}

impl Person {
    /// From the next page on, what the server says has the corpus in every text.
    async fn hears_the_corpus(&self) {
        let fields = fields();
        assert!(fields.contains("name") && fields.contains("last_line") && fields.len() > 20, "{fields:?}");
        let source = TWIST.replace("ARGUMENTS", &json!([fields, CORPUS]).to_string());
        browser::devtools(&self.client, "Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }))
            .await
            .expect("the developer tools");
    }

    /// Puts a text into the composer of the desk at once, and sends it.
    async fn pastes_answer(&self, text: &str) {
        const PASTE: &str = "const field = document.activeElement; field.value = arguments[0];
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
        self.writes_answer("").await;
        self.client.execute(PASTE, vec![json!(text)]).await.expect("pasting");
        self.types(&Key::Enter.to_string()).await;
        until("the composer is empty", async || {
            let script = "return document.activeElement.value === ''";
            (self.client.execute(script, Vec::new()).await.ok()? == json!(true)).then_some(())
        })
        .await;
        self.hits(&[Key::Escape]).await;
    }

    /// How the open conversation is given out as a file.
    async fn kind_of_transcript(&self) -> serde_json::Value {
        const ASK: &str = "const done = arguments[0];
            fetch('/api/conversations/' + location.pathname.split('/').pop() + '/transcript').then(({ headers }) => done([
                headers.get('content-type'), headers.get('x-content-type-options'),
                headers.get('content-disposition').split(';')[0]]));";
        self.client.execute_async(ASK, Vec::new()).await.expect("a request")
    }
}
