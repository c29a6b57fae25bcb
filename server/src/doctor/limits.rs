//! Whether there may be as many open files as connections are wanted.

use super::Finding;
use crate::limits::{DESCRIPTORS_RESERVE, descriptors_max};

/// What is too low.
pub fn examine(connections_max: usize) -> Vec<Finding> {
    let needed = connections_max.saturating_add(DESCRIPTORS_RESERVE);
    let Some(limit) = descriptors_max().filter(|limit| *limit < needed) else { return Vec::new() };
    vec![Finding::new(
        format!("{limit} files may be open at a time, and {connections_max} connections need {needed}"),
        "each connection takes one; beyond the limit visitors and agents are turned away",
        format!(
            "raise the hard limit (systemd: LimitNOFILE={needed}; elsewhere `ulimit -Hn`), or lower \
             connections-max. The limit is that of this shell: a service may have another"
        ),
    )]
}
