//! Requests to `/api`. Bodies are those of `shared::protocol::api` in the codec of the wire. Whether somebody is signed
//! in travels in a cookie that no script can read.

use std::pin::Pin;

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::Failure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response};

use super::dom::window;
use crate::trouble::Trouble;

/// Asks for something.
pub async fn get<A: Wire>(path: &str) -> Result<A, Trouble> {
    read(asked("GET", path, None, None, None).await)
}

/// Sends something.
pub async fn post<B: Wire, A: Wire>(path: &str, body: &B) -> Result<A, Trouble> {
    let body = JsValue::from_str(&body.to_text());
    read(asked("POST", path, Some("application/json"), None, Some(body)).await)
}

/// Sends a file as it is.
pub async fn post_file<A: Wire>(path: &str, file: &web_sys::File) -> Result<A, Trouble> {
    read(asked("POST", path, Some("application/octet-stream"), None, Some(file.into())).await)
}

/// Sends a file with its name.
pub async fn upload<A: Wire>(path: &str, file: &web_sys::File) -> Result<A, Trouble> {
    let name = String::from(js_sys::encode_uri_component(&file.name()));
    let kind = Some("application/octet-stream");
    read(asked("POST", path, kind, Some(&name), Some(file.into())).await)
}

fn read<A: Wire>(answer: Result<String, Trouble>) -> Result<A, Trouble> {
    A::from_text(&answer?).map_err(|_| Trouble::Strange)
}

/// The body of a good answer. In a box: compiled once, whatever is asked and answered.
fn asked<'a>(
    method: &'a str,
    path: &'a str,
    kind: Option<&'a str>,
    name: Option<&'a str>,
    body: Option<JsValue>,
) -> Pin<Box<dyn Future<Output = Result<String, Trouble>> + 'a>> {
    Box::pin(async move {
        let answer = exchange(method, path, kind, name, body).await;
        let (status, text) = answer.map_err(|_| Trouble::Unreachable)?;
        match status {
            200..300 => Ok(text),
            _ => Err(Failure::from_text(&text).map_or(Trouble::Strange, Trouble::Refused)),
        }
    })
}

async fn exchange(
    method: &str,
    path: &str,
    kind: Option<&str>,
    name: Option<&str>,
    body: Option<JsValue>,
) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("x-deskbell", "1")?; // a header no form of another site can send
    if let Some(kind) = kind {
        headers.set("content-type", kind)?;
    }
    if let Some(name) = name {
        headers.set("x-deskbell-name", name)?;
    }
    let request = RequestInit::new();
    request.set_method(method);
    request.set_headers(&headers);
    request.set_credentials(RequestCredentials::SameOrigin);
    if let Some(body) = body {
        request.set_body(&body);
    }
    let answer = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?;
    let answer: Response = answer.dyn_into()?;
    let text = JsFuture::from(answer.text()?).await?;
    Ok((answer.status(), text.as_string().unwrap_or_default()))
}
