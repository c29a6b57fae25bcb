//! The way to the outside: the document with its composer, the page around it, and the server.

pub mod chat;
pub mod document;
