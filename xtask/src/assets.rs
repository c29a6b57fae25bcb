//! The folder of content-addressed assets: a name is a promise about the bytes, so a file is written once.
//!
//! Knows nothing of apps; what an asset is for stands in the manifests.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Hex digits of the SHA-256 in a name: 40 bits, plenty for a few dozen files, few bytes in a document.
const HASH_DIGITS: usize = 10;

/// `dist/web/assets`.
pub struct Assets {
    folder: PathBuf,
}

impl Assets {
    /// Opens the folder, making it when missing.
    pub fn open(folder: PathBuf) -> Result<Assets> {
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Assets { folder })
    }

    /// Writes `STEM-HASH.EXT` with its compressed forms and returns that name.
    pub fn put(&self, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let hash = hex(&Sha256::digest(bytes));
        let name = format!("{stem}-{}.{extension}", &hash[..HASH_DIGITS]);
        for (form, make) in FORMS {
            let path = self.folder.join(format!("{name}{form}"));
            if !path.is_file() {
                write_whole(&path, &make(bytes)?)?;
            }
        }
        Ok(name)
    }

    /// Removes every file that is not one of these names or a compressed form of it.
    pub fn keep_only(&self, names: &BTreeSet<String>) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let file_name = entry.file_name().to_string_lossy().into_owned();
            let name = file_name.trim_end_matches(".br").trim_end_matches(".gz");
            if !names.contains(name) {
                fs::remove_file(entry.path()).with_context(|| format!("removing old asset {file_name}"))?;
            }
        }
        Ok(())
    }

    /// Whether the asset is there in every form.
    pub fn has(&self, name: &str) -> bool {
        FORMS.iter().all(|(form, _)| self.folder.join(format!("{name}{form}")).is_file())
    }
}

type Form = (&'static str, fn(&[u8]) -> Result<Vec<u8>>);
const FORMS: [Form; 3] = [("", |bytes| Ok(bytes.to_vec())), (".br", brotli), (".gz", gzip)];

/// Brotli at its best, with the window every browser takes.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).context("compressing with brotli")?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    // No name and no time in the header: the same bytes give the same file.
    let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().context("compressing with gzip")
}

/// Writes a file so that nobody ever sees half of it: a running server may read this folder.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    fs::write(&beside, bytes).with_context(|| format!("writing {}", path.display()))?;
    fs::rename(&beside, path).with_context(|| format!("putting {} in its place", path.display()))
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
