//! The relay as its clients meet it: the real binary on SQLite, over real sockets.

#![allow(missing_docs)]

mod chat;
mod support;
