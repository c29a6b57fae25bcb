//! What can be learned about a page without touching it: accessibility, layout shifts, broken policies, storage,
//! requests. The only scripts of these tests stand here, and all they do is read.

use serde_json::{Value, json};

use crate::browser;
use crate::person::Person;

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
    requestAnimationFrame(() => setTimeout(() => {
        seen.push(...observer.takeRecords());
        done(seen.filter((report) => report.type === 'csp-violation')
            .map((report) => report.body.effectiveDirective + ' ' + report.body.blockedURL));
    }));";

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

const AXE: &str = "const done = arguments[0];
    axe.run(document, { resultTypes: ['violations'] }).then((result) => done(result.violations.map((one) =>
        one.id + ' (' + one.impact + '): ' + one.help + '\\n' + one.nodes.map((node) =>
            '    ' + node.target.flat().join(' ') + ' | ' + node.html.slice(0, 200) + '\\n      '
            + node.failureSummary.replaceAll('\\n', ' ')).join('\\n'))),
        (error) => done(['axe-core failed: ' + error]));";

impl Person {
    /// How far things on the page moved by themselves, one number a shift.
    pub async fn layout_shifts(&self) -> Vec<f64> {
        let shifts = self.client.execute_async(LAYOUT_SHIFTS, Vec::new()).await.expect("reading layout shifts");
        shifts.as_array().expect("a list of shifts").iter().filter_map(Value::as_f64).collect()
    }

    /// What broke the page's own policy since it was loaded.
    pub async fn broken_policies(&self) -> Vec<String> {
        let reports = self.client.execute_async(BROKEN_POLICIES, Vec::new()).await.expect("reading reports");
        texts(&reports)
    }

    /// What is stored under the origin of the page (or of the frame that is looked at).
    pub async fn stored(&self) -> Vec<String> {
        texts(&self.client.execute_async(STORED, Vec::new()).await.expect("reading what is stored"))
    }

    /// The names of all cookies of the browser, of every site and partition.
    pub async fn cookie_names(&self) -> Vec<String> {
        let all = browser::devtools(&self.client, "Storage.getCookies", json!({})).await;
        let cookies = all["cookies"].as_array().expect("a list of cookies");
        cookies.iter().filter_map(|cookie| cookie["name"].as_str()).map(str::to_owned).collect()
    }

    /// How many bytes an origin keeps in this browser outside of partitions.
    pub async fn bytes_kept_by(&self, origin: &str) -> f64 {
        let usage = browser::devtools(&self.client, "Storage.getUsageAndQuota", json!({ "origin": origin })).await;
        usage["usage"].as_f64().unwrap_or(f64::NAN)
    }

    /// The addresses asked for since this was last called, sockets included (for a profile that logs the network).
    pub async fn requests(&self) -> Vec<String> {
        let lines = browser::log(&self.client, "performance").await;
        let events = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
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

    /// Ends the story if axe-core finds anything in what is looked at: the page, or the frame that was entered.
    pub async fn finds_nothing_inaccessible(&self, view: &str) {
        let path = std::env::var("DESKBELL_AXE").expect(
            "DESKBELL_AXE names no axe.min.js; `cargo xtask test` fetches it, or set it to the one of axe-core 4.14.1",
        );
        let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {path}: {error}"));
        self.client.execute(&axe, Vec::new()).await.expect("putting axe-core into the page");
        let found = texts(&self.client.execute_async(AXE, Vec::new()).await.expect("running axe-core"));
        assert!(found.is_empty(), "axe-core on {view} of {}:\n{}", self.name, found.join("\n"));
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
