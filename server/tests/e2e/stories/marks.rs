//! Marks in what people write: a visitor and an agent see the same, as elements that a screen reader knows, and what is no
//! mark as it was typed.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;

#[tokio::test]
async fn are_the_same_for_both() {
    story("marks", async |stage| {
        let office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        let asking = "Is *this* _really_ 请用`v2`吗 in snake_case 2*3*4?";
        vera.writes(&format!("{asking}{}", Key::Enter)).await;
        vera.sees_message("Is this really 请用v2吗 in snake_case 2*3*4?").await;

        ada.signs_in(&office.chat, &OWNER).await;
        // In the list it is what was typed.
        ada.sees_row(asking).await;
        vera.says("Well?").await;
        ada.takes_by_keys("Well?").await;
        let long = "long_".repeat(60);
        let lines = [
            "**See** https://tea.example/a_b",
            "- one",
            "- _two_",
            "3. three",
            "4. four",
            &format!("```{long}```"),
        ];
        ada.answers_without_looking(&lines).await;

        let plain = json!([]);
        let asked = json!([["STRONG", "this"], ["EM", "really"], ["CODE", "v2"]]);
        let answered = json!([
            ["STRONG", "See"],
            ["A", "https://tea.example/a_b"],
            ["UL", "onetwo"],
            ["LI", "one"],
            ["LI", "two"],
            ["EM", "two"],
            ["OL", "threefour"],
            ["LI", "three"],
            ["LI", "four"],
            ["PRE", long],
            ["CODE", long],
        ]);
        for (person, css) in [(&vera, ".bubble"), (&ada, ".say-body")] {
            person.sees_marks(css, &[&asked, &plain, &answered]).await;
        }
        // Neither is as wide as its code.
        for (person, css) in [(&vera, "main"), (&ada, ".talk-scroll")] {
            let wider =
                "const it = document.querySelector(arguments[0]); return it.scrollWidth > it.clientWidth";
            let wider = person.client.execute(wider, vec![json!(css)]).await.expect("a look");
            assert_eq!(wider, json!(false), "{} has to scroll sideways", person.name);
        }

        // A note has them, too.
        ada.writes_note(&format!("Ask *Mia*{}", Key::Enter)).await;
        let note = json!([["STRONG", "Mia"]]);
        ada.sees_marks(".say-body", &[&asked, &plain, &answered, &note]).await;
    })
    .await;
}

impl Person {
    /// Answers in lines: Shift and Enter between them.
    async fn answers_without_looking(&self, lines: &[&str]) {
        self.writes_answer(lines[0]).await;
        for line in &lines[1..] {
            self.chord(&[Key::Shift, Key::Enter]).await;
            self.types(line).await;
        }
        self.hits(&[Key::Enter, Key::Escape]).await;
    }

    /// Waits until the messages have these elements, each with its text.
    async fn sees_marks(&self, css: &str, wanted: &[&Value]) {
        const MARKS: &str = "return [...document.querySelectorAll(arguments[0])].map((message) =>
            [...message.querySelectorAll('*:not(button, button *)')].map((it) => [it.tagName, it.textContent]))";
        let wanted = json!(wanted);
        until(&format!("{} sees {wanted}", self.name), async || {
            let marks = self.client.execute(MARKS, vec![json!(css)]).await.ok()?;
            (marks == wanted).then_some(())
        })
        .await;
    }
}
