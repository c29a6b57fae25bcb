//! `cargo xtask dist`: what is shipped: the one binary with both apps inside, a tarball of it with what an operator needs
//! around it, and checksums.
//!
//! On Linux the binary is static, against musl, so that it runs on any distribution and in an empty container.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::assets::{hex, write_whole};
use crate::{build_command, cargo, tools, workspace};

/// What goes into the tarball beside the binary, from the root of the tree, and what it is called there.
const BESIDE: [(&str, &str); 5] = [
    ("docs/operations.md", "operations.md"),
    ("docs/embedding.md", "embedding.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("ARCHITECTURE.md", "ARCHITECTURE.md"),
];

/// Builds everything for release into `dist/`.
pub fn run(args: &[String]) -> Result<()> {
    let must_be_static = match args {
        [] => false,
        [only] if only == "--static" => true,
        _ => bail!("usage: cargo xtask dist [--static]"),
    };
    let target = static_target(must_be_static)?;
    let total = App::ALL.len() + 1;
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, total)?;
    }
    println!("building the server for release ({total}/{total}) …");
    let mut build = cargo::cargo();
    build.args(["build", "--release", "--package", "deskbell-server", "--bin", "deskbell"]);
    if let Some(target) = &target {
        build.args(["--target", target]);
    }
    cargo::run(&mut build).context("building the server for release")?;

    let name = format!("deskbell{}", std::env::consts::EXE_SUFFIX);
    let built = workspace::target().join(target.as_deref().unwrap_or_default()).join("release").join(&name);
    let dist = workspace::root().join("dist");
    let shipped = dist.join(&name);
    // Not written over: a running binary cannot be, and whoever runs it keeps the old one.
    let _ = fs::remove_file(&shipped);
    fs::copy(&built, &shipped).with_context(|| format!("copying {}", built.display()))?;
    let bytes = fs::read(&shipped)?;

    let whole = format!("deskbell-{}-{}", env!("CARGO_PKG_VERSION"), target.map_or_else(own_target, Ok)?);
    let tarball = format!("{whole}.tar.gz");
    let packed = packed(&whole, &name, &bytes)?;
    write_whole(&dist.join(&tarball), &packed)?;
    let sum = |name: &str, bytes: &[u8]| format!("{}  {name}\n", hex(&Sha256::digest(bytes)));
    let sums = sum(&name, &bytes) + &sum(&tarball, &packed);
    write_whole(&dist.join("SHA256SUMS"), sums.as_bytes())?;
    println!("dist/{name}: {:.1} MB, everything inside", bytes.len() as f64 / 1e6);
    println!("dist/{tarball}: {:.1} MB", packed.len() as f64 / 1e6);
    Ok(())
}

/// The target of a static binary, with what it takes in place; none where there is none or it cannot be had.
fn static_target(must: bool) -> Result<Option<String>> {
    if std::env::consts::OS != "linux" {
        if must {
            bail!("static binaries are made on Linux only");
        }
        return Ok(None);
    }
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    match cargo::ensure_target(&target, "for a static binary").and_then(|()| tools::ensure_musl()) {
        Ok(()) => Ok(Some(target)),
        Err(error) if must => Err(error),
        Err(error) => {
            println!("no static binary: {error:#}");
            println!(
                "building against this machine's C library instead: it runs on systems as new as this one only"
            );
            Ok(None)
        }
    }
}

/// The machine's own target.
fn own_target() -> Result<String> {
    let output = std::process::Command::new("rustc")
        .args(["--print", "host-tuple"])
        .current_dir(workspace::root())
        .output()
        .context("asking rustc for its target")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Everything in one folder in one tarball, for tar on any system. The same bytes give the same file: no times, no users.
fn packed(folder: &str, name: &str, binary: &[u8]) -> Result<Vec<u8>> {
    let mut tar = Tar(GzEncoder::new(Vec::new(), Compression::best()));
    let root = workspace::root();
    tar.add(&format!("{folder}/{name}"), 0o755, binary)?;
    let mut beside: Vec<(PathBuf, String)> =
        BESIDE.iter().map(|(from, to)| (root.join(from), (*to).to_owned())).collect();
    for entry in fs::read_dir(root.join("dist/packaging")).context("reading dist/packaging")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        beside.push((path, format!("packaging/{name}")));
    }
    beside.sort();
    for (from, to) in beside {
        tar.add(&format!("{folder}/{to}"), 0o644, &read(&from)?)?;
    }
    tar.0.write_all(&[0; 1024])?;
    tar.0.finish().context("packing the tarball")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// As POSIX has had it since 1988 (`ustar`): a header of text, the bytes, zeros up to the next 512.
struct Tar(GzEncoder<Vec<u8>>);

impl Tar {
    fn add(&mut self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let mut header = [0; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        if name.len() > 100 {
            bail!("the name {name} is too long for a tarball");
        }
        put(0, name);
        put(100, &format!("{mode:07o}"));
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{:011o}", bytes.len()));
        put(136, "00000000000");
        // The checksum counts its own place as spaces.
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.write_all(&header)?;
        self.0.write_all(bytes)?;
        self.0.write_all(&[0; 512][..(512 - bytes.len() % 512) % 512])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_tar_unpacks_the_tarball() {
        let packed = packed("deskbell-0", "deskbell", b"#!/bin/sh\necho it runs\n").unwrap();
        assert_eq!(packed, super::packed("deskbell-0", "deskbell", b"#!/bin/sh\necho it runs\n").unwrap());
        let folder = std::env::temp_dir().join(format!("deskbell-dist-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("packed.tar.gz"), packed).unwrap();
        let mut tar = std::process::Command::new("tar");
        cargo::run(tar.args(["-xzf", "packed.tar.gz"]).current_dir(&folder)).unwrap();
        let ran = std::process::Command::new(folder.join("deskbell-0/deskbell")).output().unwrap();
        let unit = fs::read(folder.join("deskbell-0/packaging/deskbell.service")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(ran.stdout, b"it runs\n");
        assert_eq!(unit, fs::read(workspace::root().join("dist/packaging/deskbell.service")).unwrap());
    }
}
