//! The matrix of rights: every route and every frame, by every role, a member of the inbox or not. A route or a frame
//! without a row fails the test, so that none is added without an answer to this question.

mod change;
mod frames;
mod routes;

use deskbell_shared::model::{InboxId, Right, Role};
use deskbell_shared::protocol::api::{InboxEdit, InboxView, InboxesView, ProofRequest};

use crate::support::http::{Answer, get, post};
use crate::support::server::{Account, PASSWORD, Program, Server};

/// What nobody may read who may not see the conversation.
const CANARY: &str = "canary of the conversation";

/// What a route or a frame answers.
#[derive(Clone, Copy, Debug)]
enum Row<T> {
    /// Whoever signs in, wherever they are a member.
    All(T),
    /// Those whose role has the right; the others are refused before anything is looked at.
    Role(Right, T),
    /// Those who may see what it is about, and whose role has the right: the others are refused when they may see it, and it
    /// is not there for who may not.
    About(Right, T),
    /// The same, where who may not is refused at the door already, seen or not.
    Door(Right, T),
}

impl<T> Row<T> {
    fn by(self, role: Role, is_in_sight: bool, refused: T, not_found: T) -> T {
        match self {
            Row::All(done) => done,
            Row::Role(right, done) | Row::About(right, done) if is_in_sight && role.may(right) => done,
            Row::Role(right, done) if role.may(right) => done,
            Row::Role(..) => refused,
            Row::About(..) => {
                if is_in_sight {
                    refused
                } else {
                    not_found
                }
            }
            Row::Door(right, _) if !role.may(right) => refused,
            Row::Door(_, done) => {
                if is_in_sight {
                    done
                } else {
                    not_found
                }
            }
        }
    }
}

/// Everybody who signs in: by role, and whether they are a member of the inbox it is about.
fn everybody() -> impl Iterator<Item = (Role, bool)> {
    Role::ALL.iter().flat_map(|role| [(*role, true), (*role, false)])
}

struct Office {
    server: Server,
    pat: Account,
    mia: Account,
    main: InboxId,
    back_office: InboxId,
}

impl Office {
    /// Pat is of that role; Mia is an agent of both inboxes.
    async fn open(role: Role, is_member: bool) -> Office {
        let server = Server::start_with(Program::tireless()).await;
        let (mia, pat) = (server.agent("Mia").await, server.person("Pat", role).await);
        let owner = &server.owner().cookie;
        let inboxes: InboxesView = get(server.port(), "/api/inboxes", Some(owner)).await.read();
        let main = inboxes.inboxes[0].id;
        let edit = |name: &str, members: Vec<_>| InboxEdit {
            name: name.into(),
            members,
            hours: None,
            routing: None,
        };
        let both = vec![mia.id, pat.id];
        let answer =
            post(server.port(), "/api/inboxes", Some(owner), &edit("Back office", both.clone())).await;
        let back_office = answer.read::<InboxView>().id;
        let members = if is_member { both } else { vec![mia.id] };
        let path = format!("/api/inboxes/{main}");
        assert_eq!(post(server.port(), &path, Some(owner), &edit("Main", members)).await.status, 200);
        Office { server, pat, mia, main, back_office }
    }

    async fn becomes(&self, role: Role) -> Answer {
        let proof = ProofRequest { password: PASSWORD.into(), code: None };
        let path = format!("/api/agents/{}/role/{}", self.pat.id, role.text());
        post(self.server.port(), &path, Some(&self.server.owner().cookie), &proof).await
    }
}
