//! Lists of conversations: several are chosen and done something to at once, with keys alone and with a pointer, and it is
//! taken back.

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// What is said of so many.
fn of(key: &str, n: usize) -> String {
    desk(key).replace("{n}", &n.to_string())
}

async fn has_rows(person: &Person, count: usize) {
    let what = format!("{} has {count} rows", person.name);
    until(&what, async || (person.rows().await == count).then_some(())).await;
}

/// Shift, held while a letter is pressed.
async fn reaches(person: &Person, by: usize) {
    for _ in 0..by {
        person.chord(&[Key::Shift, Key::Down]).await;
    }
}

async fn clicks_with_shift(person: &Person, element: &Element) {
    const CLICK: &str = "arguments[0].dispatchEvent(new MouseEvent('click', \
        { shiftKey: true, bubbles: true, cancelable: true }))";
    let element = serde_json::to_value(element).expect("an element");
    person.client.execute(CLICK, vec![element]).await.expect("a click");
}

#[tokio::test]
async fn many_are_done_something_to_at_once_and_it_is_taken_back() {
    story("lists-many", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        for n in 1..=8 {
            office.somebody_waits(&format!("Kettle {n}")).await;
        }
        has_rows(&ada, 8).await;
        let places: Vec<_> = ada.client.find_all(Locator::Css(".row")).await.unwrap();
        assert_eq!(places[7].attr("aria-posinset").await.unwrap().as_deref(), Some("8"));
        assert_eq!(places[7].attr("aria-setsize").await.unwrap().as_deref(), Some("8"));

        // Chosen by keys, one and the two after it, and taken; the others stay.
        ada.hits_letters("jx").await;
        ada.sees(&of("bulk.chosen", 1)).await;
        reaches(&ada, 2).await;
        ada.sees(&of("bulk.chosen", 3)).await;
        findings.look(&ada, "three are chosen").await;
        ada.hits_letters("c").await;
        ada.sees(&of("bulk.claimed", 3)).await;
        has_rows(&ada, 5).await;
        ada.hits_letters("gm").await;
        has_rows(&ada, 3).await;

        // Resolved, and taken back by one key.
        ada.hits(&[Key::Home]).await;
        ada.hits_letters("x").await;
        reaches(&ada, 2).await;
        ada.hits_letters("e").await;
        ada.sees(&of("bulk.resolved", 3)).await;
        ada.sees(&desk("empty.mine")).await;
        findings.look(&ada, "three are resolved").await;
        ada.hits_letters("z").await;
        ada.sees(&of("bulk.reopened", 3)).await;
        has_rows(&ada, 3).await;

        // What it cannot be done to is said, and stays chosen: what waits is nobody's to put aside.
        ada.hits_letters("ga").await;
        has_rows(&ada, 8).await;
        ada.hits(&[Key::Home]).await;
        ada.hits_letters("x").await;
        ada.presses(&of("bulk.all", 8)).await;
        ada.sees(&of("bulk.chosen", 8)).await;
        ada.hits_letters("s").await;
        ada.presses(&desk("snooze.week")).await;
        ada.sees(&of("bulk.snoozed", 3)).await;
        ada.sees(&of("bulk.left", 5)).await;
        ada.sees(&of("bulk.chosen", 5)).await;
        ada.takes_back().await;
        ada.sees(&of("bulk.woken", 3)).await;

        // One step back leaves what is chosen, and the focus is on a row still.
        ada.hits(&[Key::Escape]).await;
        ada.no_longer_sees(&of("bulk.chosen", 5)).await;
        ada.hits_letters("k").await;
        until("the focus is on a row", async || ada.focused_id().await.starts_with("row-").then_some(()))
            .await;

        // With a pointer: a box, and all up to another one.
        let boxes = ada.client.find_all(Locator::Css(".row-choose")).await.unwrap();
        boxes[1].click().await.unwrap();
        ada.sees(&of("bulk.chosen", 1)).await;
        clicks_with_shift(&ada, &boxes[4]).await;
        ada.sees(&of("bulk.chosen", 4)).await;
        boxes[2].click().await.unwrap();
        ada.sees(&of("bulk.chosen", 3)).await;

        // The bar goes with the button that had the focus: that is on the row where Tab stops then.
        let clears = format!(".bulk button[aria-label='{}']", desk("bulk.none"));
        ada.client.find(Locator::Css(&clears)).await.unwrap().click().await.unwrap();
        ada.no_longer_sees(&of("bulk.chosen", 3)).await;
        until("the focus is on a row", async || ada.focused_id().await.starts_with("row-").then_some(()))
            .await;
        findings.are_none();
    })
    .await;
}
