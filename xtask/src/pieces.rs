//! An app that is cut apart: what is loaded at its start, and pieces that are fetched when the app asks for them. The
//! app says where it is cut (`#[wasm_split]`); what goes where follows from what leads to what in the linked WASM.
//!
//! All pieces share one memory and one table of functions, so they fit only the start they were cut from: the glue of
//! that start names them by their hashes, and a piece of another build is never asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use wasm_split_cli_support::{Options, transform};

use crate::app::App;
use crate::workspace;

/// The module from which the cut WASM imports the functions that fetch pieces.
const LOADERS: &str = "./pieces.js";
/// How the glue fetches pieces.
const SCRIPT: &str = include_str!("pieces.js");

/// An app in its parts.
pub struct Parts {
    /// What is loaded at the start, still to be bound.
    pub start: Vec<u8>,
    /// What is loaded later, by the name of its file without the ending; still to be packed.
    pub pieces: BTreeMap<String, Vec<u8>>,
    /// For each cut, the pieces that have to be there before it is used.
    pub needed: BTreeMap<String, Vec<String>>,
}

/// Cuts an app apart.
pub fn cut(app: App, raw: Vec<u8>) -> Result<Parts> {
    if !app.is_cut() {
        return Ok(Parts { start: raw, pieces: BTreeMap::new(), needed: BTreeMap::new() });
    }
    let folder = workspace::notes().join(format!("{}-pieces", app.name()));
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing {}", folder.display()));
        }
        _ => {}
    }
    let start = folder.join("start.wasm");
    let mut options = Options::new(&raw);
    options.output_dir = &folder;
    options.main_out_path = &start;
    options.link_name = LOADERS;
    let cut = transform(options).map_err(|error| anyhow!("cutting {} apart: {error:#}", app.title()))?;
    let mut pieces = BTreeMap::new();
    for path in &cut.split_modules {
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("a piece without a name")?;
        pieces.insert(name.to_owned(), read(path)?);
    }
    let needed = cut.prefetch_map.into_iter().collect::<BTreeMap<_, _>>();
    for (cut, names) in &needed {
        ensure!(
            !names.is_empty(),
            "nothing is left to load later at the cut `{cut}`: all of it is in the start"
        );
        for name in names {
            ensure!(pieces.contains_key(name), "the cut `{cut}` needs the piece {name}, which was not made");
        }
    }
    Ok(Parts { start: read(&start)?, pieces, needed })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// The glue with the script that fetches pieces in the place of the import of it: one file, and the pieces are handed the
/// exports of this very start. `needed` has, for each cut, the addresses of its pieces.
pub fn linked(glue: &str, needed: &BTreeMap<String, Vec<String>>) -> Result<String> {
    if needed.is_empty() {
        return Ok(glue.to_owned());
    }
    let import = glue
        .lines()
        .find(|line| line.starts_with("import * as ") && line.contains(&format!("\"{LOADERS}\"")))
        .context("the glue does not import what fetches pieces")?;
    let name = import.split_whitespace().nth(3).context("the import of what fetches pieces has no name")?;
    if !glue.contains("wasm = instance.exports;") {
        bail!("the glue does not keep the exports of the start as wasm-bindgen 0.2.130 did");
    }
    let loader = |(cut, addresses): (&String, &Vec<String>)| {
        Ok(format!("__wasm_split_load_{cut}: fetching({})", serde_json::to_string(addresses)?))
    };
    let loaders = needed.iter().map(loader).collect::<Result<Vec<_>>>()?.join(", ");
    Ok(glue.replace(import, &format!("{SCRIPT}\nconst {name} = {{ {loaders} }};")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "import * as import1 from \"./pieces.js\"\nlet wasm;\nwasm = instance.exports;\n";

    #[test]
    fn the_glue_of_a_start_names_its_pieces() {
        let needed = BTreeMap::from([("settings".to_owned(), vec!["/assets/a-1.wasm".to_owned()])]);
        let glue = linked(GLUE, &needed).unwrap();
        assert!(!glue.contains("import *"), "{glue}");
        let loaders = r#"const import1 = { __wasm_split_load_settings: fetching(["/assets/a-1.wasm"]) };"#;
        assert!(glue.contains(loaders), "{glue}");
        let short = crate::script::shortened(&glue).unwrap();
        assert!(short.contains("/assets/a-1.wasm"), "{short}");
    }

    #[test]
    fn a_glue_of_another_kind_is_refused() {
        let needed = BTreeMap::from([("settings".to_owned(), Vec::new())]);
        assert!(linked("let wasm;", &needed).is_err());
        assert!(linked(&GLUE.replace("instance.exports", "other"), &needed).is_err());
        assert_eq!(linked("let wasm;", &BTreeMap::new()).unwrap(), "let wasm;");
    }
}
