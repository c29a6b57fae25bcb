//! `cargo xtask page-cost`: what a page pays for the tag before anybody wants to chat, judged by Lighthouse. The same plain page
//! with and without the tag, by turns in one run, on the phone and the network that Lighthouse takes for usual.
//!
//! What is counted (requests, layout shifts, bytes) has its tests elsewhere. What is a matter of time is told here, as medians
//! beside each other with how far they spread, and judged by nobody: the machine has a part in it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::browser::CHROMIUM_FLAGS;
use crate::demo::Demo;
use crate::{tools, workspace};

/// Odd, so that a median is one of them.
const ROUNDS: usize = 5;

/// What Lighthouse says of a page: what it is called here, where it stands in the report, and by how much it is multiplied.
const TOLD: [(&str, &str, f64); 8] = [
    ("performance score", "/categories/performance/score", 100.0),
    ("total blocking ms", "/audits/total-blocking-time/numericValue", 1.0),
    ("layout shift", "/audits/cumulative-layout-shift/numericValue", 1.0),
    ("first paint ms", "/audits/first-contentful-paint/numericValue", 1.0),
    ("largest paint ms", "/audits/largest-contentful-paint/numericValue", 1.0),
    ("speed index ms", "/audits/speed-index/numericValue", 1.0),
    ("main thread ms", "/audits/mainthread-work-breakdown/numericValue", 1.0),
    ("bytes", "/audits/total-byte-weight/numericValue", 1.0),
];

/// Judges both pages by turns and prints the medians.
pub fn run(args: &[String]) -> Result<()> {
    if !args.is_empty() {
        bail!("usage: cargo xtask page-cost");
    }
    tools::ensure_browser()?;
    let lighthouse = tools::ensure_lighthouse()?;
    let demo = Demo::start(1)?;
    let shop = ureq::get(&demo.shop).call()?.body_mut().read_to_string()?;
    let tag = shop.find("<script async").context("the demo's shop has no tag")?;
    let tag = &shop[tag..tag + shop[tag..].find("</script>").context("the tag has no end")?];
    let pages = [serve(page(""))?, serve(page(&format!("{tag}</script>")))?];

    let mut rounds = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // Whoever comes first pays for what is cold: by turns.
        let mut order = [0, 1];
        order.rotate_left(round % 2);
        for which in order {
            rounds[which].push(judged(&lighthouse, &pages[which])?);
            println!("round {} of {ROUNDS}, {} the tag", round + 1, ["without", "with"][which]);
        }
    }
    println!(
        "\na page without and with the tag, nobody opens the chat; medians of {ROUNDS} by turns, and from least to most"
    );
    println!("{:<20}{:>26}{:>26}{:>14}", "", "without", "with", "difference");
    for (index, (name, ..)) in TOLD.iter().enumerate() {
        let [bare, tagged] = [0, 1].map(|which| Told::of(rounds[which].iter().map(|it| it[index]).collect()));
        let (difference, bare, tagged) = (tagged.median - bare.median, bare.shown(), tagged.shown());
        println!("{name:<20}{bare:>26}{tagged:>26}{difference:>+14.2}");
    }
    Ok(())
}

struct Told {
    least: f64,
    median: f64,
    most: f64,
}

impl Told {
    fn of(mut values: Vec<f64>) -> Told {
        values.sort_by(f64::total_cmp);
        Told { least: values[0], median: values[values.len() / 2], most: values[values.len() - 1] }
    }

    fn shown(&self) -> String {
        format!("{:.2} ({:.2} to {:.2})", self.median, self.least, self.most)
    }
}

/// What Lighthouse says of a page, in the order of `TOLD`.
fn judged(lighthouse: &Path, address: &str) -> Result<Vec<f64>> {
    let output = Command::new("node")
        .arg(lighthouse)
        .arg(address)
        .args(["--quiet", "--output=json", "--only-categories=performance", "--no-enable-error-reporting"])
        .arg(format!("--chrome-flags={}", CHROMIUM_FLAGS.join(" ")))
        .env("CHROME_PATH", tools::chromium()?)
        .current_dir(workspace::notes())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("starting Lighthouse")?;
    ensure!(output.status.success(), "Lighthouse ended with {}", output.status);
    let report: Value = serde_json::from_slice(&output.stdout).context("reading Lighthouse's report")?;
    if let Some(error) = report.pointer("/runtimeError/message") {
        bail!("Lighthouse: {error}");
    }
    let told = |(name, place, times): &(&str, &str, f64)| {
        let value = report.pointer(place).and_then(Value::as_f64);
        value.map(|value| value * times).with_context(|| format!("Lighthouse says nothing of {name}"))
    };
    TOLD.iter().map(told).collect()
}

/// A page with enough on it to be shifted, and nothing else to be fetched.
fn page(tag: &str) -> String {
    let paragraph = "<p>Kettles, cups and pots, thrown and glazed by hand, sent within two days.</p>";
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title><link rel=\"icon\" href=\"data:,\">\
         <meta name=\"viewport\" content=\"width=device-width\">{tag}</head><body><h1>A shop</h1>{}</body></html>",
        paragraph.repeat(40)
    )
}

/// Serves one page on a port of its own for as long as this runs.
fn serve(page: String) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let page = page.clone();
            std::thread::spawn(move || answer(stream, &page));
        }
    });
    Ok(address)
}

fn answer(mut stream: std::net::TcpStream, page: &str) {
    let mut asked = [0; 4096];
    let Ok(count) = stream.read(&mut asked) else { return };
    let (status, body) =
        if asked[..count].starts_with(b"GET / ") { ("200 OK", page) } else { ("404 Not Found", "") };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // An error here is a browser that went away.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
