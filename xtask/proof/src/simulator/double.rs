//! Broken doubles: parts of the model that break one rule each, so that tests can show that the checker finds them.
//! Only tests ask for one; the command cannot. `synchronous=OFF` is a matter of real disks, and of another tool.

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
    /// The store does what a desk decided whose lease another has.
    LeaseUnfenced,
    /// The store gives conversations to agents who have as many as they take.
    CountsNoLoad,
    /// The store writes the version that a desk expects without comparing.
    ComparesNoVersion,
    /// The store opens a second conversation of a visitor in an inbox.
    OpensTwice,
    /// The desk does not hear of conversations that arrive.
    DeafDesk,
    /// The store keeps notes as messages for everybody.
    ShowsNotes,
    /// The worker settles a mail before it is carried.
    SettlesMailFirst,
    /// Each try of a mail goes under an id of its own.
    NamesMailAnew,
}

impl Double {
    /// All of them.
    pub const ALL: [Double; 15] = [
        Double::AcksBeforeCommit,
        Double::ForgetsRepeatsAtRestart,
        Double::CountsOutsideTransaction,
        Double::DropsWhenFull,
        Double::IgnoresGaps,
        Double::ResumesUnauthorised,
        Double::AnnouncesUncommitted,
        Double::LeaseUnfenced,
        Double::CountsNoLoad,
        Double::ComparesNoVersion,
        Double::OpensTwice,
        Double::DeafDesk,
        Double::ShowsNotes,
        Double::SettlesMailFirst,
        Double::NamesMailAnew,
    ];
}
