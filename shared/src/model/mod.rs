//! The nouns of the product, in the words of the field. Data only: what may be done with it is decided elsewhere.

pub mod agent;
pub mod contrast;
pub mod conversation;
pub mod hours;
pub mod id;
pub mod message;
pub mod routing;
pub mod site;
pub mod snippet;
pub mod time;
pub mod visitor;

pub use agent::{AgentView, Availability, Role};
pub use conversation::{ConversationView, LastMessage, Marks, Priority, Status, Summary};
pub use hours::{DaySpan, Holiday, Hours, WeekSpan};
pub use id::{
    AgentId, Cmid, ConversationId, Epoch, Feed, FileId, InboxId, Seq, SiteId, SiteSecretId, SnippetId,
    VisitorId,
};
pub use message::{Audience, Author, Draft, Edits, Entry, EntryBody, FileView, RequeueReason, Side};
pub use routing::{
    Able, Asked, Fit, Matching, Overflow, RankRule, Ranked, Routing, RoutingPolicy, SkillRule,
};
pub use site::{
    ChatForm, Closed, Corner, FieldKind, FormConsent, FormField, SeenView, Service, SiteInbox, SiteLooks,
    SiteStyle, SiteText, SiteView, Theme, Worded, Wording,
};
pub use snippet::{Situation, SnippetView};
pub use time::UnixMillis;
pub use visitor::{
    About, AboutView, Agreed, AttributeView, BlockView, ConsentView, IdentityView, PageView, Told,
    VisitorName, VisitorView,
};
