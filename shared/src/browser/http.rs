//! The few HTTP requests the apps make: to their own origin, JSON both ways, with the header that no other origin can
//! send unasked.

use super::Store;
use crate::codec::Wire;
use crate::protocol::api::{AgentTicket, Failure, Nothing, VisitorTicket, VisitorTicketRequest};
use crate::protocol::refusal::RefusalCode;
use crate::session::TicketFailure;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// The server could not be reached, or its answer did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// An answer of the server, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl HttpAnswer {
    /// Reads the answer: what was asked for when the status says so, else the failure. An answer that is neither
    /// (a proxy's page) counts as the server not being available.
    pub fn read<T: Wire>(&self) -> Result<T, Failure> {
        if (200..300).contains(&self.status) {
            T::from_text(&self.text).map_err(|_| unreadable())
        } else {
            Err(Failure::from_text(&self.text).unwrap_or_else(|_| unreadable()))
        }
    }
}

/// `GET` of the own origin.
pub async fn get(url: &str) -> Result<HttpAnswer, Unreachable> {
    request("GET", url, None).await
}

/// `POST` of a JSON text to the own origin.
pub async fn post(url: &str, body: &str) -> Result<HttpAnswer, Unreachable> {
    request("POST", url, Some(body)).await
}

/// Fetches a visitor's ticket from `POST /w/KEY/ticket`, with the token where the browser keeps no cookie and the origin of
/// the page around, and keeps the token that the answer gives.
pub async fn visitor_ticket(url: &str, store: &Store, page: Option<String>) -> Result<String, TicketFailure> {
    let body = VisitorTicketRequest { token: store.token().await, page };
    let ticket: VisitorTicket = ticket(url, &body.to_text()).await?;
    if let Some(token) = ticket.token {
        store.keep_token(&token).await;
    }
    Ok(ticket.ticket)
}

/// Fetches an agent's ticket from `POST /api/ticket`.
pub async fn agent_ticket(url: &str) -> Result<String, TicketFailure> {
    let ticket: AgentTicket = ticket(url, &Nothing {}.to_text()).await?;
    Ok(ticket.ticket)
}

async fn ticket<T: Wire>(url: &str, body: &str) -> Result<T, TicketFailure> {
    let Ok(answer) = post(url, body).await else { return Err(TicketFailure::Later { retry_after_ms: 0 }) };
    answer.read().map_err(|failure| match failure.code {
        RefusalCode::SignedOut => TicketFailure::SignedOut,
        code if code.retries() => {
            TicketFailure::Later { retry_after_ms: failure.retry_after_ms.unwrap_or(0) }
        }
        _ => TicketFailure::NotAllowed,
    })
}

async fn request(method: &str, url: &str, body: Option<&str>) -> Result<HttpAnswer, Unreachable> {
    let window = web_sys::window().ok_or(Unreachable)?;
    let init = RequestInit::new();
    init.set_method(method);
    let headers = Object::new();
    let _ = Reflect::set(&headers, &JsValue::from_str("x-deskbell"), &JsValue::from_str("1"));
    if let Some(body) = body {
        let json = JsValue::from_str("application/json");
        let _ = Reflect::set(&headers, &JsValue::from_str("content-type"), &json);
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    let response = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await;
    let response: Response = response.map_err(|_| Unreachable)?.unchecked_into();
    let text = response.text().map_err(|_| Unreachable)?;
    let text = JsFuture::from(text).await.map_err(|_| Unreachable)?;
    let text = text.as_string().ok_or(Unreachable)?;
    Ok(HttpAnswer { status: response.status(), text })
}

fn unreadable() -> Failure {
    Failure { code: RefusalCode::Unavailable, message: String::new(), field: None, retry_after_ms: None }
}
