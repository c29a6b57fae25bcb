//! An agent offers answers with a message, and the visitor presses one, both with keys alone.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, desk_with, widget};

impl Person {
    /// Waits until the keys are where this name is.
    async fn is_at(&self, name: &str) {
        let what = format!("{} is at `{name}`", self.name);
        until(&what, async || (self.focused_name().await == name).then_some(())).await;
    }

    /// What can be pressed in place of typing, in order.
    async fn offered(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.starter')].map((it) => it.textContent)";
        let offered = self.client.execute(script, Vec::new()).await.expect("what is offered");
        offered.as_array().into_iter().flatten().filter_map(|it| Some(it.as_str()?.to_owned())).collect()
    }
}

#[tokio::test]
async fn are_offered_and_pressed_by_keys() {
    story("choices", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        let mut findings = Findings::default();
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I broke my kettle").await;
        vera.sees(&widget("mark_sent")).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.takes_by_keys("I broke my kettle").await;

        // Enter adds the next, Backspace in an empty one takes it away, Escape closes and keeps.
        ada.writes_answer("Which one?").await;
        let (add, field) = (desk("choices.add"), |n: &str| desk_with("choices.field", &[("n", n)]));
        ada.tabs_to("what adds them", async || ada.focused_name().await == add).await;
        ada.hits(&[Key::Enter]).await;
        ada.is_at(&field("1")).await;
        ada.keys_in("The green one").await;
        ada.hits(&[Key::Enter]).await;
        ada.is_at(&field("2")).await;
        ada.keys_in("The blue one").await;
        ada.hits(&[Key::Enter]).await;
        ada.is_at(&field("3")).await;
        findings.look(&ada, "answers to press being written").await;
        ada.hits(&[Key::Backspace]).await;
        ada.is_at(&field("2")).await;
        ada.hits(&[Key::Escape]).await;
        until("the keys are where the message is written", async || {
            (ada.focused_id().await == "answer").then_some(())
        })
        .await;
        ada.finds(".press").await;
        findings.look(&ada, "answers to press beside a message").await;

        // They are kept with the text, and go with it.
        ada.reloads().await;
        ada.has_written("Which one?").await;
        ada.finds(".press").await;
        ada.writes_answer("").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees_in_transcript("Which one?").await;
        ada.has_written("").await;
        until("nothing is left of them", async || {
            ada.client.find_all(CHIP).await.ok()?.is_empty().then_some(())
        })
        .await;
        findings.look(&ada, "a message with answers to press").await;

        // What is being written stays, and the keys are back in it after the press.
        vera.sees_message("Which one?").await;
        assert_eq!(vera.offered().await, ["The green one", "The blue one"]);
        findings.look(&vera, "answers to press").await;
        vera.writes("By the way").await;
        vera.tabs_back_to("the second", async || vera.focused_name().await == "The blue one").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("The blue one").await;
        until("the keys are in the composer", async || (vera.focused_id().await == "text").then_some(()))
            .await;
        vera.has_draft("By the way").await;
        assert_eq!(vera.offered().await, Vec::<String>::new(), "it is answered");
        ada.sees_in_transcript("The blue one").await;

        // A key opens the fields from anywhere in the conversation.
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("q").await;
        ada.is_at(&field("1")).await;
        ada.hits(&[Key::Escape]).await;
        findings.are_none();
    })
    .await;
}

const CHIP: fantoccini::Locator<'static> = fantoccini::Locator::Css(".press");
