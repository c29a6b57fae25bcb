//! Who on the machine may read what people wrote, and the keys.

use std::path::Path;

use super::Finding;

/// What is open to others that should not be.
#[cfg(unix)]
pub fn examine(data: &Path) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|file| file.permissions().mode() & 0o777);
    let open = |path: &Path| mode(path).filter(|mode| mode & 0o077 != 0);
    let mut found = Vec::new();
    if let Some(mode) = open(data) {
        found.push(Finding::new(
            format!(
                "the data folder {} is open to other users of this machine (mode {mode:o})",
                data.display()
            ),
            "they may read every chat, or put files there",
            format!("`chmod 700 {}`; with systemd: StateDirectoryMode=0700", data.display()),
        ));
    }
    let mut keys: Vec<_> = std::fs::read_dir(data)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    keys.retain(|path| path.extension().is_some_and(|ending| ending == "key" || ending == "control"));
    keys.sort();
    for key in keys {
        if let Some(mode) = open(&key) {
            found.push(Finding::new(
                format!("the secret {} may be read by other users (mode {mode:o})", key.display()),
                "whoever has it can pass for this server, also where the file was copied to",
                format!("`chmod 600 {}`", key.display()),
            ));
        }
    }
    found
}

/// Windows has rights of another kind.
#[cfg(not(unix))]
pub fn examine(_: &Path) -> Vec<Finding> {
    Vec::new()
}
