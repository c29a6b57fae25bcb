//! Somebody looks for what was said, with keys alone: a word of two characters is found, opened where it was said, and marked
//! there. A colleague of another inbox does not find it.

use fantoccini::Locator;
use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// More rows than come with a conversation that is opened.
const ROWS_AFTER: usize = 104;

/// Writes many lines one after the other into the composer; by its keys, each as soon as the field is empty again.
const WRITES_LINES: &str = r"
    const done = arguments[arguments.length - 1];
    // By the clock and not by frames: WebKit paints few of them on a screen that nobody sees.
    const drawn = () => new Promise((next) => setTimeout(next));
    const field = () => document.querySelector('#answer');
    (async () => {
        for (let n = 1; n <= arguments[0]; n++) {
            field().value = 'line ' + n;
            field().dispatchEvent(new InputEvent('input', { bubbles: true }));
            await drawn();
            field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
            while (field().value) await drawn();
        }
    })().then(() => done(null), (error) => done(String(error)));
";

impl Person {
    /// Opens the search by its key and types.
    async fn searches(&self, text: &str) {
        self.hits_char('/').await;
        let what = format!("{} is in the field of the search", self.name);
        until(&what, async || (self.focused_id().await == "search-field").then_some(())).await;
        self.fills(&desk("search.field"), text).await;
    }

    /// What is marked on the page among what was found.
    async fn marks(&self) -> Vec<String> {
        let mut marked = Vec::new();
        for mark in self.client.find_all(Locator::Css(".found mark")).await.unwrap_or_default() {
            marked.push(mark.text().await.unwrap_or_default());
        }
        marked
    }
}

#[tokio::test]
async fn finds_what_was_said_where_it_was_said() {
    story("search", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("请问退款什么时候到账？").await;
        ada.takes_by_keys("请问退款什么时候到账？").await;
        // A long conversation: what was said first is not among the rows that come with it.
        ada.finds("#answer").await;
        let wrote = ada.client.execute_async(WRITES_LINES, vec![ROWS_AFTER.into()]).await;
        assert_eq!(wrote.expect("writing many lines"), serde_json::Value::Null);
        ada.sees_in_transcript(&format!("line {ROWS_AFTER}")).await;
        ada.no_longer_sees(&desk("progress.waiting")).await;
        ada.hits(&[Key::Escape]).await;
        ada.reloads().await;
        ada.is_at_the_desk().await;

        ada.searches("退款").await;
        until("the word is found and marked", async || (ada.marks().await == ["退款"]).then_some(())).await;
        ada.sees(&desk("search.found").replace("{n}", "1")).await;
        // From the field to what was found, and into it.
        ada.hits(&[Key::Down]).await;
        until("the keys are at what was found", async || (ada.focused_id().await == "hit-0").then_some(()))
            .await;
        ada.hits(&[Key::Enter]).await;
        let said = ada.finds(".say-found .say-body").await;
        assert_eq!(said.text().await.expect("its text").trim(), "请问退款什么时候到账？");
        let is_in_sight = "const said = document.querySelector('.say-found').getBoundingClientRect();\
            const seen = document.querySelector('.talk-scroll').getBoundingClientRect();\
            return said.top >= seen.top && said.bottom <= seen.bottom;";
        until("it is in sight", async || {
            let seen = ada.client.execute(is_in_sight, Vec::new()).await.ok()?;
            seen.as_bool().filter(|seen| *seen).map(drop)
        })
        .await;
        let address = ada.client.current_url().await.expect("an address");
        // The address leads there by itself, and a step back leads to what was found.
        ada.hits(&[Key::Escape]).await;
        until("what was found is there as it was", async || {
            (ada.client.current_url().await.ok()?.path() == "/desk/search" && ada.marks().await.len() == 1)
                .then_some(())
        })
        .await;
        ada.goes(address.as_str()).await;
        ada.finds(".say-found").await;

        // What is not there is said to be so.
        ada.searches("发票").await;
        ada.sees(&desk("search.none")).await;

        // Grace works in another inbox: she finds nothing, and the address shows her nothing.
        let grace = stage.person("grace").await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        grace.searches("退款").await;
        until("a member of the inbox finds it", async || (grace.marks().await.len() == 1).then_some(()))
            .await;
        office.has_no_members_but_owners().await;
        grace.goes(&office.chat.desk("search")).await;
        grace.fills(&desk("search.field"), "退款").await;
        grace.sees(&desk("search.none")).await;
        grace.goes(address.as_str()).await;
        grace.sees(&desk("talk.missing")).await;
    })
    .await;
}
