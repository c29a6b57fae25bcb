//! Deskbell's server as a library: the binary and the tests are built on it.

pub mod application;
pub mod auth;
pub mod bus;
pub mod log;
pub mod relay;
pub mod store;
