//! The screen in its parts. Views put texts and the session together; only `app` remembers anything.

pub mod app;
mod bubble;
pub mod head;
pub mod notices;
pub mod transcript;
