//! The people at the widget.

use super::agent::AgentView;
use super::id::VisitorId;
use super::time::UnixMillis;
use crate::wire;

/// What is kept of what a visitor, or the page around, says of them.
pub const ABOUT_MAX: usize = 20;

wire! {
    /// A visitor as agents see them.
    pub struct VisitorView {
        /// Who it is.
        pub id: VisitorId,
        /// When the first message of this visitor was stored.
        pub first_seen_at: UnixMillis,
        /// The page the visitor wrote from last; absent when unknown.
        pub page: Option<PageView>,
        /// The language the browser asks for, such as `en` or `zh-Hans`; absent when unknown.
        pub language: Option<String>,
        /// The name of the time zone the browser is in, such as `Asia/Shanghai`; absent when unknown.
        pub time_zone: Option<String>,
        /// What they are called; absent: nobody has said so.
        pub name: Option<VisitorName>,
        /// Whether a connection of this visitor is open now.
        pub online: bool,
    }

    /// What somebody is called.
    pub struct VisitorName {
        /// The name.
        pub text: String,
        /// Whether the server of the site has signed it. Otherwise they, or the page around, have said so.
        pub verified: bool,
    }

    /// A page of the site. Queries and fragments are never part of it (they carry secrets and names).
    pub struct PageView {
        /// Origin and path.
        pub url: String,
        /// The document's title.
        pub title: String,
        /// Origin and path of the page they came to it from; absent when there is none, or it is not told.
        pub referrer: Option<String>,
    }

    /// Who a visitor is, as the server of the site has signed it.
    pub struct IdentityView {
        /// What the site calls them by.
        pub sub: String,
        /// Their name.
        pub name: Option<String>,
        /// Their e-mail address.
        pub email: Option<String>,
        /// What else there is to know.
        pub attributes: Vec<AttributeView>,
    }

    /// One thing that a site says of a visitor.
    pub struct AttributeView {
        /// What it is about.
        pub name: String,
        /// What it is.
        pub value: String,
    }

    /// What somebody, or the page around, says of them before their first message. Nothing of it is proved.
    pub struct About {
        /// What was answered, or what the page says; each name once, at most `ABOUT_MAX`.
        pub answers: Vec<AttributeView>,
        /// What they have agreed to.
        pub consent: Option<Agreed>,
    }

    /// That somebody agrees to a text.
    pub struct Agreed {
        /// Its version.
        pub version: u32,
        /// The language in which they have read it.
        pub language: String,
    }

    /// What is kept of that, as agents see it.
    pub struct AboutView {
        /// The newest answer to each question.
        pub answers: Vec<AttributeView>,
        /// What they have agreed to last.
        pub consent: Option<ConsentView>,
    }

    /// That somebody has agreed to something.
    pub struct ConsentView {
        /// The version of the text.
        pub version: u32,
        /// The text, in the language in which they read it. Empty: it was another one by the time that it was stored.
        pub text: String,
        /// When.
        pub at: UnixMillis,
    }

    /// What a visitor need not be asked any more.
    pub struct Told {
        /// The names of what they have answered.
        pub names: Vec<String>,
        /// The version of the text that they have agreed to last.
        pub consent: Option<u32>,
    }

    /// A visitor whose messages are refused for a time.
    pub struct BlockView {
        /// Whose.
        pub visitor: VisitorId,
        /// Who decided it.
        pub by: AgentView,
        /// Why, for colleagues; visitors are not told.
        pub reason: String,
        /// Since when.
        pub at: UnixMillis,
        /// Until when; it ends by itself.
        pub until: UnixMillis,
    }
}

impl IdentityView {
    /// What they are called: by their name, or else as the site calls them.
    pub fn called(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.sub)
    }
}

impl VisitorName {
    /// What the site has signed counts, then what was said.
    pub fn of(signed: Option<String>, said: Option<String>) -> Option<VisitorName> {
        let verified = signed.is_some();
        signed.or(said).map(|text| VisitorName { text, verified })
    }
}

impl AboutView {
    /// What they are called, by their own word.
    pub fn name(&self) -> Option<&str> {
        self.answers.iter().find(|answer| answer.name == "name").map(|answer| answer.value.as_str())
    }

    /// Nothing yet.
    pub const NOTHING: AboutView = AboutView { answers: Vec::new(), consent: None };

    /// Takes what is new: another answer to a question, another consent. Of more answers than `ABOUT_MAX` the oldest go.
    pub fn learn(&mut self, said: &AboutView) {
        self.answers.retain(|old| said.answers.iter().all(|new| new.name != old.name));
        self.answers.extend(said.answers.iter().cloned());
        let over = self.answers.len().saturating_sub(ABOUT_MAX);
        self.answers.drain(..over);
        if let Some(new) = &said.consent
            && self.consent.as_ref().is_none_or(|old| old.version < new.version)
        {
            self.consent = Some(new.clone());
        }
    }
}
