//! Deskbell's server as a library: the binary and the tests are built on it.

pub mod store;
