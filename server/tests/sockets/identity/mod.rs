//! Signed identity as a site's server, its visitors and their devices meet it (S10 to S13).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{AttributeView, ConversationId, EntryBody, InboxId, Role, SiteId, VisitorId};
use deskbell_shared::protocol::api::{
    Failure, IdentifyRequest, InboxEdit, InboxIdentityEdit, InboxView, LogoutRequest, NewSiteSecret, Nothing,
    ProofRequest, SiteIdentityView, SiteSecretDrop, SitesView, TranscriptRequest, VisitView, VisitorCard,
    VisitorTicket, VisitorTicketRequest,
};
use deskbell_shared::protocol::{AgentCommand, Command, Frame, RefusalCode};
use ring::hmac;

use crate::support::http::{Answer, Request, get, own_page, post, send};
use crate::support::raw::draft;
use crate::support::server::{PASSWORD, new_token};
use crate::support::{Heard, Raw, Server, now};

mod claims;
mod members;
mod ranks;
mod visits;

/// A site with a secret, and everything its pages and its server do.
pub struct Shop {
    pub server: Server,
    site: SiteId,
    inbox: InboxId,
    pub secret: NewSiteSecret,
}

/// A token under this header and key.
fn token_of(header: &str, claims: &str, key: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn hs256(claims: &str, key: &str) -> String {
    token_of(r#"{"alg":"HS256","typ":"JWT"}"#, claims, key.as_bytes())
}

fn in_seconds(seconds: i64) -> i64 {
    now().0 / 1000 + seconds
}

impl Shop {
    pub async fn open() -> Shop {
        let server = Server::start().await;
        let sites: SitesView = get(server.port(), "/api/sites", Some(&server.owner().cookie)).await.read();
        let (site, inbox) = (sites.sites[0].id, sites.sites[0].inbox);
        let none = NewSiteSecret { id: deskbell_shared::model::SiteSecretId(0), secret: String::new() };
        let mut shop = Shop { server, site, inbox, secret: none };
        shop.secret = shop.makes_secret().await.read();
        shop
    }

    async fn owner(&self, path: &str, body: &impl deskbell_shared::codec::Wire) -> Answer {
        post(self.server.port(), path, Some(&self.server.owner().cookie), body).await
    }

    async fn makes_secret(&self) -> Answer {
        let request = ProofRequest { password: PASSWORD.to_owned(), code: None };
        self.owner(&format!("/api/sites/{}/identity/secrets", self.site), &request).await
    }

    async fn drops_secret(&self, of: &NewSiteSecret) -> Answer {
        self.owner(&format!("/api/sites/{}/identity/drop", self.site), &SiteSecretDrop { id: of.id }).await
    }

    async fn takes_verified_only(&self, inbox: InboxId, verified_only: bool) {
        let path = format!("/api/inboxes/{inbox}/identity");
        assert_eq!(self.owner(&path, &InboxIdentityEdit { verified_only }).await.status, 200);
    }

    async fn settings(&self) -> SiteIdentityView {
        let path = format!("/api/sites/{}/identity", self.site);
        get(self.server.port(), &path, Some(&self.server.owner().cookie)).await.read()
    }

    /// What the site's server signs for somebody.
    fn signs(&self, sub: &str) -> String {
        hs256(&self.claims(sub, ""), &self.secret.secret)
    }

    fn claims(&self, sub: &str, more: &str) -> String {
        let (aud, exp) = (self.server.site_key(), in_seconds(600));
        format!(r#"{{"sub":"{sub}","aud":"{aud}","exp":{exp}{more}}}"#)
    }

    fn path(&self, what: &str) -> String {
        format!("/w/{}/{what}", self.server.site_key())
    }

    /// What the frame asks for; the token where the browser keeps no cookie.
    async fn identifies(&self, identity: &str, token: Option<&str>) -> Answer {
        let token = token.map(str::to_owned);
        let request = IdentifyRequest { identity: identity.to_owned(), token, page: None };
        post(self.server.port(), &self.path("identify"), None, &request).await
    }

    /// Somebody is who the site says; the token of their session.
    async fn is(&self, sub: &str, before: Option<&str>) -> String {
        let visit: VisitView = self.identifies(&self.signs(sub), before).await.read();
        visit.token.expect("a token")
    }

    async fn ticket(&self, token: Option<&str>) -> Answer {
        let request = VisitorTicketRequest { token: token.map(str::to_owned), page: None };
        post(self.server.port(), &self.path("ticket"), None, &request).await
    }

    /// Posts to the visitor's side with a token.
    async fn by(&self, token: &str, what: &str, body: &str) -> Answer {
        let mut headers = own_page(self.server.port(), None);
        headers.push(("x-deskbell-visitor", token.to_owned()));
        let (path, body) = (self.path(what), body.to_owned());
        send(self.server.port(), Request { method: "POST", path: &path, headers, body }).await
    }

    /// The socket of somebody, with the conversations that they are told of.
    async fn arrives(&self, token: &str) -> (Raw, Vec<ConversationId>) {
        let ticket: VisitorTicket = self.ticket(Some(token)).await.read();
        let mut raw = Raw::with_ticket(self.server.port(), ticket.ticket, Vec::new()).await;
        let known = raw
            .until("welcome", |heard| match heard {
                Heard::Frame(Frame::Welcome { conversations, .. }) => Some(conversations),
                _ => None,
            })
            .await;
        (raw, known.into_iter().map(|known| known.id).collect())
    }

    fn visitor_of(&self, conversation: ConversationId) -> VisitorId {
        let conn = rusqlite::Connection::open(self.server.database()).unwrap();
        let sql = "SELECT visitor FROM conversations WHERE id = ?1";
        conn.query_row(sql, [conversation.to_bytes()], |row| row.get(0).map(VisitorId::from_bytes)).unwrap()
    }

    async fn card(&self, visitor: VisitorId) -> VisitorCard {
        let path = format!("/api/visitors/{visitor}");
        get(self.server.port(), &path, Some(&self.server.owner().cookie)).await.read()
    }
}
