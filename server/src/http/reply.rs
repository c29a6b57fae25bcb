//! Small answers: JSON by the codec, cookies, redirects. Large ones with versions are `assets`'.

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::Nothing;
use warp::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

/// A value as JSON.
pub fn json<T: Wire>(value: &T) -> Response {
    typed(value.to_text(), "application/json")
}

/// Done, and there is nothing to say.
pub fn nothing() -> Response {
    json(&Nothing {})
}

/// A text of a type.
pub fn typed(text: impl Into<bytes::Bytes>, kind: &'static str) -> Response {
    let mut response = Response::new(text.into().into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Look there instead.
pub fn see(place: &'static str) -> Response {
    let mut response = Response::new("".into());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(place));
    response
}

/// Adds a cookie.
pub fn set_cookie(response: &mut Response, cookie: &str) {
    // Our cookies are base64url and ASCII by construction.
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
