//! Who gets what waits: offers that are accepted or missed, queues that go on elsewhere or have an end, and the form where
//! owners decide about it.

use crate::office::{COLLEAGUE, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::stage::{Stage, story};
use crate::waiting::{answered, until};
use crate::words::{desk, desk_with, widget};

/// Ada, who owns everything, at the form of the one inbox there is.
async fn at_the_form(stage: &Stage, office: &Office) -> Person {
    let ada = stage.person("ada").await;
    ada.signs_in(&office.chat, &OWNER).await;
    opens_the_form(&ada, office).await;
    ada
}

async fn opens_the_form(ada: &Person, office: &Office) {
    ada.goes(&office.chat.desk("settings/inboxes")).await;
    ada.presses(SITE_NAME).await;
    ada.sees(&desk("keep.title")).await;
}

async fn ticks(ada: &Person, css: &str) {
    ada.finds(css).await.click().await.expect("ticking a box");
}

#[tokio::test]
async fn what_somebody_misses_is_offered_to_the_next() {
    story("offers", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = at_the_form(stage, &office).await;
        let (grace, vera) = (stage.person("grace").await, stage.person("vera").await);

        ticks(&ada, "#asks").await;
        ada.fills(&desk("routing.accept.seconds"), "5").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk_with("wrong.number", &[("min", "10"), ("max", "300")])).await;
        ada.fills(&desk("routing.accept.seconds"), "10").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;

        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        ada.goes(&office.chat.desk("inbox/queue")).await;

        // Ada is asked first, and does not look.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is anybody there?").await;
        ada.sees(&desk("offer.decline")).await;
        vera.sees(&widget("place_next")).await;
        ada.sees(&desk("offer.back")).await;
        ada.no_longer_sees(&desk("offer.decline")).await;

        // Grace is asked next, accepts by a key, and can see why.
        grace.sees(&desk("offer.decline")).await;
        grace.hits_letters("a").await;
        grace.answers("I am.").await;
        vera.sees("I am.").await;
        grace.presses(&desk("why.me")).await;
        grace.sees(&desk_with("why.offer.missed", &[("who", OWNER.name), ("n", "10 s")])).await;

        // Ada comes back by the same button that told her why.
        ada.presses(&desk("offer.back")).await;
        ada.no_longer_sees(&desk("offer.back")).await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_too_long_goes_on_and_a_full_queue_says_so() {
    story("overflow", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        ada.goes(&office.chat.desk("settings/inboxes/new")).await;
        ada.fills(&desk("inbox.name"), "Workshop").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("keep.title")).await;

        opens_the_form(&ada, &office).await;
        ticks(&ada, "#routing\\.turn").await;
        ticks(&ada, "#goes-on").await;
        ada.fills(&desk("routing.overflow.after"), "1").await;
        ada.finds("#next-inbox").await.select_by_label("Workshop").await.expect("the other inbox");
        ticks(&ada, "#capped").await;
        ada.fills(&desk("routing.cap.max"), "1").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        opens_the_form(&ada, &office).await;
        until("what was saved is there again", async || {
            let value = async |css| ada.finds(css).await.prop("value").await.ok()?;
            let turn = ada.finds("#routing\\.turn").await.is_selected().await.ok()?;
            let fits = value("#after_minutes").await? == "1" && value("#waiting_max").await? == "1";
            (turn && fits).then_some(())
        })
        .await;

        // Nobody takes anything: one has a place, the other is told that there is none.
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.chooses("availability.busy").await;
        let (vera, wendy) = (stage.person("vera").await, stage.person("wendy").await);
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I was first").await;
        vera.sees(&widget("place_next")).await;
        wendy.goes(&office.page("/")).await;
        wendy.opens_chat().await;
        wendy.says("I came later").await;
        wendy.sees(&widget("busy")).await;
        ada.opens_by_keys("I came later").await;
        ada.presses(&desk("why.waiting")).await;
        ada.sees(&desk("why.beyond.one")).await;

        // After a minute the first goes on, and there is room for the other.
        ada.goes(&office.chat.desk("inbox/queue")).await;
        ada.opens_by_keys("I was first").await;
        let went_on = desk_with("event.overflow", &[("to", "Workshop")]);
        // Asking twice: a minute is longer than anything else that is waited for here.
        answered(async || ada.screen().await.contains(&went_on).then_some(())).await;
        ada.sees(&went_on).await;
        wendy.no_longer_sees(&widget("busy")).await;
    })
    .await;
}

#[tokio::test]
async fn a_visitor_waits_for_who_can_what_their_page_asks_for() {
    story("matching", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;
        let link = ada.invites(&office.chat).await;
        let (grace, vera) = (stage.person("grace").await, stage.person("vera").await);
        grace.joins(&link).await;

        // Whoever asks about cups needs somebody who knows glazes, and that is Grace.
        opens_the_form(&ada, &office).await;
        ticks(&ada, "#by-language").await;
        ada.fills(&desk("matching.usual"), "english").await;
        ada.presses(&desk("matching.add")).await;
        ada.fills(&desk("matching.skill"), "Glaze").await;
        ada.fills(&desk("matching.page"), "/cups").await;
        ada.fills(&desk_with("able.skills", &[("who", COLLEAGUE.name)]), "glaze").await;
        ticks(&ada, "#lapses").await;
        ada.presses(&desk("save")).await;
        ada.sees("Two or three letters, such as en or zh.").await;
        ada.fills(&desk("matching.usual"), "en").await;
        // Nobody here is signed as anything: a rule about who comes first changes nothing, and is kept.
        ada.presses(&desk("ranks.add")).await;
        ada.fills(&desk("ranks.key"), "plan").await;
        ada.fills(&desk("ranks.value"), "gold").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;
        opens_the_form(&ada, &office).await;
        until("what was saved is there again", async || {
            let value = ada.finds("ul.hours > li .input").await.prop("value").await.ok()??;
            (value == "plan").then_some(())
        })
        .await;

        ada.goes(&office.chat.desk("inbox/queue")).await;
        vera.goes(&office.page("/cups")).await;
        vera.opens_chat().await;
        vera.says("Which glaze is on these?").await;
        grace.goes(&office.chat.desk("inbox/mine")).await;
        grace.opens_by_keys("Which glaze is on these?").await;
        grace.presses(&desk("why.me")).await;
        let what = ("what", "English, glaze");
        grace.sees(&desk_with("why.fits", &[what, ("who", COLLEAGUE.name)])).await;

        // While she is away the next one waits, though Ada is free, and Ada can see for whom.
        grace.chooses("availability.away").await;
        let wendy = stage.person("wendy").await;
        wendy.goes(&office.page("/cups")).await;
        wendy.opens_chat().await;
        wendy.says("And on the blue ones?").await;
        ada.opens_by_keys("And on the blue ones?").await;
        ada.presses(&desk("why.waiting")).await;
        ada.sees(&desk_with("why.required", &[what])).await;
        grace.chooses("availability.available").await;
        grace.goes(&office.chat.desk("inbox/mine")).await;
        grace.sees("And on the blue ones?").await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_overdue_stands_on_the_board_and_in_the_list() {
    story("target", async |stage| {
        let office = Office::over_tls(stage).await;
        let ada = at_the_form(stage, &office).await;
        ticks(&ada, "#aims").await;
        ada.fills(&desk("routing.target.minutes"), "1").await;
        ada.presses(&desk("save")).await;
        ada.sees(&desk("saved")).await;

        ada.goes(&office.chat.desk("inbox/mine")).await;
        let vera = stage.person("vera").await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("Is it dishwasher-safe?").await;
        ada.sees("Is it dishwasher-safe?").await;
        ada.goes(&office.chat.desk("board")).await;
        ada.sees(&desk("board.breached")).await;
        // The last fifth of a minute, and the end of it: asking twice, as a minute is longer than anything else here.
        let soon = desk_with("board.soon_n", &[("n", "1")]);
        answered(async || ada.screen().await.contains(&soon).then_some(())).await;
        ada.sees(&soon).await;
        let overdue = desk_with("board.late_n", &[("n", "1")]);
        ada.sees(&overdue).await;
        ada.presses(&overdue).await;
        ada.sees("Is it dishwasher-safe?").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.finds(".row-late").await;

        // An answer ends it.
        ada.opens_by_keys("Is it dishwasher-safe?").await;
        ada.answers("It is.").await;
        vera.sees("It is.").await;
        ada.goes(&office.chat.desk("board")).await;
        ada.sees(&desk("board.breached")).await;
        ada.no_longer_sees(&overdue).await;
    })
    .await;
}
