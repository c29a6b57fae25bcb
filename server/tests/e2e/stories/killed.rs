//! The server dies, as by a power cut, while the visitor types and sends: nothing typed is lost, nothing sent comes
//! twice, and the widget said what was going on.

use fantoccini::key::Key;

use crate::office::{OWNER, Office};
use crate::stage::story;
use crate::words::{desk, widget};

#[tokio::test]
async fn while_the_visitor_types_and_sends() {
    story("server-killed", async |stage| {
        let mut office = Office::over_tls(stage).await;
        let vera = stage.person("vera").await;
        let ada = stage.person("ada").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is anybody there?").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.takes_by_keys("Is anybody there?").await;
        vera.sees(&widget("mark_read")).await;

        // In the middle of it: three messages on their way, and half a sentence.
        for text in ["first", "second", "third"] {
            vera.writes(&format!("{text}{}", Key::Enter)).await;
        }
        vera.writes("half a sent").await;
        office.chat.kill();
        vera.sees(&widget("link_down")).await;
        ada.sees(&desk("connection.lost.line")).await;
        vera.writes("ence").await;
        assert_eq!(vera.draft().await, "half a sentence");

        // Nobody is there, and still nothing has to be thought of: it waits, and says that it waits.
        vera.writes(&Key::Enter.to_string()).await;
        vera.sees_message("half a sentence").await;
        vera.sees(&widget("mark_queued")).await;
        vera.writes("and an unsent draft").await;
        ada.writes_answer(&format!("I am here.{}", Key::Enter)).await;
        ada.sees(&desk("progress.waiting")).await;

        office.chat.run().await;
        vera.no_longer_sees(&widget("link_down")).await;
        ada.no_longer_sees(&desk("connection.lost.line")).await;
        let said = ["Is anybody there?", "first", "second", "third", "half a sentence"];
        for text in said {
            ada.sees_in_transcript(text).await;
            vera.sees_message(text).await;
        }
        vera.sees_message("I am here.").await;
        vera.no_longer_sees(&widget("mark_queued")).await;
        assert_eq!(vera.draft().await, "and an unsent draft");
        let mine: Vec<String> =
            vera.bubbles().await.into_iter().filter(|text| text != "I am here.").collect();
        assert_eq!(mine, said, "the order of writing");

        // The same after a look at the stored rows, without anything remembered by the page.
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        for text in said {
            vera.sees_message(text).await;
        }
        vera.has_draft("and an unsent draft").await;
    })
    .await;
}
