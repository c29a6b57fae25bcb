//! How a team files conversations: the owner makes tags and outcomes, an agent puts a tag on by keys, a colleague sees it and
//! narrows a list to it, the conversation is wrapped up; and the visitor sees nothing of any of it.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// Stands in the names of a tag and an outcome only.
const CANARY: &str = "canary-5b1e";

async fn has_rows(person: &Person, count: usize) {
    let what = format!("{} has {count} rows", person.name);
    until(&what, async || (person.rows().await == count).then_some(())).await;
}

/// Waits until something is in the page.
async fn has(person: &Person, css: &str, text: &str) {
    let what = format!("{} has `{text}` in {css}", person.name);
    until(&what, async || {
        for found in person.client.find_all(Locator::Css(css)).await.ok()? {
            if person.reads(&found).await.is_some_and(|found| found.contains(text)) {
                return Some(());
            }
        }
        None
    })
    .await;
}

async fn makes_tag(owner: &Person, name: &str) {
    owner.fills(&desk("tags.name"), name).await;
    owner.finds("form button[type=submit]").await.click().await.expect("saving the tag");
    has(owner, ".table .tag", name).await;
}

async fn chooses_in(person: &Person, css: &str, label: &str) {
    person.finds(css).await.select_by_label(label).await.unwrap_or_else(|error| panic!("{label}: {error}"));
}

#[tokio::test]
async fn tags_and_outcomes_are_of_the_team_alone() {
    story("filing", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace, vera) =
            (stage.person("ada").await, stage.person("grace").await, stage.person("vera").await);
        let mut findings = Findings::default();
        let (tag, end) = (format!("{CANARY} tag"), format!("{CANARY} end"));

        // The owner makes tags, and says what an inbox wants to know.
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        ada.goes(&office.chat.desk("settings/tags")).await;
        ada.sees(&desk("tags.make")).await;
        makes_tag(&ada, &tag).await;
        makes_tag(&ada, "billing").await;
        findings.look(&ada, "tags of the organisation").await;
        ada.goes(&office.chat.desk("settings/inboxes")).await;
        ada.finds("main a[href*='/settings/inboxes/']:not([href$='/new'])")
            .await
            .click()
            .await
            .expect("the inbox");
        ada.sees(&desk("outcomes.title")).await;
        for (at, name) in ["answered", &end].into_iter().enumerate() {
            ada.presses(&desk("outcomes.add")).await;
            let line = format!(".outcomes li:nth-child({}) input", at + 1);
            ada.finds(&line).await.send_keys(name).await.expect("an outcome");
        }
        ada.finds("#outcome-required").await.click().await.expect("required");
        ada.finds(".outcomes ~ .form-row button[type=submit]").await.click().await.expect("saving");
        ada.sees(&desk("saved")).await;
        findings.look(&ada, "outcomes of an inbox").await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        grace.chooses("availability.busy").await;

        // A tag by keys alone; a colleague sees it without loading anything anew.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("My kettle came without a lid.").await;
        office.somebody_waits("Another kettle").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.is_at_the_desk().await;
        grace.goes(&office.chat.desk("inbox/all")).await;
        has_rows(&grace, 2).await;
        ada.claims_by_keys("My kettle came without a lid.").await;
        ada.hits_letters("l").await;
        until("the keys are in the field", async || (ada.focused_id().await == "tag-search").then_some(()))
            .await;
        findings.look(&ada, "choosing tags").await;
        ada.types(&format!("{CANARY}{}", Key::Enter)).await;
        has(&grace, ".row .tag", &tag).await;
        ada.hits(&[Key::Escape]).await;
        has(&ada, ".filed .tag", &tag).await;
        ada.sees(&desk("event.tagged").replace("{who}", &desk("event.you")).replace("{which}", &tag)).await;

        // How much it matters, by a digit.
        ada.hits_letters("p").await;
        ada.sees(&desk("priority.line")).await;
        findings.look(&ada, "choosing a priority").await;
        ada.hits_letters("1").await;
        ada.no_longer_sees(&desk("priority.line")).await;
        grace.finds(".row .tag-urgent").await;
        findings.look(&grace, "a list with tags").await;

        // A list is narrowed; the address keeps it over a reload, and what is left out says so.
        grace.hits_letters("f").await;
        grace.finds("#narrow-tag").await;
        has(&grace, "#narrow-tag", &tag).await;
        chooses_in(&grace, "#narrow-tag", &tag).await;
        has_rows(&grace, 1).await;
        findings.look(&grace, "a narrowed list").await;
        grace.reloads().await;
        has(&grace, ".row", "My kettle came without a lid.").await;
        has_rows(&grace, 1).await;
        has(&grace, "#narrow-tag", &tag).await;
        chooses_in(&grace, ".narrow select:not(#narrow-tag)", &desk("priority.low")).await;
        grace.sees(&desk("narrow.empty")).await;
        findings.look(&grace, "nothing left in a narrowed list").await;
        chooses_in(&grace, ".narrow select:not(#narrow-tag)", &desk("priority.urgent")).await;
        has_rows(&grace, 1).await;

        // Wrapped up by keys: not without an outcome, and with one Enter is enough.
        ada.hits_letters("e").await;
        ada.finds("input[type=radio]").await;
        findings.look(&ada, "wrapping up").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("outcome.missing")).await;
        ada.hits_char('2').await;
        ada.no_longer_sees(&desk("outcome.missing")).await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("talk.reopen")).await;
        ada.sees(&desk("event.concluded").replace("{who}", &desk("event.you")).replace("{which}", &end))
            .await;
        // What is done is narrowed by the server.
        grace.sees(&desk("narrow.empty")).await;
        grace.presses(&desk("list.resolved")).await;
        has(&grace, ".row", "My kettle came without a lid.").await;
        has_rows(&grace, 1).await;
        // It is put right later.
        has(&ada, ".filed", &end).await;
        ada.presses(&end).await;
        ada.finds("input[type=radio]").await;
        ada.hits_char('1').await;
        ada.hits(&[Key::Enter]).await;
        has(&ada, ".filed", "answered").await;

        // Neither what the visitor sees, nor what a reload brings.
        for _ in 0..2 {
            let (screen, page) = (vera.screen().await, vera.client.source().await.expect("the document"));
            for telling in [CANARY, "answered", "urgent", "tagged"] {
                assert!(!screen.contains(telling) && !page.contains(telling), "{telling}: {screen}");
            }
            assert_eq!(vera.bubbles().await, ["My kettle came without a lid."]);
            vera.reloads().await;
            vera.opens_the_frame().await;
            vera.sees_message("My kettle came without a lid.").await;
        }
        findings.are_none();
    })
    .await;
}
