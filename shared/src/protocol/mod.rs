//! The wire: what may be said, by whom, and what it is called. `docs/protocol.md` describes it for people.

pub mod api;
pub mod close;
pub mod command;
pub mod frame;
pub mod limits;
pub mod refusal;

pub use close::CloseCode;
pub use command::{AgentCommand, Attention, Command};
pub use frame::{
    Ack, AttendantView, ColleagueView, DeskFrame, DraftView, Frame, Me, OfferView, Position, QueueView,
    RefusedMessage, SpanView, WaitNews, WaitView,
};
pub use refusal::RefusalCode;

/// The version this build speaks. A server speaks this one and the one before.
pub const VERSION: u16 = 1;

/// The oldest version a server of this build still speaks.
pub const VERSION_MIN: u16 = 1;
