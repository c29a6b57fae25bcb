//! Firefox under geckodriver.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use fantoccini::Client;
use fantoccini::error::CmdError;
use serde_json::{Value, json};

use crate::driver::{Listening, downloads};
use crate::process::{Running, installed};
use crate::{Profile, Raw};

/// Names the geckodriver to be used; without it, the one in the path is.
const GECKODRIVER: &str = "DESKBELL_GECKODRIVER";
const HELP: &str = "`cargo xtask tools` makes one and says where it is: DESKBELL_GECKODRIVER";

pub(crate) fn listen() -> Result<Listening> {
    let program = std::env::var_os(GECKODRIVER).unwrap_or_else(|| "geckodriver".into());
    let mut command = Command::new(program);
    // Two of them at once want ports of their own; settings of the browser are changed and looked at by `privileged`.
    command.args(["--port", "0", "--websocket-port", "0", "--allow-system-access"]);
    let (running, address) = Running::start(&mut command, HELP, |line| {
        Some(line.split_once("Listening on ")?.1.trim().to_owned())
    })?;
    Ok((vec![running], format!("http://{address}")))
}

pub(crate) fn capabilities(folder: &Path, profile: Profile) -> Result<Value> {
    let program = installed(&["firefox-esr", "firefox"])
        .context("Firefox is not installed; on Debian: apt-get install firefox-esr")?;
    let mut prefs = json!({
        "intl.accept_languages": "en-US, en",
        // Whatever the machine says of proxies: everything is on this machine.
        "network.proxy.type": 0,
        // Nothing is fetched that no story asks for, and no process is kept in store.
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "dom.ipc.processPrelaunch.enabled": false,
        // What is downloaded is put away without a question, PDFs too.
        "browser.download.folderList": 2,
        "browser.download.dir": downloads(folder),
        "browser.download.always_ask_before_handling_new_types": false,
        "browser.helperApps.neverAsk.saveToDisk": "application/pdf,text/plain,application/octet-stream",
        "pdfjs.disabled": true,
    });
    if profile.blocks_site_data {
        prefs["network.cookie.cookieBehavior"] = json!(2);
    }
    let args = ["-headless", "-profile", &folder.to_string_lossy(), "-width", "1280", "-height", "900"];
    Ok(json!({
        "browserName": "firefox",
        "acceptInsecureCerts": true,
        "moz:firefoxOptions": { "binary": program, "args": args, "prefs": prefs },
    }))
}

/// Runs a script as a part of Firefox itself, where all its settings and everything it keeps are at hand.
pub async fn privileged(client: &Client, script: &str) -> Result<Value, CmdError> {
    let context = |name| Raw { path: "moz/context", body: json!({ "context": name }) };
    client.issue_cmd(context("chrome")).await?;
    let answer = client.execute(script, Vec::new()).await;
    client.issue_cmd(context("content")).await?;
    answer
}
