//! `POST /csp-report`: browsers say here what one of our pages was kept from doing (S21). On a healthy server nobody
//! ever does, so each report is counted and logged: the directive and the kind of thing, never an address or a text.
//! Anybody can invent one, so few are read from one address and none is believed further than that.

use std::sync::Arc;
use std::time::Duration;

use warp::http::StatusCode;
use warp::reply::Response;

use super::Edge;
use super::call::Call;
use super::problem::Problem;
use crate::application::allowance::Rate;
use crate::meter::meter;

/// The path, as policies name it.
pub const PATH: &str = "/csp-report";
/// A whole report; a browser's is about a kilobyte.
pub const REPORT_BYTES_MAX: usize = 8 * 1024;
/// Reports that are read from one place; further ones are dropped.
pub const REPORTS: Rate = Rate::new(10, Duration::from_secs(30));

/// The directives of our policies that something can break.
const DIRECTIVES: [&str; 12] = [
    "script-src",
    "style-src",
    "img-src",
    "media-src",
    "font-src",
    "manifest-src",
    "connect-src",
    "form-action",
    "base-uri",
    "default-src",
    "require-trusted-types-for",
    "frame-ancestors",
];
/// What browsers write instead of an address.
const WORDS: [&str; 6] = ["inline", "eval", "wasm-eval", "data", "blob", "trusted-types-sink"];

/// `POST /csp-report`
pub async fn report(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let mut response = Response::new("".into());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if edge.reports.take(REPORTS, call.place(), 1, edge.app.now()).is_ok() {
        let body = call.bytes(REPORT_BYTES_MAX).await?;
        let (directive, blocked) = told(&body);
        meter().policy_broken(directive);
        tracing::warn!(directive, blocked, "a browser reports that a page of ours broke its policy");
    }
    Ok(response)
}

/// Which directive, and what it stopped: words of closed sets, whatever the report says.
fn told(body: &[u8]) -> (&'static str, &'static str) {
    let report: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let report = &report["csp-report"];
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let effective = match text("effective-directive") {
        "" => text("violated-directive"),
        named => named,
    };
    // Browsers tell `script-src-elem` apart, our policies do not; of several the longest is meant.
    let directive = DIRECTIVES.into_iter().find(|known| effective.starts_with(known)).unwrap_or("other");
    let blocked = text("blocked-uri");
    let blocked = WORDS.into_iter().find(|word| *word == blocked).unwrap_or(match blocked {
        "" => "nothing named",
        _ => "an address",
    });
    (directive, blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_in_words_of_ours() {
        let chrome = br#"{"csp-report":{"document-uri":"https://chat.example/desk/","effective-directive":"script-src-elem",
            "violated-directive":"script-src-elem","blocked-uri":"inline","script-sample":"alert('canary')"}}"#;
        assert_eq!(told(chrome), ("script-src", "inline"));
        let firefox = br#"{"csp-report":{"violated-directive":"img-src 'self'","blocked-uri":"https://evil.example/?canary"}}"#;
        assert_eq!(told(firefox), ("img-src", "an address"));
        for nonsense in [&b""[..], b"[]", b"{\"csp-report\":7}", b"\xff", &[b'['; 4000]] {
            assert_eq!(told(nonsense), ("other", "nothing named"));
        }
        let forged = b"{\"csp-report\":{\"effective-directive\":\"x\\u001b[31m\\r\\nlevel=error\",\"blocked-uri\":\"\\n\"}}";
        assert_eq!(told(forged), ("other", "an address"), "nothing of it reaches the log");
    }
}
