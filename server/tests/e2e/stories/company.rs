//! Colleagues at one conversation: each sees that another looks at it or writes there, and nobody takes over by accident what
//! is being answered. Whoever only looks on is not seen.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{COLLEAGUE, OWNER, Office};
use crate::stage::story;
use crate::words::desk;

#[tokio::test]
async fn is_seen_before_two_answer() {
    story("company", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace) = (stage.person("ada").await, stage.person("grace").await);
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        grace.chooses("availability.busy").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Where is my order?").await;

        // Both look at what waits.
        let of = |key: &str, who: &str| desk(key).replace("{who}", who);
        grace.goes(&office.chat.desk("inbox/queue")).await;
        grace.opens_by_keys("Where is my order?").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.opens_by_keys("Where is my order?").await;
        ada.sees(&of("attending.looking", COLLEAGUE.name)).await;
        grace.sees(&of("attending.looking", OWNER.name)).await;
        let mut findings = Findings::default();
        findings.look(&ada, "a colleague who looks, too").await;

        // One takes it and writes. The other looks on without being seen.
        grace.hits_letters("c").await;
        grace.sees(&desk("status.mine")).await;
        grace.no_longer_sees(&of("attending.looking", OWNER.name)).await;
        grace.writes_answer("It left").await;
        ada.sees(&of("attending.writing", COLLEAGUE.name)).await;
        let seen = vera.screen().await;
        assert!(!seen.contains(OWNER.name), "who looks is nothing to visitors:\n{seen}");

        // Taking over asks first, and what is safe has the focus.
        ada.presses(&desk("talk.take_over")).await;
        ada.sees(&of("take_over.line", COLLEAGUE.name)).await;
        findings.look(&ada, "the question before taking over").await;
        ada.hits(&[Key::Enter]).await;
        ada.no_longer_sees(&of("take_over.line", COLLEAGUE.name)).await;
        grace.sees(&desk("status.mine")).await;
        grace.types(" yesterday").await;
        ada.sees(&of("attending.writing", COLLEAGUE.name)).await;
        ada.presses(&desk("talk.take_over")).await;
        ada.presses(&desk("take_over.take")).await;
        ada.sees(&desk("status.mine")).await;
        grace.sees(&desk("answer.with").replace("{who}", OWNER.name)).await;

        // Whoever goes elsewhere is not at it any more.
        grace.sees(&of("attending.looking", OWNER.name)).await;
        ada.hits_letters("gs").await;
        grace.no_longer_sees(&of("attending.looking", OWNER.name)).await;
        findings.are_none();
    })
    .await;
}
