//! From an app's Rust to the pair a browser loads: WASM without names, and the JavaScript glue beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::{Bindgen, Output};

use crate::app::App;
use crate::cargo::{self, WASM_TARGET};
use crate::workspace;

/// The module that the code imports from, as the glue hands it over.
const IMPORTS: &str = "w";

/// What wasm-bindgen makes of one app.
pub struct Module {
    /// The glue, an ES module.
    pub glue: String,
    /// The code.
    pub wasm: Vec<u8>,
}

/// Compiles the app with the profile for browsers and says where the raw WASM lies. Cargo decides what is stale.
///
/// The standard library is compiled along, for size and with panics that trap at once: the one that comes with the
/// toolchain carries the formatting of every panic message, a quarter of the widget's bytes. Cargo calls that
/// unstable; the pinned toolchain makes it the same everywhere. A trap reaches `boot.js` as an error of the window.
pub fn compile(app: App) -> Result<PathBuf> {
    let mut command = cargo::cargo();
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["rustc", "--profile", "wasm", "--target", WASM_TARGET])
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
        .args(["--package", app.package(), "--bin", app.package()])
        .arg("--config")
        .arg(flags()?);
    if app.is_cut() {
        // What leads to what, for `pieces`. For this one crate, so that the apps go on sharing all others.
        command.args(["--", "-Clink-arg=--emit-relocs"]);
    }
    cargo::run(&mut command).with_context(|| format!("compiling {}", app.title()))?;
    Ok(workspace::target().join(WASM_TARGET).join("wasm").join(format!("{}.wasm", app.package())))
}

/// Runs wasm-bindgen over compiled WASM; of an app that is cut apart, over its start.
pub fn bind(app: App, raw: Vec<u8>) -> Result<Module> {
    let mut output = bound(app, raw, Names::Removed)?;
    if output.snippets().values().any(|list| !list.is_empty()) || !output.local_modules().is_empty() {
        bail!("{} brings inline JavaScript, which the assets have no place for", app.title());
    }
    let glue = trimmed(output.js())?;
    let module = output.wasm_mut();
    let glue = renamed(app, module, &glue)?;
    Ok(Module { glue, wasm: module.emit_wasm() })
}

/// Gives what code and glue call each other by names of one or two letters. wasm-bindgen's own end in hashes, which no
/// compression makes smaller, and both files have them. What pieces are linked to keeps its names.
fn renamed(app: App, module: &mut walrus::Module, glue: &str) -> Result<String> {
    let mut shorts = (0_u32..).map(short);
    let mut names = BTreeMap::new();
    let from = format!("./{}_bg.js", app.name());
    for import in module.imports.iter_mut().filter(|import| import.module == from) {
        let short = shorts.next().context("names without an end")?;
        import.module = IMPORTS.to_owned();
        names.insert(std::mem::replace(&mut import.name, short.clone()), short);
    }
    let quoted = format!("\"{from}\"");
    ensure!(glue.matches(&quoted).count() == 1, "the glue hands over something else than {quoted}");
    let glue = glue.replace(&quoted, &format!("\"{IMPORTS}\""));
    let (mut glue, found) = with_names(&glue, "", &names);
    let missing = names.keys().find(|name| !found.contains(*name));
    ensure!(missing.is_none(), "the glue has nothing for {missing:?}");
    if !app.is_cut() {
        let mut names = BTreeMap::new();
        for export in module.exports.iter_mut() {
            let short = shorts.next().context("names without an end")?;
            names.insert(std::mem::replace(&mut export.name, short.clone()), short);
        }
        glue = with_names(&glue, "wasm.", &names).0;
    }
    Ok(glue)
}

/// The text with other names for whole identifiers that follow `before`, and which of them it had.
fn with_names(text: &str, before: &str, names: &BTreeMap<String, String>) -> (String, BTreeSet<String>) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let (mut made, mut found) = (String::with_capacity(text.len()), BTreeSet::new());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        made.push_str(&rest[..start]);
        rest = &rest[start..];
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        match names.get(word).filter(|_| made.ends_with(before)) {
            Some(short) => {
                found.insert(word.to_owned());
                made.push_str(short);
            }
            None => made.push_str(word),
        }
        rest = &rest[word.len()..];
    }
    made.push_str(rest);
    (made, found)
}

/// The names a to z, then aa, ba, … zz, aaa and so on.
fn short(mut number: u32) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return name;
        }
        number -= 1;
    }
}

/// A piece as small as a start becomes: without names, and with numbers as short as they can be written. The linker pads
/// them, so that what is cut can be moved.
pub fn packed(piece: &[u8]) -> Result<Vec<u8>> {
    let mut config = walrus::ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    Ok(config.parse(piece).context("reading a piece")?.emit_wasm())
}

/// The functions of what an app loads at its start with their sizes in instructions, largest first: where bytes go.
pub fn functions(app: App, raw: Vec<u8>) -> Result<Vec<(String, u64)>> {
    Ok(sizes(bound(app, raw, Names::Kept)?.wasm()))
}

/// The same of a piece.
pub fn functions_of_piece(piece: &[u8]) -> Result<Vec<(String, u64)>> {
    Ok(sizes(&walrus::Module::from_buffer(piece).context("reading a piece")?))
}

fn sizes(module: &walrus::Module) -> Vec<(String, u64)> {
    let name = |id| module.funcs.get(id).name.clone().unwrap_or_else(|| "(no name)".to_owned());
    let mut sizes: Vec<_> =
        module.funcs.iter_local().map(|(id, function)| (name(id), function.size())).collect();
    sizes.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    sizes
}

#[derive(PartialEq)]
enum Names {
    Kept,
    Removed,
}

fn bound(app: App, raw: Vec<u8>, names: Names) -> Result<Output> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(app.name(), raw)
        .web(true)?
        .typescript(false)
        .demangle(names == Names::Kept)
        .remove_name_section(names == Names::Removed)
        .remove_producers_section(true)
        // Pieces take the table of functions and the stack from the start.
        .keep_lld_exports(app.is_cut())
        // The boot script passes the hashed address; a default one would only be dead bytes.
        .omit_default_module_path(true);
    bindgen.generate_output().with_context(|| format!("binding {}", app.title()))
}

/// The glue without its second entry, which nobody calls: once it is no export, the minifier removes it.
fn trimmed(glue: &str) -> Result<String> {
    let exports = "export { initSync, __wbg_init as default };";
    ensure!(glue.contains(exports), "the glue has other exports than wasm-bindgen 0.2.130 wrote");
    Ok(glue.replace(exports, "export { __wbg_init as default };"))
}

/// How rustc is called beyond the profile. Source paths may end up in the output: those of the developer's machine
/// would differ from one machine to the next, and are nobody's business.
fn flags() -> Result<String> {
    let mut flags = vec!["-Zunstable-options".to_owned(), "-Cpanic=immediate-abort".to_owned()];
    flags.push(format!("--remap-path-prefix={}=.", workspace::root().display()));
    let registry = cargo_home()?.join("registry/src");
    if let Ok(entries) = std::fs::read_dir(&registry) {
        let mut indexes: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        indexes.sort();
        flags.extend(indexes.iter().map(|index| format!("--remap-path-prefix={}=", index.display())));
    }
    Ok(format!("target.{WASM_TARGET}.rustflags={}", serde_json::to_string(&flags)?))
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    Ok(std::env::home_dir().context("finding the home folder for cargo's registry")?.join(".cargo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_are_replaced_where_they_are_meant() {
        let names = BTreeMap::from([("__wbg_a_1".to_owned(), "b".to_owned())]);
        let (made, found) = with_names("__wbg_a_1: x__wbg_a_1(__wbg_a_12, $__wbg_a_1), é", "", &names);
        assert_eq!((made.as_str(), found.len()), ("b: x__wbg_a_1(__wbg_a_12, $__wbg_a_1), é", 1));
        let (made, _) = with_names("__wbg_a_1(wasm.__wbg_a_1, m.wasm.__wbg_a_1())", "wasm.", &names);
        assert_eq!(made, "__wbg_a_1(wasm.b, m.wasm.b())");
    }

    #[test]
    fn no_two_names_are_alike() {
        let names: BTreeSet<String> = (0..20_000).map(short).collect();
        assert_eq!(
            (names.len(), short(0), short(25), short(26)),
            (20_000, "a".into(), "z".into(), "aa".into())
        );
    }
}
