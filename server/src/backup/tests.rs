//! What a backup holds, what comes back, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use deskbell_shared::model::{Epoch, UnixMillis};
use tempfile::TempDir;

use super::archive::Writer;
use super::manifest::Manifest;
use super::{Failure, make, restore};
use crate::store::ConversationStore as _;
use crate::store::sqlite::{DATABASE_FILE, OpenError, SCHEMA_VERSION, SqliteOptions, SqliteStore};

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const UPLOAD: &str = "uploads/ab/ab12";

/// A data folder as a server leaves it, and one for backups.
fn folders() -> (TempDir, TempDir) {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    open(data.path());
    for (name, text) in [
        ("form.key", "a key"),
        ("deskbell.toml", "log = \"json\""),
        ("deskbell.control", "1 secret"),
        ("deskbell.db.schema-1", "an old database"),
        (UPLOAD, "a picture"),
        ("uploads/ab/.half", "half a picture"),
    ] {
        put(data.path(), name, text);
    }
    (data, elsewhere)
}

fn open(data: &Path) -> Epoch {
    SqliteStore::open(data, &SqliteOptions::default()).unwrap().epoch()
}

fn put(data: &Path, name: &str, text: &str) {
    let path = data.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn text(data: &Path, name: &str) -> String {
    fs::read_to_string(data.join(name)).unwrap()
}

fn backed_up(data: &TempDir, elsewhere: &TempDir) -> PathBuf {
    let file = elsewhere.path().join("backup.tar");
    make(data.path(), &file, NOW).unwrap();
    file
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_matters_comes_back_as_a_new_lineage() {
    let (data, elsewhere) = folders();
    let epoch = open(data.path());
    let file = backed_up(&data, &elsewhere);
    assert_eq!(names(elsewhere.path()), ["backup.tar"], "nothing half-made is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let new = elsewhere.path().join("new/data");
    let done = restore(&file, &new, NOW).unwrap();
    assert_eq!((done.files, done.kept_settings), (3, false));
    assert!(done.before.is_none());
    assert_eq!(
        names(&new),
        ["audit.head", "deskbell.db", "deskbell.lock", "deskbell.toml", "form.key", "uploads"]
    );
    for name in ["form.key", "deskbell.toml", UPLOAD] {
        assert_eq!(text(&new, name), text(data.path(), name));
    }
    assert_ne!(open(&new), epoch);
}

#[test]
fn what_a_backup_replaces_is_moved_away_and_settings_stay() {
    let (data, elsewhere) = folders();
    let file = backed_up(&data, &elsewhere);
    put(data.path(), "form.key", "a newer key");
    put(data.path(), "deskbell.toml", "log = \"human\"");
    put(data.path(), UPLOAD, "a picturE");
    put(data.path(), "uploads/cd/cd34", "a later picture");
    let done = restore(&file, data.path(), NOW).unwrap();
    let before = done.before.unwrap();
    assert!(done.kept_settings && before.join(DATABASE_FILE).exists());
    assert_eq!(text(&before, "form.key"), "a newer key");
    assert_eq!(text(data.path(), "form.key"), "a key");
    assert_eq!(text(data.path(), "deskbell.toml"), "log = \"human\"");
    assert_eq!(text(data.path(), UPLOAD), "a picture", "a damaged upload is whole again");
    assert_eq!(text(data.path(), "uploads/cd/cd34"), "a later picture", "nothing is deleted");
    open(data.path());
}

#[test]
fn places_where_no_backup_is_made_are_named() {
    let (data, elsewhere) = folders();
    let file = backed_up(&data, &elsewhere);
    let before = fs::read(&file).unwrap();
    let refused = |data: &Path, file: &Path| make(data, file, NOW).unwrap_err();
    assert!(matches!(refused(data.path(), &file), Failure::Exists(_)));
    assert_eq!(fs::read(&file).unwrap(), before);
    let nowhere = elsewhere.path().join("no/such/backup.tar");
    assert!(matches!(refused(data.path(), &nowhere), Failure::NoFolder(_)));
    assert!(matches!(refused(data.path(), &data.path().join("backup.tar")), Failure::Inside(_)));
    let no_data = refused(&elsewhere.path().join("data"), &elsewhere.path().join("a.tar"));
    assert!(matches!(no_data, Failure::Store(OpenError::NoData(_))), "{no_data}");
    assert!(no_data.to_string().contains("--data"), "{no_data}");
    assert_eq!(names(elsewhere.path()), ["backup.tar"]);
}

/// Every entry, its header as well as its content, and every length at which a file may be cut off.
#[test]
fn a_damaged_backup_is_refused_and_the_folder_left_as_it_was() {
    let (data, elsewhere) = folders();
    let file = backed_up(&data, &elsewhere);
    let whole = fs::read(&file).unwrap();
    let changed = elsewhere.path().join("changed.tar");
    let target = elsewhere.path().join("target");
    fs::create_dir(&target).unwrap();
    put(&target, "form.key", "mine");
    let refuse = |bytes: &[u8], what: &str| {
        fs::write(&changed, bytes).unwrap();
        let error = restore(&changed, &target, NOW).err().unwrap_or_else(|| panic!("{what} was taken"));
        assert!(matches!(error, Failure::Damaged(..) | Failure::NotABackup(_)), "{what}: {error}");
        assert_eq!(names(&target), ["deskbell.lock", "form.key"], "{what}");
        assert_eq!(text(&target, "form.key"), "mine");
    };
    let mut tar = tar::Archive::new(&whole[..]);
    let mut entries = 0;
    for entry in tar.entries().unwrap() {
        let entry = entry.unwrap();
        entries += 1;
        let (head, content) = (entry.raw_header_position() as usize, entry.raw_file_position() as usize);
        for at in [head, head + 130, content, content + entry.size() as usize / 2] {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x04;
            refuse(&flipped, &format!("a flip at {at}"));
        }
        for length in [head, head + 100, content, content + entry.size() as usize / 2] {
            refuse(&whole[..length], &format!("a cut at {length}"));
        }
    }
    assert_eq!(entries, 6, "database, key, settings, upload, manifest and its sum");
    refuse(b"something else", "another file");
    let error = restore(&elsewhere.path().join("none"), &target, NOW).unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
}

#[test]
fn a_backup_of_a_newer_build_is_refused() {
    let (data, elsewhere) = folders();
    let crafted = |name: &str, format: u32, schema: usize| {
        let file = elsewhere.path().join(name);
        let mut writer = Writer::create(&file, NOW).unwrap();
        writer.add(DATABASE_FILE, &data.path().join(DATABASE_FILE)).unwrap();
        let manifest = Manifest { format, ..Manifest::new(schema, Epoch(1), NOW, writer.files()) };
        writer.finish(&manifest).unwrap();
        restore(&file, data.path(), NOW).unwrap_err()
    };
    let error = crafted("schema.tar", 1, SCHEMA_VERSION + 1);
    assert!(matches!(error, Failure::Store(OpenError::Newer { .. })), "{error}");
    let error = crafted("format.tar", 2, SCHEMA_VERSION);
    assert!(matches!(error, Failure::Newer(_)), "{error}");
}

#[test]
fn nothing_is_written_outside_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    for (name, kind) in [("../out.key", tar::EntryType::Regular), ("in.key", tar::EntryType::Symlink)] {
        let file = elsewhere.path().join("crafted.tar");
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        let mut builder = tar::Builder::new(fs::File::create(&file).unwrap());
        builder.append(&header, std::io::empty()).unwrap();
        builder.into_inner().unwrap();
        let data = elsewhere.path().join("data");
        restore(&file, &data, NOW).unwrap_err();
        assert_eq!(names(elsewhere.path()), ["crafted.tar", "data"], "{name}");
        assert_eq!(names(&data), ["deskbell.lock"]);
    }
}

#[test]
fn a_full_disk_is_named() {
    let error = Failure::io("write", Path::new("/b.tar"), std::io::ErrorKind::StorageFull.into());
    assert!(error.to_string().contains("disk is full at /b.tar"), "{error}");
}
