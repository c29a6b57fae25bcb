//! What an owner sees beside the form of a site: a page of ours with the loader of the site on it and the chat open in
//! it, as they would be. What is looked at is kept in memory for a while, for whoever sent it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use deskbell_shared::model::{AgentId, SiteId};
use deskbell_shared::protocol::api::{PreviewRequest, PreviewView};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::http::HeaderValue;
use warp::http::header::CONTENT_SECURITY_POLICY;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, documents, loader, looks, reply};
use crate::assets;
use crate::auth::secret::Secret;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// Previews kept; the oldest goes first.
pub const PREVIEWS_MAX: usize = 100;

const PAGE: &str = include_str!("preview.html");
const SHEET: &str = include_str!("preview.css");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'";

/// What is being looked at.
#[derive(Default)]
pub struct Previews(Mutex<VecDeque<Preview>>);

#[derive(Clone)]
struct Preview {
    name: String,
    whose: AgentId,
    site: Arc<SiteRecord>,
    language: Language,
}

impl Previews {
    fn put(&self, preview: Preview) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= PREVIEWS_MAX {
            all.pop_front();
        }
        all.push_back(preview);
    }

    fn find(&self, name: &str, whose: AgentId) -> Option<Preview> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|preview| preview.name == name && preview.whose == whose).cloned()
    }
}

/// `POST /api/sites/ID/preview`
pub async fn prepare(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let whose = call.agent()?.id;
    let id = call.params.first().and_then(|text| SiteId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let asked: PreviewRequest = call.json(FRAME_BYTES_MAX).await?;
    let language = Language::of_tag(&asked.language).unwrap_or(Language::English);
    let site = Arc::new(edge.sites.drafted(id, asked.site).await?);
    let name = Secret::fresh().expose().to_owned();
    let page = format!("/preview/{name}");
    edge.previews.put(Preview { name, whose, site, language });
    Ok(reply::json(&PreviewView { page }))
}

/// `GET /preview/NAME`
pub async fn page(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let preview = found(&edge, &call)?;
    let page = PAGE.replacen("{{language}}", preview.language.tag(), 1);
    let page = page.replacen("{{dir}}", preview.language.dir(), 1);
    let page = page.replacen("{{scheme}}", looks::scheme(&preview.site.looks), 1);
    let page = page.replacen("{{name}}", &preview.name, 1);
    let mut response = reply::typed(page, documents::HTML);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

/// `GET /preview/NAME/loader.js`: the loader, which then opens the chat.
pub async fn script(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let preview = found(&edge, &call)?;
    let template = assets::text("loader.js").ok_or_else(loader::missing)?;
    let key = format!("preview/{}", preview.name);
    let script = loader::filled(&template, &key, &preview.site.looks, &edge.public.origin());
    Ok(reply::typed(format!("{script};Deskbell(\"open\")"), "text/javascript; charset=utf-8"))
}

/// `GET /w/preview/NAME/`: the chat itself.
pub async fn frame(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let preview = found(&edge, &call)?;
    // Only to be looked at: it must not take the focus from the form beside it.
    documents::framed(&edge, &preview.site, &[edge.public.origin()], "<body inert>")
}

/// `GET /preview.css`
pub async fn sheet(_: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::typed(SHEET, "text/css; charset=utf-8"))
}

fn found(edge: &Edge, call: &Call) -> Result<Preview, Problem> {
    let name = call.params.first().map(String::as_str).unwrap_or_default();
    edge.previews.find(name, call.agent()?.id).ok_or_else(Problem::not_found)
}
