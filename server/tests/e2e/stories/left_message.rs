//! Closed: the owner has set hours, a visitor leaves a message with an address, goes, and gets the answer by e-mail.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::browser::Profile;
use crate::mailbox::Mailbox;
use crate::office::{COLLEAGUE, OWNER, Office, SITE_NAME};
use crate::stage::story;
use crate::words::{desk, desk_with, widget, widget_start};

const ADDRESS: &str = "vera@home.example";

#[tokio::test]
async fn is_answered_by_mail() {
    story("left-message", async |stage| {
        let mailbox = Mailbox::open().await;
        let office = Office::with_mail(stage, &mailbox).await;
        let ada = stage.person("ada").await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let mut findings = Findings::default();

        // Always open, until the owner says otherwise. Visitors who are there hear of it at once.
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(&widget("here")).await;
        ada.goes(&office.chat.desk("settings/inboxes")).await;
        ada.sees(&desk("inbox.always")).await;
        ada.presses(SITE_NAME).await;
        ada.finds("#hours-set").await.click().await.expect("choosing hours");
        for day in 0..5 {
            ada.finds(&format!("#day-{day}-open")).await.click().await.expect("closing a day");
        }
        ada.presses(&desk("save")).await;
        ada.sees(&desk("inbox.now_shut")).await;
        vera.sees(&widget("away")).await;
        vera.sees(&widget("promise_mail")).await;

        // A message, and an address beside it; a wrong one is said to be wrong.
        vera.says("Do you ship to Norway?").await;
        findings.look(&vera, "the question for an address").await;
        vera.fills(&widget("leave_label"), "vera@nowhere").await;
        vera.presses(&widget("leave")).await;
        vera.sees(&widget("leave_wrong")).await;
        findings.look(&vera, "an address that is none").await;
        vera.fills(&widget("leave_label"), ADDRESS).await;
        vera.presses(&widget("leave")).await;
        vera.sees(&widget_start("left")).await;
        vera.sees(ADDRESS).await;
        findings.look(&vera, "an address that was left").await;
        findings.are_none();
        vera.goes("about:blank").await;

        // The agent answers; the answer goes out, with nothing that the visitor wrote.
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.sees_row("Do you ship to Norway?").await;
        ada.claims_by_keys("Do you ship to Norway?").await;
        ada.sees(&desk_with("event.address", &[("who", ""), ("address", ADDRESS)])).await;
        ada.answers("Yes, within five days.").await;
        let mail = mailbox.gets("Yes, within five days.").await;
        assert_eq!(mail.to, [ADDRESS]);
        assert!(!mail.text.contains("Norway"), "nothing of the visitor's own: {}", mail.text);
        ada.sees(&desk_with("event.mailed", &[("address", ADDRESS)])).await;
        assert_eq!(mailbox.all().len(), 1, "once");

        // One press, and there is no more mail.
        let link = mail.text.lines().find_map(|line| line.strip_prefix("List-Unsubscribe: <"));
        vera.goes(link.expect("a link").trim_end_matches('>')).await;
        vera.presses("No more e-mail").await;
        vera.sees("You get no more e-mail from this chat.").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_is_deactivated_is_put_out() {
    story("deactivated", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let grace = stage.person("grace").await;
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Who will answer me?").await;
        grace.claims_by_keys("Who will answer me?").await;

        // Put out at once; what she had waits again, and she cannot come back in.
        ada.reloads().await;
        ada.presses(&desk_with("people.deactivate.whom", &[("who", COLLEAGUE.name)])).await;
        ada.sees(&desk_with("people.deactivate.line", &[("who", COLLEAGUE.name)])).await;
        ada.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        ada.sees(&desk("people.out")).await;
        grace.sees(&desk("login.ended")).await;
        vera.sees(&widget("requeued")).await;
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.sees_row("Who will answer me?").await;

        ada.goes(&office.chat.desk("settings/people")).await;
        ada.presses(&desk_with("people.reactivate.whom", &[("who", COLLEAGUE.name)])).await;
        ada.sees(&desk_with("people.reactivate.line", &[("who", COLLEAGUE.name)])).await;
        ada.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        ada.no_longer_sees(&desk("people.out")).await;
        grace.signs_in(&office.chat, &COLLEAGUE).await;
    })
    .await;
}
