//! The session in virtual time: a table of its transitions, stories about people, and random schedules.

mod found;
mod properties;
mod server;
mod stories;
mod table;
mod world;
