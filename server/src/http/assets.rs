//! Files with a version: content-addressed assets, kept for ever by browsers, and small texts that are packed here.
//! Encodings are chosen by what the client takes: brotli, gzip, or as it is.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use warp::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::Edge;
use super::call::Call;
use super::problem::Problem;
use crate::assets;

/// What is named by its content never changes.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /assets/NAME`
pub async fn asset(_: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let name = call.params.first().filter(|name| is_name(name)).ok_or_else(Problem::not_found)?;
    let kind = kind_of(name).ok_or_else(Problem::not_found)?;
    // The name holds the hash of the content, so the name is the version.
    let etag = format!("\"{name}\"");
    let load = |ending: &str| assets::file(&format!("assets/{name}{ending}"));
    let packed = |encoding: &'static str, ending: &str| {
        call.accepts(encoding).then(|| load(ending)).flatten().map(|bytes| (bytes, Some(encoding)))
    };
    let found =
        packed("br", ".br").or_else(|| packed("gzip", ".gz")).or_else(|| load("").map(|bytes| (bytes, None)));
    let (bytes, encoding) = found.ok_or_else(Problem::not_found)?;
    let body = match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Ok(versioned(&call, &etag, kind, FOR_EVER, encoding, body))
}

/// A text in every encoding, made once.
pub struct Packed {
    etag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Packed {
    /// Packs a text as small as it gets. Takes milliseconds: not for the thread that serves.
    pub fn new(text: String) -> Packed {
        let plain = Bytes::from(text);
        Packed { etag: etag_of(&plain), brotli: brotli(&plain), gzip: gzip(&plain), plain }
    }

    /// With a version, but as it is: for what is small and changes.
    pub fn quick(text: String) -> Packed {
        let plain = Bytes::from(text);
        Packed { etag: etag_of(&plain), brotli: None, gzip: None, plain }
    }

    /// The answer for a client.
    pub fn answer(&self, call: &Call, kind: &'static str, cache: &'static str) -> Response {
        let packed = |encoding: &'static str, bytes: &Option<Bytes>| {
            bytes.clone().filter(|_| call.accepts(encoding)).map(|bytes| (bytes, Some(encoding)))
        };
        let chosen = packed("br", &self.brotli).or_else(|| packed("gzip", &self.gzip));
        let (body, encoding) = chosen.unwrap_or_else(|| (self.plain.clone(), None));
        versioned(call, &self.etag, kind, cache, encoding, body)
    }
}

fn versioned(
    call: &Call,
    etag: &str,
    kind: &'static str,
    cache: &'static str,
    encoding: Option<&'static str>,
    body: Bytes,
) -> Response {
    let is_known = call.has(etag);
    let mut response = Response::new(if is_known { Bytes::new() } else { body }.into());
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn etag_of(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..12]))
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.len() <= 120 && name.bytes().all(plain) && !name.starts_with('.') && !name.contains("..")
}

fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        _ => return None,
    })
}

fn brotli(plain: &[u8]) -> Option<Bytes> {
    let mut packed = Vec::new();
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, size_hint: plain.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &plain[..], &mut packed, &params).ok()?;
    Some(packed.into())
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).ok()?;
    Some(encoder.finish().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_folder() {
        assert!(is_name("widget_bg-0a1b.wasm"));
        for bad in
            ["..", "../x.js", ".hidden.js", "a/b.js", "a\\b.js", "a%2fb.js", "a\0.js", &"a".repeat(300)]
        {
            assert!(!is_name(bad), "{bad}");
        }
        assert_eq!(kind_of("a.wasm"), Some("application/wasm"));
        assert_eq!(kind_of("a.html"), None);
        assert_eq!(kind_of("a.js.br"), None);
    }
}
