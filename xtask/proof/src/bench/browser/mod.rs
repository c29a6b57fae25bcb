//! Real browsers in the fault bench: people at headless Chromiums with the real widget, a shop that embeds it on
//! another site, and the diary from which the history is made. Without clients of our own: what is proved here is
//! the path from a key that is pressed to a row in the store, and back to a screen.

mod crash;
mod diary;
mod person;
mod road;
pub mod scene;
mod shop;
mod tools;
pub mod troubles;
