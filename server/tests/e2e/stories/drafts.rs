//! Half an answer goes along with its agent: begun at one browser, gone on with at another, sent at the first; what is not sent
//! while there is no server stays until it is.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::desk;

/// Waits until a row of the list has the mark, or no row has.
async fn has_mark(person: &Person, is_there: bool) {
    let what = format!("{} sees the mark of a draft: {is_there}", person.name);
    until(&what, async || {
        let mut is_seen = false;
        for mark in person.client.find_all(Locator::Css(".row-mark .chip")).await.ok()? {
            is_seen |= person.reads(&mark).await? == desk("row.draft");
        }
        (is_seen == is_there).then_some(())
    })
    .await;
}

#[tokio::test]
async fn go_along_to_another_browser_and_end_with_what_is_sent() {
    story("drafts", async |stage| {
        let mut office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        let elsewhere = stage.person("ada-elsewhere").await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        elsewhere.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Does it whistle?").await;

        // Begun here: the list there says so before anybody opens it, and the field has it when it is opened.
        ada.claims_by_keys("Does it whistle?").await;
        ada.hits_letters("gm").await;
        ada.opens_by_keys("Does it whistle?").await;
        ada.writes_answer("It whistles when").await;
        elsewhere.goes(&office.chat.desk("inbox/mine")).await;
        has_mark(&elsewhere, true).await;
        findings.look(&elsewhere, "a list with a draft").await;
        elsewhere.opens_by_keys("Does it whistle?").await;
        elsewhere.has_written("It whistles when").await;
        // A note is another one; gone on with there, it is here while the conversation is open.
        elsewhere.writes_answer(" it boils").await;
        ada.has_written("It whistles when it boils").await;
        elsewhere.hits(&[Key::Escape]).await;
        elsewhere.writes_note("She sounds").await;
        elsewhere.hits(&[Key::Escape]).await;
        ada.has_written("It whistles when it boils").await;
        ada.types(&format!(".{}", Key::Enter)).await;
        ada.sees_in_transcript("It whistles when it boils.").await;
        ada.has_written("").await;
        elsewhere.sees_in_transcript("It whistles when it boils.").await;
        elsewhere.has_written("She sounds").await;
        elsewhere.hits_letters("r").await;
        elsewhere.has_written("").await;
        elsewhere.hits(&[Key::Escape]).await;
        has_mark(&elsewhere, true).await;
        ada.hits(&[Key::Escape]).await;
        ada.writes_note("").await;
        ada.has_written("She sounds").await;
        ada.types(&format!(" curious{}", Key::Enter)).await;
        ada.sees_note("She sounds curious").await;
        has_mark(&elsewhere, false).await;
        has_mark(&ada, false).await;

        // Sent while there is no server: it is a draft there until the server has the message.
        ada.hits(&[Key::Escape]).await;
        ada.writes_answer("For a minute").await;
        elsewhere.has_written("For a minute").await;
        office.chat.kill();
        ada.sees(&desk("connection.lost.line")).await;
        ada.types(&format!(", then it stops{}", Key::Enter)).await;
        ada.has_written("").await;
        elsewhere.has_written("For a minute").await;
        office.chat.run().await;
        vera.sees_message("For a minute, then it stops").await;
        elsewhere.has_written("").await;
        ada.has_written("").await;
        assert_eq!(ada.copies_in_transcript("For a minute, then it stops").await, 1);
        has_mark(&elsewhere, false).await;

        // What is longer than any message stays here, and stops nothing.
        ada.hits(&[Key::Escape]).await;
        ada.writes_answer("").await;
        let paste = "return document.execCommand('insertText', false, 'x'.repeat(70000))";
        let is_pasted = ada.client.execute(paste, Vec::new()).await.expect("the script ran");
        assert_eq!(is_pasted, true);
        ada.hits(&[Key::Escape]).await;
        ada.hits_letters("gq").await;
        ada.hits_letters("gm").await;
        has_mark(&ada, true).await;
        vera.says("And then?").await;
        ada.opens_by_keys("And then?").await;
        ada.has_written(&"x".repeat(70_000)).await;
        findings.are_none();
    })
    .await;
}
