//! What owners decide: the looks of a site, seen beside the form before they are saved and by visitors after; where its
//! conversations land; how long things are kept; and that one visitor is forgotten.

use fantoccini::Locator;
use fantoccini::key::Key;

use crate::browser;
use crate::office::{GREETING, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::pocket::{Pocket, document, picture};
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, desk_with, widget};

/// The most a picture may weigh.
const PICTURE_BYTES_MAX: usize = 2_000_000;

impl Person {
    /// Goes to the page of the one site.
    async fn opens_the_site(&self, office: &Office) {
        self.goes(&office.chat.desk("settings/sites")).await;
        self.finds("a[href^='/desk/settings/sites/']:not([href$='new'])")
            .await
            .click()
            .await
            .expect("the site's link");
        self.sees(&desk("site.preview")).await;
    }

    /// Clicks on a box to be ticked.
    async fn presses_box(&self, id: &str) {
        let tick = self.finds(&format!("#{id}")).await;
        tick.click().await.unwrap_or_else(|error| panic!("{} ticks {id}: {error}", self.name));
    }

    /// Clicks on one of a few choices that stand side by side.
    async fn chooses_segment(&self, word: &str) {
        let path = format!("//label[contains(@class,'segment')][normalize-space(.)='{word}']/input");
        let choice = self.client.find(Locator::XPath(&path)).await.expect("the choice");
        choice.click().await.unwrap_or_else(|error| panic!("{} chooses {word}: {error}", self.name));
    }

    /// Waits until the preview shows this text in its chat.
    async fn sees_in_preview(&self, text: &str) {
        let what = format!("{} sees `{text}` in the preview", self.name);
        until(&what, async || {
            browser::leave_frames(&self.client).await.ok()?;
            self.client.find(Locator::Css(".preview iframe")).await.ok()?.enter_frame().await.ok()?;
            let host =
                self.client.find(Locator::Css("deskbell-chat")).await.ok()?.shadow_root().await.ok()?;
            host.find(Locator::Css("iframe")).await.ok()?.enter_frame().await.ok()?;
            self.screen().await.contains(text).then_some(())
        })
        .await;
        browser::leave_frames(&self.client).await.expect("going back to the page");
    }
}

#[tokio::test]
async fn chooses_looks_that_are_previewed_and_given_to_visitors() {
    story("looks", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_the_site(&office).await;
        ada.sees_in_preview(GREETING).await;

        ada.chooses_segment(&desk("site.corner.left")).await;
        ada.chooses_segment(&desk("site.theme.dark")).await;
        ada.fills(&desk("site.above"), "90").await;
        ada.fills(&desk("site.label"), "Ask the kettle").await;
        ada.fills(&desk("site.notice"), "The kiln is down until Monday.").await;
        ada.chooses_segment("简体中文").await;
        ada.fills(&desk("site.greeting"), "你好，想问什么都可以。").await;
        // While somebody types in the form, the preview takes nothing away from it.
        assert_eq!(ada.focused_id().await, "greeting");
        ada.sees_in_preview("你好，想问什么都可以。").await;
        assert_eq!(ada.focused_id().await, "greeting");
        ada.chooses_segment(&desk("site.text.all")).await;
        ada.sees_in_preview(GREETING).await;

        // Nothing of it is anywhere else before it is saved.
        vera.goes(&office.page("/")).await;
        let launcher = vera.launcher().await;
        assert_eq!(launcher.attr("aria-label").await.unwrap().as_deref(), Some("Chat with Kettles and Cups"));
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        ada.reloads().await;
        ada.opens_the_site(&office).await;
        assert_eq!(ada.finds("#above").await.prop("value").await.unwrap().as_deref(), Some("90"));

        vera.goes("about:blank").await;
        browser::devtools(&vera.client, "Network.clearBrowserCache", serde_json::json!({}))
            .await
            .expect("the developer tools");
        vera.goes(&office.page("/")).await;
        let launcher = vera.launcher().await;
        assert_eq!(launcher.attr("aria-label").await.unwrap().as_deref(), Some("Ask the kettle"));
        let (x, y, _, height) = launcher.rectangle().await.expect("where the launcher is");
        let window = vera.client.execute("return innerHeight", vec![]).await.expect("a height");
        assert!(x < 40.0, "at the left: {x}");
        assert!((window.as_f64().unwrap_or(0.0) - y - height - 90.0).abs() < 2.0, "90 pixels from below");
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.sees("The kiln is down until Monday.").await;
        vera.looks_at_page().await;
        vera.prefers("light").await;
        vera.looks_into_chat().await;
        let dark = "return matchMedia('(prefers-color-scheme: dark)').matches + getComputedStyle(document.body).backgroundColor";
        let painted = vera.client.execute(dark, vec![]).await.expect("a colour");
        let painted = painted.as_str().unwrap_or_default().to_owned();
        assert!(painted.ends_with("rgb(23, 25, 30)"), "always dark, whatever the visitor's browser wishes: {painted}");
        assert_eq!(vera.console().await.iter().filter(|line| line.contains("Refused")).count(), 0);
    })
    .await;
}

#[tokio::test]
async fn gives_a_site_a_logo() {
    story("logo", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        let pocket = Pocket::of(&ada).await;
        let (small, large) = (
            pocket.put("logo.png", &picture(320, 320)),
            pocket.put("wall.png", &document(PICTURE_BYTES_MAX + 1)),
        );
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_the_site(&office).await;

        // What the server would refuse is not sent at all.
        ada.picks("#logo", &[&large]).await;
        ada.sees(&desk("picture.too_big")).await;
        ada.picks("#logo", &[&small]).await;
        ada.sees(&desk("site.logo.drop")).await;
        ada.no_longer_sees(&desk("picture.too_big")).await;
        ada.sees_pictures(".form-row .face img", 1).await;

        // It is the site's once the form is saved.
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        ada.reloads().await;
        ada.opens_the_site(&office).await;
        ada.sees_pictures(".form-row .face img", 1).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.sees_pictures("img[src*='/picture/']", 1).await;

        ada.presses(&desk("site.logo.drop")).await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        ada.reloads().await;
        ada.opens_the_site(&office).await;
        ada.no_longer_sees(&desk("site.logo.drop")).await;
    })
    .await;
}

#[tokio::test]
async fn leads_a_site_to_another_inbox() {
    story("other-inbox", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.goes(&office.chat.desk("settings/inboxes/new")).await;
        ada.fills(&desk("inbox.name"), "Workshop").await;
        ada.presses(&desk("save")).await;
        // It has a page of its own now.
        ada.sees(&desk("keep.title")).await;

        ada.opens_the_site(&office).await;
        let choice = ada.finds("#inbox").await;
        choice.select_by_label("Workshop").await.expect("the other inbox");
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        // Who had the chat open already lands there, too.
        vera.says("Who mends kettles?").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.opens_by_keys("Who mends kettles?").await;
        ada.hits_letters("t").await;
        ada.sees(&desk("transfer.title")).await;
        ada.sees(SITE_NAME).await;
        let dialog = ada.reads(&ada.finds("dialog[open]").await).await.expect("the dialog");
        assert!(!dialog.contains("Workshop"), "it is there already:\n{dialog}");
    })
    .await;
}

#[tokio::test]
async fn decides_how_long_an_inbox_keeps_things() {
    story("retention", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        let open = async || {
            ada.goes(&office.chat.desk("settings/inboxes")).await;
            ada.presses(SITE_NAME).await;
            ada.sees(&desk("keep.title")).await;
        };
        open().await;
        ada.fills(&desk("keep.messages"), "0").await;
        ada.presses(&desk("keep.save")).await;
        ada.sees(&desk("wrong.days")).await;
        ada.fills(&desk("keep.messages"), "30").await;
        ada.fills(&desk("keep.files"), "7").await;
        ada.presses(&desk("keep.save")).await;
        ada.sees(&desk("saved")).await;
        ada.reloads().await;
        open().await;
        until("what was saved is there again", async || {
            let messages = ada.finds("#messages_days").await.prop("value").await.ok()??;
            let files = ada.finds("#files_days").await.prop("value").await.ok()??;
            (messages == "30" && files == "7").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn has_a_website_say_who_its_visitors_are() {
    story("owner-identity", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        ada.signs_in(&office.chat, &OWNER).await;
        ada.opens_the_site(&office).await;
        ada.sees(&desk("identity.none")).await;
        ada.presses(&desk("identity.make")).await;
        ada.sees(&desk("identity.make.line")).await;
        ada.fills(&desk("erase.password"), &format!("not mine{}", Key::Enter)).await;
        until("a wrong password is told", async || {
            ada.client.find(Locator::Css("#password[aria-invalid]")).await.ok().map(drop)
        })
        .await;
        ada.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        ada.sees(&desk("identity.made")).await;
        let secret =
            ada.finds(".part-new .copy-box code").await.text().await.expect("the secret on the screen");

        // It is what the server believes, and agents are told.
        office.puts_page_of(&secret, "/ann", "ann");
        vera.goes(&office.page("/ann")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.says("Is it me?").await;
        vera.sees(&widget("mark_sent")).await;

        // Shown once: whoever comes back finds when it was made, and nothing else.
        ada.reloads().await;
        ada.opens_the_site(&office).await;
        ada.sees(&desk("identity.rotate")).await;
        assert!(!ada.screen().await.contains(&secret));
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        ada.takes_by_keys("Is it me?").await;
        ada.sees("The ann").await;

        // Nobody else may write from now on.
        ada.goes(&office.chat.desk("settings/inboxes")).await;
        ada.presses(SITE_NAME).await;
        ada.presses_box("verified-only").await;
        ada.presses(&desk("admission.save")).await;
        ada.sees(&desk("saved")).await;
        ada.reloads().await;
        ada.goes(&office.chat.desk("settings/inboxes")).await;
        ada.presses(SITE_NAME).await;
        let is_so = ada.finds("#verified-only").await.is_selected().await.expect("a box");
        assert!(is_so, "what was saved is there again");
        vera.says("I still may.").await;
        vera.sees(&widget("mark_received")).await;

        // Taking away the last secret says that it closes the inbox, and does.
        ada.opens_the_site(&office).await;
        ada.sees(&desk("identity.verified_only")).await;
        ada.presses(&desk("identity.drop")).await;
        ada.sees(&desk("identity.drop.closes")).await;
        ada.presses(&desk("identity.drop.keep")).await;
        ada.no_longer_sees(&desk("identity.drop.closes")).await;
        ada.presses(&desk("identity.drop")).await;
        ada.presses(&desk("identity.drop.do")).await;
        ada.sees(&desk("identity.none")).await;
        vera.goes(&office.page("/ann")).await;
        vera.opens_the_frame().await;
        vera.sees(&widget("members")).await;
        vera.no_longer_sees(&widget("connecting")).await;
        until("there is nothing to write into, and nothing of what was said", async || {
            let can_write = vera.client.find(Locator::Css("#text")).await.ok()?.is_displayed().await.ok()?;
            (!can_write && !vera.screen().await.contains("Is it me?")).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn has_one_visitor_forgotten() {
    story("erased", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let vera = stage.person("vera").await;
        ada.signs_in(&office.chat, &OWNER).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("My number is canary-77").await;
        ada.takes_by_keys("My number is canary-77").await;
        ada.answers("Noted.").await;

        ada.presses(&desk("erase.open")).await;
        ada.sees(&desk("erase.line")).await;
        let word = desk("erase.word");
        ada.fills(&desk_with("erase.type", &[("word", &word)]), "no").await;
        ada.fills(&desk("erase.password"), OWNER.password).await;
        ada.presses(&desk("erase.do")).await;
        ada.sees(&desk("erase.type.wrong")).await;
        ada.fills(&desk_with("erase.type", &[("word", &word)]), &word).await;
        ada.fills(&desk("erase.password"), "not mine at all").await;
        ada.presses(&desk("erase.do")).await;
        until("a wrong password is told", async || {
            ada.client.find(Locator::Css("#password[aria-invalid]")).await.ok().map(drop)
        })
        .await;
        ada.fills(&desk("erase.password"), OWNER.password).await;
        ada.presses(&desk("erase.do")).await;
        ada.no_longer_sees(&desk("erase.line")).await;
        ada.no_longer_sees("canary-77").await;
        ada.reloads().await;
        ada.is_at_the_desk().await;
        ada.no_longer_sees("canary-77").await;
        vera.no_longer_sees("canary-77").await;
    })
    .await;
}
