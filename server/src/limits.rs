//! What the machine allows this process: open files, of which each connection takes one.

/// Open files that are not connections: the database, its log, the assets, the listeners.
pub const DESCRIPTORS_RESERVE: usize = 128;

/// Raises the limit of open files as far as it goes, and lowers the wanted number of connections to what fits.
pub fn connections_within_the_machine(wanted: usize) -> usize {
    let Some(limit) = raised() else { return wanted };
    let fit = limit.saturating_sub(DESCRIPTORS_RESERVE).max(1);
    if fit < wanted {
        tracing::warn!(
            descriptors = limit,
            connections_max = fit,
            wanted,
            "this machine allows fewer open files than the connections wanted; raise `ulimit -n` for more"
        );
    }
    wanted.min(fit)
}

/// As many files as may be open once the limit is raised; `None` when there is no limit.
#[cfg(unix)]
pub fn descriptors_max() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).maximum.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// There is none.
#[cfg(not(unix))]
pub fn descriptors_max() -> Option<usize> {
    None
}

#[cfg(unix)]
fn raised() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    if now.current != now.maximum {
        let most = Rlimit { current: now.maximum, maximum: now.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, most) {
            tracing::debug!(%error, "raising the limit of open files");
        }
    }
    // No limit at all is written as none.
    getrlimit(Resource::Nofile).current.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raised() -> Option<usize> {
    None
}
