//! Which operation of `ToolStore` is done by which function.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, BlockView, SnippetId, SnippetView, UnixMillis, VisitorId};

use super::{SqliteStore, blocks, snippets};
use crate::store::Stored;
use crate::store::tools::{Block, SnippetWrite, ToolStore};

#[async_trait]
impl ToolStore for SqliteStore {
    async fn snippets(&self, agent: AgentId) -> Stored<Vec<SnippetView>> {
        self.read(move |conn| snippets::snippets(conn, agent)).await
    }

    async fn write_snippet(&self, write: SnippetWrite) -> Stored<()> {
        self.write(move |writing| snippets::write_snippet(writing.conn, &write)).await
    }

    async fn count_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()> {
        self.write(move |writing| snippets::count_snippet(writing.conn, id, agent)).await
    }

    async fn forget_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()> {
        self.write(move |writing| snippets::forget_snippet(writing.conn, id, agent)).await
    }

    async fn block(&self, block: Block) -> Stored<()> {
        self.write(move |writing| blocks::block(writing.conn, &block)).await
    }

    async fn unblock(&self, agent: AgentId, visitor: VisitorId) -> Stored<()> {
        self.write(move |writing| blocks::unblock(writing, agent, visitor)).await
    }

    async fn blocks(
        &self,
        agent: AgentId,
        of: Option<VisitorId>,
        at: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<BlockView>> {
        self.read(move |conn| blocks::blocks(conn, agent, of, at, count_max)).await
    }
}
