//! From an app's Rust to the pair a browser loads: WASM without names, and the JavaScript glue beside it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::{Bindgen, Output};

use crate::app::App;
use crate::cargo::{self, WASM_TARGET};
use crate::workspace;

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
    let wasm = output.wasm_mut().emit_wasm();
    Ok(Module { glue: trimmed(output.js())?, wasm })
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
