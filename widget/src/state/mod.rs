//! What the chat shows, as values: no browser, no clock, no texts. Everything here is a function of what came in.

pub mod chat;
pub mod links;
pub mod panel;
pub mod transcript;
