//! What is known of visitors, and what of it is kept.

use deskbell_shared::model::{ConversationView, PageView};
use deskbell_shared::protocol::limits::{PAGE_CHARS_MAX, RESUME_MAX};
use url::Url;

use super::Application;
use crate::auth::Principal;
use crate::bus::presence::InboxMembers;
use crate::store::Stored;

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

    /// Finds out who answers in every inbox, and tells the visitors for whom that has changed.
    pub async fn settle_presence(&self) -> Stored<()> {
        let agents: Vec<_> = self.store.agents().await?.into_iter().map(|record| record.view).collect();
        let mut inboxes = Vec::new();
        for site in self.store.sites().await? {
            let members = self.store.inbox_agents(site.inbox).await?;
            inboxes.push(InboxMembers { inbox: site.inbox, members });
        }
        self.hub.keep(inboxes, &agents);
        Ok(())
    }
}

/// Origin, path and title of a page, cut to the limits; queries, fragments and passwords are dropped whatever the
/// client sends. `None` for anything but a web page.
pub fn tidy_page(page: PageView) -> Option<PageView> {
    let mut url = Url::parse(&page.url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(PAGE_CHARS_MAX).collect();
    Some(PageView { url: cut(url.as_str()), title: cut(page.title.trim()) })
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
            tidy_page(PageView { url: url.to_owned(), title: " Shop\n".to_owned() }).map(|page| page.url)
        };
        assert_eq!(tidy("https://me:pw@shop.example/a?token=1#x").as_deref(), Some("https://shop.example/a"));
        assert_eq!(tidy("javascript:alert(1)"), None);
        assert_eq!(tidy("nonsense"), None);
        let long = format!("https://shop.example/{}", "a".repeat(PAGE_CHARS_MAX));
        assert_eq!(tidy(&long).map(|url| url.len()), Some(PAGE_CHARS_MAX));
    }

    #[test]
    fn a_language_looks_like_one() {
        assert_eq!(tidy_language("zh-Hans".to_owned()).as_deref(), Some("zh-Hans"));
        for wrong in ["", "en_US", "<b>", &"a".repeat(36)] {
            assert_eq!(tidy_language(wrong.to_owned()), None);
        }
    }
}
