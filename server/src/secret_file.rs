//! Files in the data folder that only their owner may read: keys and the like.

use std::io::Write as _;
use std::path::Path;

use crate::auth::secret::random;

/// The 32 bytes in a file; made when it is not there.
pub fn key(path: &Path) -> Result<[u8; 32], String> {
    let failed = |error: std::io::Error| format!("using the key file {}: {error}", path.display());
    match std::fs::read(path) {
        Ok(bytes) => bytes
            .try_into()
            .map_err(|_| format!("the key file {} is damaged: delete it to make a new one", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = random::<32>();
            write(path, &key).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a whole file under another name and puts it in place, readable by its owner only.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_the_same_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("form.key");
        assert_eq!(key(&path).unwrap(), key(&path).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, b"short").unwrap();
        assert!(key(&path).unwrap_err().contains("damaged"));
    }
}
