//! What is known of visitors, and what of it is kept.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, Availability, ConversationView, Hours, LastMessage, PageView, SiteId, Told, UnixMillis,
};
use deskbell_shared::protocol::limits::{PAGE_CHARS_MAX, RESUME_MAX, TIME_ZONE_CHARS_MAX};
use url::Url;

use super::Application;
use crate::auth::Principal;
use crate::bus::presence::{Choice, InboxMembers};
use crate::hours::{Schedule, Standing};
use crate::store::Stored;

/// How often the clock is looked at while an inbox is to open or close: one that is set is followed within this.
const CLOCK_LOOK_INTERVAL: Duration = Duration::from_secs(15);
/// Letters of a language tag; the longest in use has 35 (RFC 5646, section 4.4.1).
const LANGUAGE_CHARS_MAX: usize = 35;

impl Application {
    /// A visitor's own conversations, newest first; none for agents, who have lists.
    pub async fn own_conversations(&self, who: &Principal) -> Stored<Vec<ConversationView>> {
        match *who {
            Principal::Visitor { id, .. } => self.store.conversations_of(id, RESUME_MAX).await,
            Principal::Agent { .. } => Ok(Vec::new()),
        }
    }

    /// The last message of each of those.
    pub async fn own_last_messages(&self, who: &Principal) -> Stored<Option<Vec<LastMessage>>> {
        match *who {
            Principal::Visitor { id, .. } => self.store.last_messages_of(id, RESUME_MAX).await.map(Some),
            Principal::Agent { .. } => Ok(None),
        }
    }

    /// What a visitor need not be asked any more.
    pub async fn told(&self, who: &Principal) -> Stored<Option<Told>> {
        let Principal::Visitor { id, .. } = *who else { return Ok(None) };
        let about = self.store.about(id).await?;
        Ok(about.map(|about| Told {
            names: about.answers.into_iter().map(|answer| answer.name).collect(),
            consent: about.consent.map(|it| it.version),
        }))
    }

    /// Finds out who answers in every inbox, and tells the visitors for whom that has changed. Returns
    /// when it changes by itself: an inbox opens or closes.
    pub async fn settle_presence(&self) -> Stored<Option<UnixMillis>> {
        let agents: Vec<_> = self.store.agents().await?.into_iter().map(|record| record.view).collect();
        let (now, mail) = (self.now(), self.sends_mail());
        let mut next: Option<UnixMillis> = None;
        let mut inboxes = Vec::new();
        let mut verified_only = HashSet::new();
        for inbox in self.store.inboxes().await? {
            let known = self.store.desk_agents(inbox.id).await?;
            // Of those who see the inbox, some answer nobody, by their role.
            let answers = |id: &AgentId| {
                let agent = known.iter().find(|agent| agent.view.id == *id);
                agent.is_some_and(|agent| agent.chosen.availability != Availability::Away)
            };
            let members = self.store.inbox_agents(inbox.id).await?;
            let away = members.iter().copied().filter(|id| !answers(id)).collect();
            let standing = inbox.hours.as_ref().and_then(|hours| standing(hours, now));
            let until = standing.and_then(Standing::until);
            next = next.into_iter().chain(until).min();
            let closed = standing.and_then(Standing::closed);
            if inbox.verified_only {
                verified_only.insert(inbox.id);
            }
            inboxes.push(InboxMembers { inbox: inbox.id, name: inbox.name, members, away, closed, mail });
        }
        let mut choices: HashMap<SiteId, Vec<Choice>> = HashMap::new();
        for (site, inbox) in self.store.site_inboxes().await? {
            let choice = Choice { inbox, verified_only: verified_only.contains(&inbox) };
            choices.entry(site).or_default().push(choice);
        }
        self.hub.choose(choices);
        self.hub.keep(inboxes, &agents);
        Ok(next)
    }

    /// Waits until the clock has reached an instant; for ever without one. The clock is looked at again and again: it
    /// may be set.
    pub async fn reached(&self, at: Option<UnixMillis>) {
        let Some(at) = at else { return std::future::pending().await };
        while self.now() < at {
            tokio::time::sleep(at.since(self.now()).min(CLOCK_LOOK_INTERVAL)).await;
        }
    }
}

/// How an inbox with these hours stands. Hours that cannot be read any more (a zone that has gone) close nothing.
fn standing(hours: &Hours, now: UnixMillis) -> Option<Standing> {
    match Schedule::of(hours) {
        Ok(schedule) => Some(schedule.at(now)),
        Err(wrong) => {
            tracing::error!(field = wrong.0, "the hours of an inbox cannot be read: it counts as open");
            None
        }
    }
}

/// Origin, path and title of a page, cut to the limits; queries, fragments and passwords are dropped whatever the
/// client sends. `None` for anything but a web page.
pub fn tidy_page(page: PageView) -> Option<PageView> {
    let url = tidy_address(&page.url)?;
    let referrer = page.referrer.as_deref().and_then(tidy_address);
    Some(PageView { url, title: cut(page.title.trim()), referrer })
}

fn tidy_address(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(cut(url.as_str()))
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(PAGE_CHARS_MAX).collect()
}

/// The name of a time zone, if it looks like one of the IANA database.
pub fn tidy_time_zone(name: String) -> Option<String> {
    let fits = (1..=TIME_ZONE_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte));
    fits.then_some(name)
}

/// A language tag, if it looks like one.
pub fn tidy_language(language: String) -> Option<String> {
    let fits = (1..=LANGUAGE_CHARS_MAX).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_no_secret() {
        let tidy = |url: &str| {
            let (title, referrer) = (" Shop\n".to_owned(), Some(url.to_owned()));
            let page = tidy_page(PageView { url: url.to_owned(), title, referrer })?;
            assert_eq!(page.referrer.as_ref(), Some(&page.url), "what is true of one is true of the other");
            Some(page.url)
        };
        assert_eq!(tidy("https://me:pw@shop.example/a?token=1#x").as_deref(), Some("https://shop.example/a"));
        assert_eq!(tidy("javascript:alert(1)"), None);
        assert_eq!(tidy("nonsense"), None);
        let long = format!("https://shop.example/{}", "a".repeat(PAGE_CHARS_MAX));
        assert_eq!(tidy(&long).map(|url| url.len()), Some(PAGE_CHARS_MAX));
    }

    #[test]
    fn where_one_came_from_may_be_missing_without_the_page_being_so() {
        let page = |referrer: &str| {
            let url = "https://shop.example/a".to_owned();
            tidy_page(PageView { url, title: String::new(), referrer: Some(referrer.to_owned()) })
        };
        assert_eq!(page("").unwrap().referrer, None);
        assert_eq!(page("android-app://x").unwrap().referrer, None);
        let found = page("https://find.example/s?q=tea").unwrap().referrer;
        assert_eq!(found.as_deref(), Some("https://find.example/s"));
    }

    #[test]
    fn a_time_zone_looks_like_one() {
        for name in ["Asia/Shanghai", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+12"] {
            assert_eq!(tidy_time_zone(name.to_owned()).as_deref(), Some(name));
        }
        for wrong in ["", "Europe/<b>", "a b", &"a".repeat(65)] {
            assert_eq!(tidy_time_zone(wrong.to_owned()), None);
        }
    }

    #[test]
    fn a_language_looks_like_one() {
        assert_eq!(tidy_language("zh-Hans".to_owned()).as_deref(), Some("zh-Hans"));
        for wrong in ["", "en_US", "<b>", &"a".repeat(36)] {
            assert_eq!(tidy_language(wrong.to_owned()), None);
        }
    }
}
