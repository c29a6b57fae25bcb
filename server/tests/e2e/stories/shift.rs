//! A whole shift at the desk without a pointer: signing in, answering, notes, a saved answer, putting aside, passing on, many at
//! once, search, the board, how it looks, and signing out. Nobody here presses or fills anything but by keys.

use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, desk_with};

/// What stands in the transcript of the first conversation.
const ANSWER: &str = "It is on its way.";

async fn is_at(person: &Person, path: &str) {
    let what = format!("{} is at {path}", person.name);
    until(&what, async || person.client.current_url().await.ok()?.path().starts_with(path).then_some(()))
        .await;
}

async fn focuses(person: &Person, id: &str) {
    let what = format!("the focus of {} is in {id}", person.name);
    until(&what, async || (person.focused_id().await == id).then_some(())).await;
}

async fn says_is(person: &Person, availability: &str) {
    let what = format!("{} is {availability}", person.name);
    until(&what, async || {
        let chosen = person.reads(&person.finds("#availability option:checked").await).await?;
        (chosen.trim() == desk(availability)).then_some(())
    })
    .await;
}

async fn has_rows(person: &Person, count: usize) {
    let what = format!("{} has {count} rows", person.name);
    until(&what, async || (person.rows().await == count).then_some(())).await;
}

fn of(key: &str, n: usize) -> String {
    desk_with(key, &[("n", &n.to_string())])
}

#[tokio::test]
async fn is_worked_by_keys_alone() {
    story("shift", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace) = (stage.person("ada").await, stage.person("grace").await);
        let mut findings = Findings::default();
        // A colleague is there, to pass something on to.
        let olga = stage.person("olga").await;
        olga.signs_in(&office.chat, &OWNER).await;
        let link = olga.invites(&office.chat).await;
        grace.joins(&link).await;
        grace.chooses("availability.busy").await;

        // She signs in, and takes what she chooses herself.
        ada.goes(&office.chat.desk("login")).await;
        ada.tabs_to("the e-mail", async || ada.focused_id().await == "email").await;
        ada.keys_in(OWNER.email).await;
        ada.tabs_to("the password", async || ada.focused_id().await == "password").await;
        ada.keys_in(OWNER.password).await;
        ada.hits(&[Key::Enter]).await;
        ada.is_at_the_desk().await;
        ada.commands("busy", &desk("availability.busy")).await;
        says_is(&ada, "availability.busy").await;
        for n in 1..=4 {
            office.somebody_waits(&format!("Kettle {n}")).await;
        }
        has_rows(&ada, 4).await;

        // An answer, other words for it, and a note.
        ada.opens_by_keys("Kettle 1").await;
        let name = ada.reads(&ada.finds("#talk-title").await).await.expect("a name");
        assert!(!name.trim().is_empty(), "the conversation has a name");
        ada.hits_letters("c").await;
        ada.sees(&desk("status.mine")).await;
        ada.answers("It is on its waz.").await;
        ada.hits_letters("r").await;
        focuses(&ada, "answer").await;
        ada.hits(&[Key::Up]).await;
        ada.has_written("It is on its waz.").await;
        ada.hits(&[Key::End, Key::Backspace, Key::Backspace]).await;
        ada.keys_in("y.").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("say.edited")).await;
        ada.sees(ANSWER).await;
        ada.hits(&[Key::Escape]).await;
        ada.writes_note("A regular.").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees_note("A regular.").await;
        ada.hits(&[Key::Escape]).await;

        // A saved answer is made, and written with a few letters of it, after going back by the name of the visitor.
        ada.commands("snip", &desk("settings.snippets")).await;
        is_at(&ada, "/desk/settings/snippets").await;
        ada.tabs_to("the shortcut", async || ada.focused_id().await == "shortcut").await;
        ada.keys_in("delivery").await;
        ada.tabs_to("the text", async || ada.focused_tag().await == "textarea").await;
        ada.keys_in("Two days.").await;
        let make = desk("snippet.make.button");
        ada.tabs_to("the button", async || ada.focused_name().await == make).await;
        ada.hits(&[Key::Enter]).await;
        ada.sees("/delivery").await;
        ada.asks_for_commands().await;
        ada.keys_in(&name).await;
        ada.sees(&of("commands.found", 2)).await;
        findings.look(&ada, "commands that are meant").await;
        ada.hits(&[Key::Enter]).await;
        is_at(&ada, "/desk/inbox/mine/").await;
        ada.hits_letters("r").await;
        focuses(&ada, "answer").await;
        ada.keys_in("/dlv").await;
        ada.finds("[role=option][aria-selected=true]").await;
        ada.hits(&[Key::Enter]).await;
        ada.has_written("Two days.").await;
        ada.hits(&[Key::Enter]).await;
        ada.sees_in_transcript("Two days.").await;
        ada.hits(&[Key::Escape]).await;

        // Put aside, and taken up again.
        ada.hits_letters("s").await;
        ada.sees(&desk("snooze.line")).await;
        ada.hits(&[Key::Enter]).await;
        ada.no_longer_sees(&desk("snooze.line")).await;
        ada.hits_letters("gz").await;
        is_at(&ada, "/desk/inbox/snoozed").await;
        ada.opens_first_by_keys().await;
        ada.hits_letters("s").await;
        let wake = desk("snooze.wake");
        ada.tabs_back_to("the way back", async || ada.focused_name().await == wake).await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("status.mine")).await;

        // Passed on with a note.
        ada.hits_letters("t").await;
        ada.sees(&desk("transfer.title")).await;
        ada.tabs_to("the note", async || ada.focused_id().await == "transfer-note").await;
        ada.keys_in("You know kettles.").await;
        let give = desk("transfer.give");
        ada.tabs_to("the button", async || ada.focused_name().await == give).await;
        ada.hits(&[Key::Enter]).await;
        ada.sees(&desk("transfer.done")).await;
        grace.hits_letters("gm").await;
        has_rows(&grace, 1).await;

        // Several at once, and back.
        ada.hits_letters("gq").await;
        has_rows(&ada, 3).await;
        ada.hits(&[Key::Home]).await;
        ada.hits_letters("x").await;
        ada.chord(&[Key::Shift, Key::Down]).await;
        ada.hits_letters("c").await;
        ada.sees(&of("bulk.claimed", 2)).await;
        ada.hits_letters("gm").await;
        has_rows(&ada, 2).await;
        ada.hits(&[Key::Home]).await;
        ada.hits_letters("x").await;
        ada.chord(&[Key::Shift, Key::Down]).await;
        ada.hits_letters("e").await;
        ada.sees(&of("bulk.resolved", 2)).await;
        // What the bar offers is what a key would do: taking that back among it.
        ada.commands("undo", &desk("keys.undo")).await;
        ada.sees(&of("bulk.reopened", 2)).await;
        has_rows(&ada, 2).await;

        // One is done, taken up again, and done.
        ada.opens_first_by_keys().await;
        ada.sees(&desk("status.mine")).await;
        ada.commands("resolve", &desk("talk.resolve")).await;
        ada.sees(&desk("talk.reopen")).await;
        ada.hits_letters("o").await;
        ada.sees(&desk("status.mine")).await;
        ada.hits_letters("e").await;
        ada.sees(&desk("talk.reopen")).await;

        // What was said is found, also by words given to the bar; and the live board.
        ada.asks_for_commands().await;
        ada.keys_in("on its way").await;
        ada.hits(&[Key::Up, Key::Enter]).await;
        is_at(&ada, "/desk/search").await;
        ada.finds("#hit-0").await;
        focuses(&ada, "search-field").await;
        ada.hits(&[Key::Down, Key::Enter]).await;
        ada.finds(".say-found").await;
        ada.hits_letters("gb").await;
        is_at(&ada, "/desk/board").await;

        // Dark, at once and after a reload; a bar that was opened in vain leaves things as they are.
        ada.commands("dark", &desk("look.scheme.dark")).await;
        is_dark(&ada).await;
        ada.reloads().await;
        ada.is_at_the_desk().await;
        is_dark(&ada).await;
        ada.asks_for_commands().await;
        ada.sees(&desk("commands.places")).await;
        findings.look(&ada, "the command bar").await;
        ada.hits(&[Key::Escape]).await;
        ada.no_longer_sees(&desk("commands.places")).await;
        is_at(&ada, "/desk/board").await;

        ada.commands("sign out", &desk("sign_out")).await;
        ada.sees(&desk("login.line")).await;
        findings.are_none();
    })
    .await;
}

async fn is_dark(person: &Person) {
    const SCHEME: &str = "return getComputedStyle(document.documentElement).colorScheme \
        + getComputedStyle(document.documentElement).getPropertyValue('--bg').trim()";
    until("the desk is dark", async || {
        let seen = person.client.execute(SCHEME, Vec::new()).await.ok()?;
        (seen.as_str()? == "dark#17191e").then_some(())
    })
    .await;
}
