//! A headless Chromium driven over WebDriver: one chromedriver, one session with a fresh profile.
//!
//! Only what screenshots need. The end-to-end tests drive browsers too, but they live with the server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine;
use serde_json::{Value, json};

/// How long an element may take to appear, and a page to load.
const PATIENCE_MS: u64 = 15_000;
/// Between two tries.
const PERIOD_MS: u64 = 50;
/// Longer than any single command may take, so that a stuck browser ends in an error instead of a stuck terminal.
const COMMAND_MS_MAX: u64 = 60_000;
/// The key under which WebDriver hands out elements (W3C WebDriver, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The same for shadow roots.
const SHADOW: &str = "shadow-6066-11e4-a52e-4f735466cecf";

/// How a browser is started on such a machine: what pages do is as anywhere.
pub const CHROMIUM_FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What pictures want besides.
const PICTURE_FLAGS: [&str; 3] = [
    "--hide-scrollbars",
    // Frames of other sites in the process of their page: what is emulated reaches them, too.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
];

/// A running browser. Ends with this value.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    session: String,
    language: String,
}

/// An element of the page, valid until the page goes.
pub struct Element(String);

/// What the page believes about the screen it is on.
#[derive(Clone, Copy)]
pub struct Screen {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Whether it prefers dark colours.
    pub dark: bool,
    /// Whether it is a phone: touch, and two device pixels to one.
    pub phone: bool,
}

impl Browser {
    /// Starts chromedriver on a free port and a browser under it, whose person reads this language (BCP 47).
    pub fn start(language: &str) -> Result<Browser> {
        Browser::start_with(language, json!({}))
    }

    /// The same, for somebody who lets no site keep anything.
    pub fn start_denying(language: &str) -> Result<Browser> {
        Browser::start_with(language, json!({ "profile.default_content_setting_values.cookies": 2 }))
    }

    fn start_with(language: &str, mut prefs: Value) -> Result<Browser> {
        let flags = [&CHROMIUM_FLAGS[..], &PICTURE_FLAGS[..]].concat();
        prefs["intl.accept_languages"] = json!(language);
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting chromedriver; on Debian: apt-get install chromium chromium-driver")?;
        let stdout = driver.stdout.take().context("reading chromedriver's output")?;
        let port = match port_said(BufReader::new(stdout)) {
            Ok(port) => port,
            Err(error) => {
                let _ = driver.kill();
                let _ = driver.wait();
                return Err(error);
            }
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_millis(COMMAND_MS_MAX)));
        let mut browser = Browser {
            driver,
            agent: config.build().new_agent(),
            session: format!("http://127.0.0.1:{port}/session"),
            language: language.to_owned(),
        };
        let created = browser.post(
            "",
            json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "acceptInsecureCerts": true,
                "timeouts": { "implicit": PATIENCE_MS, "pageLoad": PATIENCE_MS },
                "goog:chromeOptions": { "args": flags, "prefs": prefs },
            }}}),
        )?;
        let id = created["sessionId"].as_str().context("chromedriver gave no session")?;
        browser.session = format!("{}/{id}", browser.session);
        Ok(browser)
    }

    /// Makes the page believe that it is on this screen.
    pub fn put_on(&self, screen: Screen) -> Result<()> {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": screen.width, "height": screen.height, "mobile": screen.phone,
                "deviceScaleFactor": if screen.phone { 2 } else { 1 },
            }),
        )?;
        self.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": screen.phone }))?;
        let scheme = if screen.dark { "dark" } else { "light" };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                // A picture in the middle of a movement is a different picture every time.
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ]}),
        )?;
        Ok(())
    }

    /// From now on documents below this address claim to be in the language that the person reads.
    pub fn takes_for_translated(&self, address: &str) -> Result<()> {
        let source = format!(
            "if (location.href.startsWith({address:?})) new MutationObserver((_, observer) => {{ observer.disconnect(); \
             document.documentElement.lang = {:?} }}).observe(document, {{ childList: true }})",
            self.language
        );
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).map(drop)
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&self, url: &str) -> Result<()> {
        self.post("/url", json!({ "url": url })).map(drop)
    }

    /// The first element that matches, waited for.
    pub fn find(&self, css: &str) -> Result<Element> {
        self.element("/element", css)
    }

    /// The first element that matches inside the open shadow root of another.
    pub fn find_in_shadow(&self, host: &Element, css: &str) -> Result<Element> {
        let root = self.get(&format!("/element/{}/shadow", host.0))?;
        let id = root[SHADOW].as_str().context("the element has no shadow root")?;
        self.element(&format!("/shadow/{id}/element"), css)
    }

    /// Clicks as a pointer would.
    pub fn click(&self, element: &Element) -> Result<()> {
        self.post(&format!("/element/{}/click", element.0), json!({})).map(drop)
    }

    /// Clicks on the first that matches and can be clicked, waited for.
    pub fn press(&self, css: &str) -> Result<()> {
        self.press_with(css, "")
    }

    /// The same, of those that have this text somewhere.
    pub fn press_with(&self, css: &str, text: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_millis(PATIENCE_MS);
        while Instant::now() < end {
            for element in self.all(css)? {
                if self.text(&element).is_ok_and(|said| said.contains(text)) && self.click(&element).is_ok() {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(PERIOD_MS));
        }
        bail!("nothing like `{css}` could be pressed that says `{text}`")
    }

    fn all(&self, css: &str) -> Result<Vec<Element>> {
        let found = self.post("/elements", json!({ "using": "css selector", "value": css }))?;
        let ids = found.as_array().into_iter().flatten();
        Ok(ids.filter_map(|element| Some(Element(element[ELEMENT].as_str()?.to_owned()))).collect())
    }

    pub fn text(&self, element: &Element) -> Result<String> {
        let text = self.get(&format!("/element/{}/text", element.0))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// An attribute or a property of an element, as a text.
    pub fn attribute(&self, element: &Element, name: &str) -> Result<String> {
        let value = self.get(&format!("/element/{}/property/{name}", element.0))?;
        value.as_str().map(str::to_owned).with_context(|| format!("the element has no {name}"))
    }

    /// All that sites have stored is gone, as for somebody who comes for the first time.
    pub fn forget_everything(&self) -> Result<()> {
        self.open("about:blank")?;
        self.cdp("Network.clearBrowserCookies", json!({}))?;
        self.cdp("Storage.clearDataForOrigin", json!({ "origin": "*", "storageTypes": "all" })).map(drop)
    }

    /// Types as a keyboard would. `\u{E007}` is Enter.
    pub fn type_into(&self, element: &Element, text: &str) -> Result<()> {
        self.post(&format!("/element/{}/value", element.0), json!({ "text": text })).map(drop)
    }

    /// Goes into an iframe, or back to the page with `None`.
    pub fn enter_frame(&self, frame: Option<&Element>) -> Result<()> {
        let id = frame.map(|frame| json!({ ELEMENT: frame.0 }));
        self.post("/frame", json!({ "id": id })).map(drop)
    }

    /// Writes what is on the screen as PNG.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        // Fonts come after `load`; a picture before them shows the fallback.
        self.post("/execute/async", json!({
            "script": "const done = arguments[0]; document.fonts.ready.then(() => requestAnimationFrame(() => done()))",
            "args": [],
        }))?;
        let picture = self.get("/screenshot")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap_or_default())?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
    }

    /// Runs a script in the page and waits for what it promises.
    pub fn run(&self, script: &str, given: &str) -> Result<String> {
        let said = self.post("/execute/sync", json!({ "script": script, "args": [given] }))?;
        Ok(said.as_str().unwrap_or_default().to_owned())
    }

    /// A command of the Chrome DevTools protocol.
    pub fn cdp(&self, command: &str, params: Value) -> Result<Value> {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": params }))
    }

    fn element(&self, path: &str, css: &str) -> Result<Element> {
        let found = self.post(path, json!({ "using": "css selector", "value": css }))?;
        let id = found[ELEMENT].as_str().with_context(|| format!("looking for `{css}`"))?;
        Ok(Element(id.to_owned()))
    }

    fn get(&self, path: &str) -> Result<Value> {
        let mut response = self.agent.get(format!("{}{path}", self.session)).call()?;
        value(path, response.body_mut().with_config().limit(PICTURE_BYTES_MAX).read_json()?)
    }

    fn post(&self, path: &str, body: Value) -> Result<Value> {
        let mut response = self.agent.post(format!("{}{path}", self.session)).send_json(&body)?;
        value(path, response.body_mut().with_config().limit(PICTURE_BYTES_MAX).read_json()?)
    }
}

/// A full high-density screen in base64, with room.
const PICTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium first: killing only the driver would leave it behind with its profile.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn port_said(output: impl BufRead) -> Result<u16> {
    for line in output.lines() {
        let line = line?;
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            return Ok(rest.trim_end_matches('.').parse()?);
        }
    }
    bail!("chromedriver ended without naming its port")
}

fn value(path: &str, answer: Value) -> Result<Value> {
    if let Some(error) = answer["value"]["error"].as_str() {
        let message = answer["value"]["message"].as_str().unwrap_or_default();
        bail!("the browser refused {path}: {error}: {}", message.lines().next().unwrap_or_default());
    }
    Ok(answer["value"].clone())
}
