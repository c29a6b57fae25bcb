//! The people at the widget.

use super::agent::AgentView;
use super::id::VisitorId;
use super::time::UnixMillis;
use crate::wire;

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
        /// Whether a connection of this visitor is open now.
        pub online: bool,
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
