//! What can be learned about a page without touching it: accessibility, layout shifts, broken policies, storage,
//! requests. The only scripts of these tests stand here, and all they do is read.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::browser::{self, Engine};
use crate::person::Person;
use crate::waiting::until;

/// Holds an open list of what was reported since the page began, for entry types that are delivered late.
const LAYOUT_SHIFTS: &str = "const done = arguments[0];
    const entries = [];
    const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        entries.push(...observer.takeRecords());
        done(entries.map((entry) => entry.value));
    })));";

const BROKEN_POLICIES: &str = "const done = arguments[0];
    const seen = [];
    const observer = new ReportingObserver((reports) => seen.push(...reports), { buffered: true });
    observer.observe();
    setTimeout(() => {
        seen.push(...observer.takeRecords());
        done(seen.filter((report) => report.type === 'csp-violation')
            .map((report) => report.body.effectiveDirective + ' ' + report.body.blockedURL));
    });";

const STORED: &str = "const done = arguments[0];
    (async () => {
        const found = [];
        if (document.cookie) found.push('cookie ' + document.cookie);
        for (const name of ['localStorage', 'sessionStorage'])
            if (window[name].length) found.push(name + ' ' + Object.keys(window[name]));
        for (const { name } of await indexedDB.databases()) found.push('indexedDB ' + name);
        for (const name of await caches.keys()) found.push('cache ' + name);
        return found;
    })().then(done, (error) => done(['cannot be read: ' + error]));";

const DRAWN: &str = "return [...document.querySelectorAll(arguments[0])].filter((one) => one.complete && one.naturalWidth).length";

/// Colours in the middle of a change are nobody's colours: their end is waited for.
const AXE: &str = "const done = arguments[0];
    const frame = () => new Promise((then) => requestAnimationFrame(then));
    const ended = () => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)
        .map((one) => one.finished.catch(() => {})));
    frame().then(frame).then(ended).then(() => axe.run(document, { resultTypes: ['violations'] })).then(
        (result) => done(result.violations.map((one) =>
            one.id + ' (' + one.impact + '): ' + one.help + '\\n' + one.nodes.map((node) =>
                '    ' + node.target.flat().join(' ') + ' | ' + node.html.slice(0, 200) + '\\n      '
                + node.failureSummary.replaceAll('\\n', ' ')).join('\\n'))),
        (error) => done(['axe-core failed: ' + error]));";

impl Person {
    /// How far things on the page moved by themselves, one number a shift (Chromium's alone).
    pub async fn layout_shifts(&self) -> Vec<f64> {
        let shifts =
            self.client.execute_async(LAYOUT_SHIFTS, Vec::new()).await.expect("reading layout shifts");
        shifts.as_array().expect("a list of shifts").iter().filter_map(Value::as_f64).collect()
    }

    /// What broke the page's own policy since it was loaded (Chromium's alone).
    pub async fn broken_policies(&self) -> Vec<String> {
        let reports = self.client.execute_async(BROKEN_POLICIES, Vec::new()).await.expect("reading reports");
        texts(&reports)
    }

    /// What is stored under the origin of the page (or of the frame that is looked at).
    pub async fn stored(&self) -> Vec<String> {
        texts(&self.client.execute_async(STORED, Vec::new()).await.expect("reading what is stored"))
    }

    /// The names of all cookies of the browser, of every site and partition (Chromium's and Firefox's alone).
    pub async fn cookie_names(&self) -> Vec<String> {
        if self.engine == Engine::Firefox {
            let all = "return Services.cookies.cookies.map((cookie) => cookie.name)";
            return texts(&browser::privileged(&self.client, all).await.expect("Firefox's cookies"));
        }
        let all = browser::devtools(&self.client, "Storage.getCookies", json!({}))
            .await
            .expect("the developer tools");
        let cookies = all["cookies"].as_array().expect("a list of cookies");
        cookies.iter().filter_map(|cookie| cookie["name"].as_str()).map(str::to_owned).collect()
    }

    /// How many bytes an origin keeps in this browser outside of partitions.
    pub async fn bytes_kept_by(&self, origin: &str) -> f64 {
        let usage = browser::devtools(&self.client, "Storage.getUsageAndQuota", json!({ "origin": origin }))
            .await
            .expect("the developer tools");
        usage["usage"].as_f64().unwrap_or(f64::NAN)
    }

    /// From the next page on, the browser asks for languages as a person's settings make it ask, the most wanted first (for
    /// a profile in one process).
    pub async fn wishes(&self, languages: &str) {
        let version = browser::devtools(&self.client, "Browser.getVersion", json!({})).await;
        let agent = version.expect("the developer tools")["userAgent"].clone();
        let asked = json!({ "userAgent": agent, "acceptLanguage": languages });
        browser::devtools(&self.client, "Emulation.setUserAgentOverride", asked)
            .await
            .expect("the developer tools");
    }

    /// Waits until so many pictures are drawn: not only asked for.
    pub async fn sees_pictures(&self, css: &str, count: u64) {
        let what = format!("{} sees {count} pictures", self.name);
        until(&what, async || {
            let drawn = self.client.execute(DRAWN, vec![json!(css)]).await.ok()?;
            (drawn.as_u64() == Some(count)).then_some(())
        })
        .await;
    }

    /// The language of the document that is looked at.
    pub async fn language(&self) -> String {
        let tag = self.client.execute("return document.documentElement.lang", Vec::new()).await;
        tag.expect("asking for the language").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the transcript has come to rest at its oldest row: what is clicked on while it scrolls is missed. Its
    /// zero is the newest row.
    pub async fn stands_at_the_oldest_row(&self) {
        let script = "const at = document.querySelector('main');
            return at && at.clientHeight - at.scrollTop >= at.scrollHeight - 1";
        until(&format!("{} is at the oldest row", self.name), async || {
            let there = self.client.execute(script, Vec::new()).await.ok()?;
            (there == true).then_some(())
        })
        .await;
    }

    /// The addresses asked for since this was last called, sockets included (for a profile that logs the network).
    pub async fn requests(&self) -> Vec<String> {
        let lines = browser::log(&self.client, "performance").await.expect("chromedriver's log");
        let events =
            lines.iter().filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        events
            .filter_map(|event| {
                let message = &event["message"];
                let url = match message["method"].as_str()? {
                    "Network.requestWillBeSent" => &message["params"]["request"]["url"],
                    "Network.webSocketCreated" => &message["params"]["url"],
                    _ => return None,
                };
                Some(url.as_str()?.to_owned())
            })
            .collect()
    }

    /// Lets pages believe that the system prefers dark colours, or light ones. Nothing moves any more either.
    pub async fn prefers(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        browser::devtools(&self.client, "Emulation.setEmulatedMedia", json!({ "features": features }))
            .await
            .expect("the developer tools");
        let query = format!("return matchMedia('(prefers-color-scheme: {scheme})').matches");
        let believed = self.client.execute(&query, Vec::new()).await.expect("asking for the colours");
        assert_eq!(believed, Value::Bool(true), "{} does not prefer {scheme}", self.name);
    }

    /// What axe-core finds in what is looked at: the page, or the frame that was entered.
    pub async fn inaccessible(&self) -> Vec<String> {
        let is_there = self.client.execute("return typeof axe === 'object'", Vec::new()).await;
        if is_there.ok() != Some(Value::Bool(true)) {
            self.client.execute(axe(), Vec::new()).await.expect("putting axe-core into the page");
        }
        texts(&self.client.execute_async(AXE, Vec::new()).await.expect("running axe-core"))
    }
}

/// The text of axe-core, read once.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let path = std::env::var("DESKBELL_AXE").expect(
            "DESKBELL_AXE names no axe.min.js: `cargo xtask test` fetches it; by hand take the one of axe-core 4.14.1",
        );
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {path}: {error}"))
    })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
