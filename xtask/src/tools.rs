//! What the browser tests need beside cargo: Chromium with its driver, and axe-core, which judges accessibility.
//!
//! On Debian as root what is missing is installed; elsewhere the developer is told what to install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use sha2::{Digest, Sha512};

use crate::{cargo, workspace};

/// Fetched for the tests and never a part of the product: its licence is not ours.
const AXE: &str = "axe-core@4.14.1";
const AXE_TARBALL: &str = "axe-core-4.14.1.tgz";
/// As the registry states it for that version.
const AXE_SHA512: &str =
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";

/// `cargo xtask tools`: for those who start the end-to-end tests by hand.
pub fn run() -> Result<()> {
    ensure_browser()?;
    println!("DESKBELL_AXE={}", ensure_axe()?.display());
    Ok(())
}

/// Makes sure that what watches the server's system calls is there.
pub fn ensure_strace() -> Result<()> {
    ensure_programs("watching when the disk is flushed", &["strace"], &["strace"])
}

/// Makes sure that Chromium and chromedriver are there.
pub fn ensure_browser() -> Result<()> {
    ensure_programs("a headless browser", &["chromium", "chromedriver"], &["chromium", "chromium-driver"])
}

/// Fetches axe-core when missing and says where the script lies.
pub fn ensure_axe() -> Result<PathBuf> {
    let folder = workspace::target().join("tools");
    let tarball = folder.join(AXE_TARBALL);
    let script = folder.join("package/axe.min.js");
    if !tarball.is_file() {
        ensure_programs("fetching axe-core", &["npm"], &["npm"])?;
        fs::create_dir_all(&folder)?;
        println!("fetching {AXE} for the accessibility tests");
        let mut npm = Command::new("npm");
        npm.args(["pack", AXE, "--silent", "--pack-destination"]).arg(&folder).current_dir(&folder);
        cargo::run(npm.stdin(Stdio::null()).stdout(Stdio::null()))?;
    }
    // Checked every time, and unpacked every time: what is in the folder may have been changed since.
    let bytes = fs::read(&tarball).with_context(|| format!("reading {}", tarball.display()))?;
    let found = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(&bytes));
    if found != AXE_SHA512 {
        fs::remove_file(&tarball)?;
        bail!(
            "{AXE_TARBALL} is not what {AXE} should be (sha512-{found}); it was removed, run again to refetch"
        );
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&tarball).arg("package/axe.min.js").current_dir(&folder);
    cargo::run(&mut tar)?;
    ensure!(script.is_file(), "{AXE_TARBALL} holds no axe.min.js");
    Ok(script)
}

fn ensure_programs(purpose: &str, programs: &[&str], debian_packages: &[&str]) -> Result<()> {
    let missing: Vec<_> = programs.iter().copied().filter(|program| !is_installed(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!("apt-get install -y --no-install-recommends {}", debian_packages.join(" "));
    if !is_debian_root() {
        bail!("{purpose} needs {}: install it (on Debian: {install})", missing.join(" and "));
    }
    println!("{purpose} needs {}: installing {}", missing.join(" and "), debian_packages.join(" "));
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(debian_packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    cargo::run(&mut apt)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

fn is_debian_root() -> bool {
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    is_root && Path::new("/etc/debian_version").is_file()
}
