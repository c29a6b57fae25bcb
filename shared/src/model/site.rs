//! The websites that embed the widget.

use super::agent::AgentView;
use super::id::{InboxId, SiteId};
use super::time::UnixMillis;
use crate::wire;

/// How far the launcher is from the sides where nothing else was chosen.
pub const EDGE_PX_DEFAULT: u32 = 20;
/// The most beside: the panel is 400 pixels wide, and below 480 it fills the screen anyway.
pub const ASIDE_PX_MAX: u32 = 80;
/// The most below: room for a bar of the page, and the panel still has some.
pub const ABOVE_PX_MAX: u32 = 160;

/// Questions before the first message: more of them cost conversations.
pub const FORM_FIELDS_MAX: usize = 6;
/// What can be chosen of in one.
pub const CHOICES_MAX: usize = 20;
/// Inboxes among which visitors of a site choose: its main one and up to seven others.
pub const SITE_INBOXES_MAX: usize = 8;
/// Letters of what a page calls an inbox.
pub const INBOX_KEY_BYTES_MAX: usize = 32;
/// Beginnings that are offered.
pub const STARTERS_MAX: usize = 6;

wire! {
    /// What a site owner decides about a site.
    pub struct SiteLooks {
        /// The name shown in the widget's header.
        pub name: String,
        /// The accent colour as `#rrggbb`.
        pub colour: String,
        /// What the widget says before the first message.
        pub greeting: String,
        /// The rest. Absent: as `SiteStyle::default` says.
        pub style: Option<SiteStyle>,
    }

    /// Where and how the widget stands on a page, and what it says in each language.
    pub struct SiteStyle {
        /// The corner of the launcher.
        pub corner: Corner,
        /// Its distance from that side, at most `ASIDE_PX_MAX`.
        pub aside_px: u32,
        /// Its distance from below, at most `ABOVE_PX_MAX`.
        pub above_px: u32,
        /// Light, dark, or as the visitor's browser wishes.
        pub theme: Theme,
        /// The content hash of a picture under `/picture/`, shown beside the name.
        pub logo: Option<String>,
        /// What the launcher is called; empty: in our words.
        pub label: String,
        /// What every visitor is told at the moment: an outage, a holiday. Absent: nothing.
        pub notice: Option<String>,
        /// Other texts in some languages, each language once.
        pub texts: Vec<SiteText>,
        /// What is asked of somebody before their first message. Absent: nothing.
        pub form: Option<ChatForm>,
        /// What people often begin with, at most `STARTERS_MAX`: a press says it. Absent: nothing.
        pub starters: Option<Vec<Worded>>,
        /// The last version of a text that was to be agreed to. The server's: what a form says of it does not count.
        pub consents: Option<u32>,
    }

    /// A text, and the same in other languages.
    pub struct Worded {
        /// For whoever speaks none of the others.
        pub text: String,
        /// The others, each language once.
        pub others: Vec<Wording>,
    }

    /// A text in one language.
    pub struct Wording {
        /// `en`, `ar`, `zh-Hans` or `zh-Hant`.
        pub language: String,
        /// What it says there.
        pub text: String,
    }

    /// What is asked of somebody before their first message, once.
    pub struct ChatForm {
        /// The questions, in order, at most `FORM_FIELDS_MAX`.
        pub fields: Vec<FormField>,
        /// What has to be agreed to. Absent: nothing.
        pub consent: Option<FormConsent>,
    }

    /// A question.
    pub struct FormField {
        /// What the answer is called: `name`, `email`, or another word of small letters, digits and `_`. An answer that the
        /// page has given by this name is not asked for.
        pub key: String,
        /// What an answer looks like.
        pub kind: FieldKind,
        /// Whether there has to be one.
        pub required: bool,
        /// The question.
        pub label: Worded,
        /// What can be chosen; for a choice only, from 2 to `CHOICES_MAX`.
        pub choices: Vec<Worded>,
    }

    /// What an answer looks like.
    pub enum FieldKind text {
        /// A line.
        Text "text",
        /// An e-mail address.
        Email "email",
        /// One of some.
        Choice "choice",
    }

    /// What has to be agreed to before the first message.
    pub struct FormConsent {
        /// Counted up by the server with every other text: who has agreed to an earlier one is asked anew.
        pub version: u32,
        /// To what.
        pub text: Worded,
        /// Where more is said about it: a page of the site. Absent: nowhere.
        pub link: Option<String>,
    }

    /// The corner of a page.
    pub enum Corner text {
        /// Below, at the right.
        Right "right",
        /// Below, at the left.
        Left "left",
    }

    /// How light a screen is.
    pub enum Theme text {
        /// As the browser wishes.
        Auto "auto",
        /// Light.
        Light "light",
        /// Dark.
        Dark "dark",
    }

    /// What the widget says in one of its languages.
    pub struct SiteText {
        /// `en`, `ar`, `zh-Hans` or `zh-Hant`.
        pub language: String,
        /// Instead of the greeting; empty: the greeting.
        pub greeting: String,
        /// Instead of the label of the launcher; empty: that.
        pub label: String,
        /// Instead of the notice; absent: that.
        pub notice: Option<String>,
    }

    /// One of the inboxes among which the visitors of a site choose.
    pub struct SiteInbox {
        /// Which.
        pub inbox: InboxId,
        /// What the page around the widget calls it: small letters, digits and `-`; on a site no two are the same.
        pub key: String,
        /// What visitors read; where there is nothing, the name of the inbox.
        pub label: Worded,
    }

    /// A site as its owner sees it.
    pub struct SiteView {
        /// Which site.
        pub id: SiteId,
        /// The public key in the tag.
        pub key: String,
        /// Where its conversations land.
        pub inbox: InboxId,
        /// The inboxes among which its visitors choose, in order, that one among them. Absent: there is no choice.
        pub inboxes: Option<Vec<SiteInbox>>,
        /// Name, colour, greeting.
        pub looks: SiteLooks,
        /// The origins whose pages may show the widget, such as `https://www.example.com`.
        pub origins: Vec<String>,
        /// The complete tag to paste.
        pub tag: String,
        /// Where the loader was asked for, newest first, at most `SEEN_MAX`.
        pub seen: Vec<SeenView>,
    }

    /// A page origin that asked for the loader.
    pub struct SeenView {
        /// The origin, as the browser's Referer gave it.
        pub origin: String,
        /// When last.
        pub at: UnixMillis,
        /// Whether this origin is allowed to show the widget.
        pub allowed: bool,
        /// Where it is not allowed: the allowed origin it most resembles, if any; the difference is the reason.
        pub nearest: Option<String>,
    }

    /// What visitors are told about who is there.
    pub struct Service {
        /// Whether anybody who may answer is connected.
        pub online: bool,
        /// A few of those who answer, for the header; at most three.
        pub agents: Vec<AgentView>,
        /// Outside the hours of the inbox. Absent: open.
        pub closed: Option<Closed>,
        /// Whether messages left now are answered by e-mail. Absent: no mail is promised.
        pub mail: Option<bool>,
        /// All who answer have as many as they take: who writes now waits. Absent: somebody is free, or nobody is there.
        pub busy: Option<bool>,
    }

    /// Nobody answers now.
    pub struct Closed {
        /// The first instant at which it is open again; absent when none is planned.
        pub until: Option<UnixMillis>,
    }
}

impl Worded {
    /// What it says in a language.
    pub fn of(&self, language: &str) -> &str {
        self.others.iter().find(|other| other.language == language).map_or(&self.text, |other| &other.text)
    }
}

impl Default for SiteStyle {
    fn default() -> SiteStyle {
        SiteStyle {
            corner: Corner::Right,
            aside_px: EDGE_PX_DEFAULT,
            above_px: EDGE_PX_DEFAULT,
            theme: Theme::Auto,
            logo: None,
            label: String::new(),
            notice: None,
            texts: Vec::new(),
            form: None,
            starters: None,
            consents: None,
        }
    }
}
