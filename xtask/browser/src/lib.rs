//! Browsers: one chromedriver, and under it a Chromium with a profile of its own for every person.
//!
//! Knows processes, flags and raw WebDriver commands. What people do with a browser stands where it is done: with
//! the end-to-end stories of the server and with the fault bench.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Pid;
use serde_json::{Value, json};
use url::Url;

const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Several windows on one screen nobody sees: none of them is in the background.
    "--disable-backgrounding-occluded-windows",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

/// What is special about a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile {
    /// "Block third-party cookies" in the settings.
    pub blocks_third_party_cookies: bool,
    /// "Don't allow sites to save data on your device" in the settings.
    pub blocks_site_data: bool,
    /// Frames of other sites live in the process of their page, so that what is emulated reaches them, too.
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

/// A running chromedriver.
pub struct Driver {
    process: Child,
    reader: Option<JoinHandle<()>>,
    address: String,
}

impl Driver {
    /// Starts one on a free port.
    pub fn start() -> Result<Driver> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting chromedriver; on Debian: apt-get install chromium chromium-driver")?;
        let mut lines = BufReader::new(process.stdout.take().context("chromedriver's output")?).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())
            })
            .context("chromedriver ended without naming its port")?;
        // Read on to its end: a full pipe would stop it.
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(Driver { process, reader: Some(reader), address: format!("http://127.0.0.1:{port}") })
    }

    /// Starts a Chromium whose profile lies in `folder`; `fingerprint` names the one key it trusts beside the world's.
    pub async fn open(&self, folder: &Path, profile: Profile, fingerprint: Option<&str>) -> Result<Client> {
        let mut args: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        args.push(format!("--user-data-dir={}", folder.display()));
        args.extend(fingerprint.map(|key| format!("--ignore-certificate-errors-spki-list={key}")));
        if profile.in_one_process {
            args.push("--disable-site-isolation-trials".to_owned());
            args.push("--disable-features=IsolateOrigins,site-per-process".to_owned());
        }
        let mut prefs = json!({ "profile.cookie_controls_mode": 0 });
        if profile.blocks_third_party_cookies {
            prefs["profile.cookie_controls_mode"] = json!(1);
            prefs["profile.block_third_party_cookies"] = json!(true);
        }
        if profile.blocks_site_data {
            prefs["profile.default_content_setting_values.cookies"] = json!(2);
        }
        let mut logs = json!({ "browser": "ALL" });
        let mut options = json!({ "args": args, "prefs": prefs });
        if profile.logs_network {
            logs["performance"] = json!("ALL");
            options["perfLoggingPrefs"] = json!({ "enableNetwork": true, "enablePage": false });
        }
        let Value::Object(capabilities) = json!({
            "browserName": "chrome",
            "timeouts": { "implicit": 0, "pageLoad": 30_000, "script": 60_000 },
            "goog:loggingPrefs": logs,
            "goog:chromeOptions": options,
        }) else {
            unreachable!("capabilities are a map");
        };
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.address)
            .await
            .context("starting Chromium under chromedriver")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
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

/// The process of a browser.
pub fn process(client: &Client) -> Option<Pid> {
    let id = client.capabilities()?.get("goog:processID")?.as_i64()?;
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

/// A command of the developer tools to the page.
pub async fn devtools(client: &Client, command: &str, params: Value) -> Result<Value, CmdError> {
    let body = json!({ "cmd": command, "params": params });
    client.issue_cmd(Raw { path: "goog/cdp/execute", body }).await
}

/// What chromedriver wrote to a log since it was last read: `browser` (the console) or `performance`.
pub async fn log(client: &Client, kind: &str) -> Vec<Value> {
    let raw = Raw { path: "se/log", body: json!({ "type": kind }) };
    match client.issue_cmd(raw).await {
        Ok(Value::Array(lines)) => lines,
        _ => Vec::new(),
    }
}
