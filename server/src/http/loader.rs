//! `GET /w/KEY.js`: the one script a host page pays for, with the looks of its site inside. Written and packed once
//! per change. The page that asked is noted by its origin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deskbell_shared::codec::Wire;
use deskbell_shared::model::contrast::ink_on;
use deskbell_shared::model::{SiteId, SiteLooks};
use warp::http::HeaderValue;
use warp::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, REFERER};
use warp::reply::Response;

use super::assets::Packed;
use super::call::Call;
use super::problem::Problem;
use super::{Edge, looks};
use crate::application::site_origin;
use crate::assets;
use crate::html::in_script;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// How long a browser keeps a loader without asking.
pub const CACHE: &str = "public, max-age=300";
/// Loaders kept; beyond it all are written anew.
pub const LOADERS_MAX: usize = 1_000;

/// The loaders written so far.
#[derive(Default)]
pub struct Loaders {
    written: Mutex<HashMap<SiteId, Written>>,
    panel: Mutex<Option<(Arc<str>, Arc<Packed>)>>,
}

#[derive(Clone)]
struct Written {
    site: Arc<SiteRecord>,
    template: Arc<str>,
    packed: Arc<Packed>,
}

/// `GET /w/KEY.js`
pub async fn script(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    let origin = call.header(REFERER).and_then(site_origin::of_referer);
    // Kept only where it works: once the page or the list of origins was put right, it has to be seen again.
    let is_refused = origin.as_ref().is_some_and(|origin| !site.origins.contains(origin));
    let cache = if is_refused { "no-store" } else { CACHE };
    if let Some(origin) = origin
        // Our own pages are no host pages.
        && !edge.own.admits([origin.as_str()].into_iter())
    {
        let (edge, site) = (Arc::clone(&edge), Arc::clone(&site));
        tokio::spawn(async move {
            if let Err(denial) = edge.sites.saw(&site, &origin).await {
                tracing::warn!(site = %site.id, code = denial.code.text(), "noting where a loader was seen");
            }
        });
    }
    let template = assets::text("loader.js").ok_or_else(missing)?;
    let packed = edge.loaders.of(site, template, &edge.public.origin()).await;
    Ok(packed.answer(&call, "text/javascript; charset=utf-8", cache))
}

/// `GET /panel.js`: what the loader of any site imports once somebody opens the chat. Its address stays: a page that was
/// loaded before an upgrade asks for it, too.
pub async fn panel(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let script = assets::text("panel.js").ok_or_else(missing)?;
    let mut response =
        edge.loaders.panel(script).await.answer(&call, "text/javascript; charset=utf-8", CACHE);
    // A page may import a module from elsewhere only if that place says so; there is nothing in it for one site alone.
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// The apps are not there.
pub fn missing() -> Problem {
    Problem::unavailable(assets::MISSING, std::time::Duration::from_secs(60))
}

impl Loaders {
    async fn of(&self, site: Arc<SiteRecord>, template: String, base: &str) -> Arc<Packed> {
        if let Some(written) = self.lock().get(&site.id)
            && Arc::ptr_eq(&written.site, &site)
            && *written.template == template
        {
            return Arc::clone(&written.packed);
        }
        let packed = packed(filled(&template, &site.key, &site.looks, base)).await;
        let written =
            Written { site: Arc::clone(&site), template: template.into(), packed: Arc::clone(&packed) };
        let mut all = self.lock();
        if all.len() >= LOADERS_MAX {
            all.clear();
        }
        all.insert(site.id, written);
        packed
    }

    /// Packed once; in development it may be another one the next time.
    async fn panel(&self, script: String) -> Arc<Packed> {
        let lock = || self.panel.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, known)) = &*lock()
            && **of == *script
        {
            return Arc::clone(known);
        }
        let packed = packed(script.clone()).await;
        *lock() = Some((script.into(), Arc::clone(&packed)));
        packed
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SiteId, Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// It takes milliseconds: not on the thread that serves.
async fn packed(text: String) -> Arc<Packed> {
    let packing = tokio::task::spawn_blocking(move || Arc::new(Packed::new(text)));
    packing.await.unwrap_or_else(|_| Arc::new(Packed::new(String::new())))
}

/// The template with the looks of a site in it.
pub fn filled(template: &str, key: &str, looks: &SiteLooks, base: &str) -> String {
    let place = looks::place(looks);
    let path = format!("/w/{key}/#");
    let mut given = [&path, base, &looks.colour, ink_on(&looks.colour), &place, looks::scheme(looks)]
        .map(str::to_owned)
        .to_vec();
    // Of every language: the same address gives the same script to everybody, so that any cache may keep it.
    given.extend(Language::ALL.map(|language| looks::label(looks, language)));
    let json = given.to_text();
    template.replacen("{{site}}", &in_script(&json), 1)
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::InboxId;

    use super::*;

    /// A site with everything hostile in its name.
    pub fn site(name: &str) -> SiteRecord {
        SiteRecord {
            id: SiteId(1),
            inbox: InboxId(1),
            inboxes: Vec::new(),
            key: "KEY".into(),
            looks: SiteLooks {
                name: name.into(),
                colour: "#2b6cb0".into(),
                greeting: "Hi".into(),
                style: None,
            },
            origins: vec!["https://shop.example".into()],
            seen: Vec::new(),
        }
    }

    #[test]
    fn a_name_cannot_leave_its_string() {
        for name in [
            "</script><script>alert(1)</script>",
            "\u{2028}alert(1)\u{2029}",
            "\"+alert(1)+\"",
            "\\\"",
            "`${1}`",
            "{{site}}",
            "<!--",
        ]
        .into_iter()
        .chain(include_str!("../../tests/xss.txt").lines())
        {
            let looks = site(name).looks;
            let script = filled("(()=>{const s={{site}};})();", "KEY", &looks, "https://chat.example");
            assert!(!script.contains("</") && !script.contains("<!--"), "{script}");
            assert!(!script.contains(['\u{2028}', '\u{2029}']), "{script}");
            let json = script.strip_prefix("(()=>{const s=").unwrap().strip_suffix(";})();").unwrap();
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(value[6], format!("Chat with {name}"));
            assert_eq!(value[7], format!("دردشة مع {name}"));
            assert_eq!(value[9], format!("{name}客服"));
        }
    }
}
