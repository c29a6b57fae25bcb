//! The end of a conversation: how it was, what one keeps of it, and being forgotten.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::browser::Profile;
use crate::office::{GREETING, OWNER, Office};
use crate::pocket::{Pocket, picture};
use crate::stage::story;
use crate::words::{desk, desk_with, widget, widget_with};

/// Stands in a note only.
const CANARY: &str = "canary-77ab";

#[tokio::test]
async fn is_rated_in_stars_and_words() {
    story("rating", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Does it whistle?").await;
        ada.takes_by_keys("Does it whistle?").await;
        ada.answers("It does.").await;
        vera.sees_message("It does.").await;
        ada.hits_letters("e").await;
        ada.sees(&desk("talk.reopen")).await;

        // One press is a rating; another one is a better one; words may follow, and need not.
        vera.sees(&widget_with("ended_by", OWNER.name)).await;
        vera.sees(&widget("rate")).await;
        findings.look(&vera, "the question how it was").await;
        vera.presses(&widget("rate_of").replace("{n}", "3")).await;
        vera.sees(&widget("rated")).await;
        ada.sees(&rated("3")).await;
        vera.presses(&widget("rate_of").replace("{n}", "5")).await;
        ada.sees(&rated("5")).await;
        findings.look(&vera, "a rating").await;
        vera.presses(&widget("comment")).await;
        vera.finds("dialog[open] textarea").await;
        findings.look(&vera, "words for a rating").await;
        vera.types("Quick, and it does whistle.").await;
        vera.presses(&widget("send")).await;
        ada.sees("Quick, and it does whistle.").await;
        findings.look(&ada, "a rating, at the desk").await;

        // It is there again on another page.
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.sees(&widget("rated")).await;
        vera.finds(".star[aria-pressed=true]:nth-child(5)").await;
        findings.are_none();
    })
    .await;
}

#[tokio::test]
async fn is_kept_as_a_file_and_then_forgotten() {
    story("forgotten", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;
        let hers = Pocket::of(&vera).await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("My order is 4711.").await;
        ada.takes_by_keys("My order is 4711.").await;
        ada.writes_note(&format!("{CANARY}: paid twice")).await;
        ada.types(&Key::Enter.to_string()).await;
        ada.sees_note(&format!("{CANARY}: paid twice")).await;
        ada.hits(&[Key::Escape]).await;
        ada.answers("It leaves today.").await;
        vera.sees_message("It leaves today.").await;
        let photo = hers.put("parcel.png", &picture(400, 300));
        vera.picks("#pick", &[&photo]).await;
        ada.sees_pictures(".say-photo img", 1).await;

        // The menu; the conversation as a file, with what was said to the visitor and nothing else.
        vera.presses(&widget("more")).await;
        vera.finds("dialog[open]").await;
        findings.look(&vera, "the menu").await;
        vera.presses(&widget("save_transcript")).await;
        let text = hers.gets(&format!("{}.txt", widget("transcript"))).await;
        let text = String::from_utf8(text).expect("a text in UTF-8");
        for said in ["My order is 4711.", "It leaves today.", "parcel", OWNER.name] {
            assert!(text.contains(said), "`{said}` is missing in the file:\n{text}");
        }
        assert!(!text.contains(CANARY), "a note is in the file:\n{text}");

        // To be forgotten is asked first, and may be thought better of.
        vera.presses(&widget("more")).await;
        vera.presses(&widget("forget")).await;
        vera.sees(&widget("forget_more")).await;
        findings.look(&vera, "the question whether to be forgotten").await;
        vera.presses(&widget("forget_no")).await;
        vera.no_longer_sees(&widget("forget_more")).await;
        vera.sees_message("My order is 4711.").await;
        vera.writes("and a draft").await;
        vera.presses(&widget("more")).await;
        vera.presses(&widget("forget")).await;
        vera.presses(&widget("forget_yes")).await;

        // As if nothing had been: no message, no draft; and the agent sees that something stood there.
        vera.looks_into_chat().await;
        vera.sees(GREETING).await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new());
        assert_eq!(vera.draft().await, "");
        ada.sees(&desk("event.erased")).await;
        ada.no_longer_sees("My order is 4711.").await;
        ada.no_longer_sees(CANARY).await;
        ada.no_longer_sees("parcel.png").await;
        ada.sees_pictures(".say-photo img", 0).await;
        findings.look(&ada, "an erased conversation, at the desk").await;

        // Nor on another page; and the next word begins anew.
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.says("Do you sell cups?").await;
        vera.sees(&widget("mark_sent")).await;
        assert_eq!(vera.bubbles().await, ["Do you sell cups?"]);
        ada.hits_letters("gm").await;
        ada.sees_row("Do you sell cups?").await;
        findings.are_none();
    })
    .await;
}

/// What the desk says of a rating, behind the name of the visitor.
fn rated(score: &str) -> String {
    let said = desk_with("event.rated", &[("who", ""), ("score", score)]);
    said.trim().to_owned()
}
