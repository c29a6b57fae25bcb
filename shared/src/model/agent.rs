//! The people who answer.

use super::id::AgentId;
use crate::wire;

wire! {
    /// An agent as visitors and colleagues see them.
    pub struct AgentView {
        /// Who it is.
        pub id: AgentId,
        /// The name shown.
        pub name: String,
        /// The content hash of the picture, under `/picture/`; absent without one.
        pub picture: Option<String>,
    }

    /// What an agent chose. It lasts until they choose something else, connected or not.
    pub enum Availability text {
        /// Gives me conversations.
        Available "available",
        /// Gives me none; I may take some myself.
        Busy "busy",
        /// I take none.
        Away "away",
    }
}
