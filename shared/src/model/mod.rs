//! The nouns of the product, in the words of the field. Data only: what may be done with it is decided elsewhere.

pub mod agent;
pub mod conversation;
pub mod id;
pub mod message;
pub mod site;
pub mod time;
pub mod visitor;

pub use agent::{AgentView, Availability, Role};
pub use conversation::{ConversationView, Marks, Priority, Status, Summary};
pub use id::{AgentId, Cmid, ConversationId, Epoch, Feed, InboxId, Seq, SiteId, VisitorId};
pub use message::{Author, Draft, Entry, EntryBody, Side};
pub use site::{SeenView, Service, SiteLooks, SiteView};
pub use time::UnixMillis;
pub use visitor::{PageView, VisitorView};
