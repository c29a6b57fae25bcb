//! The websites that embed the widget.

use super::agent::AgentView;
use super::id::{InboxId, SiteId};
use super::time::UnixMillis;
use crate::wire;

wire! {
    /// What a site owner decides about a site.
    pub struct SiteLooks {
        /// The name shown in the widget's header.
        pub name: String,
        /// The accent colour as `#rrggbb`.
        pub colour: String,
        /// What the widget says before the first message.
        pub greeting: String,
    }

    /// A site as its owner sees it.
    pub struct SiteView {
        /// Which site.
        pub id: SiteId,
        /// The public key in the tag.
        pub key: String,
        /// Where its conversations land.
        pub inbox: InboxId,
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
