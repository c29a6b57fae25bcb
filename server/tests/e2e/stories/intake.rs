//! A site asks something before the first message: the owner writes the questions, visitors answer them once, agents see the
//! answers.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::browser::Profile;
use crate::office::{GREETING, OWNER, Office};
use crate::person::Person;
use crate::shop::Page;
use crate::stage::story;
use crate::words::{desk, desk_with, widget};

const CONSENT: &str = "You may keep what I write.";

/// As keys: of a line break that is typed as such, WebKit's driver makes nothing.
fn lines(all: &[&str]) -> String {
    all.join(&String::from(char::from(Key::Enter)))
}

impl Person {
    /// Types into the field with this label or name that is the last of its kind on the page.
    async fn fills_last(&self, label: &str, text: &str) {
        let path = format!("(//*[@aria-label='{label}'])[last()]");
        let field = self.client.find(Locator::XPath(&path)).await.expect("the field");
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{} fills {label}: {error}", self.name));
    }

    /// Which questions are asked, in order.
    async fn questions(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.about :is(input, select)')].map((it) => it.id)";
        let ids = self.client.execute(script, Vec::new()).await.expect("the questions");
        ids.as_array().into_iter().flatten().filter_map(|id| Some(id.as_str()?.to_owned())).collect()
    }
}

#[tokio::test]
async fn is_asked_once_and_seen_by_agents() {
    story("intake", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        let vera = stage.person_with("vera", Profile::IN_ONE_PROCESS).await;
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        ada.goes(&office.chat.desk("settings/sites")).await;
        ada.finds("a[href^='/desk/settings/sites/']:not([href$='new'])")
            .await
            .click()
            .await
            .expect("the site");
        ada.sees(&desk("intake")).await;

        // A name, a question of its own with choices, something to agree to, and two beginnings.
        ada.presses(&desk("intake.add.name")).await;
        ada.presses(&desk("intake.add")).await;
        ada.fills_last(&desk("intake.question"), "What is it about?").await;
        let kind = ada.client.find(Locator::XPath("(//li//select)[last()]")).await.expect("the kind");
        kind.select_by_value("choice").await.expect("choosing the kind");
        ada.fills_last(&desk("intake.choices"), &lines(&["An order", "A repair"])).await;
        ada.finds("#consent-on").await.click().await.expect("asking for consent");
        ada.fills(&desk("intake.consent.text"), CONSENT).await;
        ada.fills(&desk("intake.link"), "kettles.example/privacy").await;
        ada.fills(&desk("intake.starters"), &lines(&["Where is my order?", "Do you repair kettles?"])).await;
        ada.presses(&desk("save")).await;
        // What cannot be a link is said beside it, and nothing is lost.
        ada.finds("#link[aria-invalid=true]").await;
        ada.fills(&desk("intake.link"), "https://kettles.example/privacy").await;
        // By Enter: the button is half out of sight here, and WebKit's driver does not scroll for one of that kind.
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("saved")).await;
        findings.look(&ada, "a site that asks").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;

        // What is written waits until the questions are answered; all of it with keys.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.finds("#about-name").await;
        assert_eq!(vera.questions().await, ["about-name", "about-question", "about-consent"]);
        findings.look(&vera, "questions").await;
        vera.writes(&format!("Is the blue one back?{}", Key::Enter)).await;
        vera.sees(&widget("form_needed")).await;
        vera.sees(&widget("form_agree")).await;
        assert_eq!(vera.focused_id().await, "about-name");
        assert_eq!(vera.draft().await, "Is the blue one back?");
        findings.look(&vera, "questions that are not answered").await;
        vera.types("Vera Klein").await;
        vera.hits(&[Key::Enter]).await;
        assert_eq!(vera.focused_id().await, "about-question");
        vera.hits(&[Key::Down, Key::Tab]).await;
        assert_eq!(vera.focused_id().await, "about-consent");
        vera.hits_char(' ').await;
        vera.hits(&[Key::Enter]).await;
        assert_eq!(vera.focused_id().await, "text");
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("Is the blue one back?").await;
        assert_eq!(vera.questions().await, Vec::<String>::new());

        ada.takes_by_keys("Is the blue one back?").await;
        for said in ["Vera Klein", "An order", &desk("person.told")] {
            ada.sees(said).await;
        }
        let title = ada.reads(&ada.finds("#talk-title").await).await.expect("a title");
        assert_eq!(title, "Vera Klein", "agents read the name everywhere");
        let agreed = ada.finds(".agreed summary").await;
        let line = ada.reads(&agreed).await.expect("what was agreed to");
        let before_time = desk_with("person.agreed", &[("n", "1"), ("time", "|")]);
        assert!(line.starts_with(before_time.split('|').next().unwrap_or_default()), "{line}");
        agreed.click().await.expect("looking at the text");
        ada.sees(CONSENT).await;
        findings.look(&ada, "what a visitor has answered").await;

        // Another conversation, on another day: nothing is asked again. A press says what many begin with.
        ada.hits_letters("e").await;
        vera.presses(&widget("start_new")).await;
        vera.sees(GREETING).await;
        assert_eq!(vera.questions().await, Vec::<String>::new());
        vera.reloads().await;
        vera.opens_chat().await;
        vera.presses(&widget("home")).await;
        vera.sees("Where is my order?").await;
        vera.presses("Where is my order?").await;
        vera.sees_message("Where is my order?").await;

        // What the page says is not asked, and reaches the agents as well.
        let told = "Deskbell('attributes', {name: 'Bob', plan: 'gold', nothing: null, list: [1]})";
        let script = format!("<script>{}{told}</script>{}", crate::signing::QUEUE, office.tag);
        office.shop.put("/account", Page::with(&script));
        let bob = stage.person("bob").await;
        bob.goes(&office.page("/account")).await;
        bob.opens_chat().await;
        bob.finds("#about-question").await;
        assert_eq!(bob.questions().await, ["about-question", "about-consent"]);
        // A press waits in the composer while something is to be answered.
        bob.presses("Do you repair kettles?").await;
        bob.sees(&widget("form_needed")).await;
        bob.has_draft("Do you repair kettles?").await;
        bob.finds("#about-question").await.select_by_value("A repair").await.expect("an answer");
        bob.finds("#about-consent").await.click().await.expect("agreeing");
        bob.presses(&widget("send")).await;
        bob.sees_message("Do you repair kettles?").await;
        ada.takes_by_keys("Do you repair kettles?").await;
        for said in ["Bob", "gold", "A repair"] {
            ada.sees(said).await;
        }
        findings.are_none();
    })
    .await;
}
