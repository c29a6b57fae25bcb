//! What visitors, or the pages around the chat, say of them before a first message: its bounds, and what they agree to.

use deskbell_shared::model::visitor::ABOUT_MAX;
use deskbell_shared::model::{About, AboutView, Agreed, AttributeView, ConsentView, SiteId, UnixMillis};
use deskbell_shared::protocol::limits::{ABOUT_CHARS_MAX, ABOUT_NAME_CHARS_MAX};

use super::{Application, names};
use crate::store::Stored;

/// The answer that is an address for mails, too.
pub const EMAIL: &str = "email";

impl Application {
    /// What is kept of it. A message is never refused for what comes beside it, so what is too much is cut.
    pub(super) async fn said_of(
        &self,
        site: SiteId,
        about: Option<About>,
        at: UnixMillis,
    ) -> Stored<Option<AboutView>> {
        let Some(about) = about else { return Ok(None) };
        let consent = match about.consent {
            Some(agreed) => Some(self.agreed(site, &agreed, at).await?),
            None => None,
        };
        let answers = tidy(about.answers);
        Ok((consent.is_some() || !answers.is_empty()).then_some(AboutView { answers, consent }))
    }

    /// With the text, as it was read.
    async fn agreed(&self, site: SiteId, agreed: &Agreed, at: UnixMillis) -> Stored<ConsentView> {
        let sites = self.store.sites().await?;
        let site = sites.iter().find(|known| known.id == site);
        let form = site.and_then(|site| site.looks.style.as_ref()?.form.as_ref());
        let asked = form.and_then(|form| form.consent.as_ref()).filter(|it| it.version == agreed.version);
        let text = asked.map(|it| it.text.of(&agreed.language).to_owned()).unwrap_or_default();
        Ok(ConsentView { version: agreed.version, text, at })
    }
}

fn tidy(answers: Vec<AttributeView>) -> Vec<AttributeView> {
    let mut tidy: Vec<AttributeView> = Vec::new();
    for AttributeView { name, value } in answers {
        let said = AttributeView {
            name: names::shown(&name, ABOUT_NAME_CHARS_MAX),
            value: names::shown(&value, ABOUT_CHARS_MAX),
        };
        let is_new = tidy.iter().all(|known| known.name != said.name);
        if is_new && !said.name.is_empty() && !said.value.is_empty() && tidy.len() < ABOUT_MAX {
            tidy.push(said);
        }
    }
    tidy
}

/// The address among what is said.
pub fn address(about: &AboutView) -> Option<String> {
    about.answers.iter().find(|answer| answer.name == EMAIL).map(|answer| answer.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, value: &str) -> AttributeView {
        AttributeView { name: name.into(), value: value.into() }
    }

    #[test]
    fn what_is_too_much_is_cut_and_nothing_else() {
        let long = "é".repeat(ABOUT_CHARS_MAX + 1);
        let given = vec![
            said("plan", " gold\u{7} "),
            said("plan", "again"),
            said("", "no name"),
            said("empty", "  "),
            said("long", &long),
        ];
        assert_eq!(tidy(given), [said("plan", "gold"), said("long", &long[..2 * ABOUT_CHARS_MAX])]);
        let many = (0..ABOUT_MAX + 5).map(|n| said(&format!("n{n}"), "x")).collect();
        assert_eq!(tidy(many).len(), ABOUT_MAX);
    }
}
