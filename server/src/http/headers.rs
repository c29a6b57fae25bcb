//! The security headers of every answer, by what kind of surface it is (S21, S62, S63). A handler may set a header
//! of its own (the frame's ancestors depend on its site); what it leaves out is added here.

use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue};

use super::policy_reports::PATH as REPORTS;
use crate::auth::origin::{PublicUrl, Scheme};

/// What an answer is, as far as browsers must be told how to treat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// JSON for our own apps.
    Api,
    /// The document of the agent desktop.
    Desk,
    /// The documents that host pages may show: the widget's frame and the plain form.
    Frame,
    /// The script on host pages.
    Loader,
    /// Content-addressed files of our own apps.
    Asset,
    /// What somebody uploaded, made anew.
    Picture,
    /// A socket.
    Socket,
}

/// What a policy allows apart from its ancestors.
const APP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self'; font-src 'self'; manifest-src 'self'";
const APP_END: &str = "form-action 'self'; base-uri 'none'; object-src 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The policy of one of our own apps. `ancestors` are the pages that may show it.
pub fn app_policy(public: &PublicUrl, ancestors: &[String]) -> String {
    let ancestors = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    // Older Safari does not count sockets of the same origin as 'self'.
    let own = public.socket_origin();
    format!("{APP}; connect-src 'self' {own}; {APP_END}; frame-ancestors {ancestors}; report-uri {REPORTS}")
}

/// The policy of the agent desktop, in which owners look at their sites in a frame. Nobody may show it.
pub fn desk_policy(public: &PublicUrl) -> String {
    format!("{}; frame-src 'self'", app_policy(public, &[]))
}

/// The policy of a page without scripts that host pages may show.
pub fn plain_policy(ancestors: &[String]) -> String {
    let ancestors = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors {ancestors}; report-uri {REPORTS}"
    )
}

/// Adds what the surface needs and the handler left out.
pub fn dress(headers: &mut HeaderMap, surface: Surface, public: &PublicUrl) {
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Our own forms need an origin in their requests, others learn nothing.
    add(REFERRER_POLICY, "same-origin");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    );
    let sharing = match surface {
        Surface::Loader | Surface::Frame => "cross-origin",
        _ => "same-origin",
    };
    add(HeaderName::from_static("cross-origin-resource-policy"), sharing);
    add(
        CACHE_CONTROL,
        match surface {
            Surface::Desk => "no-cache",
            _ => "no-store",
        },
    );
    if matches!(surface, Surface::Api | Surface::Desk | Surface::Socket) {
        add(HeaderName::from_static("x-frame-options"), "DENY");
    }
    if public.scheme == Scheme::Https {
        add(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = match surface {
            Surface::Desk => desk_policy(public),
            Surface::Picture => "sandbox; default-src 'none'; frame-ancestors 'none'".to_owned(),
            _ => "default-src 'none'; frame-ancestors 'none'".to_owned(),
        };
        if let Ok(value) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, value);
        }
    }
}
