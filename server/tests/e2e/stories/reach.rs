//! Whether what is new reaches somebody: silence that is seen and ends, and the check of every step.

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::words::desk;

#[tokio::test]
async fn is_checked_and_silence_is_seen() {
    story("reach", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;

        // Silence from the command bar is said in the rail, on every page and after a reload.
        let silent = desk("quiet.now").split('{').next().unwrap_or_default().to_owned();
        ada.commands("hour", &desk("quiet.hour")).await;
        ada.sees(&silent).await;
        ada.reloads().await;
        ada.is_at_the_desk().await;
        ada.sees(&silent).await;

        ada.goes(&office.chat.desk("settings/profile")).await;
        ada.presses(&desk("reach.check")).await;
        ada.sees(&desk("reach.silence.now")).await;
        ada.sees(&desk("reach.notice.off")).await;
        ada.sees(&desk("reach.sound.ask")).await;
        findings.look(&ada, "the check").await;
        ada.presses(&desk("reach.no")).await;
        ada.sees(&desk("reach.sound.unheard")).await;

        ada.presses(&desk("quiet.end")).await;
        ada.sees(&desk("quiet.over")).await;
        ada.no_longer_sees(&silent).await;
        ada.presses(&desk("reach.check")).await;
        ada.sees(&desk("reach.sound.ask")).await;
        ada.presses(&desk("reach.yes")).await;
        ada.no_longer_sees(&desk("reach.silence.now")).await;
        ada.no_longer_sees(&desk("reach.sound.ask")).await;
        findings.are_none();
    })
    .await;
}
