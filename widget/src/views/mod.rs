//! The screen in its parts: functions from the session, and from what the visitor did with the panel, to nodes. They
//! remember nothing and ask nothing of the browser; texts come from whoever calls.

mod bubble;
mod head;
mod home;
pub mod notices;
pub mod screen;
#[cfg(test)]
mod tests;
mod transcript;
