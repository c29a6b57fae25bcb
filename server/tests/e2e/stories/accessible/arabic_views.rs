//! A first chat in Arabic: the chat runs from right to left, the corner of the page stays the site's choice, and what
//! either of them writes runs as it was written.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::{Value, json};

use super::Findings;
use crate::browser::Profile;
use crate::office::{GREETING, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::shop::Page;
use crate::stage::{Stage, story};
use crate::waiting::until;
use crate::words::{widget, widget_in};

/// What stands on the button that has the focus.
const FOCUSED: &str = "return document.activeElement.textContent";

#[tokio::test]
async fn of_a_first_chat_in_arabic() {
    story("accessible-arabic", async |stage| first_chat(stage).await).await;
}

async fn first_chat(stage: &Stage) {
    let office = Office::over_tls(stage).await;
    let arabic = |key: &str| widget_in("ar", key);
    let mut findings = Findings::default();
    office.shop.put(
        "/silent",
        Page::with(&format!("<script>document.documentElement.lang=''</script>{}", office.tag)),
    );
    let logging = Profile { in_one_process: true, logs_network: true, ..Profile::default() };
    let vera = stage.person_with("vera", logging).await;
    vera.wishes("he,ar-AE,en").await;

    // The launcher stands where the site put it, and has a name in Arabic. What is in the chat is turned around.
    vera.goes(&office.page("/silent")).await;
    let launcher = vera.launcher().await;
    let label = launcher.attr("aria-label").await.expect("asking for the label");
    assert_eq!(label.as_deref(), Some(&*format!("دردشة مع {SITE_NAME}")));
    let (left, _, width, _) = launcher.rectangle().await.expect("the place of the launcher");
    let page = vera.does("return innerWidth").await.as_f64().expect("a width");
    assert!(left + width / 2.0 > page / 2.0, "the launcher is at {left} of {page}");
    vera.opens_chat().await;
    vera.sees(GREETING).await;
    vera.sees(&arabic("away")).await;
    assert_eq!((vera.language().await, vera.direction().await), ("ar".to_owned(), "rtl".to_owned()));
    assert!(vera.finds("#close").await.left().await < vera.finds(".head h1").await.left().await);
    assert!(vera.finds(".send").await.left().await < vera.finds("#attach").await.left().await);
    findings.look(&vera, "the greeting, ar").await;
    let asked = vera.requests().await;
    let texts: Vec<_> = asked.iter().filter(|url| url.ends_with(".json")).collect();
    assert!(matches!(texts[..], [only] if only.contains("/ar-")), "one language is fetched, not {texts:?}");

    // Emoji go from right to left, too, and so do the keys among them.
    vera.finds("#emoji").await.click().await.expect("clicking on the button for emoji");
    until("the first emoji has the focus", async || (vera.does(FOCUSED).await == "🙂").then_some(())).await;
    vera.hits(&[Key::Left]).await;
    assert_eq!(vera.does(FOCUSED).await, "😀");
    findings.look(&vera, "emoji, ar").await;
    vera.hits(&[Key::Escape]).await;

    // A conversation to and fro, in both directions of writing.
    let ada = stage.person("ada").await;
    ada.signs_in(&office.chat, &OWNER).await;
    ada.chooses("availability.busy").await;
    vera.says("هل لديكم غلاية زرقاء؟").await;
    vera.sees(&arabic("place_next")).await;
    findings.look(&vera, "a place in the queue, ar").await;
    ada.chooses("availability.available").await;
    ada.takes_by_keys("هل لديكم غلاية زرقاء؟").await;
    ada.sees_in_transcript("هل لديكم غلاية زرقاء؟").await;
    ada.answers("نعم: https://kettles.example/blue").await;
    vera.sees_message("نعم: https://kettles.example/blue").await;
    vera.sees(&arabic("joined").replace("{name}", OWNER.name)).await;
    vera.says("Great, thank you!").await;
    vera.sees(&arabic("mark_read")).await;
    // One's own stand where lines end, which is the left here.
    let (mine, theirs) = (vera.finds(".mine .bubble").await, vera.finds(".group:not(.mine) .bubble").await);
    assert!(mine.left().await < theirs.left().await);
    let ways = "return [...document.querySelectorAll('.bubble')].map((bubble) => {
        const range = document.createRange();
        range.selectNodeContents(bubble.firstChild);
        const all = range.getClientRects()[0];
        range.setEnd(bubble.firstChild, 1);
        const first = range.getClientRects()[0];
        return first.left - all.left < all.right - first.right ? 'ltr' : 'rtl';
    })";
    assert_eq!(vera.does(ways).await, json!(["rtl", "rtl", "ltr"]));
    assert_eq!(
        vera.does("return getComputedStyle(document.querySelector('.bubble a')).direction").await,
        "ltr"
    );
    findings.look(&vera, "a conversation, ar").await;

    // The page may choose: the chat turns around with its language, and back.
    for (language, direction, read) in
        [("en", "ltr", widget("mark_read")), ("ar-SA", "rtl", arabic("mark_read"))]
    {
        vera.looks_at_page().await;
        vera.does(&format!("Deskbell('locale', {language:?})")).await;
        until("the chat is turned around", async || {
            vera.looks_into_chat().await;
            (vera.direction().await == direction).then_some(())
        })
        .await;
        vera.sees_message("Great, thank you!").await;
        vera.sees(&read).await;
    }

    // Without scripts nobody but the browser can say what is wanted.
    let loader = office.tag.split('"').nth(1).expect("the address in the tag");
    vera.goes(&loader.replace(".js", "/plain")).await;
    assert_eq!((vera.language().await, vera.direction().await), ("ar".to_owned(), "rtl".to_owned()));
    vera.fills("رسالتك", "وهل توصلون إلى بيروت؟").await;
    vera.presses("إرسال").await;
    vera.sees("أُرسلت رسالتك.").await;
    findings.look(&vera, "the plain form, ar").await;
    findings.are_none();
}

impl Person {
    /// Where lines begin on what is looked at: `ltr` or `rtl`.
    async fn direction(&self) -> String {
        let direction = self.does("return getComputedStyle(document.documentElement).direction").await;
        direction.as_str().unwrap_or_default().to_owned()
    }

    /// Asks what is looked at, which may just be replaced.
    async fn does(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_default()
    }
}

/// Where something stands.
trait Place {
    async fn left(&self) -> f64;
}

impl Place for Element {
    async fn left(&self) -> f64 {
        self.rectangle().await.expect("where it stands").0
    }
}
