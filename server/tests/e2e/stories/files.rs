//! Files and pictures, both ways: picked, pasted, dropped; seen, opened, kept.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::browser::Profile;
use crate::office::{OWNER, Office};
use crate::pocket::{Pocket, document, picture};
use crate::shop::Page;
use crate::stage::story;
use crate::waiting::until;
use crate::words::widget;

/// In a shop's page: a picture that its button puts into the clipboard, as "copy the picture" does.
const COPIES: &str = "<script type=\"module\">\
    const button = document.createElement('button');\
    button.textContent = 'Copy the picture';\
    button.onclick = async () => {\
      const canvas = new OffscreenCanvas(300, 200);\
      canvas.getContext('2d').fillRect(20, 20, 100, 100);\
      const picture = await canvas.convertToBlob({ type: 'image/png' });\
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);\
      button.textContent = 'Copied';\
    };\
    document.querySelector('h1').after(button);\
  </script>";
/// Slow enough to be looked at.
const SLOW_BYTES_A_SECOND: u32 = 60_000;

#[tokio::test]
async fn go_both_ways() {
    story("files", async |stage| {
        let office = Office::over_tls(stage).await;
        office.shop.put("/copies", Page::with(&format!("{}{COPIES}", office.tag)));
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;
        let (hers, adas) = (Pocket::of(&vera).await, Pocket::of(&ada).await);
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/copies")).await;
        vera.opens_chat().await;
        vera.says("My kettle leaks. Here is how it looks.").await;
        ada.takes_by_keys("My kettle leaks. Here is how it looks.").await;

        // A picture and a file at once, over a slow line: she sees how far they are, then both in the conversation.
        let bill = document(240_000);
        let (photo, paper) = (hers.put("kettle.png", &picture(900, 600)), hers.put("bill.pdf", &bill));
        vera.uploads_at(Some(SLOW_BYTES_A_SECOND)).await;
        vera.picks("#pick", &[&photo, &paper]).await;
        vera.finds(".uploads progress").await;
        vera.sees("bill.pdf").await;
        vera.sees(&widget("file_going")).await;
        findings.look(&vera, "files on their way").await;
        vera.finds(".bubble .file").await;
        vera.no_longer_sees(&widget("file_going")).await;
        vera.uploads_at(None).await;
        vera.sees_pictures(".photo img", 1).await;
        findings.look(&vera, "a conversation with files").await;

        // Pressed, it is shown larger over the chat; Escape leads back to it.
        vera.finds(".photo").await.click().await.expect("pressing the picture");
        vera.sees(&widget("photo_whole")).await;
        vera.sees_pictures("dialog img", 1).await;
        findings.look(&vera, "a picture by itself").await;
        vera.hits(&[Key::Escape]).await;
        vera.no_longer_sees(&widget("photo_whole")).await;
        until("the focus is on the picture again", async || {
            let focused = vera.focused().await?.attr("class").await.ok()??;
            (focused == "photo").then_some(())
        })
        .await;

        // The agent sees the picture, and gets the very file.
        ada.sees_pictures(".say-photo img", 1).await;
        ada.sees("bill.pdf").await;
        ada.finds("a[download='bill.pdf']").await.click().await.expect("clicking on the file");
        assert!(adas.gets("bill.pdf").await == bill, "the agent gets what the visitor sent");
        findings.look(&ada, "a conversation with files, at the desk").await;

        // The agent sends one back, and a picture.
        let guide = b"1. Let it cool.\n2. Turn the lid.\n";
        let (text, drawing) = (adas.put("how-to.txt", guide), adas.put("lid.png", &picture(320, 240)));
        ada.finds(".attach button").await;
        ada.picks(".attach input", &[&text]).await;
        ada.sees("how-to.txt").await;
        vera.sees("how-to.txt").await;
        ada.picks(".attach input", &[&drawing]).await;
        vera.sees_pictures(".photo img", 2).await;
        vera.presses("how-to.txt").await;
        assert_eq!(hers.gets("how-to.txt").await, guide);
        vera.sees(&widget("mark_read")).await;

        // Copied elsewhere and pasted with the keys; and dropped onto the chat.
        vera.looks_at_page().await;
        vera.presses("Copy the picture").await;
        vera.sees("Copied").await;
        vera.looks_into_chat().await;
        vera.finds("#text").await.click().await.expect("clicking into the field");
        vera.pastes().await;
        vera.sees_pictures(".photo img", 3).await;
        ada.sees_pictures(".say-photo img", 3).await;
        let note = hers.put("serial.txt", b"KT-2024-0815\n");
        let (x, y) = vera.middle_of_chat().await;
        vera.drops(&note, x, y).await;
        vera.looks_into_chat().await;
        vera.finds(".bubble .file").await;
        ada.finds("a[download='serial.txt']").await.click().await.expect("clicking on the file");
        assert_eq!(adas.gets("serial.txt").await, b"KT-2024-0815\n");

        // What is not taken says why, and can be put away.
        let program = hers.put("setup.exe", b"MZ\x90\0 a program");
        vera.picks("#pick", &[&program]).await;
        vera.sees(&widget("file_kind")).await;
        findings.look(&vera, "a file that is not taken").await;
        vera.presses(&widget("cancel")).await;
        vera.no_longer_sees("setup.exe").await;

        // All of it is there again after a reload, on another page.
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.sees_pictures(".photo img", 3).await;
        vera.tabs_back_to("the conversation", async || vera.focused_tag().await == "main").await;
        vera.hits(&[Key::Home]).await;
        vera.stands_at_the_oldest_row().await;
        vera.presses("bill.pdf").await;
        assert!(hers.gets("bill.pdf").await == bill, "the visitor gets it back");
        findings.are_none();
    })
    .await;
}

#[tokio::test]
async fn are_picked_and_got() {
    story("files-picked", async |stage| {
        let office = Office::over_tls(stage).await;
        let (vera, ada) = (stage.person("vera").await, stage.person("ada").await);
        let (hers, adas) = (Pocket::of(&vera).await, Pocket::of(&ada).await);
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Here is how it looks.").await;
        ada.takes_by_keys("Here is how it looks.").await;

        // There: a picture and a file, and what is dropped. (A paste that is made by a script comes empty in Firefox.)
        let bill = document(90_000);
        let (photo, paper) = (hers.put("kettle.png", &picture(900, 600)), hers.put("bill.pdf", &bill));
        vera.picks("#pick", &[&photo, &paper]).await;
        vera.sees_pictures(".photo img", 1).await;
        ada.sees_pictures(".say-photo img", 1).await;
        ada.finds("a[download='bill.pdf']").await.click().await.expect("clicking on the file");
        assert!(adas.gets("bill.pdf").await == bill, "the agent gets what the visitor sent");
        vera.brings("#text", "drop", "dropped.txt", 40).await;
        ada.finds("a[download='dropped.txt']").await;

        // Back: by the agent's field, and by the visitor's press.
        let guide = b"1. Let it cool.\n2. Turn the lid.\n";
        ada.picks(".attach input", &[&adas.put("how-to.txt", guide)]).await;
        vera.presses("how-to.txt").await;
        assert_eq!(hers.gets("how-to.txt").await, guide);

        // Larger, and back again; and after a reload it is all there.
        vera.finds(".photo").await.click().await.expect("pressing the picture");
        vera.sees(&widget("photo_whole")).await;
        vera.hits(&[Key::Escape]).await;
        vera.no_longer_sees(&widget("photo_whole")).await;
        until("the focus is on the picture again", async || {
            let focused = vera.focused().await?.attr("class").await.ok()??;
            (focused == "photo").then_some(())
        })
        .await;
        vera.reloads().await;
        vera.opens_chat().await;
        vera.sees_pictures(".photo img", 1).await;
        for name in ["bill.pdf", "dropped.txt", "how-to.txt"] {
            vera.sees(name).await;
        }
    })
    .await;
}

#[tokio::test]
async fn are_links_in_the_plain_form() {
    story("files-plain", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;
        let (hers, adas) = (Pocket::of(&vera).await, Pocket::of(&ada).await);
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        let loader = office.tag.split('"').nth(1).expect("the address in the tag");
        vera.goes(&loader.replace(".js", "/plain")).await;
        vera.fills("Your message", "I have no scripts. Is there a guide?").await;
        vera.presses("Send").await;
        vera.sees("Your message was sent.").await;

        ada.takes_by_keys("I have no scripts. Is there a guide?").await;
        let text = adas.put("how-to <b>.txt", b"1. Let it cool.\n");
        let drawing = adas.put("lid.png", &picture(320, 240));
        ada.picks(".attach input", &[&text]).await;
        ada.sees("how-to <b>.txt").await;
        ada.picks(".attach input", &[&drawing]).await;
        ada.sees_pictures(".say-photo img", 1).await;

        // Names are shown as they are, and are links.
        until("both files are in the plain form", async || {
            // The agent sees a picture while it is on its way: who asks too early, asks again.
            vera.presses("Check for answers").await;
            let seen = vera.screen().await;
            (seen.contains("how-to <b>.txt") && seen.contains("lid")).then_some(())
        })
        .await;
        findings.look(&vera, "the plain form with files").await;
        vera.presses("how-to <b>.txt").await;
        assert_eq!(hers.gets("how-to _b_.txt").await, b"1. Let it cool.\n");
        findings.are_none();
    })
    .await;
}

#[tokio::test]
async fn are_stopped_and_tried_again_by_hand() {
    // What would be tried again by itself, is not: it is the press that does it.
    const PATIENT: &str = "const soon = self.setTimeout;
        self.setTimeout = (act, ms, ...rest) => (ms >= 1000 ? 0 : soon(act, ms, ...rest));";
    story("files-by-hand", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let hers = Pocket::of(&vera).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Here comes the bill.").await;

        // In the middle of its way it is stopped, and never comes.
        vera.uploads_at(Some(SLOW_BYTES_A_SECOND)).await;
        let (wrong, bill) = (hers.put("wrong.pdf", &document(240_000)), hers.put("bill.pdf", &document(900)));
        vera.picks("#pick", &[&wrong]).await;
        vera.sees(&widget("file_going")).await;
        vera.presses(&widget("cancel")).await;
        vera.no_longer_sees("wrong.pdf").await;
        vera.uploads_at(None).await;

        vera.client.execute(PATIENT, Vec::new()).await.expect("a clock that stands still");
        vera.cannot_reach(&["*/upload"]).await;
        vera.picks("#pick", &[&bill]).await;
        vera.sees(&widget("file_waits")).await;
        vera.cannot_reach(&[]).await;
        vera.presses(&widget("retry")).await;
        vera.finds(".bubble .file").await;
        vera.no_longer_sees(&widget("file_waits")).await;
        assert!(!vera.screen().await.contains("wrong.pdf"), "{}", vera.screen().await);
    })
    .await;
}

#[tokio::test]
async fn wait_for_a_connection_and_go_once() {
    story("files-later", async |stage| {
        let mut office = Office::over_tls(stage).await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let ada = stage.person("ada").await;
        let hers = Pocket::of(&vera).await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        let first = vera.tab().await;
        vera.opens_chat().await;
        vera.says("Here comes the bill.").await;
        ada.takes_by_keys("Here comes the bill.").await;

        // The server is gone: what is picked waits, and the wrong one is put away again.
        office.chat.kill();
        vera.sees(&widget("link_down")).await;
        let (wrong, bill) = (hers.put("wrong.pdf", &document(900)), hers.put("bill.pdf", &document(9_000)));
        vera.picks("#pick", &[&wrong, &bill]).await;
        vera.sees(&widget("file_waits")).await;
        vera.sees("bill.pdf").await;
        findings.look(&vera, "files that wait").await;
        vera.presses(&widget("cancel")).await;
        vera.no_longer_sees("wrong.pdf").await;
        office.chat.run().await;
        ada.finds("a[download='bill.pdf']").await;
        vera.finds(".bubble .file").await;

        // Nothing can be uploaded from this tab. The picture outlives a reload of it, and goes from another one.
        vera.cannot_reach(&["*/upload"]).await;
        let photo = hers.put("kettle.png", &picture(300, 200));
        vera.picks("#pick", &[&photo]).await;
        vera.sees(&widget("file_waits")).await;
        vera.reloads().await;
        vera.opens_chat().await;
        vera.sees("kettle.png").await;
        vera.sees(&widget("file_waits")).await;
        vera.opens_tab(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.sees_pictures(".photo img", 1).await;
        vera.turns_to(&first).await;
        vera.looks_into_chat().await;
        vera.sees_pictures(".photo img", 1).await;
        vera.no_longer_sees("kettle.png").await;
        vera.says("That is all.").await;
        ada.sees_in_transcript("That is all.").await;

        // Each once, and the wrong one never.
        for (person, files) in [(&vera, ".bubble .file, .bubble .photo"), (&ada, ".say-file, .say-photo")] {
            let files = person.client.find_all(Locator::Css(files)).await.expect("the files");
            assert_eq!(files.len(), 2, "{} sees each file once", person.name);
        }
        findings.are_none();
    })
    .await;
}
