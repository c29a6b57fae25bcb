//! What the desk remembers, and how it changes: pure reducers without a browser. Who talks to the server is in `services`.

pub mod attention;
pub mod board;
pub mod bulk;
pub mod choice;
pub mod desk;
pub mod drafts;
pub mod hours;
pub mod intake;
pub mod keys;
pub mod lists;
pub mod map;
pub mod quiet;
pub mod routing;
pub mod team;
