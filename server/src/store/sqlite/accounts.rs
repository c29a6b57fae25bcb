//! Which operation of the contract is done by which function, and on which thread.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, InboxId, SiteId, UnixMillis};

use super::{SqliteStore, people, sites};
use crate::store::Stored;
use crate::store::accounts::{
    AccountStore, AgentEdit, AgentRecord, EndSessions, InviteRecord, NewAgent, NewSite, SecretDigest,
    SessionRecord, SiteChange, SiteRecord,
};

#[async_trait]
impl AccountStore for SqliteStore {
    async fn is_set_up(&self) -> Stored<bool> {
        self.read(people::is_set_up).await
    }

    async fn set_up(&self, owner: NewAgent, site: NewSite) -> Stored<()> {
        self.write(move |writing| sites::set_up(writing.conn, &owner, &site)).await
    }

    async fn agent_by_email(&self, email: &str) -> Stored<Option<AgentRecord>> {
        let email = email.to_owned();
        self.read(move |conn| people::agent_by_email(conn, &email)).await
    }

    async fn agent(&self, id: AgentId) -> Stored<Option<AgentRecord>> {
        self.read(move |conn| people::agent(conn, id)).await
    }

    async fn agents(&self) -> Stored<Vec<AgentRecord>> {
        self.read(people::agents).await
    }

    async fn edit_agent(&self, id: AgentId, edit: AgentEdit) -> Stored<()> {
        self.write(move |writing| people::edit_agent(writing.conn, id, &edit)).await
    }

    async fn keep_picture(&self, hash: &str, png: &[u8]) -> Stored<()> {
        let (hash, png) = (hash.to_owned(), png.to_owned());
        self.write(move |writing| people::keep_picture(writing.conn, &hash, &png)).await
    }

    async fn picture(&self, hash: &str) -> Stored<Option<Vec<u8>>> {
        let hash = hash.to_owned();
        self.read(move |conn| people::picture(conn, &hash)).await
    }

    async fn open_session(&self, session: SessionRecord, device: String) -> Stored<()> {
        self.write(move |writing| people::open_session(writing.conn, &session, &device)).await
    }

    async fn session(&self, secret: SecretDigest) -> Stored<Option<SessionRecord>> {
        self.read(move |conn| people::session(conn, secret)).await
    }

    async fn sessions_of(&self, agent: AgentId) -> Stored<Vec<(SessionRecord, String)>> {
        self.read(move |conn| people::sessions_of(conn, agent)).await
    }

    async fn touch_session(&self, secret: SecretDigest, at: UnixMillis) -> Stored<()> {
        self.write(move |writing| people::touch_session(writing.conn, secret, at)).await
    }

    async fn end_sessions(&self, agent: AgentId, which: EndSessions) -> Stored<usize> {
        self.write(move |writing| people::end_sessions(writing.conn, agent, which)).await
    }

    async fn invite(&self, invite: InviteRecord) -> Stored<()> {
        self.write(move |writing| people::invite(writing.conn, &invite)).await
    }

    async fn invitation(&self, secret: SecretDigest) -> Stored<Option<InviteRecord>> {
        self.read(move |conn| people::invitation(conn, secret)).await
    }

    async fn accept_invite(&self, secret: SecretDigest, agent: NewAgent) -> Stored<AgentId> {
        self.write(move |writing| people::accept_invite(writing.conn, secret, agent)).await
    }

    async fn sites(&self) -> Stored<Vec<SiteRecord>> {
        self.read(sites::sites).await
    }

    async fn site_by_key(&self, key: &str) -> Stored<Option<SiteRecord>> {
        let key = key.to_owned();
        self.read(move |conn| sites::site_by_key(conn, &key)).await
    }

    async fn add_site(&self, site: NewSite) -> Stored<()> {
        self.write(move |writing| sites::add_site(writing.conn, &site)).await
    }

    async fn site_inboxes(&self) -> Stored<Vec<(SiteId, InboxId)>> {
        self.read(sites::site_inboxes).await
    }

    async fn edit_site(&self, id: SiteId, edit: SiteChange) -> Stored<()> {
        self.write(move |writing| sites::edit_site(writing, id, &edit)).await
    }

    async fn note_seen(&self, id: SiteId, origin: &str, at: UnixMillis) -> Stored<()> {
        let origin = origin.to_owned();
        self.write(move |writing| sites::note_seen(writing.conn, id, &origin, at)).await
    }
}
