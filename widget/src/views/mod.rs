//! The screen in its parts. Views put texts and state together; they decide nothing and remember nothing.

pub mod app;
pub mod end_dialog;
pub mod foot;
pub mod head;
pub mod strips;
pub mod transcript;
