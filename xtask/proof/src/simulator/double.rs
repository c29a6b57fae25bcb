//! Broken doubles: parts of the model that break one rule each, so that tests can show that the checker finds them.
//! Only tests ask for one; the command cannot. A lease without fencing comes with leases; `synchronous=OFF` is a
//! matter of real disks, and of another tool.

/// Which rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Double {
    /// The store answers before the commit is durable.
    AcksBeforeCommit,
    /// The store knows only the messages stored since its start when it looks for repeats.
    ForgetsRepeatsAtRestart,
    /// The store takes places outside the transaction: one that is refused leaves a hole.
    CountsOutsideTransaction,
    /// What does not fit a mailbox is dropped instead of being read from the store.
    DropsWhenFull,
    /// The client shows whatever row comes next.
    IgnoresGaps,
    /// The node follows and reads conversations without asking whose they are.
    ResumesUnauthorised,
    /// The node announces rows before they are durable.
    AnnouncesUncommitted,
}

impl Double {
    /// All of them.
    pub const ALL: [Double; 7] = [
        Double::AcksBeforeCommit,
        Double::ForgetsRepeatsAtRestart,
        Double::CountsOutsideTransaction,
        Double::DropsWhenFull,
        Double::IgnoresGaps,
        Double::ResumesUnauthorised,
        Double::AnnouncesUncommitted,
    ];
}
