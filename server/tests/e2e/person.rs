//! What a person does at a browser: goes somewhere, looks, presses, types. Only pointer and keys; what cannot be
//! seen or reached by a person cannot be done here either.

use std::path::PathBuf;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::Value;

use crate::browser::{self, Engine};
use crate::waiting::{answered, until};

/// What WebKit's driver gets wrong. A choice is as visible as what it is chosen in.
const IS_DISPLAYED: &str = "const element = arguments[0].closest('select') || arguments[0];
    return element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;";

/// Somebody at a browser. Clones are the same person.
#[derive(Clone)]
pub struct Person {
    /// For messages and files.
    pub name: &'static str,
    /// The browser.
    pub client: Client,
    /// What kind of browser it is.
    pub engine: Engine,
    /// Where it puts what is downloaded.
    pub downloads: PathBuf,
}

impl Person {
    /// Somebody at this browser.
    pub fn new(name: &'static str, client: Client, engine: Engine, downloads: PathBuf) -> Person {
        Person { name, client, engine, downloads }
    }

    /// Types an address. Where one is there already, the page is loaded anew and what was on it is gone.
    pub async fn goes(&self, address: &str) {
        let going = format!("{} goes to {address}", self.name);
        let is_here = self.client.current_url().await.is_ok_and(|here| here.as_str() == address);
        let left = match is_here && browser::leave_frames(&self.client).await.is_ok() {
            true => self.client.find(Locator::Css("html")).await.ok(),
            false => None,
        };
        // A connection to chromedriver that was idle for long may be gone when it is used.
        until(&going, async || self.client.goto(address).await.ok()).await;
        // A driver may come back while the page that is left, which looks the same, still takes what is typed.
        if let Some(left) = left {
            until(&going, async || left.tag_name().await.is_err().then_some(())).await;
        }
    }

    /// Reloads the page.
    pub async fn reloads(&self) {
        browser::leave_frames(&self.client).await.expect("going back to the page");
        self.client.refresh().await.unwrap_or_else(|error| panic!("{} reloads: {error}", self.name));
    }

    /// Waits until the text can be read on the screen.
    pub async fn sees(&self, text: &str) {
        let seen = answered(async || self.screen().await.contains(text).then_some(())).await;
        if seen.is_none() {
            panic!("{} waits in vain to see `{text}`; on the screen:\n{}", self.name, self.screen().await);
        }
    }

    /// Waits until the text is gone from the screen.
    pub async fn no_longer_sees(&self, text: &str) {
        let gone = answered(async || (!self.screen().await.contains(text)).then_some(())).await;
        if gone.is_none() {
            panic!("{} still sees `{text}`; on the screen:\n{}", self.name, self.screen().await);
        }
    }

    /// The text on the screen as it is displayed; empty while a page is being replaced.
    pub async fn screen(&self) -> String {
        let Ok(body) = self.client.find(Locator::Css("body")).await else { return String::new() };
        let text = self.reads(&body).await.unwrap_or_default();
        // Names are isolated from the direction of the text around them by signs that nobody sees.
        text.replace(['\u{2068}', '\u{2069}'], "")
    }

    /// What can be read on an element; nothing when it is gone.
    pub async fn reads(&self, element: &Element) -> Option<String> {
        if self.engine != Engine::WebKit {
            return element.text().await.ok();
        }
        // Its driver reads without line breaks, and takes every text for hidden that is cut off where it is too long.
        let text = self.asks("return arguments[0].innerText", element).await?;
        text.as_str().map(|text| text.trim().to_owned())
    }

    /// Whether an element is displayed.
    pub async fn can_see(&self, element: &Element) -> bool {
        if self.engine != Engine::WebKit {
            return element.is_displayed().await.unwrap_or(false);
        }
        self.asks(IS_DISPLAYED, element).await.is_some_and(|displayed| displayed == true)
    }

    async fn asks(&self, script: &str, element: &Element) -> Option<Value> {
        let element = serde_json::to_value(element).expect("an element as scripts are given it");
        self.client.execute(script, vec![element]).await.ok()
    }

    /// Waits until something can be seen that matches, and returns it.
    pub async fn finds(&self, css: &str) -> Element {
        self.found(Locator::Css(css), css).await
    }

    /// Clicks on the button or link of that name.
    pub async fn presses(&self, label: &str) {
        let control = control(label);
        let what = format!("{} presses `{label}`", self.name);
        until(&what, async || {
            for element in self.client.find_all(Locator::XPath(&control)).await.ok()? {
                // What is hidden, or covered by something else, cannot be clicked.
                if element.click().await.is_ok() {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Clicks into the field of that label, empties it by keys and types. What was typed is in it, unless it was sent.
    pub async fn fills(&self, label: &str, text: &str) {
        let quoted = quoted(label);
        let path = format!("//*[@id=//label[normalize-space(.)={quoted}]/@for or @aria-label={quoted}]");
        let field = self.found(Locator::XPath(&path), label).await;
        field.click().await.unwrap_or_else(|error| panic!("{} clicks into `{label}`: {error}", self.name));
        self.press(&[char::from(Key::Control), 'a']).await;
        self.hits(&[Key::Delete]).await;
        if text.is_empty() {
            return;
        }
        self.types(text).await;
        if !text.contains(char::from(Key::Enter)) {
            let held = answered(async || {
                let held = field.prop("value").await.ok().flatten();
                (held.as_deref() == Some(text)).then_some(())
            });
            if held.await.is_none() {
                let held = field.prop("value").await;
                panic!("{} typed `{text}` into `{label}`, which has {held:?}", self.name);
            }
        }
    }

    /// Types into whatever has the focus.
    pub async fn types(&self, text: &str) {
        if text.is_empty() {
            return; // WebKit's driver takes no nothing
        }
        let field = self.focused().await.expect("something has the focus");
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{} types `{text}`: {error}", self.name));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub async fn hits(&self, keys: &[Key]) {
        for key in keys {
            self.hits_char(char::from(*key)).await;
        }
    }

    /// Presses one key, wherever the focus is.
    pub async fn hits_char(&self, key: char) {
        self.press(&[key]).await;
    }

    /// Presses keys together, wherever the focus is.
    pub async fn chord(&self, keys: &[Key]) {
        let keys: Vec<char> = keys.iter().map(|key| char::from(*key)).collect();
        self.press(&keys).await;
    }

    /// Pastes with the keys what is in the clipboard.
    pub async fn pastes(&self) {
        self.press(&[char::from(Key::Control), 'v']).await;
    }

    /// Takes back with the keys what was done last.
    pub async fn takes_back(&self) {
        self.press(&[char::from(Key::Control), 'z']).await;
    }

    /// Opens the command bar with the keys, and is in its field.
    pub async fn asks_for_commands(&self) {
        self.press(&[char::from(Key::Control), 'k']).await;
        let what = format!("{} is in the command bar", self.name);
        until(&what, async || {
            let field = self.focused().await?;
            (field.attr("aria-controls").await.ok()?? == "commands").then_some(())
        })
        .await;
    }

    async fn press(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key });
        }
        for key in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value: *key });
        }
        self.client
            .perform_actions(actions)
            .await
            .unwrap_or_else(|error| panic!("{} hits a key: {error}", self.name));
    }

    /// The title of the window.
    pub async fn title(&self) -> String {
        self.client.title().await.unwrap_or_default()
    }

    /// Opens a further tab and goes there.
    pub async fn opens_tab(&self, address: &str) -> WindowHandle {
        let tab = self.client.new_window(true).await.expect("a further tab").handle;
        self.turns_to(&tab).await;
        self.goes(address).await;
        tab
    }

    /// The tab in front.
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.expect("a tab")
    }

    /// Looks at another tab.
    pub async fn turns_to(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("turning to another tab");
    }

    /// What the console of the browser said since it was last asked (Chromium's alone).
    pub async fn console(&self) -> Vec<String> {
        let lines = browser::log(&self.client, "browser").await.expect("chromedriver's log");
        lines.iter().map(|line| format!("{} {}", line["level"], line["message"])).collect()
    }

    async fn found(&self, locator: Locator<'_>, what: &str) -> Element {
        match answered(async || self.visible(locator).await).await {
            Some(element) => element,
            None => {
                panic!("{} looks in vain for `{what}`; on the screen:\n{}", self.name, self.screen().await)
            }
        }
    }

    async fn visible(&self, locator: Locator<'_>) -> Option<Element> {
        for element in self.client.find_all(locator).await.ok()? {
            if self.can_see(&element).await {
                return Some(element);
            }
        }
        None
    }
}

/// A button, link or similar by what it is called.
fn control(label: &str) -> String {
    let name = quoted(label);
    format!(
        "//*[self::button or self::a or self::summary or @role='button' or @role='tab' or @role='option']\
         [normalize-space(.)={name} or .//text()[normalize-space(.)={name}] or @aria-label={name} or @title={name}]"
    )
}

/// A text as XPath writes it, which knows no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
