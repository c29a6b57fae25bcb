//! Browsers: Chromium, Firefox or WebKit, each under its own WebDriver, with a profile of its own for every person.
//!
//! Knows processes, flags and raw WebDriver commands. What people do with a browser stands where it is done: with
//! the end-to-end stories of the server and with the fault bench.

mod chromium;
mod driver;
mod firefox;
mod process;
mod webkit;

use anyhow::{Result, bail};
use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use rustix::process::Pid;
use serde_json::{Value, json};
use url::Url;

pub use driver::{Driver, downloads};
pub use firefox::privileged;

/// Names the browser that `Engine::wanted` gives.
pub const WANTED: &str = "DESKBELL_BROWSER";

/// What draws pages and runs their scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Chromium under chromedriver.
    #[default]
    Chromium,
    /// Firefox under geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser under WebKitWebDriver.
    WebKit,
}

impl Engine {
    /// The one that the environment names; Chromium where it names none.
    pub fn wanted() -> Result<Engine> {
        match std::env::var(WANTED).as_deref() {
            Err(_) | Ok("chromium") => Ok(Engine::Chromium),
            Ok("firefox") => Ok(Engine::Firefox),
            Ok("webkit") => Ok(Engine::WebKit),
            Ok(other) => bail!("{WANTED} is `{other}`; there is chromium, firefox and webkit"),
        }
    }
}

/// What is special about a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile {
    /// "Block third-party cookies" in the settings. Firefox and WebKit are always so: they keep them apart by page.
    pub blocks_third_party_cookies: bool,
    /// "Don't allow sites to save data on your device" in the settings.
    pub blocks_site_data: bool,
    /// Frames of other sites live in the process of their page, so that what is emulated reaches them, too. Chromium's
    /// alone, as is everything that is emulated.
    pub in_one_process: bool,
    /// Every request is written to chromedriver's log of the network.
    pub logs_network: bool,
}

impl Profile {
    /// Ordinary, but for where its frames live.
    pub const IN_ONE_PROCESS: Profile = Profile {
        blocks_third_party_cookies: false,
        blocks_site_data: false,
        in_one_process: true,
        logs_network: false,
    };
}

/// Ends a browser; one that does not answer any more is killed by its process id.
pub async fn close(client: Client) {
    let id = process(&client);
    if client.close().await.is_err()
        && let Some(id) = id
    {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
}

/// The process of a browser, where its driver tells it.
pub fn process(client: &Client) -> Option<Pid> {
    let told = client.capabilities()?;
    let id = told.get("goog:processID").or_else(|| told.get("moz:processID"))?.as_i64()?;
    Pid::from_raw(i32::try_from(id).ok()?)
}

/// A WebDriver command below the session that fantoccini has no name for.
#[derive(Debug)]
struct Raw {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (hyper::Method, Option<String>) {
        (hyper::Method::POST, Some(self.body.to_string()))
    }
}

/// Back to the page itself, out of every frame.
pub async fn leave_frames(client: &Client) -> Result<(), CmdError> {
    client.issue_cmd(Raw { path: "frame", body: json!({ "id": null }) }).await.map(drop)
}

/// A command of the developer tools to the page. Chromium's alone: elsewhere it is an error.
pub async fn devtools(client: &Client, command: &str, params: Value) -> Result<Value, CmdError> {
    let body = json!({ "cmd": command, "params": params });
    client.issue_cmd(Raw { path: "goog/cdp/execute", body }).await
}

/// What chromedriver wrote to a log since it was last read: `browser` (the console) or `performance`. Chromium's alone:
/// elsewhere it is an error.
pub async fn log(client: &Client, kind: &str) -> Result<Vec<Value>, CmdError> {
    let lines = client.issue_cmd(Raw { path: "se/log", body: json!({ "type": kind }) }).await?;
    Ok(lines.as_array().cloned().unwrap_or_default())
}
