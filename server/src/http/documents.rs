//! The documents: the agent desktop at every address below `/desk`, and the widget's frame for each site. Both come
//! from `dist/web`; the frame gets its site written into `meta` tags.

use std::sync::Arc;

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{FrameLooks, FrameSite};
use warp::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERER};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::assets::Packed;
use super::call::Call;
use super::headers::app_policy;
use super::loader::missing;
use super::problem::Problem;
use super::{Edge, looks, reply};
use crate::application::site_origin;
use crate::assets;
use crate::html::escaped;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// A document.
pub const HTML: &str = "text/html; charset=utf-8";

/// `GET /`
pub async fn home(_: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::see("/desk/"))
}

/// `GET /robots.txt`: nothing here is for search engines.
pub async fn robots(_: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::typed("User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8"))
}

/// `GET /desk/…`
pub async fn desk(_: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    if call.path == "/desk" {
        return Ok(reply::see("/desk/"));
    }
    let document = assets::text("desk.html").ok_or_else(missing)?;
    Ok(Packed::quick(document).answer(&call, HTML, "no-cache"))
}

/// Refuses to be shown by a page that is not the site's (S18). Browsers keep to `frame-ancestors` anyway; this is for
/// those that do not, and says the reason. A page that hides where it is leaves only the policy.
fn embedded_where_allowed(edge: &Edge, call: &Call, site: &SiteRecord) -> Result<(), Problem> {
    let is_frame = call
        .header("sec-fetch-dest")
        .is_some_and(|what| matches!(what, "iframe" | "frame" | "embed" | "object"));
    let from = call.header(REFERER).and_then(site_origin::of_referer);
    match from {
        Some(origin)
            if is_frame
                && !site.origins.contains(&origin)
                && !edge.own.admits([origin.as_str()].into_iter()) =>
        {
            let words =
                "this page may not show the chat: the owner of the chat has to allow its address first";
            Err(Problem::new(StatusCode::FORBIDDEN, RefusalCode::NotAllowed, words))
        }
        _ => Ok(()),
    }
}

/// `GET /w/KEY/`
pub async fn frame(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    embedded_where_allowed(&edge, &call, &site)?;
    framed(&edge, &site, &site.origins, "<body>")
}

/// The chat of a site, for pages of these origins. `body` is how its body begins.
pub fn framed(edge: &Edge, site: &SiteRecord, origins: &[String], body: &str) -> Result<Response, Problem> {
    let template = assets::text("frame.html").ok_or_else(missing)?.replacen("<body>", body, 1);
    let looks = &site.looks;
    let known = FrameSite {
        key: site.key.clone(),
        name: looks.name.clone(),
        greeting: looks.greeting.clone(),
        notice: None,
        starters: Vec::new(),
        logo: looks.style.as_ref().and_then(|style| style.logo.clone()),
        service: edge.app.hub.service(site.inbox),
        inbox: site.inbox,
        inboxes: Vec::new(),
    };
    let drawn = FrameLooks {
        sheet: looks::sheet(looks),
        theme: looks::theme(looks),
        origins: origins.to_vec(),
        greetings: Language::ALL.map(|language| looks::greeting(looks, language).to_owned()).to_vec(),
        notices: Language::ALL.map(|language| looks::notice(looks, language).to_owned()).to_vec(),
        form: looks.style.as_ref().and_then(|style| style.form.clone()),
        starters: looks.style.as_ref().and_then(|style| style.starters.clone()).unwrap_or_default(),
        inboxes: looks::inboxes(site, |inbox| edge.app.hub.inbox_name(inbox)),
    };
    // The looks first: they stand first, and what an owner wrote cannot be taken for the other placeholder.
    let (before, after) = template.split_once("{{site}}").ok_or_else(missing)?;
    let before = before.replacen("{{looks}}", &escaped(&drawn.to_text()), 1);
    let document = [&before, &*escaped(&known.to_text()), after].concat();
    let mut response = Response::new(document.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    // Origins were normalised when they were taken; one that is no header value would show the frame to nobody.
    let policy = HeaderValue::from_str(&app_policy(&edge.public, origins))
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
