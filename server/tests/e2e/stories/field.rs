//! The field of the composer takes what is typed as soon as the chat is open, and is as tall as what is written in it, up to
//! its end, in browsers that can do so by a rule and in those that cannot.

use fantoccini::key::Key;

use crate::office::{GREETING, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;

/// WebKit lets a frame of another site take the focus only once something was done in it; the first letter is that.
#[tokio::test]
async fn takes_the_first_letter() {
    story("first-letter", async |stage| {
        let office = Office::plain().await;
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.launcher().await.click().await.expect("clicking on the launcher");
        vera.looks_into_chat().await;
        vera.sees(GREETING).await;
        // Nobody clicks into the field: the hands go to the keyboard.
        vera.keys_in("Hi, do you").await;
        vera.has_draft("Hi, do you").await;
        vera.keys_in(" mend kettles?").await;
        vera.hits(&[Key::Enter]).await;
        vera.sees_message("Hi, do you mend kettles?").await;
    })
    .await;
}

#[tokio::test]
async fn grows_with_what_is_written() {
    story("field", async |stage| {
        let office = Office::plain().await;
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        let (line, _) = vera.field().await;

        // A paragraph without a break: all of it is in sight.
        vera.writes(&"a line that goes on and on ".repeat(4)).await;
        until("the field has grown to its text", async || {
            let (tall, text) = vera.field().await;
            (tall > line && text <= tall).then_some(())
        })
        .await;
        let (paragraph, _) = vera.field().await;

        // More than it may grow to: it grows on, and its text has to be scrolled.
        vera.writes(&"and on ".repeat(60)).await;
        until("the field has grown to its end", async || {
            let (tall, text) = vera.field().await;
            (tall > paragraph && text > tall).then_some(())
        })
        .await;

        vera.writes(&Key::Enter.to_string()).await;
        until("the field is low again", async || (vera.field().await.0 == line).then_some(())).await;
    })
    .await;
}

impl Person {
    /// How tall the field is, and how tall what is in it.
    async fn field(&self) -> (f64, f64) {
        let script = "const it = document.querySelector('#text'); return [it.clientHeight, it.scrollHeight]";
        let tall = self.client.execute(script, Vec::new()).await.expect("a look at the field");
        (tall[0].as_f64().expect("a height"), tall[1].as_f64().expect("a height"))
    }
}
