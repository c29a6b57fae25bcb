//! The websites that embed the widget: making and changing them, what their owner is told, and where their loader was
//! seen. How loaders and frames are written is `http`'s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use deskbell_shared::model::{InboxId, SeenView, SiteId, SiteLooks, SiteView, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{SiteEdit, SitesView};

use super::denial::Denial;
use super::{Application, names, site_origin};
use crate::auth::secret::{fresh_site_key, is_site_key, random};
use crate::store::accounts::{NewSite, SiteRecord};

/// Origins of one site.
pub const ORIGINS_MAX: usize = 50;
/// An origin that was seen is noted again no sooner than this.
pub const SEEN_INTERVAL: Duration = Duration::from_secs(60);
/// Pairs of site and origin whose last note is remembered; beyond it all are forgotten and noted anew.
pub const SEEN_REMEMBERED_MAX: usize = 4_096;
/// Foreign origins noted for one site within `SEEN_INTERVAL`: a forged header must not become a stream of writes.
pub const FOREIGN_NOTES_MAX: u32 = 10;

/// What can be done with sites.
pub struct Sites {
    app: Arc<Application>,
    /// The address of the server, for tags.
    base: String,
    /// By key. One process writes the sites, so what is here is the newest.
    known: RwLock<HashMap<String, Arc<SiteRecord>>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    noted: HashMap<(SiteId, String), UnixMillis>,
    foreign: HashMap<SiteId, (UnixMillis, u32)>,
}

impl Sites {
    /// `base` is the origin under which people reach the server.
    pub fn new(app: Arc<Application>, base: String) -> Sites {
        Sites { app, base, known: RwLock::default(), seen: Mutex::default() }
    }

    /// The site of a public key.
    pub async fn by_key(&self, key: &str) -> Result<Option<Arc<SiteRecord>>, Denial> {
        if !is_site_key(key) {
            return Ok(None);
        }
        if let Some(site) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(Some(Arc::clone(site)));
        }
        let Some(site) = self.app.store.site_by_key(key).await? else { return Ok(None) };
        let site = Arc::new(site);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), Arc::clone(&site));
        Ok(Some(site))
    }

    /// All sites.
    pub async fn all(&self) -> Result<SitesView, Denial> {
        let sites = self.app.store.sites().await?;
        Ok(SitesView { sites: sites.into_iter().map(|site| self.view(site)).collect() })
    }

    /// Makes a site.
    pub async fn add(&self, asked: SiteEdit) -> Result<SiteView, Denial> {
        if let Some(inbox) = asked.inbox
            && !self.app.store.inboxes().await?.iter().any(|known| known.id == inbox)
        {
            return Err(Denial::invalid("inbox", "there is no such inbox"));
        }
        let site = new_site(asked, self.app.now())?;
        let id = site.id;
        self.app.store.add_site(site).await?;
        self.app.hub.permissions_changed();
        self.published(id).await
    }

    /// Changes a site.
    pub async fn edit(&self, id: SiteId, asked: SiteEdit) -> Result<SiteView, Denial> {
        if asked.inbox.is_some() {
            return Err(Denial::invalid("inbox", "a site keeps its inbox"));
        }
        let (looks, origins) = checked(asked)?;
        self.app.store.edit_site(id, looks, origins).await?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.published(id).await
    }

    /// Notes that a page of this origin asked for the loader, not too often. Returns whether it did.
    pub async fn saw(&self, site: &SiteRecord, origin: &str) -> Result<bool, Denial> {
        let now = self.app.now();
        let allowed = site.origins.iter().any(|own| own == origin);
        if !self.seen.lock().unwrap_or_else(PoisonError::into_inner).is_due(site.id, origin, allowed, now) {
            return Ok(false);
        }
        self.app.store.note_seen(site.id, origin, now).await?;
        self.published(site.id).await?;
        Ok(true)
    }

    /// A site as its owner sees it.
    pub fn view(&self, site: SiteRecord) -> SiteView {
        let seen = site.seen.into_iter().map(|seen| {
            let allowed = site.origins.contains(&seen.origin);
            let nearest =
                if allowed { None } else { site_origin::nearest(&seen.origin, &site.origins).cloned() };
            SeenView { allowed, nearest, ..seen }
        });
        let seen = seen.collect();
        SiteView {
            id: site.id,
            tag: format!("<script async src=\"{}/w/{}.js\"></script>", self.base, site.key),
            key: site.key,
            inbox: site.inbox,
            looks: site.looks,
            origins: site.origins,
            seen,
        }
    }

    /// Reads a site anew and shows it to owners who are connected.
    async fn published(&self, id: SiteId) -> Result<SiteView, Denial> {
        let found = self.app.store.sites().await?.into_iter().find(|site| site.id == id);
        let view = self.view(found.ok_or_else(Denial::not_found)?);
        self.app.hub.site_changed(&view);
        Ok(view)
    }
}

impl Seen {
    fn is_due(&mut self, site: SiteId, origin: &str, allowed: bool, now: UnixMillis) -> bool {
        let key = (site, origin.to_owned());
        if self.noted.get(&key).is_some_and(|at| now.since(*at) < SEEN_INTERVAL) {
            return false;
        }
        if !allowed {
            let (began, count) = self.foreign.entry(site).or_insert((now, 0));
            if now.since(*began) >= SEEN_INTERVAL {
                (*began, *count) = (now, 0);
            }
            if *count >= FOREIGN_NOTES_MAX {
                return false;
            }
            *count += 1;
        }
        if self.noted.len() >= SEEN_REMEMBERED_MAX {
            self.noted.clear();
        }
        self.noted.insert(key, now);
        true
    }
}

/// A site to be made, from what its owner wrote.
pub fn new_site(asked: SiteEdit, now: UnixMillis) -> Result<NewSite, Denial> {
    let inbox = asked.inbox;
    let (looks, origins) = checked(asked)?;
    Ok(NewSite {
        id: SiteId::from_parts(now, random()),
        inbox: inbox.unwrap_or_else(|| InboxId::from_parts(now, random())),
        key: fresh_site_key(),
        looks,
        origins,
        at: now,
    })
}

fn checked(asked: SiteEdit) -> Result<(SiteLooks, Vec<String>), Denial> {
    let looks = SiteLooks {
        name: names::name("name", &asked.looks.name)?,
        colour: names::colour(&asked.looks.colour)?,
        greeting: names::greeting("greeting", &asked.looks.greeting)?,
    };
    let mut origins = Vec::new();
    for written in asked.origins.iter().filter(|text| !text.trim().is_empty()) {
        let origin = site_origin::normalised(written).map_err(|why| Denial::invalid("origins", why))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    if origins.is_empty() {
        return Err(Denial::invalid(
            "origins",
            "name at least one address of the website, such as www.example.com",
        ));
    }
    if origins.len() > ORIGINS_MAX {
        let message = format!("at most {ORIGINS_MAX} addresses");
        return Err(Denial { field: Some("origins"), ..Denial::because(RefusalCode::TooLong, message) });
    }
    Ok((looks, origins))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn edit(origins: &[&str]) -> SiteEdit {
        SiteEdit {
            looks: SiteLooks { name: "Shop".into(), colour: "#2B6CB0".into(), greeting: "Hi".into() },
            origins: origins.iter().map(|text| (*text).to_owned()).collect(),
            inbox: None,
        }
    }

    #[test]
    fn origins_are_normalised_once_each() {
        let site = new_site(edit(&["example.com", "https://example.com/", ""]), NOW).unwrap();
        assert_eq!(site.origins, ["https://example.com"]);
        assert_eq!(site.looks.colour, "#2b6cb0");
        assert!(is_site_key(&site.key));
        assert_eq!(new_site(edit(&[]), NOW).unwrap_err().field, Some("origins"));
        assert_eq!(new_site(edit(&["*.a.b"]), NOW).unwrap_err().field, Some("origins"));
    }

    #[test]
    fn a_stream_of_forged_referers_is_not_a_stream_of_writes() {
        let mut seen = Seen::default();
        let site = SiteId(1);
        let noted =
            (0..10_000).filter(|n| seen.is_due(site, &format!("https://{n}.evil"), false, NOW)).count();
        assert_eq!(noted, FOREIGN_NOTES_MAX as usize);
        assert!(seen.is_due(site, "https://ok.example", true, NOW), "an allowed page still turns it green");
        assert!(!seen.is_due(site, "https://ok.example", true, NOW));
        assert!(seen.is_due(site, "https://ok.example", true, NOW.plus(SEEN_INTERVAL)));
        assert!(seen.noted.len() <= SEEN_REMEMBERED_MAX);
    }
}
