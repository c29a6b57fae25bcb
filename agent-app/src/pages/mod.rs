//! The pages: each reads contexts, calls services, and puts components together.

pub mod answer;
pub mod blocked;
pub mod inbox;
pub mod inbox_editor;
pub mod inbox_hours;
pub mod inboxes;
pub mod invite;
pub mod later;
pub mod login;
pub mod looks_form;
pub mod missing;
pub mod people;
pub mod preview;
pub mod profile;
pub mod retention;
pub mod settings;
pub mod setup;
pub mod site;
pub mod sites;
pub mod snippets;
pub mod talk;
pub mod why;
