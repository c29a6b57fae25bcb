//! The websites that embed the widget: making and changing them, what their owner is told, and where their loader was
//! seen. How loaders and frames are written is `http`'s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use deskbell_shared::model::site::{ABOVE_PX_MAX, ASIDE_PX_MAX};
use deskbell_shared::model::{
    InboxId, SeenView, SiteId, SiteLooks, SiteStyle, SiteText, SiteView, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{SiteEdit, SitesView};

use super::accounts::Signed;
use super::denial::Denial;
use super::pictures::is_hash;
use super::{Application, choices, forms, names, site_origin};
use crate::auth::secret::{fresh_site_key, is_site_key, random};
use crate::store::accounts::{NewSite, SiteChange, SiteRecord};
use crate::store::audit::{Target, What};

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
    pub async fn add(&self, by: Signed, asked: SiteEdit) -> Result<SiteView, Denial> {
        self.there(asked.inbox).await?;
        if asked.inboxes.as_ref().is_some_and(|inboxes| !inboxes.is_empty()) {
            return Err(Denial::invalid("inboxes", "make the site first, then say what else it offers"));
        }
        let site = new_site(asked, self.app.now())?;
        let id = site.id;
        self.app.noting(by, What::SiteAdded, Target::Site(id), "").add_site(site).await?;
        self.app.hub.permissions_changed();
        self.published(id).await
    }

    /// Changes a site.
    pub async fn edit(&self, by: Signed, id: SiteId, asked: SiteEdit) -> Result<SiteView, Denial> {
        let before = self.site(id).await?;
        let inbox = self.there(asked.inbox).await?;
        let main = inbox.unwrap_or(before.inbox);
        let inboxes = asked.inboxes.clone().map(|inboxes| choices::checked(inboxes, main)).transpose()?;
        for one in inboxes.iter().flatten() {
            self.there(Some(one.inbox)).await?;
        }
        choices::leads_to(inboxes.as_ref().unwrap_or(&before.inboxes), main)?;
        let (mut looks, origins) = self.checked(asked).await?;
        forms::count(&mut looks, Some(&before.looks));
        let store = self.app.noting(by, What::SiteChanged, Target::Site(id), "");
        let is_other_choice = inboxes.as_ref().is_some_and(|inboxes| *inboxes != before.inboxes);
        store.edit_site(id, SiteChange { looks, origins, inbox, inboxes }).await?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
        if inbox.is_some_and(|inbox| inbox != before.inbox) {
            // Their tickets name the inbox of before.
            self.app.hub.end_visits(id);
            self.app.hub.permissions_changed();
        } else if is_other_choice {
            self.app.hub.people_changed();
        }
        self.published(id).await
    }

    /// A site as it would be, for looking at; nothing is changed.
    pub async fn drafted(&self, id: SiteId, asked: SiteEdit) -> Result<SiteRecord, Denial> {
        let before = self.site(id).await?;
        let inbox = asked.inbox.unwrap_or(before.inbox);
        let inboxes = asked.inboxes.clone().map(|inboxes| choices::checked(inboxes, inbox)).transpose()?;
        let (looks, origins) = self.checked(asked).await?;
        Ok(SiteRecord { looks, origins, inboxes: inboxes.unwrap_or(before.inboxes), ..before })
    }

    async fn site(&self, id: SiteId) -> Result<SiteRecord, Denial> {
        let found = self.app.store.sites().await?.into_iter().find(|site| site.id == id);
        found.ok_or_else(Denial::not_found)
    }

    async fn there(&self, inbox: Option<InboxId>) -> Result<Option<InboxId>, Denial> {
        match inbox {
            Some(id) if !self.app.store.inboxes().await?.iter().any(|known| known.id == id) => {
                Err(Denial::invalid("inbox", "there is no such inbox"))
            }
            inbox => Ok(inbox),
        }
    }

    /// What can be judged without the store, and whether the picture is kept.
    async fn checked(&self, asked: SiteEdit) -> Result<(SiteLooks, Vec<String>), Denial> {
        let (looks, origins) = checked(asked)?;
        if let Some(logo) = looks.style.as_ref().and_then(|style| style.logo.as_ref())
            && self.app.store.picture(logo).await?.is_none()
        {
            return Err(Denial::invalid("logo", "upload the picture first"));
        }
        Ok((looks, origins))
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
            inboxes: Some(site.inboxes).filter(|inboxes| !inboxes.is_empty()),
            looks: site.looks,
            origins: site.origins,
            seen,
        }
    }

    /// Reads a site anew and shows it to owners who are connected.
    async fn published(&self, id: SiteId) -> Result<SiteView, Denial> {
        let view = self.view(self.site(id).await?);
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
    let (mut looks, origins) = checked(asked)?;
    forms::count(&mut looks, None);
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
        style: asked.looks.style.map(styled).transpose()?,
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

fn styled(asked: SiteStyle) -> Result<SiteStyle, Denial> {
    if asked.aside_px > ASIDE_PX_MAX || asked.above_px > ABOVE_PX_MAX {
        let message = format!("at most {ASIDE_PX_MAX} pixels beside and {ABOVE_PX_MAX} below");
        return Err(Denial::invalid("place", message));
    }
    if asked.logo.as_ref().is_some_and(|hash| !is_hash(hash)) {
        return Err(Denial::invalid("logo", "this is no picture"));
    }
    let mut texts: Vec<SiteText> = Vec::new();
    for text in asked.texts {
        let is_given = texts.iter().any(|other| other.language == text.language);
        names::language("texts", &text.language, is_given)?;
        let greeting = names::greeting("greeting", &text.greeting)?;
        let label = names::label("label", &text.label)?;
        let notice = noticed(text.notice)?;
        if !(greeting.is_empty() && label.is_empty() && notice.is_none()) {
            texts.push(SiteText { language: text.language, greeting, label, notice });
        }
    }
    let (label, notice) = (names::label("label", &asked.label)?, noticed(asked.notice)?);
    let form = asked.form.map(forms::checked).transpose()?.flatten();
    let starters = asked.starters.map(forms::starters).transpose()?.filter(|all| !all.is_empty());
    Ok(SiteStyle { label, notice, texts, form, starters, ..asked })
}

fn noticed(asked: Option<String>) -> Result<Option<String>, Denial> {
    let notice = asked.map(|text| names::greeting("notice", &text)).transpose()?;
    Ok(notice.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn edit(origins: &[&str]) -> SiteEdit {
        SiteEdit {
            looks: SiteLooks {
                name: "Shop".into(),
                colour: "#2B6CB0".into(),
                greeting: "Hi".into(),
                style: None,
            },
            origins: origins.iter().map(|text| (*text).to_owned()).collect(),
            inbox: None,
            inboxes: None,
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
