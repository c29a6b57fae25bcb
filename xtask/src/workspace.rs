//! Where things lie: the root of the source tree, the folder of build output, the folders of web assets.
//!
//! Decides nothing about what is built; it only answers "where".

use std::path::PathBuf;

/// Root of the source tree. Asks cargo first, so that a tree that was moved after xtask was built still works.
pub fn root() -> PathBuf {
    let manifest_dir =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let mut root = PathBuf::from(manifest_dir);
    root.pop();
    root
}

/// Cargo's output folder, wherever the developer has put it.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// What the server embeds.
pub fn web() -> PathBuf {
    root().join("dist/web")
}

/// Notes of xtask itself: stamps of finished builds.
pub fn notes() -> PathBuf {
    target().join("xtask")
}
