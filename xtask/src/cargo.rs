//! Starting cargo and rustup for the tree's pinned toolchain, and adding what that toolchain lacks.
//!
//! xtask itself runs under `cargo run`, which has let go of the build lock by then, so cargo may be called again.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The one target beside the developer's own machine.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The cargo that started us, in the root of the tree.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::root());
    // Set by `cargo run` for xtask; a build script below us would take them for its own.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end with the developer's terminal; a failure names what was run.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}); its own words are above");
    }
    Ok(())
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy());
    std::iter::once(program.into()).chain(args).collect::<Vec<_>>().join(" ")
}

/// Makes sure that the toolchain can build for the browser: the target, and the source of the standard library.
pub fn ensure_wasm_target() -> Result<()> {
    let sysroot = sysroot()?;
    if !sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file() {
        println!("the Rust toolchain has no source of its library yet: adding rust-src with rustup");
        run(rustup().args(["component", "add", "rust-src"]))
            .context("adding the component rust-src; install rustup, or that component by hand")?;
    }
    ensure_target(WASM_TARGET, "for the browser")
}

/// Makes sure that the toolchain can build for a target.
pub fn ensure_target(target: &str, purpose: &str) -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(target).join("lib").is_dir() {
        return Ok(());
    }
    println!("the Rust toolchain cannot build {purpose} yet: adding {target} with rustup");
    run(rustup().args(["target", "add", target]))
        .with_context(|| format!("adding the target {target}; install rustup, or that target by hand"))
}

/// Makes sure that a component such as `clippy` is there.
pub fn ensure_component(component: &str, program: &str) -> Result<()> {
    if sysroot()?.join("bin").join(format!("{program}{}", std::env::consts::EXE_SUFFIX)).is_file() {
        return Ok(());
    }
    println!("the Rust toolchain has no {component} yet: adding it with rustup");
    run(rustup().args(["component", "add", component])).with_context(|| {
        format!("adding the component {component}; install rustup, or that component by hand")
    })
}

fn rustup() -> Command {
    let mut command = Command::new("rustup");
    // The folder decides the toolchain: rust-toolchain.toml lies there.
    command.current_dir(workspace::root());
    command
}

fn sysroot() -> Result<std::path::PathBuf> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(workspace::root())
        .output()
        .context("asking rustc for its sysroot")?;
    if !output.status.success() {
        bail!("asking rustc for its sysroot failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim().into())
}
