//! What this process counts about itself while it works, for `metrics`. Numbers and words of closed sets only: never
//! what people wrote, a name or an address. One for the process, as its descriptors and its memory are: whoever counts
//! needs no handle passed down to it.

use std::sync::LazyLock;

use deskbell_shared::protocol::RefusalCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// On which way somebody was refused, and with which code.
pub type RefusedBy = [(&'static str, &'static str); 2];

/// Everything counted.
pub struct Meter {
    /// Transactions that became durable.
    pub commits: Counter,
    /// Rows of conversations in them.
    pub rows: Counter,
    /// How long a commit waited for the disk, in seconds.
    pub commit_seconds: Histogram,
    /// Operations that shared a commit.
    pub batch_operations: Histogram,
    /// Conversations that a connection had to read from the store, because it did not keep up.
    pub resyncs: Counter,
    refusals: Family<RefusedBy, Counter>,
    policies: Family<[(&'static str, &'static str); 1], Counter>,
}

static METER: LazyLock<Meter> = LazyLock::new(|| Meter {
    commits: Counter::default(),
    rows: Counter::default(),
    // 0.1 ms to 3.3 s: from memory to a disk in trouble.
    commit_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 16)),
    // 1 to 512, which is the most.
    batch_operations: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
    resyncs: Counter::default(),
    refusals: Family::default(),
    policies: Family::default(),
});

/// The meter of this process.
pub fn meter() -> &'static Meter {
    &METER
}

impl Meter {
    /// Somebody was refused on a socket.
    pub fn refused_on_socket(&self, code: RefusalCode) {
        self.refusals.get_or_create(&[("way", "socket"), ("code", code.text())]).inc();
    }

    /// A request was refused.
    pub fn refused_by_http(&self, code: RefusalCode) {
        self.refusals.get_or_create(&[("way", "http"), ("code", code.text())]).inc();
    }

    /// A browser has reported that a page of ours broke its policy.
    pub fn policy_broken(&self, directive: &'static str) {
        self.policies.get_or_create(&[("directive", directive)]).inc();
    }

    /// Broken policies by directive.
    pub fn policies(&self) -> Family<[(&'static str, &'static str); 1], Counter> {
        self.policies.clone()
    }

    /// Refusals by way and code.
    pub fn refusals(&self) -> Family<RefusedBy, Counter> {
        self.refusals.clone()
    }
}
