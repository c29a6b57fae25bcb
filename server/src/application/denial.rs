//! Why something was not done, for whoever asked over HTTP: a refusal with words, or a fault of the store. How it
//! becomes a status is `http::problem`'s.

use std::time::Duration;

use deskbell_shared::protocol::RefusalCode;

use crate::auth::password::Crowded;
use crate::store::{Fault, Refusal};

/// What `application` answers when it does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub code: RefusalCode,
    /// In words that a person can act on.
    pub message: String,
    /// The field of the request it is about.
    pub field: Option<&'static str>,
    /// When it may succeed.
    pub retry_after: Option<Duration>,
    /// What went wrong inside, for the log; never sent.
    pub fault: Option<Fault>,
}

impl Denial {
    /// With a code and words.
    pub fn because(code: RefusalCode, message: impl Into<String>) -> Denial {
        Denial { code, message: message.into(), field: None, retry_after: None, fault: None }
    }

    /// A field that cannot be accepted.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Denial {
        Denial { field: Some(field), ..Denial::because(RefusalCode::Invalid, message) }
    }

    /// Too fast or too many.
    pub fn wait(span: Duration, message: impl Into<String>) -> Denial {
        Denial { retry_after: Some(span), ..Denial::because(RefusalCode::RateLimited, message) }
    }

    /// No such thing, or not for you.
    pub fn not_found() -> Denial {
        Denial::because(RefusalCode::NotFound, "there is no such thing here")
    }

    /// Not signed in.
    pub fn signed_out() -> Denial {
        Denial::because(RefusalCode::SignedOut, "sign in first")
    }

    /// Signed in, but may not do this.
    pub fn not_allowed() -> Denial {
        Denial::because(RefusalCode::NotAllowed, "only an owner may do this")
    }
}

impl From<Fault> for Denial {
    fn from(fault: Fault) -> Denial {
        match fault {
            Fault::Refused(Refusal { code, .. }) => Denial::because(code, words(code)),
            fault => Denial {
                retry_after: Some(Duration::from_secs(5)),
                fault: Some(fault),
                ..Denial::because(
                    RefusalCode::Unavailable,
                    "the server cannot store this now; try again in a moment",
                )
            },
        }
    }
}

impl From<Crowded> for Denial {
    fn from(_: Crowded) -> Denial {
        Denial {
            retry_after: Some(Duration::from_secs(2)),
            ..Denial::because(
                RefusalCode::Unavailable,
                "too many people sign in right now; try again in a moment",
            )
        }
    }
}

fn words(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::NotFound => "there is no such thing here",
        RefusalCode::NotAllowed => "this may not be done",
        RefusalCode::Conflict => "somebody was faster, or this is taken already",
        RefusalCode::SignedOut => "sign in first",
        _ => "this was refused",
    }
}
