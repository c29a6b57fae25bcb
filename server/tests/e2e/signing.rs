//! The part of a website's server that says who its visitors are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// What a page has before the tag, so that it may call the chat before there is one.
pub const QUEUE: &str =
    "window.Deskbell = window.Deskbell || function () { (Deskbell.q = Deskbell.q || []).push(arguments) };";

/// What it signs for somebody, for an hour.
pub fn signed(site_key: &str, secret: &str, sub: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    let claims = format!(
        r#"{{"sub":"{sub}","name":"The {sub}","email":"{sub}@{sub}.example","attributes":{{"plan":"gold"}},"#,
    ) + &format!(r#""aud":"{site_key}","iat":{now},"exp":{}}}"#, now + 3600);
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(&claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}
