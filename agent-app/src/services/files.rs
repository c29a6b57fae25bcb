//! Files that somebody has picked on this device.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, File, FileList, HtmlInputElement};

/// A file, not yet read.
#[derive(Clone, PartialEq)]
pub struct Picked(File);

impl Picked {
    /// Its name here.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// Its size in bytes.
    pub fn size(&self) -> f64 {
        self.0.size()
    }

    /// As the browser has it.
    pub fn raw(&self) -> &File {
        &self.0
    }
}

/// Takes what was picked out of a field, which is empty afterwards.
pub fn take(input: &HtmlInputElement) -> Vec<Picked> {
    let picked = input.files().map_or_else(Vec::new, |files| all(&files));
    input.set_value("");
    picked
}

/// The files that were pasted or dropped; none, where it was something else.
pub fn brought(event: &Event) -> Vec<Picked> {
    // Two kinds of events, which hold the same under two names.
    let held = ["clipboardData", "dataTransfer"].iter().find_map(|name| {
        let held = Reflect::get(event, &JsValue::from_str(name)).ok()?;
        let files = Reflect::get(&held, &JsValue::from_str("files")).ok()?;
        files.dyn_into::<FileList>().ok()
    });
    held.map_or_else(Vec::new, |files| all(&files))
}

/// Whether files are being dragged.
pub fn is_bringing(event: &Event) -> bool {
    let held = |object: &JsValue, name: &str| Reflect::get(object, &JsValue::from_str(name)).ok();
    let types = held(event, "dataTransfer").and_then(|held_by| held(&held_by, "types"));
    types.is_some_and(|types| Array::from(&types).includes(&JsValue::from_str("Files"), 0))
}

fn all(files: &FileList) -> Vec<Picked> {
    (0..files.length()).filter_map(|at| files.get(at)).map(Picked).collect()
}
