//! The made-up people and the site of the demo, put in once; at every start the site allows the shop's address of
//! today.

use anyhow::{Context, Result, anyhow};
use deskbell_shared::model::{AgentId, Hours, InboxId, Role, SiteId, SiteLooks, UnixMillis, WeekSpan};

use super::talks;
use crate::application::{Clock, SystemClock};
use crate::auth::password::Passwords;
use crate::auth::secret::{Secret, fresh_site_key, random};
use crate::store::Store;
use crate::store::accounts::{InviteRecord, NewAgent, NewSite, SiteChange};
use crate::store::team::InboxChange;

/// Somebody made up.
pub struct Person {
    /// Signs in.
    pub email: &'static str,
    /// Is shown.
    pub name: &'static str,
}

/// Owns the demo.
pub const OWNER: Person = Person { email: "demo@deskbell.example", name: "Mara Lind" };
/// Answers beside the owner.
pub const COLLEAGUE: Person = Person { email: "ben@deskbell.example", name: "Ben Okafor" };
/// Answers, too; between orders.
pub const THIRD: Person = Person { email: "lin@deskbell.example", name: "林小雨" };
/// All of them, the owner first.
pub const PEOPLE: [&Person; 3] = [&OWNER, &COLLEAGUE, &THIRD];
/// Of all.
pub const PASSWORD: &str = "try-the-bell";

/// Puts in what is missing. Returns the key of the site.
pub async fn seed(store: &dyn Store, shop: &str, conversations: usize) -> Result<String> {
    let now = SystemClock.now();
    if !store.is_set_up().await? {
        people_and_site(store, shop, now).await.context("putting the made-up people in")?;
        talks::seed(store, conversations, now).await.context("putting made-up conversations in")?;
    }
    let site = store.sites().await?.into_iter().next().ok_or_else(|| anyhow!("the demo's site is gone"))?;
    if !site.origins.iter().any(|origin| origin == shop) {
        let mut origins = site.origins;
        // Those of earlier ports go; what somebody added by hand stays.
        origins.retain(|origin| !origin.starts_with("http://127.0.0.1:"));
        origins.insert(0, shop.to_owned());
        store
            .edit_site(site.id, SiteChange { looks: site.looks, origins, inbox: None, inboxes: None })
            .await?;
    }
    Ok(site.key)
}

async fn people_and_site(store: &dyn Store, shop: &str, now: UnixMillis) -> Result<()> {
    let passwords = Passwords::new();
    // One hash for all: they have one password, and making it takes its time.
    let hash = passwords.hash(PASSWORD.to_owned()).await.map_err(|_| anyhow!("hashing a password"))?;
    let person = |person: &Person, role| NewAgent {
        id: AgentId::from_parts(now, random()),
        name: person.name.to_owned(),
        email: person.email.to_owned(),
        password_hash: hash.clone(),
        role,
        at: now,
    };
    let site = NewSite {
        id: SiteId::from_parts(now, random()),
        inbox: InboxId::from_parts(now, random()),
        key: fresh_site_key(),
        looks: SiteLooks {
            name: "Leaf & Kettle".to_owned(),
            colour: "#a4471f".to_owned(),
            greeting: "Hello! Ask us about tea, pots or your parcel. We usually answer within a few minutes."
                .to_owned(),
            style: None,
        },
        origins: vec![shop.to_owned()],
        at: now,
    };
    store.set_up(person(&OWNER, Role::Owner), site).await?;
    for colleague in [&COLLEAGUE, &THIRD] {
        let link = Secret::fresh().digest();
        let expires_at = now.plus(crate::auth::session::INVITE_LIFETIME);
        let email = colleague.email.to_owned();
        let invite = InviteRecord { secret: link, email, role: Role::Agent, agent: None, expires_at };
        store.invite(invite).await?;
        store.accept_invite(link, person(colleague, Role::Agent)).await?;
    }
    let everybody = store.agents().await?;
    let id_of = |person: &Person| everybody.iter().find(|agent| agent.email == person.email);
    let ids: Vec<AgentId> =
        PEOPLE.iter().filter_map(|person| id_of(person)).map(|agent| agent.view.id).collect();
    // A second inbox, where nothing has come in yet, for passing things on to.
    let members = ids.iter().skip(1).copied().collect();
    let wholesale =
        InboxChange { name: "Wholesale".to_owned(), members, hours: Some(office_hours()), routing: None };
    store.add_inbox(InboxId::from_parts(now, random()), wholesale).await?;
    match ids.first() {
        Some(owner) => talks::snippets(store, *owner, now).await,
        None => Ok(()),
    }
}

/// Nine to five from Monday to Friday.
fn office_hours() -> Hours {
    let week = (0..5).map(|day| WeekSpan { day, from: 9 * 60, to: 17 * 60 }).collect();
    Hours { zone: "Europe/Berlin".to_owned(), week, holidays: Vec::new() }
}
