//! What the screen shows, as values and functions of the session: no browser, no clock, no texts.

pub mod glance;
pub mod links;
pub mod panel;
pub mod transcript;
