//! What agents do at the desk: sign in, find a conversation by keys, take it, answer it.

use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;

use crate::chat_server::ChatServer;
use crate::office::{Account, COLLEAGUE};
use crate::person::Person;
use crate::waiting::{answered, until};
use crate::words::desk;

/// The field agents write into.
const FIELD: &str = "#answer";
/// How often a list is looked at in vain before somebody looks at the other one.
const LOOKS_BEFORE_TURNING: usize = 10;

impl Person {
    /// Signs in at the desk and sees the queue.
    pub async fn signs_in(&self, chat: &ChatServer, account: &Account) {
        self.goes(&chat.desk("login")).await;
        self.fills(&desk("email"), account.email).await;
        self.fills(&desk("password"), account.password).await;
        self.types(&Key::Enter.to_string()).await;
        self.is_at_the_desk().await;
    }

    /// Invites the colleague, as owners do. Returns the link that is shown.
    pub async fn invites(&self, chat: &ChatServer) -> String {
        self.goes(&chat.desk("settings/people")).await;
        self.fills(&desk("email"), COLLEAGUE.email).await;
        self.presses(&desk("invite.make.button")).await;
        self.reads(&self.finds(".copy-box code").await).await.expect("the link on the screen")
    }

    /// Follows an invitation as the colleague, and is at the desk.
    pub async fn joins(&self, link: &str) {
        self.goes(link).await;
        self.fills(&desk("name"), COLLEAGUE.name).await;
        self.fills(&desk("password.new"), COLLEAGUE.password).await;
        self.presses(&desk("invite.button")).await;
        self.is_at_the_desk().await;
    }

    /// Waits until the lists are there and the connection is live.
    pub async fn is_at_the_desk(&self) {
        self.sees(&desk("view.queue")).await;
        self.sees(&desk("connection.live")).await;
    }

    /// Chooses by the key until the switch in the rail says so.
    pub async fn chooses(&self, availability: &str) {
        let what = format!("{} is {availability}", self.name);
        let switch = "#availability option:checked";
        until(&what, async || {
            let chosen = self.reads(&self.finds(switch).await).await?;
            if chosen.trim() == desk(availability) {
                return Some(());
            }
            // One press at a time: the switch shows what the server has taken.
            self.hits_letters("v").await;
            let moved = async || {
                let now = self.reads(&self.finds(switch).await).await?;
                (now != chosen).then_some(())
            };
            answered(moved).await;
            None
        })
        .await;
    }

    /// Sees a line among their own, given to them by the desk, goes to it by keys and opens it.
    pub async fn takes_by_keys(&self, line: &str) {
        self.hits_letters("gm").await;
        self.opens_by_keys(line).await;
        self.sees(&desk("status.mine")).await;
    }

    /// Sees a line in the list, goes to it by keys, opens it and takes it, unless the desk has given it to them already.
    pub async fn claims_by_keys(&self, line: &str) {
        self.opens_by_keys(line).await;
        let is_given = self.screen().await.contains(&desk("status.mine"));
        self.hits_letters(if is_given { "r" } else { "c" }).await;
        self.sees(&desk("status.mine")).await;
        let what = format!("{} can answer at once", self.name);
        until(&what, async || (self.focused_id().await == FIELD[1..]).then_some(())).await;
        self.hits(&[Key::Escape]).await;
    }

    /// Sees a line in the list, goes to it by keys and opens it.
    pub async fn opens_by_keys(&self, line: &str) {
        self.sees_row(line).await;
        let what = format!("{} gets to the row with `{line}` by J and opens it by Enter", self.name);
        // The list may have more rows above it: one step at a time, looking at where the focus is.
        until(&what, async || {
            self.hits_letters("j").await;
            let focused = self.reads(&self.focused().await?).await?;
            focused.contains(line).then_some(())
        })
        .await;
        self.hits(&[Key::Enter]).await;
        self.finds("#talk-title").await;
        self.sees_in_transcript(line).await;
    }

    /// Waits until the list has a row with this text. Somebody who looks at the queue also looks among their own: the
    /// desk may have given it to them meanwhile.
    pub async fn sees_row(&self, line: &str) {
        let mut misses = 0;
        let seen = answered(async || {
            if self.has_row(line).await {
                return Some(());
            }
            misses += 1;
            if misses % LOOKS_BEFORE_TURNING == 0 {
                let url = self.client.current_url().await.ok()?;
                match url.path() {
                    path if path.ends_with("/inbox/queue") => self.hits_letters("gm").await,
                    path if path.ends_with("/inbox/mine") => self.hits_letters("gq").await,
                    _ => {}
                }
            }
            None
        });
        if seen.await.is_none() {
            panic!("{} sees no row with `{line}`; on the screen:\n{}", self.name, self.screen().await);
        }
    }

    /// Waits until no row of the list has this text.
    pub async fn sees_no_row(&self, line: &str) {
        if answered(async || (!self.has_row(line).await).then_some(())).await.is_none() {
            panic!("{} still sees a row with `{line}`; on the screen:\n{}", self.name, self.screen().await);
        }
    }

    /// How many rows the list has.
    pub async fn rows(&self) -> usize {
        self.client.find_all(Locator::Css(".row")).await.map_or(0, |rows| rows.len())
    }

    /// Has the command bar do what is meant by some letters, once that is what they mean.
    pub async fn commands(&self, letters: &str, meant: &str) {
        self.asks_for_commands().await;
        self.keys_in(letters).await;
        let what = format!("`{letters}` means {meant} to {}", self.name);
        until(&what, async || {
            let chosen = self.finds(".commands-one[aria-selected=true] .clip").await;
            (self.reads(&chosen).await?.trim() == meant).then_some(())
        })
        .await;
        self.hits(&[Key::Enter]).await;
    }

    /// Opens the first row of the list by keys.
    pub async fn opens_first_by_keys(&self) {
        self.finds(".row").await;
        self.hits(&[Key::Home, Key::Enter]).await;
        self.finds("#talk-title").await;
    }

    /// Goes to the composer by the key, unless one is there already (who claims, is), and writes without sending.
    pub async fn writes_answer(&self, text: &str) {
        let field = &FIELD[1..];
        // The composer takes the focus itself after a claim, as soon as the claim has come through.
        self.finds(FIELD).await;
        if self.focused_id().await != field {
            self.hits_letters("r").await;
        }
        let what = format!("{} gets into the composer", self.name);
        until(&what, async || (self.focused_id().await == field).then_some(())).await;
        self.types(text).await;
    }

    /// Goes to the composer by the key, answers with Enter, and leaves it by Escape.
    pub async fn answers(&self, text: &str) {
        self.writes_answer(&format!("{text}{}", Key::Enter)).await;
        self.sees_in_transcript(text).await;
        self.hits(&[Key::Escape]).await;
    }

    /// Goes to the composer for notes by the key and writes without sending.
    pub async fn writes_note(&self, text: &str) {
        self.hits_letters("n").await;
        self.finds(".compose-note").await;
        let what = format!("{} gets into the composer for notes", self.name);
        until(&what, async || (self.focused_id().await == FIELD[1..]).then_some(())).await;
        self.types(text).await;
    }

    /// Waits until this is in the composer.
    pub async fn has_written(&self, text: &str) {
        let what = format!("{} has `{text}` in the composer", self.name);
        until(&what, async || {
            let field = self.finds(FIELD).await;
            (field.prop("value").await.ok()??.as_str() == text).then_some(())
        })
        .await;
    }

    /// Waits until the open conversation has the note, drawn as one.
    pub async fn sees_note(&self, text: &str) {
        let what = format!("{} sees the note `{text}`", self.name);
        until(&what, async || {
            for said in self.client.find_all(Locator::Css(".say-note .say-body")).await.ok()? {
                if self.reads(&said).await.is_some_and(|said| said.trim() == text) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Waits until the open conversation has the message, and has it once.
    pub async fn sees_in_transcript(&self, text: &str) {
        let seen = answered(async || (self.copies_in_transcript(text).await == 1).then_some(())).await;
        if seen.is_none() {
            let copies = self.copies_in_transcript(text).await;
            panic!(
                "{} sees `{text}` {copies} times, not once; the screen:\n{}",
                self.name,
                self.screen().await
            );
        }
    }

    /// How many messages of the open conversation have exactly this text.
    pub async fn copies_in_transcript(&self, text: &str) -> usize {
        let mut copies = 0;
        for said in self.client.find_all(Locator::Css(".say-body")).await.unwrap_or_default() {
            copies += usize::from(self.reads(&said).await.is_some_and(|said| said.trim() == text));
        }
        copies
    }

    /// Presses letters as keys, outside of fields.
    pub async fn hits_letters(&self, letters: &str) {
        // As one command: two letters that belong together are near each other, however long a command takes.
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in letters.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        let hit = self.client.perform_actions(actions).await;
        hit.unwrap_or_else(|error| panic!("{} hits `{letters}`: {error}", self.name));
    }

    async fn has_row(&self, line: &str) -> bool {
        for row in self.client.find_all(Locator::Css(".row")).await.unwrap_or_default() {
            if self.reads(&row).await.is_some_and(|row| row.contains(line)) {
                return true;
            }
        }
        false
    }
}
