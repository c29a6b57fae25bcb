//! How many conversations an agent takes, why one is theirs, and why another still waits: told on the screen. And files
//! that are pasted and dropped there, with progress and a way back.

use fantoccini::Locator;
use serde_json::json;

use crate::browser;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, desk_with};

#[tokio::test]
async fn is_chosen_and_explains_who_gets_what() {
    story("capacity", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let (vera, omar) = (stage.person("vera").await, stage.person("omar").await);
        ada.signs_in(&office.chat, &OWNER).await;
        ada.goes(&office.chat.desk("settings/profile")).await;
        ada.sees(&desk("capacity.title")).await;
        ada.fills(&desk("capacity.label"), "0").await;
        ada.presses_in("#capacity", &desk("save")).await;
        ada.sees(&desk_with("wrong.capacity", &[("n", "100")])).await;
        ada.fills(&desk("capacity.label"), "1").await;
        ada.presses_in("#capacity", &desk("save")).await;
        ada.goes(&office.chat.desk("settings/people")).await;
        ada.sees(&desk_with("availability.load", &[("load", "0"), ("capacity", "1")])).await;

        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I am the first.").await;
        ada.takes_by_keys("I am the first.").await;
        ada.presses(&desk("why.me")).await;
        let why = [("who", OWNER.name), ("load", "0"), ("capacity", "1")];
        ada.sees(&desk_with("why.only", &why)).await;

        omar.goes(&office.page("/cups")).await;
        omar.opens_chat().await;
        omar.says("I am the second.").await;
        ada.hits_letters("gq").await;
        ada.opens_by_keys("I am the second.").await;
        ada.presses(&desk("why.waiting")).await;
        ada.sees(&desk("why.full.one")).await;
        ada.chooses("availability.busy").await;
        ada.sees(&desk("why.unavailable.one")).await;
        // Once there is room, she takes it by hand, and that is told, too.
        ada.hits_letters("gm").await;
        ada.opens_by_keys("I am the first.").await;
        ada.hits_letters("e").await;
        ada.sees(&desk("answer.resolved")).await;
        ada.hits_letters("gq").await;
        ada.opens_by_keys("I am the second.").await;
        ada.hits_letters("c").await;
        ada.sees(&desk("status.mine")).await;
        ada.presses(&desk("why.me")).await;
        ada.sees(&desk_with("why.claimed", &[("who", OWNER.name)])).await;
    })
    .await;
}

impl Person {
    /// Clicks on a button of the form that a field is in.
    async fn presses_in(&self, field: &str, label: &str) {
        let path = format!("//form[.//*[@id='{}']]//button[normalize-space(.)='{label}']", &field[1..]);
        self.client.find(Locator::XPath(&path)).await.expect("a button").click().await.expect("a click");
    }

    async fn sees_file(&self, name: &str) {
        let what = format!("{} sees the file {name}", self.name);
        until(&what, async || {
            for said in self.client.find_all(Locator::Css(".say-body, .bubble")).await.ok()? {
                if self.reads(&said).await.is_some_and(|said| said.contains(name)) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }
}

#[tokio::test]
async fn files_are_pasted_dropped_and_given_up() {
    story("desk-files", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Do you have the manual?").await;
        ada.takes_by_keys("Do you have the manual?").await;
        ada.finds("#answer").await;

        ada.brings("#answer", "paste", "manual.txt", 400).await;
        ada.sees_file("manual.txt").await;
        vera.sees_file("manual.txt").await;
        ada.brings("#answer", "dragover", "plan.txt", 10).await;
        ada.sees(&desk("file.drop_here")).await;
        ada.brings("#answer", "drop", "plan.txt", 300).await;
        ada.no_longer_sees(&desk("file.drop_here")).await;
        ada.sees_file("plan.txt").await;
        vera.sees_file("plan.txt").await;

        // Over a slow line it can be watched, and given up; nothing of it arrives.
        let slow =
            json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000 });
        browser::devtools(&ada.client, "Network.enable", json!({})).await.expect("the developer tools");
        browser::devtools(&ada.client, "Network.emulateNetworkConditions", slow).await.expect("a slow line");
        ada.brings("#answer", "drop", "large.txt", 4_000_000).await;
        until("the progress is seen", async || {
            let bar = ada.client.find(Locator::Css(".uploads progress")).await.ok()?;
            let gone: f64 = bar.attr("value").await.ok()??.parse().ok()?;
            (gone > 0.0 && gone < 100.0).then_some(())
        })
        .await;
        ada.presses(&desk("file.cancel")).await;
        ada.no_longer_sees("large.txt").await;
        let fast =
            json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        browser::devtools(&ada.client, "Network.emulateNetworkConditions", fast).await.expect("a fast line");
        ada.answers("That is all I have.").await;
        vera.sees_message("That is all I have.").await;
        assert!(!vera.screen().await.contains("large.txt"));
    })
    .await;
}
