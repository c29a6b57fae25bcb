//! What visitors do on a host page: the launcher, and the chat in its frame. A person looks either at the page or
//! into the chat; each of these says which.

use fantoccini::Locator;
use fantoccini::elements::{Element, ShadowRoot};
use fantoccini::error::CmdError;
use fantoccini::key::Key;

use crate::browser::{self, Engine};
use crate::person::Person;
use crate::waiting::{answered, until};

/// The field visitors write into.
const FIELD: &str = "#text";

const BUBBLES: &str = "return [...document.querySelectorAll('.bubble')].map(one => one.innerText.trim())";

impl Person {
    /// Waits for the launcher on the page.
    pub async fn launcher(&self) -> Element {
        browser::leave_frames(&self.client).await.expect("going back to the page");
        until("the launcher appears", async || {
            let button = self.shadow().await?.find(Locator::Css("button")).await.ok()?;
            self.can_see(&button).await.then_some(button)
        })
        .await
    }

    /// Clicks on the launcher, and looks into the chat.
    pub async fn opens_chat(&self) {
        self.opens_the_frame().await;
        self.finds(FIELD).await;
    }

    /// Clicks on the launcher, and looks into the chat, whether there is something to write into or not.
    pub async fn opens_the_frame(&self) {
        self.launcher().await.click().await.expect("clicking on the launcher");
        self.looks_into_chat().await;
    }

    /// Looks into the chat that is open already.
    pub async fn looks_into_chat(&self) {
        until("the chat's frame is there", async || {
            browser::leave_frames(&self.client).await.expect("going back to the page");
            let frame = self.shadow().await?.find(Locator::Css("iframe")).await.ok()?;
            frame.enter_frame().await.ok()
        })
        .await;
    }

    /// A place inside the chat, as seen from the page that is looked at from then on.
    pub async fn middle_of_chat(&self) -> (i32, i32) {
        self.looks_at_page().await;
        let shadow = self.shadow().await.expect("the chat's root");
        let frame = shadow.find(Locator::Css("iframe")).await.expect("the chat's frame");
        let (x, y, width, height) = frame.rectangle().await.expect("where the chat is");
        ((x + width / 2.0) as i32, (y + height / 2.0) as i32)
    }

    /// Looks at the page around the chat.
    pub async fn looks_at_page(&self) {
        browser::leave_frames(&self.client).await.expect("going back to the page");
    }

    /// Types into the composer without sending. The chat may just begin anew (who the visitor is was only said now): then
    /// the field that was found is gone, nothing was typed, and there is another.
    pub async fn writes(&self, text: &str) {
        // WebKit's driver does not type into what it cannot give the focus to, and a frame of another site takes none before
        // something was done in it: there, one clicks.
        if self.engine == Engine::WebKit && self.focused_id().await != FIELD[1..] {
            self.finds(FIELD).await.click().await.expect("clicking into the field");
        }
        let mut typed = self.finds(FIELD).await.send_keys(text).await;
        if typed.as_ref().is_err_and(CmdError::is_stale_element_reference) {
            typed = self.finds(FIELD).await.send_keys(text).await;
        }
        typed.unwrap_or_else(|error| panic!("{} writes `{text}`: {error}", self.name));
    }

    /// Types into the composer, sends with Enter and sees the message in the transcript.
    pub async fn says(&self, text: &str) {
        self.writes(&format!("{text}{}", Key::Enter)).await;
        self.sees_message(text).await;
    }

    /// Waits until this is in the composer: what was typed on an earlier page comes from the browser's storage.
    pub async fn has_draft(&self, text: &str) {
        let what = format!("{} has `{text}` in the composer", self.name);
        until(&what, async || (self.draft().await == text).then_some(())).await;
    }

    /// What is in the composer.
    pub async fn draft(&self) -> String {
        self.finds(FIELD).await.prop("value").await.ok().flatten().unwrap_or_default()
    }

    /// Waits until the transcript has the message, and has it once.
    pub async fn sees_message(&self, text: &str) {
        let seen = answered(async || (self.copies_of(text).await == 1).then_some(())).await;
        if seen.is_none() {
            let copies = self.copies_of(text).await;
            panic!(
                "{} sees `{text}` {copies} times, not once; the screen:\n{}",
                self.name,
                self.screen().await
            );
        }
    }

    /// How many bubbles of the transcript have exactly this text.
    pub async fn copies_of(&self, text: &str) -> usize {
        self.bubbles().await.iter().filter(|bubble| *bubble == text).count()
    }

    /// The texts of the transcript, oldest first, all of the same moment: a bubble is drawn anew when what it says of itself
    /// puts it among others.
    pub async fn bubbles(&self) -> Vec<String> {
        let texts = self.client.execute(BUBBLES, Vec::new()).await.unwrap_or_default();
        serde_json::from_value(texts).unwrap_or_default()
    }

    /// Waits until the launcher shows this number, or none when it is empty. Looks at the page.
    pub async fn sees_badge(&self, number: &str) {
        let what = format!("{} sees `{number}` at the launcher", self.name);
        until(&what, async || (self.badge().await == number).then_some(())).await;
    }

    async fn badge(&self) -> String {
        browser::leave_frames(&self.client).await.expect("going back to the page");
        let Some(shadow) = self.shadow().await else { return String::new() };
        let Ok(badge) = shadow.find(Locator::Css("b")).await else { return String::new() };
        self.reads(&badge).await.unwrap_or_default()
    }

    async fn shadow(&self) -> Option<ShadowRoot> {
        self.client.find(Locator::Css("deskbell-chat")).await.ok()?.shadow_root().await.ok()
    }
}
