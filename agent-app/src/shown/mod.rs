//! What screens show, worked out from what is known: pure, so that it can be tested without a browser. Neither state (which
//! remembers) nor components (which draw).

pub mod called;
pub mod choices;
pub mod chosen;
pub mod commands;
pub mod connection;
pub mod filed;
pub mod listed;
pub mod pace;
pub mod snapshot;
pub mod snippets;
pub mod snooze;
pub mod transcript;
pub mod transfer;
pub mod views;
