//! Who somebody is, and how they prove it. What they may do is decided in `application` and by the `Scope` of the
//! store.

pub mod principal;
pub mod ticket;

pub use principal::Principal;
pub use ticket::{TicketError, Tickets};
