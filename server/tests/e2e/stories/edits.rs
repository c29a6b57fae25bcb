//! What was sent is edited and withdrawn with keys alone, and the other side sees it as it happens.

use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget};

impl Person {
    /// Gets to the button of a message by Tab, presses it, and waits until the dialog is there, at its first choice: it
    /// opens a moment later, and a Tab of somebody who did not wait would lead past it, at last out of the chat's frame.
    async fn asks_what_becomes_of_it(&self, change: &str, first: &str) {
        self.tabs_back_to("the button of the message", async || self.focused_name().await == change).await;
        self.hits(&[Key::Enter]).await;
        let what = format!("{} is at `{first}` in the dialog", self.name);
        until(&what, async || (self.focused_name().await == first).then_some(())).await;
    }
}

#[tokio::test]
async fn are_seen_as_such() {
    story("edits", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("We open at nin").await;
        vera.sees(&widget("mark_sent")).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.takes_by_keys("We open at nin").await;

        // The message is put into the composer; what stood there waits.
        vera.writes("By the way").await;
        let (change, edit) = (widget("change"), widget("take_back"));
        vera.asks_what_becomes_of_it(&change, &edit).await;
        vera.hits(&[Key::Enter]).await;
        vera.sees(&widget("editing")).await;
        vera.has_draft("We open at nin").await;
        vera.keys_in("e").await;
        vera.hits(&[Key::Enter]).await;
        let edited = |text: &str, word: String| format!("{text}\n{word}");
        vera.sees_message(&edited("We open at nine", widget("edited"))).await;
        ada.sees_in_transcript(&edited("We open at nine", desk("say.edited"))).await;
        vera.has_draft("By the way").await;

        // Escape leaves a message as it was, and the chat open.
        vera.asks_what_becomes_of_it(&change, &edit).await;
        vera.hits(&[Key::Enter]).await;
        vera.has_draft("We open at nine").await;
        vera.keys_in("teen").await;
        vera.hits(&[Key::Escape]).await;
        vera.has_draft("By the way").await;
        vera.no_longer_sees(&widget("editing")).await;
        vera.sees_message(&edited("We open at nine", widget("edited"))).await;

        // The agent goes up to the last message from an empty field.
        ada.answers("Nine it iss").await;
        ada.writes_answer("").await;
        ada.hits(&[Key::Up]).await;
        ada.has_written("Nine it iss").await;
        ada.hits(&[Key::Backspace, Key::Enter]).await;
        ada.sees_in_transcript(&edited("Nine it is", desk("say.edited"))).await;
        vera.sees_message(&edited("Nine it is", widget("edited"))).await;
        ada.has_written("").await;

        // And takes it back: it is gone on both screens.
        let change = desk("say.change");
        ada.asks_what_becomes_of_it(&change, &desk("say.edit")).await;
        let withdraw = desk("say.withdraw");
        ada.tabs_to("what withdraws it", async || ada.focused_name().await == withdraw).await;
        ada.hits(&[Key::Enter]).await;
        vera.sees(&widget("withdrawn")).await;
        vera.no_longer_sees("Nine it is").await;
        ada.sees(&desk("event.withdrawn.me")).await;
        ada.no_longer_sees("Nine it is").await;
        ada.sees_row(&desk("event.erased")).await;

        // So does the visitor.
        let change = widget("change");
        vera.asks_what_becomes_of_it(&change, &edit).await;
        let withdraw = widget("withdraw");
        vera.tabs_to("what withdraws it", async || vera.focused_name().await == withdraw).await;
        vera.hits(&[Key::Enter]).await;
        vera.no_longer_sees("We open at nine").await;
        ada.no_longer_sees("We open at nine").await;
        until("the draft is still there", async || (vera.draft().await == "By the way").then_some(())).await;
    })
    .await;
}
