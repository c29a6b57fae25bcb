//! Typed ways from components to what is around them: contexts, and what of the browser has to follow the life of a
//! component.

pub mod attended;
pub mod attention;
pub mod copy;
pub mod desk;
pub mod dialog;
pub mod draft;
pub mod erase;
pub mod keys;
pub mod listening;
pub mod local_time;
pub mod now;
pub mod page;
pub mod picture;
pub mod place;
pub mod row_window;
pub mod sites;
pub mod steady;
pub mod submit;
pub mod transcript_scroll;
pub mod uploads;
pub mod visitor_card;
pub mod who;
