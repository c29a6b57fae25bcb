//! WebKit: the MiniBrowser of WebKitGTK under WebKitWebDriver, on a screen of its own that nobody sees.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::Profile;
use crate::driver::{Listening, downloads};
use crate::process::Running;

const HELP: &str = "on Debian: apt-get install webkit2gtk-driver xvfb";
/// Where Debian's library has its own small browser.
const BROWSER: &str = "webkit2gtk-4.1/MiniBrowser";
/// A busy machine starts a driver by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// What its window is given, with the bar above the page.
pub(crate) const WINDOW: (u32, u32) = (1280, 980);
const PERIOD: Duration = Duration::from_millis(30);

/// Each browser has a screen to itself: on one, the focus would go from window to window.
pub(crate) fn listen(folder: &Path) -> Result<Listening> {
    let mut screen = Command::new("Xvfb");
    screen.args(["-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp", "-noreset"]);
    let (screen, number) = Running::start(&mut screen, HELP, |line| Some(line.trim().to_owned()))?;
    // It takes a port that is named and says nothing when it listens.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    // It puts what is downloaded where the files of a desktop say.
    let there = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads(folder).display());
    std::fs::write(folder.join("user-dirs.dirs"), there)?;
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}")).env("DISPLAY", format!(":{number}"));
    // Everything it keeps lies in the folder, and nothing on the way there asks for a session of a desktop.
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, folder);
    }
    command.envs([("GDK_BACKEND", "x11"), ("LIBGL_ALWAYS_SOFTWARE", "1"), ("GSETTINGS_BACKEND", "memory")]);
    command.envs([("NO_AT_BRIDGE", "1"), ("LANG", "en_US.UTF-8"), ("LANGUAGE", "en_US")]);
    let driver = Running::silent(&mut command, HELP)?;
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if Instant::now() > end {
            bail!("WebKitWebDriver does not listen");
        }
        std::thread::sleep(PERIOD);
    }
    Ok((vec![driver, screen], format!("http://127.0.0.1:{port}")))
}

pub(crate) fn capabilities(profile: Profile) -> Result<Value> {
    if profile.blocks_site_data {
        bail!("MiniBrowser has no such setting");
    }
    let args = ["--automation"];
    Ok(json!({
        "browserName": "MiniBrowser",
        "acceptInsecureCerts": true,
        "webkitgtk:browserOptions": { "binary": browser()?, "args": args },
    }))
}

fn browser() -> Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok).map(|folder| folder.path());
    let mut found = folders.chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/libexec")]);
    let found = found.find_map(|folder| Some(folder.join(BROWSER)).filter(|file| file.is_file()));
    found.with_context(|| format!("WebKit's MiniBrowser is not installed; {HELP}"))
}
