//! The one error boundary of HTTP: everything that goes wrong becomes an `api::Failure` with a status here, and is
//! logged here if it is the server's fault. Pages that people look at get the same words as a small page.

use std::time::Duration;

use deskbell_shared::codec::{Malformed, Wire};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::Failure;
use warp::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use crate::application::denial::Denial;
use crate::html::escaped;

/// Why a request was not answered with what it asked for.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    failure: Failure,
    allow: Option<&'static str>,
}

impl Problem {
    /// With a status, a code and words.
    pub fn new(status: StatusCode, code: RefusalCode, message: impl Into<String>) -> Problem {
        let failure = Failure { code, message: message.into(), field: None, retry_after_ms: None };
        Problem { status, failure, allow: None }
    }

    /// Nothing is there, or not for the caller.
    pub fn not_found() -> Problem {
        Denial::not_found().into()
    }

    /// Not signed in.
    pub fn signed_out() -> Problem {
        Denial::signed_out().into()
    }

    /// The address exists, with other methods.
    pub fn method(allow: &'static str) -> Problem {
        let words = "this address does not take this method";
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, RefusalCode::Malformed, words);
        Problem { allow: Some(allow), ..problem }
    }

    /// Not from one of our own pages.
    pub fn foreign() -> Problem {
        let words = "this request does not come from a page of this server";
        Problem::new(StatusCode::FORBIDDEN, RefusalCode::NotAllowed, words)
    }

    /// The body is of the wrong kind.
    pub fn media(words: &'static str) -> Problem {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, RefusalCode::Malformed, words)
    }

    /// The body is too large.
    pub fn too_large(bytes_max: usize) -> Problem {
        let words = format!("the body is larger than {bytes_max} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, RefusalCode::TooLong, words)
    }

    /// The body came too slowly or broke off.
    pub fn body(status: StatusCode) -> Problem {
        Problem::new(status, RefusalCode::Malformed, "the body did not arrive whole in time")
    }

    /// What is asked for cannot be done now.
    pub fn unavailable(words: impl Into<String>, after: Duration) -> Problem {
        let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, RefusalCode::Unavailable, words);
        problem.failure.retry_after_ms = Some(millis(after));
        problem
    }

    /// The status it has.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code it has.
    pub fn code(&self) -> RefusalCode {
        self.failure.code
    }

    /// Whether the caller's session is over.
    pub fn is_signed_out(&self) -> bool {
        self.failure.code == RefusalCode::SignedOut
    }

    /// As JSON, for programs.
    pub fn into_json(self) -> Response {
        let body = self.failure.to_text();
        self.dressed(body, "application/json")
    }

    /// As a page, for people.
    pub fn into_page(self) -> Response {
        let title =
            if self.status == StatusCode::NOT_FOUND { "There is nothing here" } else { "This did not work" };
        let message = escaped(&self.failure.message);
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
             content=\"light dark\"><title>{title}</title><h1>{title}</h1><p>{message}</p></html>"
        );
        self.dressed(body, "text/html; charset=utf-8")
    }

    fn dressed(self, body: String, kind: &'static str) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(ms) = self.failure.retry_after_ms {
            headers.insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Problem {
        let status = match denial.code {
            RefusalCode::Malformed => StatusCode::BAD_REQUEST,
            RefusalCode::NotFound => StatusCode::NOT_FOUND,
            RefusalCode::NotAllowed | RefusalCode::Blocked => StatusCode::FORBIDDEN,
            RefusalCode::SignedOut => StatusCode::UNAUTHORIZED,
            RefusalCode::Conflict
            | RefusalCode::CmidReused
            | RefusalCode::AlreadyOpen
            | RefusalCode::Offline
            | RefusalCode::Away
            | RefusalCode::Full
            | RefusalCode::OutcomeNeeded
            | RefusalCode::TooLate => StatusCode::CONFLICT,
            RefusalCode::Empty | RefusalCode::TooLong | RefusalCode::Invalid => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            RefusalCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            RefusalCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        if let Some(fault) = &denial.fault {
            tracing::error!(%fault, "a request failed in the store");
        }
        let failure = Failure {
            code: denial.code,
            message: denial.message,
            field: denial.field.map(str::to_owned),
            retry_after_ms: denial.retry_after.map(millis),
        };
        Problem { status, failure, allow: None }
    }
}

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Problem {
        let mut problem =
            Problem::new(StatusCode::BAD_REQUEST, RefusalCode::Malformed, malformed.to_string());
        problem.failure.field = (!malformed.field.is_empty()).then(|| malformed.field.to_owned());
        problem
    }
}

impl From<crate::store::Fault> for Problem {
    fn from(fault: crate::store::Fault) -> Problem {
        Denial::from(fault).into()
    }
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX).max(1)
}
