//! A site offers two inboxes: a visitor who has only keys chooses, each conversation goes to who answers there, and both stand
//! side by side.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::shop::Page;
use crate::signing::QUEUE;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, widget};

impl Person {
    /// Goes by Tab to the choice of that name, and takes it.
    async fn chooses_by_keys(&self, name: &str) {
        let script = "return (document.querySelector('button:focus bdi') || {}).textContent || ''";
        let is_there = async || {
            let focused = self.client.execute(script, Vec::new()).await.expect("what has the focus");
            focused.as_str() == Some(name)
        };
        self.tabs_to(name, is_there).await;
        self.hits(&[Key::Enter]).await;
        self.is_in_the_composer().await;
    }

    async fn is_in_the_composer(&self) {
        until("the focus is in the composer", async || (self.focused_id().await == "text").then_some(()))
            .await;
    }

    /// Goes back to all conversations by keys.
    async fn goes_home_by_keys(&self) {
        let home = widget("home");
        self.tabs_back_to("the way home", async || self.focused_name().await == home).await;
        self.hits(&[Key::Enter]).await;
        self.sees(&widget("whom")).await;
    }
}

#[tokio::test]
async fn of_whom_to_talk_to_is_made_with_keys_and_kept_apart() {
    story("choice", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace, vera) =
            (stage.person("ada").await, stage.person("grace").await, stage.person("vera").await);
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        office.has_two_inboxes("Help", "Sales").await;

        // The owner offers both.
        ada.goes(&office.chat.desk("settings/sites")).await;
        let site = ada.finds("a[href^='/desk/settings/sites/']:not([href$='new'])").await;
        site.click().await.expect("the site");
        ada.finds("#choice-add").await.select_by_label("Sales").await.expect("offering sales");
        ada.sees(&desk("choice.key")).await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        findings.look(&ada, "a site that offers two inboxes").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;

        // The second of them, with keys alone. Nothing can be written before.
        vera.goes(&office.page("/")).await;
        vera.launcher().await;
        vera.tabs_to("the launcher", async || vera.focused_tag().await == "deskbell-chat").await;
        vera.hits(&[Key::Enter]).await;
        vera.looks_into_chat().await;
        vera.sees(&widget("whom")).await;
        findings.look(&vera, "whom to talk to").await;
        vera.chooses_by_keys("Sales").await;
        vera.keys_in("What does the blue one cost?").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("What does the blue one cost?").await;
        vera.sees("Sales").await;
        grace.takes_by_keys("What does the blue one cost?").await;
        grace.answers("Twelve.").await;
        vera.sees_message("Twelve.").await;

        // What is begun for one is not there for the other, and is there when one comes back.
        vera.keys_in("And the red").await;
        vera.goes_home_by_keys().await;
        vera.chooses_by_keys("Help").await;
        assert_eq!(vera.draft().await, "");
        vera.keys_in("Where is my parcel?").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("Where is my parcel?").await;
        ada.takes_by_keys("Where is my parcel?").await;
        grace.sees_no_row("Where is my parcel?").await;

        // An answer in the one is counted while one is in the other.
        grace.answers("And the red one fifteen.").await;
        vera.goes_home_by_keys().await;
        vera.sees("And the red one fifteen.").await;
        vera.sees(&widget("new_messages").replace("{n}", "1")).await;
        vera.sees("Where is my parcel?").await;
        findings.look(&vera, "two conversations").await;
        vera.chooses_by_keys("Sales").await;
        vera.sees_message("And the red one fifteen.").await;
        vera.has_draft("And the red").await;

        // All of it outlasts the page.
        vera.reloads().await;
        vera.opens_chat().await;
        vera.goes_home_by_keys().await;
        vera.chooses_by_keys("Sales").await;
        vera.has_draft("And the red").await;

        // A page chooses by itself; what it calls nobody is said.
        let call = "Deskbell('inbox', 'nobody'); Deskbell('inbox', 'sales')";
        office.shop.put("/buy", Page::with(&format!("<script>{QUEUE}{call}</script>{}", office.tag)));
        let bob = stage.person("bob").await;
        bob.goes(&office.page("/buy")).await;
        bob.opens_chat().await;
        bob.says("I would like two.").await;
        grace.sees_row("I would like two.").await;
        findings.are_none();
    })
    .await;
}
