//! The way to the outside: the document with its composer, the screen in it, the page around it, and the server.

pub mod chat;
pub mod document;
pub mod inbox;
pub mod screen;
