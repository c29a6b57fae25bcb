//! Who somebody is, and how they prove it. What they may do is decided in `application` and by the `Scope` of the
//! store.

pub mod device;
pub mod identity;
pub mod in_use;
pub mod origin;
pub mod password;
pub mod principal;
pub mod seal;
pub mod second_step;
pub mod secret;
pub mod session;
pub mod throttle;
pub mod ticket;
pub mod totp;
pub mod visitor;

pub use in_use::InUse;
pub use principal::Principal;
pub use ticket::{TicketError, Tickets};
