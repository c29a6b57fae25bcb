//! What both ends of Deskbell agree on: the nouns (`model`), the wire (`protocol`) and the client half of the
//! conversation protocol (`session`), and what is found in texts (`markup`). Pure: no clock, no randomness, no I/O, except behind the feature `browser`,
//! which drives a session over a browser's socket and storage.

#[cfg(feature = "browser")]
pub mod browser;
pub mod codec;
pub mod markup;
pub mod model;
pub mod protocol;
pub mod session;
