//! `cargo xtask advisories FOLDER`: pins what RustSec knows, from a clone of its database. Tests need no network, so
//! they compare `Cargo.lock` with the pinned list (`xtask/tests/supply.rs`); how old that is stands in its first line.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use toml::Value;

use crate::workspace;

/// The pinned list, from the root of the workspace.
const LIST: &str = "xtask/advisories.tsv";

/// Writes the list anew.
pub fn run(args: &[String]) -> Result<()> {
    let [clone] = args else { bail!("name a clone of https://github.com/RustSec/advisory-db") };
    let git = |args: &[&str]| -> Result<String> {
        let done = Command::new("git").args(["-C", clone]).args(args).output().context("git")?;
        if !done.status.success() {
            bail!("git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let pinned = git(&["log", "-1", "--format=%H of %cs"])?;
    let names = git(&["ls-tree", "-r", "--name-only", "HEAD", "crates"])?;
    let mut rows = Vec::new();
    for name in names.lines().filter(|name| name.ends_with(".md")) {
        let text = git(&["show", &format!("HEAD:{name}")])?;
        rows.extend(row(&text).with_context(|| format!("reading {name}"))?);
    }
    rows.sort();
    let mut list = format!("# RustSec advisory-db {}\n", pinned.trim());
    list += "# package, advisory, kind, versions that are good; packages of crates.io, nothing withdrawn\n";
    for row in &rows {
        let _ = writeln!(list, "{row}");
    }
    std::fs::write(workspace::root().join(LIST), list).context("writing the list")?;
    println!("{} advisories in {LIST}", rows.len());
    Ok(())
}

/// One line; `None` for what was withdrawn.
fn row(text: &str) -> Result<Option<String>> {
    let front = text.split("```").nth(1).and_then(|block| block.strip_prefix("toml"));
    let front: toml::Table = front.context("no front matter")?.parse()?;
    let advisory = front.get("advisory").and_then(Value::as_table).context("no [advisory]")?;
    if advisory.contains_key("withdrawn") {
        return Ok(None);
    }
    let word = |name: &str| advisory.get(name).and_then(Value::as_str);
    let mut good: Vec<&str> = Vec::new();
    for list in ["patched", "unaffected"] {
        let versions =
            front.get("versions").and_then(|versions| versions.get(list)).and_then(Value::as_array);
        good.extend(versions.into_iter().flatten().filter_map(Value::as_str));
    }
    let (package, id) = (word("package").context("no package")?, word("id").context("no id")?);
    let kind = word("informational").unwrap_or("vulnerability");
    Ok(Some(format!("{package}\t{id}\t{kind}\t{}", good.join(" | "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advisory_becomes_a_line() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-2024-0404\"\npackage = \"anstream\"\n\
            informational = \"unsound\"\n[versions]\npatched = [\">= 0.6.8\"]\nunaffected = [\"< 0.2\"]\n```\n# Title";
        let line = "anstream\tRUSTSEC-2024-0404\tunsound\t>= 0.6.8 | < 0.2";
        assert_eq!(row(text).unwrap().as_deref(), Some(line));
        let withdrawn = text.replace("[versions]", "withdrawn = \"2025-01-01\"\n[versions]");
        assert_eq!(row(&withdrawn).unwrap(), None);
        assert!(row("no front matter").is_err());
    }
}
