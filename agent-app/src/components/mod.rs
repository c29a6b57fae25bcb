//! Pieces of screens: props in, callbacks out. They import neither services nor state; what they need of the browser comes
//! through hooks.

pub mod attach;
pub mod availability;
pub mod block_dialog;
pub mod composer;
pub mod conversation_list;
pub mod copy_box;
pub mod dialog;
pub mod empty;
pub mod erase;
pub mod face;
pub mod field;
pub mod hours_form;
pub mod icon;
pub mod keys_dialog;
pub mod link;
pub mod person;
pub mod rail;
pub mod seen;
pub mod site_form;
pub mod snooze_dialog;
pub mod stage;
pub mod swatches;
pub mod talk_head;
pub mod transcript;
pub mod transfer_dialog;
