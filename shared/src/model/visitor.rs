//! The people at the widget.

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
        /// Whether a connection of this visitor is open now.
        pub online: bool,
    }

    /// A page of the site. Queries and fragments are never part of it (they carry secrets and names).
    pub struct PageView {
        /// Origin and path.
        pub url: String,
        /// The document's title.
        pub title: String,
    }
}
