//! Uploaded files: the contract about what is known of them. Their bytes are `blobs`'.

use async_trait::async_trait;
use deskbell_shared::model::{FileView, UnixMillis};

use super::conversations::Writer;
use super::{Scope, Stored};
use deskbell_shared::model::FileId;

/// Files.
///
/// A file belongs to whoever uploaded it. It is *unused* until a message brings it into a conversation; it is never
/// in two. When the last file with a content is gone, the hash of that content stands among the *gone* ones until
/// the bytes are removed, so that a crash between the two leaves nothing behind for ever.
#[async_trait]
pub trait FileStore: Send + Sync + 'static {
    /// Keeps what is known of a file whose bytes are durable already; its content is no longer gone. Refused:
    /// `rate_limited` when the quota is used up.
    async fn keep_file(&self, file: NewFile, quota: Quota) -> Stored<()>;

    /// A file that the scope may read: one's own, or one in a conversation within the scope. `None` otherwise.
    async fn file(&self, scope: Scope, id: FileId) -> Stored<Option<FileRecord>>;

    /// Drops files that were uploaded before an instant and never used.
    async fn drop_unused_files(&self, before: UnixMillis) -> Stored<()>;

    /// Whether any file has this content.
    async fn has_content(&self, hash: String) -> Stored<bool>;

    /// Contents that no file has any more, at most `count_max`.
    async fn gone_contents(&self, count_max: usize) -> Stored<Vec<String>>;

    /// The bytes of these contents are removed.
    async fn contents_removed(&self, hashes: Vec<String>) -> Stored<()>;
}

/// A file to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// What readers see of it.
    pub view: FileView,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub hash: String,
    /// Who uploaded it.
    pub owner: Writer,
    /// When.
    pub at: UnixMillis,
}

/// How much one person may upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What was uploaded after this instant counts.
    pub since: UnixMillis,
    /// Files.
    pub files_max: u32,
    /// Bytes.
    pub bytes_max: u64,
    /// Bytes of unused files of all visitors together.
    pub unused_bytes_max: u64,
}

/// A file as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// What readers see of it.
    pub view: FileView,
    /// SHA-256 of its bytes.
    pub hash: String,
}
