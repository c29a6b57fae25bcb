//! Everything outside the desk: server, browser, clock, loudspeaker. Only this module (and `shared::browser`) calls the
//! browser. Nothing here decides what is shown.

pub mod account;
pub mod address;
pub mod batches;
pub mod blocks;
pub mod clock;
pub mod dom;
pub mod drafts;
pub mod events;
pub mod files;
pub mod http;
pub mod locale;
pub mod looks;
pub mod notices;
pub mod preferences;
pub mod sound;
pub mod wire;
