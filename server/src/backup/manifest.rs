//! The list of contents of a backup: what is in it with which SHA-256, and of what it is one.

use deskbell_shared::model::{Epoch, UnixMillis};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Its name in the archive, after everything it lists.
pub const MANIFEST: &str = "manifest.json";
/// The hash of the manifest itself, as `sha256sum` writes it; the last entry.
pub const MANIFEST_SUM: &str = "manifest.json.sha256";
/// The version of the layout.
pub const FORMAT: u32 = 1;

/// The list.
#[derive(Debug, Deserialize, Serialize)]
pub struct Manifest {
    /// The version of the layout of a backup.
    pub format: u32,
    /// The build that made it.
    pub deskbell: String,
    /// The version of the schema of the database.
    pub schema: usize,
    /// The lineage of the database.
    pub epoch: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub made_at_ms: i64,
    /// Everything in it but itself.
    pub files: Vec<Listed>,
}

/// One file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its place in the data folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Of a backup made by this build.
    pub fn new(schema: usize, epoch: Epoch, now: UnixMillis, files: &[Listed]) -> Manifest {
        let deskbell = env!("CARGO_PKG_VERSION").to_owned();
        let (epoch, files) = (epoch.to_string(), files.to_vec());
        Manifest { format: FORMAT, deskbell, schema, epoch, made_at_ms: now.0, files }
    }

    /// As it stands in the archive.
    pub fn text(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// The line that goes with it.
    pub fn sum_line(text: &[u8]) -> String {
        format!("{}  {MANIFEST}\n", hex(&Sha256::digest(text)))
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
