//! Emoji by keys alone: there and back, into the middle of what is written, without closing the chat.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::browser::Profile;
use crate::office::Office;
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::widget;

#[tokio::test]
async fn that_cannot_be_had_are_missed_aloud() {
    story("emoji-missing", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.cannot_reach(&["*/emoji*"]).await;
        vera.presses(&widget("emoji")).await;
        vera.sees(&widget("emoji_failed")).await;
        vera.says("Without, then").await;
    })
    .await;
}

#[tokio::test]
async fn are_chosen_by_keys() {
    story("emoji", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.writes("Thanks !").await;
        let fetched =
            "return performance.getEntriesByType('resource').some(({ name }) => /emoji/.test(name))";
        let is_fetched = async || vera.client.execute(fetched, Vec::new()).await.expect("a look");
        assert_eq!(is_fetched().await, false, "fetched before anybody wants them");

        // The caret stands before the mark, and the emoji comes there.
        vera.hits(&[Key::Left]).await;
        let name = widget("emoji");
        vera.tabs_to("the button for emoji", async || vera.focused_name().await == name).await;
        vera.hits(&[Key::Enter]).await;
        vera.is_on("🙂").await;
        assert_eq!(is_fetched().await, true, "this is how one sees what was fetched");
        let mut findings = Findings::default();
        findings.look(&vera, "emoji").await;
        findings.are_none();
        vera.hits(&[Key::Right]).await;
        vera.is_on("😀").await;
        vera.hits(&[Key::Down]).await;
        let below = vera.focused_text().await;
        assert!(below != "😀" && below != "😄", "down goes to the next row, not to {below}");
        vera.hits(&[Key::Up]).await;
        vera.is_on("😀").await;
        // At the edge it stays where it is.
        vera.hits(&[Key::Up, Key::Home, Key::Left]).await;
        vera.is_on("🙂").await;
        vera.hits(&[Key::Enter]).await;
        vera.has_draft("Thanks 🙂!").await;
        vera.is_writing().await;

        // Escape leaves the emoji and not the chat; what is typed goes on behind the emoji.
        vera.tabs_to("the button for emoji", async || vera.focused_name().await == name).await;
        vera.hits(&[Key::Enter]).await;
        vera.is_on("🙂").await;
        vera.hits(&[Key::Escape]).await;
        vera.is_writing().await;
        vera.types(" for you").await;
        vera.has_draft("Thanks 🙂 for you!").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("Thanks 🙂 for you!").await;
    })
    .await;
}

impl Person {
    async fn is_on(&self, emoji: &str) {
        let what = format!("{} is on {emoji}", self.name);
        until(&what, async || (self.focused_text().await == emoji).then_some(())).await;
    }

    async fn focused_text(&self) -> String {
        let focused = self.focused().await.expect("something has the focus");
        self.reads(&focused).await.unwrap_or_default()
    }

    async fn is_writing(&self) {
        let none = "return document.querySelector('.emojis') === null";
        until("the focus is back in the composer", async || {
            let is_closed = self.client.execute(none, Vec::new()).await.ok()?;
            (self.focused_id().await == "text" && is_closed == true).then_some(())
        })
        .await;
    }
}
