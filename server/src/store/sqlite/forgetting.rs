//! Which operation of the contracts about files and erasure is done by which function, and on which thread.

use async_trait::async_trait;
use deskbell_shared::model::{FileId, InboxId, UnixMillis};

use super::{SqliteStore, erasure, files};
use crate::store::conversations::Changed;
use crate::store::erasure::{Asked, Before, Due, Erase, ErasureStore, Retention};
use crate::store::files::{FileRecord, FileStore, NewFile, Quota};
use crate::store::{Scope, Stored};

#[async_trait]
impl FileStore for SqliteStore {
    async fn keep_file(&self, file: NewFile, quota: Quota) -> Stored<()> {
        self.write(move |writing| files::keep_file(writing.conn, &file, &quota)).await
    }

    async fn file(&self, scope: Scope, id: FileId) -> Stored<Option<FileRecord>> {
        self.read(move |conn| files::file(conn, scope, id)).await
    }

    async fn drop_unused_files(&self, before: UnixMillis) -> Stored<()> {
        self.write(move |writing| files::drop_unused_files(writing.conn, before)).await
    }

    async fn has_content(&self, hash: String) -> Stored<bool> {
        self.read(move |conn| files::has_content(conn, &hash)).await
    }

    async fn gone_contents(&self, count_max: usize) -> Stored<Vec<String>> {
        self.read(move |conn| files::gone_contents(conn, count_max)).await
    }

    async fn contents_removed(&self, hashes: Vec<String>) -> Stored<()> {
        self.write(move |writing| files::contents_removed(writing.conn, &hashes)).await
    }
}

#[async_trait]
impl ErasureStore for SqliteStore {
    async fn erase_visitor(&self, erase: Erase) -> Stored<Vec<Changed>> {
        self.write(move |writing| erasure::erase_visitor(writing, erase)).await
    }

    async fn not_erased(&self, asked: Vec<Asked>) -> Stored<Vec<Asked>> {
        self.read(move |conn| erasure::not_erased(conn, asked)).await
    }

    async fn retentions(&self) -> Stored<Vec<Retention>> {
        self.read(erasure::retentions).await
    }

    async fn set_retention(
        &self,
        inbox: InboxId,
        messages_days: Option<u32>,
        files_days: Option<u32>,
    ) -> Stored<()> {
        self.write(move |writing| erasure::set_retention(writing, inbox, messages_days, files_days)).await
    }

    async fn begin_retention(&self) -> Stored<u64> {
        self.write(|writing| erasure::begin_retention(writing.conn)).await
    }

    async fn due(&self, inbox: InboxId, before: Before) -> Stored<Due> {
        self.read(move |conn| erasure::due(conn, inbox, before)).await
    }

    async fn retain(
        &self,
        turn: u64,
        inbox: InboxId,
        before: Before,
        conversations_max: usize,
    ) -> Stored<Vec<Changed>> {
        self.write(move |writing| erasure::retain(writing, turn, inbox, before, conversations_max)).await
    }

    async fn is_unclean(&self) -> Stored<bool> {
        self.read(erasure::is_unclean).await
    }

    async fn scrub(&self) -> Stored<()> {
        let unclean = self.write(erasure::begin_scrub).await?;
        self.write(move |writing| erasure::end_scrub(writing, unclean)).await?;
        self.parts.checkpointer.empty().await
    }
}
