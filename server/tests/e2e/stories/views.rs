//! A list that was narrowed is saved under a name, by keys; it is in the rail and in the command bar, follows its agent to
//! another browser, and is renamed and forgotten.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// Waits until the rail has these views, in this order.
async fn has_views(person: &Person, names: &[&str]) {
    let what = format!("{} has the views {names:?}", person.name);
    until(&what, async || {
        let mut found = Vec::new();
        for link in person.client.find_all(Locator::Css(".rail-views .rail-link")).await.ok()? {
            found.push(person.reads(&link).await?.trim().to_owned());
        }
        (found == names).then_some(())
    })
    .await;
}

async fn has_rows(person: &Person, count: usize) {
    let what = format!("{} has {count} rows", person.name);
    until(&what, async || (person.rows().await == count).then_some(())).await;
}

/// Goes by Tab to a button of the bar above the list, and presses it.
async fn presses_by_keys(person: &Person, label: &str) {
    person.tabs_to(label, async || person.focused_name().await == label).await;
    person.hits(&[Key::Enter]).await;
}

#[tokio::test]
async fn are_saved_by_keys_and_follow_their_agent() {
    story("views", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        let elsewhere = stage.person("ada-elsewhere").await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("The lid is on fire.").await;
        office.somebody_waits("Just looking").await;
        ada.goes(&office.chat.desk("inbox/all")).await;
        has_rows(&ada, 2).await;
        ada.opens_by_keys("The lid is on fire.").await;
        ada.hits_letters("p").await;
        ada.sees(&desk("priority.line")).await;
        ada.hits_letters("1").await;
        ada.no_longer_sees(&desk("priority.line")).await;

        // Narrowed, and saved for everybody.
        ada.hits_letters("f").await;
        until("the keys are in the bar", async || (ada.focused_id().await == "narrow-tag").then_some(()))
            .await;
        ada.hits(&[Key::Tab]).await;
        ada.keys_in(&desk("priority.urgent")).await;
        has_rows(&ada, 1).await;
        presses_by_keys(&ada, &desk("views.save")).await;
        until("the keys are in the name", async || (ada.focused_id().await == "view-name").then_some(()))
            .await;
        findings.look(&ada, "a view gets a name").await;
        ada.types(&format!("Fires{}", Key::Enter)).await;
        has_views(&ada, &["Fires"]).await;
        findings.look(&ada, "a view in the rail").await;

        // By the command bar from elsewhere, and back to the whole list.
        ada.goes(&office.chat.desk("inbox/all")).await;
        has_rows(&ada, 2).await;
        ada.commands("fir", "Fires").await;
        has_rows(&ada, 1).await;
        let url = ada.client.current_url().await.expect("an address");
        assert!(url.as_str().ends_with("/inbox/all?priority=urgent"), "{url}");

        // It follows its agent.
        elsewhere.signs_in(&office.chat, &OWNER).await;
        has_views(&elsewhere, &["Fires"]).await;
        elsewhere.finds(".rail-views .rail-link").await.click().await.expect("the view");
        has_rows(&elsewhere, 1).await;
        elsewhere.finds(".rail-views .rail-link[aria-current=page]").await;

        // Another name for everybody; then it goes, and the list stays as it is.
        ada.hits_letters("f").await;
        until("the keys are in the bar", async || (ada.focused_id().await == "narrow-tag").then_some(()))
            .await;
        presses_by_keys(&ada, &desk("views.rename")).await;
        until("the keys are in the name", async || (ada.focused_id().await == "view-name").then_some(()))
            .await;
        ada.hits(&[Key::End]).await;
        ada.types(&format!(" first{}", Key::Enter)).await;
        has_views(&ada, &["Fires first"]).await;
        elsewhere.reloads().await;
        has_views(&elsewhere, &["Fires first"]).await;
        presses_by_keys(&ada, &desk("views.forget")).await;
        ada.sees(&desk("views.forget.sure")).await;
        ada.hits(&[Key::Enter]).await;
        has_views(&ada, &[]).await;
        has_rows(&ada, 1).await;
        findings.are_none();
    })
    .await;
}
