//! What of a conversation survives the page: the end of its transcript, so that it is there before the network is.

use crate::model::conversation::ConversationView;
use crate::model::id::VisitorId;
use crate::model::message::Entry;
use crate::model::time::UnixMillis;
use crate::wire;
use core::time::Duration;

/// How long a stored end of a transcript is kept when nothing happens in it.
pub const CACHE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

wire! {
    /// The stored end of a transcript. Only visitors store it, and only of conversations that are not resolved.
    pub struct CachedConversation {
        /// Whose it is; somebody else never sees it.
        pub owner: VisitorId,
        /// When it was stored, by the client's clock.
        pub saved_at: UnixMillis,
        /// The state as of the last row.
        pub view: ConversationView,
        /// At most `CACHED_ROWS_MAX` rows, dense.
        pub rows: Vec<Entry>,
    }
}
