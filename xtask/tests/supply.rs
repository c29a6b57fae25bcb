//! S43, S46, S64: what the workspace is built from. Every package comes from the one registry with a checksum, under a
//! licence that may be shipped, and none is of a kind that has hurt others: HTTP/2 that can be flooded, regular
//! expressions that can be made to run for ever, another TLS, another source of randomness.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences under which code may be part of the binary. An expression with `OR` needs one of them, with `AND` all.
const LICENCES: [&str; 16] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "MPL-2.0",
    "bzip2-1.0.6",
];

/// What must not come in by the back door, and why.
const BANNED: [(&str, &str); 11] = [
    ("h2", "HTTP/2 floods: the server speaks HTTP/1 and leaves the rest to a proxy"),
    ("h3", "the same over QUIC"),
    ("fancy-regex", "backtracks: a text can make it run for ever"),
    ("pcre2", "backtracks: a text can make it run for ever"),
    ("onig", "backtracks: a text can make it run for ever"),
    ("openssl", "rustls with ring is the one TLS"),
    ("openssl-sys", "rustls with ring is the one TLS"),
    ("native-tls", "rustls with ring is the one TLS"),
    ("boring", "its verification can be switched off unnoticed"),
    ("serde_yaml", "no longer kept"),
    ("atty", "no longer kept"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root")
}

fn packages() -> Vec<Value> {
    packages_for(&host())
}

/// The platform this runs on; what others alone need was never fetched here.
fn host() -> String {
    let told = Command::new("rustc").arg("-vV").output().expect("rustc");
    let told = String::from_utf8(told.stdout).expect("text");
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("a platform").to_owned()
}

fn packages_for(platform: &str) -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", platform])
        .current_dir(root())
        .output()
        .expect("cargo");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).expect("metadata");
    told["packages"].as_array().expect("packages").clone()
}

/// Whether an SPDX expression lets the code in. Brackets bind as they should in those that there are.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let one =
        |licence: &str| LICENCES.contains(&licence.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    expression.split(" AND ").all(|all| all.split(" OR ").any(one))
}

#[test]
fn every_package_has_a_known_licence_and_source_and_none_is_banned() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let own = package["source"].is_null();
        if !own && package["source"] != "registry+https://github.com/rust-lang/crates.io-index" {
            wrong.push(format!("{name} comes from {}", package["source"]));
        }
        let licence = package["license"].as_str().unwrap_or("none that it names");
        if !is_allowed(licence) {
            wrong.push(format!("{name} is under {licence}"));
        }
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_foreign_package_is_locked_with_its_checksum() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let foreign = lock.split("[[package]]").filter(|package| package.contains("\nsource = "));
    let mut count = 0;
    for package in foreign {
        assert!(package.contains("\nchecksum = \""), "without a checksum:{package}");
        count += 1;
    }
    assert!(count > 100, "only {count} packages seen");
}

#[test]
fn expressions_are_read() {
    for allowed in
        ["MIT OR Apache-2.0", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-3.0 OR MIT"]
    {
        assert!(is_allowed(allowed), "{allowed}");
    }
    for refused in ["GPL-3.0", "MIT AND AGPL-3.0", "none that it names", ""] {
        assert!(!is_allowed(refused), "{refused}");
    }
}
