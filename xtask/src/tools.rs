//! What the tests need beside cargo: browsers with their drivers, axe-core, which judges accessibility, and kosoku, which
//! plays Autobahn's cases.
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

/// Drives Firefox. Debian has no package of it; its source is an ordinary crate, whose checksum the registry's index has.
const GECKODRIVER: &str = "0.36.0";

/// Plays Autobahn's cases; fetched for the tests and never a part of the product.
const KOSOKU: &str = "kosoku==0.1.0";
/// The builds of that version for the machines that a developer may have, as the registry states them.
const KOSOKU_SHA256: [&str; 4] = [
    "a9b34e593defe29d931e346c88947b58a015495f09dd13643e4cc952c75602ac",
    "911610fc6d21e9d8b5b53936ea134b2b4ab58cd6252e9ad7c7f69c540a028027",
    "af492185ce47ea705d23bef2c30df8574e95d81766c6eac661f544dfc8443c8b",
    "398e2a5cd5bf1eaa95d4342540a87f9c58edf5200478eccfaf07ee21fb80244a",
];

/// `cargo xtask tools`: for those who start the end-to-end tests by hand.
pub fn run() -> Result<()> {
    ensure_browser()?;
    ensure_webkit()?;
    for (name, path) in ensure_firefox()? {
        println!("{name}={}", path.display());
    }
    println!("DESKBELL_AXE={}", ensure_axe()?.display());
    println!("DESKBELL_KOSOKU={}", ensure_kosoku()?.display());
    Ok(())
}

/// Makes sure that what watches the server's system calls is there.
pub fn ensure_strace() -> Result<()> {
    ensure_programs("watching when the disk is flushed", &["strace"], &["strace"])
}

/// Makes sure that the samples of `docs/embedding.md` can be run.
pub fn ensure_samples() -> Result<()> {
    let programs = ["node", "python3", "php"];
    ensure_programs("running the samples for websites", &programs, &["nodejs", "python3", "php-cli"])
}

/// Makes sure that the scripts of the apps can be asked what they say.
pub fn ensure_node() -> Result<()> {
    ensure_programs("running the apps' scripts", &["node"], &["nodejs"])
}

/// Makes sure that what the fault bench makes its faults with is there: a fault whose tool is missing proves nothing.
/// Elsewhere than on Debian as root the bench itself names what it skips.
pub fn ensure_fault_tools() -> Result<()> {
    if !is_debian_root() {
        return Ok(());
    }
    let programs = ["strace", "faketime", "ip", "tc", "iptables", "prlimit", "mount"];
    let packages = ["strace", "faketime", "iproute2", "iptables", "util-linux", "mount"];
    ensure_programs("making faults", &programs, &packages)
}

/// The same for the fault that needs a browser.
pub fn ensure_fault_browser() -> Result<()> {
    if is_debian_root() { ensure_browser() } else { Ok(()) }
}

/// Makes sure that there is a C compiler for a static binary: SQLite is C.
pub fn ensure_musl() -> Result<()> {
    ensure_programs("a static binary", &["musl-gcc"], &["musl-tools"])
}

/// Makes sure that Chromium and chromedriver are there.
pub fn ensure_browser() -> Result<()> {
    ensure_programs("a headless browser", &["chromium", "chromedriver"], &["chromium", "chromium-driver"])
}

/// Makes sure that Firefox and geckodriver are there, and says what the tests have to know of them.
pub fn ensure_firefox() -> Result<Vec<(&'static str, PathBuf)>> {
    if !is_installed("firefox") {
        ensure_programs("a headless Firefox", &["firefox-esr"], &["firefox-esr"])?;
    }
    let folder = workspace::target().join("tools/geckodriver");
    let program = folder.join(format!("{GECKODRIVER}/bin/geckodriver{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        println!("driving Firefox needs geckodriver {GECKODRIVER}: building it");
        let mut install = cargo::cargo();
        install.args(["install", "geckodriver", "--locked", "--debug", "--quiet", "--version", GECKODRIVER]);
        install.arg("--root").arg(folder.join(GECKODRIVER)).arg("--target-dir").arg(folder.join("build"));
        cargo::run(&mut install)?;
        fs::remove_dir_all(folder.join("build"))?;
    }
    Ok(vec![("DESKBELL_GECKODRIVER", program)])
}

/// Makes sure that WebKit's small browser, its driver and a screen for it are there. The tests have to know nothing of them.
pub fn ensure_webkit() -> Result<Vec<(&'static str, PathBuf)>> {
    let programs = ["WebKitWebDriver", "Xvfb"];
    ensure_programs("WebKit, on a screen that nobody sees", &programs, &["webkit2gtk-driver", "xvfb"])?;
    Ok(Vec::new())
}

/// Makes sure that a language can be drawn as its readers see it: without a font the pictures show boxes, and with one that
/// has Arabic letters beside everything else they show what nobody uses.
pub fn ensure_fonts(language: &str) -> Result<()> {
    let (script, font, package) = match language.get(..2) {
        Some("zh") => ("Chinese", ":lang=zh", "fonts-noto-cjk"),
        Some("ar") => ("Arabic", "Noto Sans Arabic", "fonts-noto-core"),
        _ => return Ok(()),
    };
    ensure_programs("asking for fonts", &["fc-list"], &["fontconfig"])?;
    let listed = Command::new("fc-list").arg(font).output().context("asking for fonts")?;
    if !listed.stdout.trim_ascii().is_empty() {
        return Ok(());
    }
    if !is_debian_root() {
        bail!("there is no font for {script}: install one (on Debian: apt-get install {package})");
    }
    println!("drawing {script} needs a font: installing {package}");
    apt(&["update", "-q"])?;
    apt(&["install", "-y", "-q", "--no-install-recommends", package])
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

/// Fetches Lighthouse when missing and says where its program lies. npm holds every package to the hash in the lock file.
pub fn ensure_lighthouse() -> Result<PathBuf> {
    let folder = workspace::target().join("tools/lighthouse");
    let program = folder.join("node_modules/lighthouse/cli/index.js");
    let locked = workspace::root().join("xtask/lighthouse");
    let same = |name: &str| fs::read(folder.join(name)).ok() == fs::read(locked.join(name)).ok();
    if !program.is_file() || !same("package-lock.json") {
        ensure_programs("judging what a page pays", &["node", "npm"], &["nodejs", "npm"])?;
        fs::create_dir_all(&folder)?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(locked.join(name), folder.join(name))?;
        }
        println!("fetching Lighthouse to judge what a page pays");
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder);
        cargo::run(npm.stdin(Stdio::null()))?;
    }
    Ok(program)
}

/// Where Chromium lies.
pub fn chromium() -> Result<PathBuf> {
    find("chromium").context("there is no chromium on the path")
}

/// Fetches kosoku when missing and says in which folder its module lies. pip holds the hashes.
pub fn ensure_kosoku() -> Result<PathBuf> {
    let folder = workspace::target().join("tools/kosoku");
    if !folder.join("kosoku/__init__.py").is_file() {
        let python = [("python3", "python3"), ("pip3", "python3-pip")];
        ensure_programs("playing Autobahn's cases", &python.map(|it| it.0), &python.map(|it| it.1))?;
        fs::create_dir_all(&folder)?;
        println!("fetching {KOSOKU} for the conformance test");
        let hashes = KOSOKU_SHA256.map(|hash| format!(" --hash=sha256:{hash}")).concat();
        let requirements = folder.with_extension("txt");
        fs::write(&requirements, format!("{KOSOKU}{hashes}\n"))?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]);
        pip.args(["--disable-pip-version-check", "--upgrade", "--target"]).arg(&folder);
        // A folder of our own: what pip says about root and the system's packages does not concern it.
        pip.arg("--requirement")
            .arg(&requirements)
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .stdin(Stdio::null());
        cargo::run(&mut pip)?;
    }
    Ok(folder)
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
    find(program).is_some()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

fn is_debian_root() -> bool {
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    is_root && Path::new("/etc/debian_version").is_file()
}
