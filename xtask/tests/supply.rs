//! S43, S46, S64: what the workspace is built from. Every package comes from the one registry with a checksum, under a
//! licence that may be shipped, and none is of a kind that has hurt others: HTTP/2 that can be flooded, regular
//! expressions that can be made to run for ever, another TLS, another source of randomness.

use std::path::Path;
use std::process::Command;

use semver::{Version, VersionReq};
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

/// Advisories that are known and do not hurt us, each with the reason.
const ACCEPTED: [(&str, &str); 2] = [
    (
        "RUSTSEC-2025-0141",
        "bincode is no longer kept: yew brings it for web workers, and the desk starts none",
    ),
    (
        "RUSTSEC-2024-0370",
        "proc-macro-error is no longer kept: yew's macros use it while they are compiled, nothing ships",
    ),
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

/// What is wrong with these packages.
fn objections(packages: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
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
    wrong
}

#[test]
fn every_package_has_a_known_licence_and_source_and_none_is_banned() {
    let packages = packages();
    assert!(packages.len() > 100, "only {} packages seen", packages.len());
    let wrong = objections(&packages);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_package_that_must_not_come_in_is_named() {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let seen = |name: &str, licence: Value, source: &str| {
        objections(&[serde_json::json!({ "name": name, "license": licence, "source": source })])
    };
    assert_eq!(seen("regex", "MIT OR Apache-2.0".into(), REGISTRY), [""; 0]);
    for name in ["fancy-regex", "pcre2", "onig", "h2", "openssl"] {
        assert_eq!(seen(name, "MIT".into(), REGISTRY).len(), 1, "{name}");
    }
    assert_eq!(seen("viral", "AGPL-3.0".into(), REGISTRY), ["viral is under AGPL-3.0"]);
    assert_eq!(seen("unsaid", Value::Null, REGISTRY), ["unsaid is under none that it names"]);
    assert_eq!(seen("stray", "MIT".into(), "git+https://example.com/stray").len(), 1);
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

/// The advisories of the pinned list that a version of a package is under.
fn advisories(list: &str, package: &str, version: &Version) -> Vec<String> {
    let rows = list.lines().filter(|line| !line.starts_with('#'));
    let of_package = rows.filter_map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, id, kind, good] = cells[..] else { panic!("four cells: {line}") };
        (name == package).then_some((id, kind, good))
    });
    let is_good = |good: &str| {
        good.split(" | ").filter(|req| !req.is_empty()).any(|req| {
            VersionReq::parse(req).unwrap_or_else(|bad| panic!("{package}: {req}: {bad}")).matches(version)
        })
    };
    let bad = of_package
        .filter(|(id, _, good)| !is_good(good) && !ACCEPTED.iter().any(|(accepted, _)| accepted == id));
    bad.map(|(id, kind, _)| format!("{package} {version}: {id} ({kind})")).collect()
}

fn pinned() -> String {
    std::fs::read_to_string(root().join("xtask/advisories.tsv")).expect("the pinned list")
}

/// As far as was known when the list was pinned: `cargo xtask advisories` brings it up to date.
#[test]
fn no_package_is_under_a_pinned_advisory() {
    let (list, lock) = (pinned(), std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock"));
    assert!(list.lines().count() > 900, "the list is cut short");
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let mut found = Vec::new();
    let mut count = 0;
    for package in lock.split("[[package]]").filter(|package| package.contains("\nsource = ")) {
        let (name, version) =
            (value(package, "name").expect("a name"), value(package, "version").expect("a version"));
        found.extend(advisories(&list, &name, &Version::parse(&version).expect("a version")));
        count += 1;
    }
    assert!(count > 100, "only {count} packages seen");
    assert!(found.is_empty(), "{}", found.join("\n"));
    for (accepted, _) in ACCEPTED {
        assert!(list.contains(accepted), "{accepted} is accepted and not known any more");
    }
}

#[test]
fn a_bad_version_is_found_and_a_good_one_is_not() {
    let list = "# RustSec\nanstream\tRUSTSEC-2024-0404\tunsound\t>= 0.6.8 | < 0.2\natty\tRUSTSEC-2024-0375\tunmaintained\t";
    let found =
        |package: &str, version: &str| advisories(list, package, &Version::parse(version).unwrap()).len();
    assert_eq!(
        (found("anstream", "0.6.7"), found("anstream", "0.6.8"), found("anstream", "0.1.9")),
        (1, 0, 0)
    );
    assert_eq!((found("atty", "0.2.14"), found("other", "1.0.0")), (1, 0), "no version of it is good");
    // From the list itself.
    assert_eq!(advisories(&pinned(), "anstream", &Version::new(0, 6, 7)).len(), 1);
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
