//! Hints from committed rows to those who follow them, within one process. A hint that is lost costs time, never a
//! message: whoever follows reads rows from the store when something is missing. It decides nothing and keeps
//! nothing that matters after a restart.

mod attention;
pub mod desk_feed;
pub mod hub;
pub mod mailbox;
pub mod presence;
#[cfg(test)]
mod tests;

pub use desk_feed::{About, DeskFeed, Happening, Heard, Turn};
pub use hub::{Hub, Joined};
pub use mailbox::{ConnectionId, Mailbox};
