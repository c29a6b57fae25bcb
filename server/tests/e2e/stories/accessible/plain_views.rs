//! The plain form, which needs no script, and the page of the shop around the launcher.

use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;

use super::Findings;
use crate::browser::Profile;
use crate::office::Office;
use crate::stage::story;

#[tokio::test]
async fn of_the_plain_form_and_the_launcher() {
    story("accessible-plain", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let mut findings = Findings::default();

        vera.goes(&office.page("/")).await;
        vera.launcher().await;
        findings.look(&vera, "the launcher").await;

        let loader = office.tag.split('"').nth(1).expect("the address in the tag");
        vera.goes(&loader.replace(".js", "/plain")).await;
        findings.look(&vera, "the plain form").await;
        vera.fills("Your message", "I have no scripts.").await;
        vera.presses("Send").await;
        vera.sees("Your message was sent.").await;
        findings.look(&vera, "the plain form with a transcript").await;
        vera.presses("Check for answers").await;
        vera.no_longer_sees("Your message was sent.").await;
        // Short enough in characters, too long in bytes.
        vera.fills("Your answer", &"\u{fc}".repeat(TEXT_BYTES_MAX / 2 + 1)).await;
        vera.presses("Send").await;
        vera.sees("This message is too long for one.").await;
        findings.look(&vera, "the plain form with a refusal").await;
        findings.are_none();
    })
    .await;
}
