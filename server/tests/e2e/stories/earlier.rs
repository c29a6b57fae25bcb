//! A visitor has talked before: home lists their conversations, an earlier one can be read, and the open one waits
//! where it was.

use fantoccini::key::Key;

use crate::office::{GREETING, OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::words::{widget, widget_with};

impl Person {
    /// Whether there is a field to write into.
    async fn may_write(&self) -> bool {
        self.finds("#text, main").await;
        let field = self.client.find(fantoccini::Locator::Css("#text")).await.expect("there is a field");
        self.can_see(&field).await
    }
}

#[tokio::test]
async fn conversations_are_listed_and_read() {
    story("earlier", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Do you repair kettles?").await;
        ada.takes_by_keys("Do you repair kettles?").await;
        ada.answers("We do, in a week.").await;
        vera.sees_message("We do, in a week.").await;
        ada.hits_letters("e").await;
        vera.sees(&widget_with("ended_by", OWNER.name)).await;

        // The next one begins under the list of what was before.
        vera.presses(&widget("start_new")).await;
        vera.sees(GREETING).await;
        vera.sees("We do, in a week.").await;
        vera.says("And cups?").await;
        vera.sees(&widget("mark_sent")).await;
        assert_eq!(vera.bubbles().await, ["And cups?"]);

        // Home with keys alone: both are there, and none is begun beside the open one.
        vera.presses(&widget("home")).await;
        vera.sees(&widget("open")).await;
        vera.sees(&widget("you_said").replace("{text}", "And cups?")).await;
        assert!(!vera.may_write().await, "one conversation is open");
        ada.takes_by_keys("And cups?").await;
        ada.answers("Cups are mended while you wait.").await;
        vera.sees(&widget("new_messages").replace("{n}", "1")).await;

        // The earlier one is read, not written into; from there, to the open one.
        vera.hits(&[Key::Tab, Key::Tab, Key::Enter]).await;
        vera.sees_message("We do, in a week.").await;
        assert!(!vera.may_write().await, "what is over is only read");
        vera.presses(&widget("go_open")).await;
        vera.sees_message("Cups are mended while you wait.").await;
        vera.says("Thank you").await;
        ada.sees_in_transcript("Thank you").await;

        // Another day, from the server alone: what was said last is known of both.
        vera.reloads().await;
        vera.opens_chat().await;
        vera.sees_message("Thank you").await;
        vera.presses(&widget("home")).await;
        vera.sees("We do, in a week.").await;
    })
    .await;
}
