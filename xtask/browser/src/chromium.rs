//! Chromium under chromedriver.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::Profile;
use crate::driver::Listening;
use crate::process::Running;

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

pub(crate) fn listen() -> Result<Listening> {
    let help = "on Debian: apt-get install chromium chromium-driver";
    let (running, port) = Running::start(Command::new("chromedriver").arg("--port=0"), help, |line| {
        Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())
    })?;
    Ok((vec![running], format!("http://127.0.0.1:{port}")))
}

pub(crate) fn capabilities(folder: &Path, profile: Profile, fingerprint: Option<&str>) -> Value {
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
    json!({ "browserName": "chrome", "goog:loggingPrefs": logs, "goog:chromeOptions": options })
}
