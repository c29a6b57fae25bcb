//! Requests to `/api`. Bodies are those of `shared::protocol::api` in the codec of the wire. Whether somebody is signed
//! in travels in a cookie that no script can read.

use std::pin::Pin;

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::Failure;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, ProgressEvent, RequestCredentials, RequestInit, Response, XmlHttpRequest};

use super::dom::window;
use crate::trouble::Trouble;

/// Asks for something.
pub async fn get<A: Wire>(path: &str) -> Result<A, Trouble> {
    read(get_text(path).await)
}

/// Asks for something; what is answered is left to the caller.
pub async fn get_text(path: &str) -> Result<String, Trouble> {
    asked("GET", path, None, None).await
}

/// Sends something.
pub async fn post<B: Wire, A: Wire>(path: &str, body: &B) -> Result<A, Trouble> {
    read(post_text(path, &body.to_text()).await)
}

/// Sends what is JSON already; what is answered is left to the caller.
pub async fn post_text(path: &str, body: &str) -> Result<String, Trouble> {
    asked("POST", path, Some("application/json"), Some(JsValue::from_str(body))).await
}

/// Sends a file as it is.
pub async fn post_file<A: Wire>(path: &str, file: &web_sys::File) -> Result<A, Trouble> {
    read(asked("POST", path, Some("application/octet-stream"), Some(file.into())).await)
}

/// A file on its way. Dropped before the end, it is given up.
pub struct Upload {
    request: XmlHttpRequest,
    _heard: [Closure<dyn FnMut(ProgressEvent)>; 2],
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        if let Ok(upload) = self.request.upload() {
            upload.set_onprogress(None);
        }
        let _ = self.request.abort();
    }
}

/// Sends a file with its name. `onprogress` hears how much of it has gone, in percent; `onend` what became of it.
pub fn upload<A: Wire + 'static>(
    path: &str,
    file: &web_sys::File,
    onprogress: impl Fn(u32) + 'static,
    onend: impl Fn(Result<A, Trouble>) + 'static,
) -> Option<Upload> {
    let request = XmlHttpRequest::new().ok()?;
    let going = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            onprogress((event.loaded() * 100.0 / event.total()) as u32);
        }
    });
    let sent = request.clone();
    let gone = Closure::<dyn FnMut(ProgressEvent)>::new(move |_| {
        let status = sent.status().unwrap_or(0);
        let text = sent.response_text().ok().flatten().unwrap_or_default();
        onend(read(if status == 0 { Err(Trouble::Unreachable) } else { judged(status, text) }));
    });
    request.open("POST", path).ok()?;
    let name = String::from(js_sys::encode_uri_component(&file.name()));
    for (header, value) in [
        ("x-deskbell", "1"),
        ("content-type", "application/octet-stream"),
        ("x-deskbell-name", name.as_str()),
    ] {
        request.set_request_header(header, value).ok()?;
    }
    request.upload().ok()?.set_onprogress(Some(going.as_ref().unchecked_ref()));
    request.set_onloadend(Some(gone.as_ref().unchecked_ref()));
    request.send_with_opt_blob(Some(file)).ok()?;
    Some(Upload { request, _heard: [going, gone] })
}

fn read<A: Wire>(answer: Result<String, Trouble>) -> Result<A, Trouble> {
    A::from_text(&answer?).map_err(|_| Trouble::Strange)
}

/// The body of a good answer. In a box: compiled once, whatever is asked and answered.
fn asked<'a>(
    method: &'a str,
    path: &'a str,
    kind: Option<&'a str>,
    body: Option<JsValue>,
) -> Pin<Box<dyn Future<Output = Result<String, Trouble>> + 'a>> {
    Box::pin(async move {
        let answer = exchange(method, path, kind, body).await;
        let (status, text) = answer.map_err(|_| Trouble::Unreachable)?;
        judged(status, text)
    })
}

fn judged(status: u16, text: String) -> Result<String, Trouble> {
    match status {
        200..300 => Ok(text),
        _ => Err(Failure::from_text(&text).map_or(Trouble::Strange, Trouble::Refused)),
    }
}

async fn exchange(
    method: &str,
    path: &str,
    kind: Option<&str>,
    body: Option<JsValue>,
) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("x-deskbell", "1")?; // a header no form of another site can send
    if let Some(kind) = kind {
        headers.set("content-type", kind)?;
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
