//! One app from its sources to `dist/web`: assets with hashed names, the document that names them, the manifest.
//!
//! Work whose inputs have not changed since the last time is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::assets::{Assets, hex, write_whole};
use crate::{document, loader, pieces, placeholder, script, styles, wasm, words, workspace};

/// The boot script of an app that brings none: imports the glue and passes the address of the code, so that
/// the policy needs no inline script.
const BOOT: &str = r#"import init from "{{asset:js}}";init({module_or_path:"{{asset:wasm}}"});"#;

/// Files whose text may ask for further assets.
const TEXT_EXTENSIONS: [&str; 4] = ["js", "css", "svg", "webmanifest"];

/// Builds one app. Returns whether anything had to be made anew.
pub fn build(app: App) -> Result<bool> {
    let inputs = inputs(app)?;
    let raw_path = wasm::compile(app)?;
    // Whoever finishes removes what no manifest names: not while another writes assets before its manifest.
    fs::create_dir_all(workspace::notes())?;
    let lock = fs::File::create(workspace::notes().join("lock"))?;
    lock.lock().context("waiting for another build of the apps")?;
    let raw = fs::read(&raw_path).with_context(|| format!("reading {}", raw_path.display()))?;
    let stamp_path = workspace::notes().join(format!("{}.stamp", app.name()));
    let stamp = stamp(&inputs, &raw)?;
    if fs::read_to_string(&stamp_path).is_ok_and(|last| last == stamp) && is_whole(app)? {
        return Ok(false);
    }

    let parts = pieces::cut(app, raw)?;
    let module = wasm::bind(app, parts.start)?;
    let assets = Assets::open(workspace::web().join("assets"))?;
    let mut shelf = Shelf { assets: &assets, addresses: BTreeMap::new() };
    let name = app.name();
    let wasm = shelf.put("wasm", &format!("{name}_bg"), "wasm", &module.wasm)?;
    let mut later = BTreeMap::new();
    for (piece, wasm) in &parts.pieces {
        let key = format!("later/{piece}");
        later.insert(
            piece.clone(),
            shelf.put(&key, &format!("{name}_{piece}"), "wasm", &wasm::packed(wasm)?)?,
        );
    }
    let address = |piece: &String| format!("/assets/{}", later[piece]);
    let needed = parts.needed.iter().map(|(cut, pieces)| (cut.clone(), pieces.iter().map(address).collect()));
    let glue = pieces::linked(&module.glue, &needed.collect())?;
    let js = shelf.put("js", name, "js", script::shortened(&glue)?.as_bytes())?;
    let locales = shelf.put_locales(app)?;
    let css_source = styles::sheet(app)?;
    let (css, statics) = shelf.put_statics(app, css_source)?;

    let document = document::source(app)?;
    let document = shelf.filled(&document, &document::path(app))?;
    write_whole(&workspace::web().join(app.document()), document::shortened(&document).as_bytes())?;
    if app == App::Widget {
        for name in loader::NAMES {
            write_whole(&workspace::web().join(name), loader::built(name)?.as_bytes())?;
        }
    }

    let manifest = json!({ "js": js, "wasm": wasm, "later": later, "css": css, "locales": locales.start, "later_locales": locales.later,
        "static": statics });
    fs::create_dir_all(workspace::web().join(name))?;
    write_whole(&manifest_path(app), format!("{manifest:#}\n").as_bytes())?;
    remove_old(&assets)?;
    write_whole(&stamp_path, stamp.as_bytes())?;
    Ok(true)
}

/// The manifest of an app that has been built, `None` before that.
pub fn manifest(app: App) -> Result<Option<Value>> {
    let path = manifest_path(app);
    match fs::read_to_string(&path) {
        Ok(text) => {
            Ok(Some(serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Every asset a manifest names.
pub fn names(manifest: &Value) -> BTreeSet<String> {
    match manifest {
        Value::String(name) => BTreeSet::from([name.clone()]),
        Value::Object(map) => map.values().flat_map(names).collect(),
        _ => BTreeSet::new(),
    }
}

/// The files of the languages, by their tags.
#[derive(Default)]
struct Locales {
    start: BTreeMap<String, String>,
    /// Of an app that is cut, what it does not say at its start.
    later: BTreeMap<String, String>,
}

/// What has been put so far, under the names by which documents ask for it.
struct Shelf<'a> {
    assets: &'a Assets,
    addresses: BTreeMap<String, String>,
}

impl Shelf<'_> {
    fn put(&mut self, key: &str, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let name = self.assets.put(stem, extension, bytes)?;
        self.addresses.insert(key.to_owned(), format!("/assets/{name}"));
        Ok(name)
    }

    fn filled(&self, text: &str, path: &Path) -> Result<String> {
        placeholder::filled(text, &self.addresses).map_err(|asked| {
            let known: Vec<_> = self.addresses.keys().map(String::as_str).collect();
            anyhow::anyhow!(
                "{} asks for {{{{asset:{asked}}}}}, which is not built; there is: {}",
                path.display(),
                known.join(", ")
            )
        })
    }

    /// Each language in one file, or of an app that is cut in two: what it says at its start, and the rest.
    fn put_locales(&mut self, app: App) -> Result<Locales> {
        let folder = app.folder().join("locales");
        let start = if app.is_cut() { Some(words::Start::of(app)?) } else { None };
        let mut locales = Locales::default();
        for path in files(&folder)? {
            let (stem, extension) = split(&path)?;
            if extension != "json" {
                bail!("{} is no locale: expected NAME.json", path.display());
            }
            let text = fs::read_to_string(&path)?;
            let all: BTreeMap<String, String> =
                serde_json::from_str(&text).with_context(|| format!("reading locale {}", path.display()))?;
            let (first, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
                all.into_iter().partition(|(key, _)| start.as_ref().is_none_or(|start| start.wants(key)));
            let name = self.put(&format!("locale/{stem}"), &stem, "json", &serde_json::to_vec(&first)?)?;
            if start.is_some() {
                let key = format!("locale/{stem}/later");
                let rest = serde_json::to_vec(&rest)?;
                locales.later.insert(stem.clone(), self.put(&key, &format!("{stem}_later"), "json", &rest)?);
            }
            locales.start.insert(stem, name);
        }
        Ok(locales)
    }

    /// Statics and the sheet may ask for each other: each is put once all it asks for is there.
    fn put_statics(&mut self, app: App, css: String) -> Result<(String, BTreeMap<String, String>)> {
        let css_key = "css".to_owned();
        let mut waiting = vec![(css_key.clone(), app.folder().join("styles"), css.into_bytes())];
        for path in files(&app.folder().join("static"))? {
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            let key = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            waiting.push((key, path, bytes));
        }
        if !waiting.iter().any(|(key, _, _)| key == "boot.js") {
            waiting.push(("boot.js".to_owned(), PathBuf::from("boot.js"), BOOT.into()));
        }

        let mut put = BTreeMap::new();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut stuck = Vec::new();
            for (key, path, bytes) in waiting {
                let (stem, extension) =
                    if key == css_key { (app.name().to_owned(), css_key.clone()) } else { split(&path)? };
                let bytes = if TEXT_EXTENSIONS.contains(&extension.as_str()) {
                    let text =
                        String::from_utf8(bytes).with_context(|| format!("reading {}", path.display()))?;
                    if placeholder::asked(&text).any(|asked| !self.addresses.contains_key(asked)) {
                        stuck.push((key, path, text.into_bytes()));
                        continue;
                    }
                    let text = self.filled(&text, &path)?;
                    if extension == "js" { script::shortened(&text)? } else { text }.into_bytes()
                } else {
                    bytes
                };
                let name = self.put(&key, &stem, &extension, &bytes)?;
                put.insert(key, name);
            }
            if stuck.len() == before {
                let (_, path, bytes) = &stuck[0];
                self.filled(&String::from_utf8_lossy(bytes), path)?;
            }
            waiting = stuck;
        }
        let css = put.remove(&css_key).context("the sheet was not put")?;
        Ok((css, put))
    }
}

/// The files beside the code. All that must be there is there, so that what is missing is said before the wait.
fn inputs(app: App) -> Result<Vec<PathBuf>> {
    let mut inputs = styles::sources(app)?;
    inputs.extend(files(&app.folder().join("locales"))?);
    inputs.extend(files(&app.folder().join("static"))?);
    let mut required = vec![app.folder().join("locales/en.json"), document::path(app)];
    if app == App::Widget {
        required.extend(loader::NAMES.map(loader::path));
    }
    if let Some(missing) = required.iter().find(|path| !path.is_file()) {
        bail!("{} is missing: {} cannot be built without it", missing.display(), app.title());
    }
    inputs.extend(required);
    // What stands in the sources decides which words come later; changed comments change no code.
    if app.is_cut() {
        inputs.extend(words::rust_files(&app.folder().join("src"))?);
    }
    Ok(inputs)
}

/// Which xtask this is: another one may build otherwise. Asked once, at the start: its own tests may link it anew while it
/// runs, and then its file is another or gone.
pub fn executable() -> Result<&'static str> {
    static KNOWN: OnceLock<String> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known);
    }
    let file = fs::metadata(std::env::current_exe()?)?;
    Ok(KNOWN.get_or_init(|| format!("{} {:?}", file.len(), file.modified().ok())))
}

/// Everything that decides the output: the code, the files beside it, and xtask itself.
fn stamp(inputs: &[PathBuf], raw: &[u8]) -> Result<String> {
    let mut digest = Sha256::new();
    let mut add = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    add(raw);
    add(executable()?.as_bytes());
    for path in inputs {
        add(path.as_os_str().as_encoded_bytes());
        add(&fs::read(path).with_context(|| format!("reading {}", path.display()))?);
    }
    Ok(hex(&digest.finalize()))
}

fn is_whole(app: App) -> Result<bool> {
    let Some(manifest) = manifest(app)? else { return Ok(false) };
    let assets = Assets::open(workspace::web().join("assets"))?;
    let loader = app != App::Widget || loader::NAMES.iter().all(|name| workspace::web().join(name).is_file());
    let document = workspace::web().join(app.document()).is_file();
    Ok(loader && document && names(&manifest).iter().all(|name| assets.has(name)))
}

fn remove_old(assets: &Assets) -> Result<()> {
    let mut current = BTreeSet::new();
    for app in App::ALL {
        current.extend(manifest(app)?.iter().flat_map(names));
    }
    assets.keep_only(&current)
}

fn manifest_path(app: App) -> PathBuf {
    workspace::web().join(app.name()).join("manifest.json")
}

/// The plain files of a folder by name; none when there is no such folder. Dot files are the editor's.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| {
        path.is_file() && path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
    });
    files.sort();
    Ok(files)
}

fn split(path: &Path) -> Result<(String, String)> {
    match (path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|e| e.to_str())) {
        (Some(stem), Some(extension)) => Ok((stem.to_owned(), extension.to_owned())),
        _ => bail!("{} needs a name of the form NAME.EXTENSION", path.display()),
    }
}
