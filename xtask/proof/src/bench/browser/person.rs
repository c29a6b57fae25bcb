//! Somebody at a real browser with the chat open in one tab or two: keys and pointer only. What is on a page is read
//! from its document; nothing is ever called in the app.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use deskbell_browser::{self as browser, Driver, Profile};
use fantoccini::elements::{Element, ShadowRoot};
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client as Browser, Locator};
use rustix::process::Pid;
use serde_json::Value;

use super::diary::{Diary, Line};
use crate::history::Client;

/// A busy machine with several browsers on two cores still answers by then.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// By then a new page has read its storage and the server's rows.
const DRAFT_SETTLES: Duration = Duration::from_secs(2);
/// Between two looks.
pub const LOOK: Duration = Duration::from_millis(60);
/// The rows of the visitor, and what is in the composer.
const READ: &str = "return { lines: [...document.querySelectorAll('.group.mine')].flatMap(group => \
    [...group.querySelectorAll('.bubble')].map(bubble => ({ text: bubble.textContent.trim(), \
    mark: group.querySelector('.mark').dataset.is }))), draft: document.getElementById('text').value }";

/// Where people go.
#[derive(Clone, Debug)]
pub struct Places {
    /// The shop's origin.
    pub shop: String,
    /// The chat server's origin.
    pub chat: String,
    /// The key of the site, which is the name of the widget's storage, too.
    pub site_key: String,
}

/// A tab with the chat.
pub struct Tab {
    handle: WindowHandle,
    /// The page in it.
    pub page: Client,
    /// The outbox order that is promised: the tab's. One at a time writes in the first, so that it is the device's.
    pub lane: u32,
}

/// What a page shows.
pub struct Shown {
    pub lines: Vec<Line>,
    pub draft: String,
}

/// Somebody. Dropping them ends their browser.
pub struct Person {
    pub number: usize,
    pub tabs: Vec<Tab>,
    /// What stood in the composer of a new page: typed on one before, and not sent as far as the widget knew.
    pub drafts_back: Vec<String>,
    pub places: Places,
    folder: PathBuf,
    client: Option<Browser>,
    process: Option<Pid>,
}

impl Person {
    /// Somebody with a fresh profile in a folder, and one tab.
    pub async fn arrives(
        driver: &Driver,
        number: usize,
        folder: PathBuf,
        places: Places,
        diary: &mut Diary,
    ) -> Result<Person> {
        let mut person = Person {
            number,
            tabs: Vec::new(),
            drafts_back: Vec::new(),
            places,
            folder,
            client: None,
            process: None,
        };
        person.starts_browser(driver, diary).await?;
        Ok(person)
    }

    /// Starts the browser, on the profile as it is, and opens the chat in a tab.
    pub async fn starts_browser(&mut self, driver: &Driver, diary: &mut Diary) -> Result<()> {
        // In one process, what the developer tools do to the page is done to the chat's frame, too.
        let profile = Profile { in_one_process: true, ..Profile::default() };
        let client = driver.open(&self.folder, profile, None).await?;
        self.process = browser::process(&client);
        self.client = Some(client);
        let handle = self.client()?.window().await?;
        self.opens_chat_in(handle, diary).await
    }

    /// The process of the browser.
    pub fn process(&self) -> Option<Pid> {
        self.process
    }

    /// Ends the browser, whatever state it is in; its profile stays.
    pub async fn ends_browser(&mut self, diary: &mut Diary) {
        for tab in self.tabs.drain(..) {
            diary.gone(tab.page);
        }
        if let Some(client) = self.client.take() {
            browser::close(client).await;
        }
        self.process = None;
    }

    /// The browser, while there is one.
    pub fn client(&self) -> Result<&Browser> {
        self.client.as_ref().context("the browser has ended")
    }

    /// Opens the chat in a further tab.
    pub async fn opens_tab(&mut self, diary: &mut Diary) -> Result<()> {
        let client = self.client()?;
        if let Some(tab) = self.tabs.first() {
            // The one in front may have been closed, and commands go to the one in front.
            client.switch_to_window(tab.handle.clone()).await?;
        }
        let handle = client.new_window(true).await?.handle;
        self.opens_chat_in(handle, diary).await
    }

    async fn opens_chat_in(&mut self, handle: WindowHandle, diary: &mut Diary) -> Result<()> {
        self.client()?.switch_to_window(handle.clone()).await?;
        self.client()?.goto(&self.places.shop).await?;
        let taken = |lane| self.tabs.iter().any(|tab| tab.lane == lane);
        let mut lane = self.number as u32 * 2;
        lane += u32::from(taken(lane));
        self.opens_chat().await?;
        let page = diary.opened(self.number, lane);
        self.tabs.push(Tab { handle, page, lane });
        Ok(())
    }

    /// Clicks on the launcher and waits until the app is there.
    async fn opens_chat(&mut self) -> Result<()> {
        let client = self.client()?;
        let opened = until("the launcher takes a click", || async move {
            browser::leave_frames(client).await.ok()?;
            shadow(client).await?.find(Locator::Css("button")).await.ok()?.click().await.ok()
        })
        .await;
        if let Err(error) = opened {
            let console = browser::log(client, "browser").await;
            return Err(error.context(format!("the console says {console:?}")));
        }
        self.enters_frame().await?;
        // Only the app draws this; before it is there, keys are kept for it.
        until("the app draws", || async move { client.find(Locator::Css("#app [role=status]")).await.ok() })
            .await?;
        self.clears_draft().await
    }

    /// What was typed and not taken is there again on a new page: whoever sees it clears it here, so that every text
    /// is typed once.
    async fn clears_draft(&mut self) -> Result<()> {
        let mut shown = self.reads().await?;
        // The page drops by itself what its transcript, once it is here, shows to have been sent.
        let end = Instant::now() + DRAFT_SETTLES;
        while !shown.draft.is_empty() && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
            shown = self.reads().await?;
        }
        if shown.draft.is_empty() {
            return Ok(());
        }
        self.drafts_back.push(shown.draft);
        self.field().await?.send_keys(&format!("{}a{}{}", Key::Control, Key::Null, Key::Delete)).await?;
        Ok(())
    }

    async fn enters_frame(&self) -> Result<()> {
        let client = self.client()?;
        until("the chat's frame is there", || async move {
            browser::leave_frames(client).await.ok()?;
            frame(client).await?.enter_frame().await.ok()
        })
        .await
    }

    /// Looks into the chat of a tab.
    pub async fn turns_to(&self, tab: usize) -> Result<()> {
        self.client()?.switch_to_window(self.tabs[tab].handle.clone()).await?;
        self.enters_frame().await
    }

    async fn field(&self) -> Result<Element> {
        Ok(self.client()?.find(Locator::Css("#text")).await?)
    }

    /// Types a new message into the chat of the tab in front and sends it with Enter, without looking what becomes
    /// of it.
    pub async fn says(&self, tab: usize, diary: &mut Diary) -> Result<()> {
        // As people do: the next sentence begins when the last one has left the field.
        until("the composer is empty", || async move {
            let draft = self.field().await.ok()?.prop("value").await.ok()?;
            draft.is_none_or(|draft| draft.is_empty()).then_some(())
        })
        .await?;
        let Tab { page, lane, .. } = self.tabs[tab];
        let text = diary.types(self.number, page, lane);
        self.field().await?.send_keys(&format!("{text}{}", Key::Enter)).await?;
        Ok(())
    }

    /// What the chat in front shows.
    pub async fn reads(&self) -> Result<Shown> {
        let read = self.client()?.execute(READ, Vec::new()).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |line: &Value| Line { text: text(&line["text"]), mark: text(&line["mark"]) };
        let lines = read["lines"].as_array().context("no lines")?;
        Ok(Shown { lines: lines.iter().map(line).collect(), draft: text(&read["draft"]) })
    }

    /// Closes a tab; the browser stays.
    pub async fn closes(&mut self, tab: usize, diary: &mut Diary) -> Result<()> {
        let client = self.client()?;
        // A browser without any tab ends. The empty one is made before: nothing comes between typing and closing.
        client.close_window().await?;
        diary.gone(self.tabs.remove(tab).page);
        Ok(())
    }

    /// A tab with nothing in it, so that the last one with the chat may be closed.
    pub async fn keeps_empty_tab(&mut self) -> Result<WindowHandle> {
        Ok(self.client()?.new_window(true).await?.handle)
    }

    /// Opens the chat in the empty tab.
    pub async fn fills(&mut self, empty: WindowHandle, diary: &mut Diary) -> Result<()> {
        self.opens_chat_in(empty, diary).await
    }

    /// Reloads the page in front.
    pub async fn reloads(&mut self, tab: usize, diary: &mut Diary) -> Result<()> {
        browser::leave_frames(self.client()?).await?;
        self.client()?.refresh().await?;
        diary.gone(self.tabs[tab].page);
        self.opens_chat().await?;
        self.tabs[tab].page = diary.opened(self.number, self.tabs[tab].lane);
        Ok(())
    }

    /// Follows a link of the shop, perhaps opens the chat there and writes; then goes back. Whether the page that was
    /// left was still alive: a browser lets go of it when another page of the chat tells it something.
    pub async fn leaves_and_returns(&mut self, tab: usize, writes: bool, diary: &mut Diary) -> Result<bool> {
        let left = self.tabs[tab].page;
        browser::leave_frames(self.client()?).await?;
        self.client()?.find(Locator::Css("a[href='/cups']")).await?.click().await?;
        let client = self.client()?;
        until("the other page of the shop", || async move {
            client.current_url().await.ok()?.path().ends_with("/cups").then_some(())
        })
        .await?;
        if writes {
            self.opens_chat().await?;
            self.tabs[tab].page = diary.opened(self.number, self.tabs[tab].lane);
            self.says(tab, diary).await?;
            diary.gone(self.tabs[tab].page);
        }
        browser::leave_frames(self.client()?).await?;
        self.client()?.back().await?;
        // Its panel is open as it was left: a page that was loaded anew has it closed.
        let client = self.client()?;
        until("the page that was left", || shadow(client)).await?;
        let alive = frame(client).await.is_some();
        if alive {
            self.tabs[tab].page = left;
            self.enters_frame().await?;
        } else {
            diary.gone(left);
            self.opens_chat().await?;
            self.tabs[tab].page = diary.opened(self.number, self.tabs[tab].lane);
        }
        Ok(alive)
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if let Some(process) = self.process {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
    }
}

async fn shadow(client: &Browser) -> Option<ShadowRoot> {
    client.find(Locator::Css("deskbell-chat")).await.ok()?.shadow_root().await.ok()
}

async fn frame(client: &Browser) -> Option<Element> {
    shadow(client).await?.find(Locator::Css("iframe")).await.ok()
}

async fn until<T, Asking: Future<Output = Option<T>>>(
    what: &str,
    mut question: impl FnMut() -> Asking,
) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = question().await {
            return Ok(answer);
        }
        if Instant::now() > end {
            bail!("waited {} s in vain: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
}
