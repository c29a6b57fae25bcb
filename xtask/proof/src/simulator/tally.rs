//! The faults there are, and how often each struck.

use std::fmt;

macro_rules! faults {
    ($( $name:ident $words:literal, )*) => {
        /// Something that goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $( #[doc = $words] $name, )* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Fault] = &[$( Fault::$name, )*];

            /// In words.
            pub fn words(self) -> &'static str {
                match self { $( Fault::$name => $words, )* }
            }
        }
    };
}

faults! {
    NodeCrashes "the node is killed",
    CommitFails "a commit fails with an unknown outcome, and the node exits",
    NodeDrains "the node restarts politely",
    NodeHangs "the node hangs",
    StoreDelays "commits are slow",
    StoreRefuses "the disk is full",
    BackupRestored "a backup is restored",
    LinkCut "a link breaks",
    LinkCutMidBatch "a link breaks with a part of what is under way",
    LinkHalfOpen "a link goes half-open",
    LinkDrops "a link swallows frames, then breaks",
    LinkDelays "a link is slow",
    LinkDuplicates "a link repeats frames",
    LinkReorders "a link delivers frames in another order",
    LinkStalls "a client does not read",
    TabReloads "a page is reloaded",
    TabCrashes "a tab crashes",
    StorageDenied "storage is denied",
    StorageSlow "storage is slow",
    StorageHangs "storage hangs",
    AgentVanishes "an agent vanishes",
    ClockJumps "a clock jumps",
    RightsChange "somebody's rights change",
    DeskStalls "a desk stalls with a decision in hand, and another takes its inbox over",
}

/// How often each fault struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    struck: Vec<u64>,
    between: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { struck: vec![0; Fault::ALL.len()], between: vec![0; Fault::ALL.len()] }
    }
}

impl Tally {
    /// Notes one. `between`: while a message it could touch stood between its append and its ack.
    pub fn note(&mut self, fault: Fault, between: bool) {
        self.struck[fault as usize] += 1;
        self.between[fault as usize] += u64::from(between);
    }

    /// Adds the counts of another world.
    pub fn add(&mut self, other: &Tally) {
        let sum =
            |to: &mut Vec<u64>, from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        sum(&mut self.struck, &other.struck);
        sum(&mut self.between, &other.between);
    }

    /// Faults that never struck between append and ack.
    pub fn missed(&self) -> Vec<Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.between[*fault as usize] == 0).collect()
    }

    /// How often a fault struck.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.struck[fault as usize]
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10}  {:>22}  fault", "struck", "between append and ack")?;
        for fault in Fault::ALL {
            let at = *fault as usize;
            writeln!(f, "{:>10}  {:>22}  {}", self.struck[at], self.between[at], fault.words())?;
        }
        Ok(())
    }
}
