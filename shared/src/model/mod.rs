//! The nouns of the product, in the words of the field. Data only: what may be done with it is decided elsewhere.

pub mod agent;
pub mod contrast;
pub mod conversation;
pub mod filing;
pub mod hours;
pub mod id;
pub mod message;
pub mod role;
pub mod routing;
pub mod site;
pub mod snippet;
pub mod time;
pub mod view;
pub mod visitor;

pub use agent::{AgentView, Availability};
pub use conversation::{ConversationView, LastMessage, Marks, Priority, Status, Summary};
pub use filing::{Filed, Filing, InboxOutcomes, OutcomeView, TagColour, TagView};
pub use hours::{DaySpan, Holiday, Hours, WeekSpan};
pub use id::{
    AgentId, Cmid, ConversationId, Epoch, Feed, FileId, InboxId, OutcomeId, Seq, SiteId, SiteSecretId,
    SnippetId, TagId, ViewId, VisitorId,
};
pub use message::{Audience, Author, Draft, Edits, Entry, EntryBody, FileView, RequeueReason, Side};
pub use role::{Right, Role};
pub use routing::{
    Able, Asked, Fit, Matching, Overflow, RankRule, Ranked, Routing, RoutingPolicy, SkillRule,
};
pub use site::{
    ChatForm, Closed, Corner, FieldKind, FormConsent, FormField, SeenView, Service, SiteInbox, SiteLooks,
    SiteStyle, SiteText, SiteView, Theme, Worded, Wording,
};
pub use snippet::{Situation, SnippetView};
pub use time::UnixMillis;
pub use view::{Filter, ListName, NoFilter, Term, ViewView};
pub use visitor::{
    About, AboutView, Agreed, AttributeView, BlockView, ConsentView, IdentityView, PageView, Told,
    VisitorName, VisitorView,
};
