//! Files that somebody has picked on this device.

use deskbell_shared::codec::Wire;
use web_sys::{File, HtmlInputElement};

use super::http;
use crate::trouble::Trouble;

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

    /// Sends it to the server.
    pub async fn upload<A: Wire>(&self, path: &str) -> Result<A, Trouble> {
        http::upload(path, &self.0).await
    }
}

/// Takes what was picked out of a field, which is empty afterwards.
pub fn take(input: &HtmlInputElement) -> Vec<Picked> {
    let files = input.files();
    let picked = files.map(|files| (0..files.length()).filter_map(|at| files.get(at)).map(Picked).collect());
    input.set_value("");
    picked.unwrap_or_default()
}
