//! What the screen holds on to between two drawings: the chat service with its latest state, and the scroll.

pub mod chat;
pub mod scroll;
pub mod spoken;
