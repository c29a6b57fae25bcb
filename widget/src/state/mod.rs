//! What the screen shows, as values and functions of the session: no browser, no clock, no texts
//! (`words` only says what is asked of a language).

pub mod action;
pub mod glance;
pub mod panel;
pub mod transcript;
pub mod whom;
pub mod words;
