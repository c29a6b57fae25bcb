//! The audit trail as its readers meet it: what every deed leaves, what it does not say, and the commands about it.

use std::process::{Command, Output};

use deskbell_server::http::routes::{ROUTES, Verb};
use deskbell_server::store::sqlite::DATABASE_FILE;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    Availability, InboxId, Role, SiteLooks, SiteView, TagColour, TagView, VisitorId,
};
use deskbell_shared::protocol::api::{
    AuditCheckView, AuditPage, AuditView, BlockRequest, ConversationCard, InboxEdit, InboxIdentityEdit,
    InboxView, InboxesView, InviteAccept, InviteRequest, InviteView, LoginRequest, NewSiteSecret,
    OutcomeEdit, OutcomesEdit, PasswordEdit, ProfileEdit, ProofRequest, RetentionEdit, SignInView, SiteEdit,
    SiteSecretDrop, TagEdit,
};

use crate::support::http::{Answer, Request, get, own_page, post, send};
use crate::support::server::{Account, PASSWORD, new_token};
use crate::support::{Raw, Server};

/// What a route that changes something leaves in the trail; a route without an answer fails the test.
fn leaves(path: &str) -> Option<&'static [&'static str]> {
    Some(match path {
        "/api/setup" => &["set_up", "signed_in"],
        "/api/login" => &["signed_in"],
        // With a recovery code, `recovery_code_used` before it.
        "/api/login/code" => &["signed_in"],
        // Nothing is on before the code of the app is shown.
        "/api/me/second-step/begin" => &[],
        "/api/me/second-step/on" => &["second_step_on"],
        "/api/me/second-step/off" | "/api/agents/:id/second-step/off" => &["second_step_off"],
        "/api/me/second-step/codes" => &["recovery_codes_made"],
        // A reset leaves `password_reset` instead.
        "/api/invites/accept" => &["joined", "signed_in"],
        "/api/invites" => &["invited"],
        "/api/me" | "/api/me/picture" => &["profile_changed"],
        "/api/me/password" => &["password_changed"],
        "/api/sites" => &["site_added"],
        "/api/sites/:id" => &["site_changed"],
        "/api/inboxes" => &["inbox_added"],
        "/api/inboxes/:id" => &["inbox_changed"],
        "/api/agents/:id/role/:role" => &["role_changed"],
        "/api/tags" => &["tag_added"],
        "/api/tags/:id" => &["tag_changed"],
        "/api/inboxes/:id/outcomes" => &["outcomes_changed"],
        "/api/agents/:id/deactivate" => &["agent_deactivated"],
        "/api/agents/:id/reactivate" => &["agent_reactivated"],
        "/api/sites/:id/identity/secrets" => &["site_secret_made"],
        "/api/sites/:id/identity/drop" => &["site_secret_dropped"],
        "/api/inboxes/:id/identity" => &["inbox_admission_changed"],
        "/api/retention" => &["retention_changed"],
        "/api/visitors/:id/block" => &["visitor_blocked"],
        "/api/visitors/:id/unblock" => &["visitor_unblocked"],
        "/api/visitors/:id/erase" | "/w/:key/forget" => &["visitor_erased"],
        // Ends of sessions, tickets, looks at what is not saved, and what people write and send themselves.
        "/w/:key/identify" | "/w/:key/logout" => &[],
        "/api/logout"
        | "/api/logout-everywhere"
        | "/api/me/sessions/:id/end"
        | "/api/ticket"
        | "/w/:key/ticket" => &[],
        "/api/sites/:id/preview" | "/api/pictures" | "/api/retention/due" | "/csp-report" => &[],
        "/api/snippets"
        | "/api/snippets/:id"
        | "/api/snippets/:id/forget"
        | "/api/snippets/:id/used"
        | "/api/views"
        | "/api/views/:id"
        | "/api/views/:id/forget"
        | "/api/upload" => &[],
        "/w/:key/plain" | "/w/:key/upload" | "/w/:key/file/:id" | "/w/:key/transcript" => &[],
        // What was found is noted when it is opened.
        "/mail/stop/:token" | "/api/search" => &[],
        _ => return None,
    })
}

/// The reader of a server's trail.
struct Trail<'a> {
    server: &'a Server,
    read: i64,
}

impl Trail<'_> {
    async fn page(&self, path: &str) -> AuditPage {
        get(self.server.port(), path, Some(&self.server.owner().cookie)).await.read()
    }

    /// Rows since the last look, oldest first.
    async fn rows(&mut self) -> Vec<AuditView> {
        let mut rows = self.page("/api/audit").await.rows;
        rows.retain(|row| row.number > self.read);
        rows.reverse();
        self.read = rows.last().map_or(self.read, |row| row.number);
        rows
    }

    /// What was noted since the last look.
    async fn left(&mut self) -> Vec<String> {
        self.rows().await.into_iter().map(|row| row.what).collect()
    }

    /// Does what a route is for, and sees what it leaves.
    async fn by(&mut self, who: &Account, path: &str, route: &str, body: &impl Wire) -> Answer {
        let answer = post(self.server.port(), path, Some(&who.cookie), body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(self.left().await, leaves(route).expect("an answer"), "{path}");
        answer
    }
}

#[test]
fn every_route_that_changes_something_says_what_it_leaves() {
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Post) {
        assert!(leaves(route.path).is_some(), "{}: add it to `leaves`", route.path);
    }
}

fn site(name: &str, inbox: Option<InboxId>) -> SiteEdit {
    let (colour, greeting) = ("#3355aa".to_owned(), "Hello".to_owned());
    let looks = SiteLooks { name: name.to_owned(), colour, greeting, style: None };
    SiteEdit { looks, origins: vec!["https://tea.example".to_owned()], inbox, inboxes: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_owners_change_leaves_one_row_each() {
    let server = Server::start().await;
    let mut trail = Trail { server: &server, read: 0 };
    let owner = server.owner();
    assert_eq!(trail.left().await, ["set_up", "signed_in"]);
    let made: SiteView = trail.by(owner, "/api/sites", "/api/sites", &site("Tea", None)).await.read();
    let path = format!("/api/sites/{}", made.id);
    trail.by(owner, &path, "/api/sites/:id", &site("Teas", None)).await;
    let again = post(server.port(), &path, Some(&owner.cookie), &site("Teas", None)).await;
    assert_eq!((again.status, trail.left().await.len()), (200, 0), "nothing was changed");
    let edit = |name: &str, members: &[_]| InboxEdit {
        name: name.into(),
        members: members.to_vec(),
        hours: None,
        routing: None,
    };
    let (secrets, drop) = ([&path, "/identity/secrets"].concat(), [&path, "/identity/drop"].concat());
    let asked = ProofRequest { password: PASSWORD.into(), code: None };
    let secret: NewSiteSecret =
        trail.by(owner, &secrets, "/api/sites/:id/identity/secrets", &asked).await.read();
    trail.by(owner, &drop, "/api/sites/:id/identity/drop", &SiteSecretDrop { id: secret.id }).await;
    let made: InboxView = trail.by(owner, "/api/inboxes", "/api/inboxes", &edit("Press", &[])).await.read();
    let path = format!("/api/inboxes/{}", made.id);
    trail.by(owner, &path, "/api/inboxes/:id", &edit("Press", &[owner.id])).await;
    let path = format!("/api/inboxes/{}/outcomes", made.id);
    let outcomes = vec![OutcomeEdit { id: None, name: "bug".to_owned() }];
    let outcomes = OutcomesEdit { outcomes, is_required: true };
    trail.by(owner, &path, "/api/inboxes/:id/outcomes", &outcomes).await;
    let tag = TagEdit { name: "billing".to_owned(), colour: TagColour::Red, is_archived: false };
    let tag: TagView = trail.by(owner, "/api/tags", "/api/tags", &tag).await.read();
    let path = format!("/api/tags/{}", tag.id);
    let put_away = TagEdit { name: tag.name, colour: tag.colour, is_archived: true };
    trail.by(owner, &path, "/api/tags/:id", &put_away).await;
    assert_eq!(post(server.port(), &path, Some(&owner.cookie), &put_away).await.status, 200);
    assert_eq!(trail.left().await.len(), 0, "it was so already");
    let path = format!("/api/inboxes/{}/identity", made.id);
    trail.by(owner, &path, "/api/inboxes/:id/identity", &InboxIdentityEdit { verified_only: true }).await;
    let retention = RetentionEdit { inbox: made.id, messages_days: Some(30), files_days: None };
    trail.by(owner, "/api/retention", "/api/retention", &retention).await;

    let invite = InviteRequest { email: "mia@shop.example".into(), role: Role::Agent, proof: None };
    let view: InviteView = trail.by(owner, "/api/invites", "/api/invites", &invite).await.read();
    let token = view.link.split('#').nth(1).expect("a secret").to_owned();
    let accept = InviteAccept { token, name: "Mia".into(), password: PASSWORD.into() };
    let answer = post(server.port(), "/api/invites/accept", None, &accept).await;
    assert_eq!(trail.left().await, leaves("/api/invites/accept").expect("an answer"));
    let me = answer.read::<SignInView>().me.expect("no code is asked for");
    let mia = Account { id: me.agent.id, cookie: answer.cookie().expect("a session") };
    trail.by(&mia, "/api/me", "/api/me", &ProfileEdit { name: "Mia M".into() }).await;
    let (current, new) = (PASSWORD.to_owned(), "seven small stones".to_owned());
    trail.by(&mia, "/api/me/password", "/api/me/password", &PasswordEdit { current, new }).await;
    let (current, new) = ("not this one".to_owned(), "seven small stones".to_owned());
    post(server.port(), "/api/me/password", Some(&mia.cookie), &PasswordEdit { current, new }).await;
    assert_eq!(trail.left().await, ["proof_failed"]);
    let (path, proof) =
        (format!("/api/agents/{}", mia.id), ProofRequest { password: PASSWORD.into(), code: None });
    let role = format!("{path}/role/supervisor");
    trail.by(owner, &role, "/api/agents/:id/role/:role", &proof).await;
    let row = trail.page("/api/audit").await.rows.remove(0);
    assert_eq!((row.target_id, row.detail.as_deref()), (Some(mia.id.to_hex()), Some("supervisor")));
    // What somebody is already is no deed.
    post(server.port(), &role, Some(&owner.cookie), &proof).await;
    assert_eq!(trail.left().await.len(), 0);
    trail.by(owner, &format!("{path}/deactivate"), "/api/agents/:id/deactivate", &proof).await;
    post(server.port(), &format!("{path}/reactivate"), Some(&owner.cookie), &proof).await;
    let row = trail.rows().await.remove(0);
    assert_eq!((row.what.as_str(), row.actor.as_str()), ("agent_reactivated", "agent"));
    assert_eq!(row.actor_id, Some(owner.id.to_hex()));
    assert_eq!((row.target.as_deref(), row.target_id), (Some("agent"), Some(mia.id.to_hex())));
    assert_eq!(row.network.as_deref(), Some("127.0.0.0/24"));
    let inboxes: InboxesView = get(server.port(), "/api/inboxes", Some(&owner.cookie)).await.read();
    assert_eq!((inboxes.inboxes.len(), trail.left().await.len()), (3, 0), "reading settings is no deed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_or_not_leaves_a_row() {
    let server = Server::start().await;
    let mut trail = Trail { server: &server, read: 0 };
    trail.left().await;
    let login = |email: &str, password: &str| LoginRequest { email: email.into(), password: password.into() };
    post(server.port(), "/api/login", None, &login("olga@shop.example", PASSWORD)).await;
    assert_eq!(trail.left().await, ["signed_in"]);
    for tries in 0..5 {
        post(server.port(), "/api/login", None, &login("olga@shop.example", "wrong horse")).await;
        let row = trail.rows().await.remove(0);
        assert_eq!((row.what.as_str(), row.actor.as_str()), ("sign_in_failed", "nobody"), "{tries}");
        assert_eq!(row.target_id, Some(server.owner().id.to_hex()));
    }
    for _ in 0..3 {
        let answer = post(server.port(), "/api/login", None, &login("olga@shop.example", PASSWORD)).await;
        assert_eq!(answer.status, 429);
    }
    assert_eq!(trail.left().await, ["sign_in_locked"], "one for each wait");
    post(server.port(), "/api/login", None, &login("a-password-by-mistake", "wrong horse")).await;
    let row = trail.rows().await.remove(0);
    assert_eq!((row.what.as_str(), row.target, row.detail), ("sign_in_failed", None, None));

    let reset = output(deskbell(&["user", "reset", "olga@shop.example"], &server));
    assert_eq!(trail.left().await, ["reset_link_made"]);
    let said = String::from_utf8_lossy(&reset.stdout).into_owned();
    let token = said.split('#').nth(1).expect("a secret").trim().to_owned();
    let accept = InviteAccept { token, name: String::new(), password: "seven small stones".into() };
    let answer = post(server.port(), "/api/invites/accept", None, &accept).await;
    let mut owner = server.owner().clone();
    owner.cookie = answer.cookie().expect("a session");
    let page: AuditPage = get(server.port(), "/api/audit", Some(&owner.cookie)).await.read();
    let newest: Vec<&str> = page.rows.iter().take(2).map(|row| row.what.as_str()).collect();
    assert_eq!(newest, ["signed_in", "password_reset"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_at_what_is_not_ones_own_leaves_a_row_a_day() {
    let server = Server::start().await;
    let mut trail = Trail { server: &server, read: 0 };
    let (mia, ben) = (server.agent("Mia").await, server.agent("Ben").await);
    for agent in [&mia, &ben] {
        // Nothing is given to them that they do not take.
        Raw::agent(&server, agent).await.chooses(Availability::Busy, None).await;
    }
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["canary-7be1"]).await;
    visitor.transcript(conversation).await;
    trail.left().await;
    Raw::agent(&server, &mia).await.transcript(conversation).await;
    let row = trail.rows().await.remove(0);
    assert_eq!((row.what.as_str(), row.actor_id), ("conversation_viewed", Some(mia.id.to_hex())));
    assert_eq!(row.target_id, Some(conversation.to_hex()));
    Raw::agent(&server, &mia).await.transcript(conversation).await;
    assert_eq!(trail.left().await, [""; 0], "once a day, whatever session");
    let mut ben_at_work = Raw::agent(&server, &ben).await;
    ben_at_work.claims(conversation).await;
    ben_at_work.transcript(conversation).await;
    let rows = trail.rows().await;
    assert!(rows.is_empty(), "it is his: {rows:?} {} {}", mia.id, ben.id);
    let outsider = server.agent("Out").await;
    server.exclude(&outsider);
    trail.left().await;
    let path = format!("/api/conversations/{conversation}/transcript");
    assert_eq!(get(server.port(), &path, Some(&outsider.cookie)).await.status, 404);
    assert_eq!(trail.left().await, [""; 0], "what is refused is no deed");
    for _ in 0..2 {
        assert_eq!(get(server.port(), &path, Some(&ben.cookie)).await.status, 200);
        assert_eq!(trail.left().await, ["transcript_taken"], "every time, and of one's own too");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_visitors_leaves_a_row_without_a_word_of_theirs() {
    const CANARIES: [&str; 5] = ["canary-91ab", "canary-rude", "ann@canary.example", "127.0.0.1", "Mia"];
    let server = Server::start().await;
    let mut trail = Trail { server: &server, read: 0 };
    let mia = server.agent("Mia").await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["canary-91ab"]).await;
    let id = visitor.id();
    let address = "ann@canary.example".to_owned();
    visitor.say(&deskbell_shared::protocol::Command::LeaveAddress { id, conversation, address }).await;
    visitor.reply(id).await;
    let path = format!("/api/conversations/{conversation}");
    let card: ConversationCard = get(server.port(), &path, Some(&mia.cookie)).await.read();
    let ann: VisitorId = card.summary.visitor.id;
    trail.left().await;
    let block = BlockRequest { reason: "canary-rude".into(), for_seconds: 3600 };
    trail.by(&mia, &format!("/api/visitors/{ann}/block"), "/api/visitors/:id/block", &block).await;
    let nothing = deskbell_shared::protocol::api::Nothing {};
    trail.by(&mia, &format!("/api/visitors/{ann}/unblock"), "/api/visitors/:id/unblock", &nothing).await;
    let (owner, path) = (server.owner(), format!("/api/visitors/{ann}/erase"));
    let erase = |password: &str| ProofRequest { password: password.into(), code: None };
    post(server.port(), &path, Some(&owner.cookie), &erase("wrong horse")).await;
    assert_eq!(trail.left().await, ["proof_failed"]);
    trail.by(owner, &path, "/api/visitors/:id/erase", &erase(PASSWORD)).await;

    let token = new_token();
    Raw::visitor(&server, &token).await.starts(&["canary-91ab"]).await;
    let path = format!("/w/{}/forget", server.site_key());
    for expected in [1, 0] {
        let mut headers = own_page(server.port(), None);
        headers.push(("x-deskbell-visitor", token.clone()));
        let asked = Request { method: "POST", path: &path, headers, body: "{}".to_owned() };
        assert_eq!(send(server.port(), asked).await.status, 200);
        let rows = trail.rows().await;
        assert_eq!(rows.len(), expected, "nobody fills the trail by asking again");
        for row in rows {
            assert_eq!((row.what.as_str(), row.actor.as_str()), ("visitor_erased", "visitor"));
            assert_eq!(row.network, None, "nothing of where a visitor is");
        }
    }
    let all = trail.page("/api/audit").await.to_text();
    let shown = output(deskbell(&["audit", "show"], &server));
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for canary in CANARIES {
        assert!(!all.contains(canary) && !shown.contains(canary), "{canary} stands in the trail");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_show_and_judge_the_trail() {
    let mut server = Server::start().await;
    let verify =
        |server: &Server, more: &[&str]| output(deskbell(&[&["audit", "verify"], more].concat(), server));
    let done = verify(&server, &[]);
    assert!(done.status.success(), "{done:?}");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let head = said.split("head: ").nth(1).expect("a head").trim().to_owned();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let (first, second) = (elsewhere.path().join("1.tar"), elsewhere.path().join("2.tar"));
    let backs_up = |server: &Server, file: &std::path::Path| {
        output(deskbell(&["backup", file.to_str().expect("a path of letters")], server))
    };
    assert!(backs_up(&server, &first).status.success());
    let whats = |server: &Server| -> Vec<String> {
        let shown = output(deskbell(&["audit", "show", "--after", "2"], server));
        let rows = String::from_utf8_lossy(&shown.stdout).into_owned();
        rows.lines().map(|line| AuditView::from_text(line).expect("a row").what).collect()
    };
    assert_eq!(whats(&server), ["backup_made"], "by the server that runs");
    server.kill();
    assert!(backs_up(&server, &second).status.success());
    assert_eq!(whats(&server), ["backup_made", "backup_made"], "by the command itself");
    assert!(verify(&server, &["--head", &head]).status.success());
    let file = second.to_str().expect("a path of letters");
    assert!(output(deskbell(&["restore", file], &server)).status.success());
    assert_eq!(whats(&server), ["backup_made", "backup_made", "restored"]);
    assert!(verify(&server, &["--head", &head]).status.success());

    let database = rusqlite::Connection::open(server.data().join(DATABASE_FILE)).expect("the database");
    database.execute_batch("DROP TRIGGER audit_is_not_changed").expect("no trigger");
    database.execute("UPDATE audit SET what = 'invited' WHERE number = 2", []).expect("a change");
    let done = verify(&server, &[]);
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("row 2 of the audit trail"), "{done:?}");
    let doctor = output(deskbell(&["doctor"], &server));
    assert!(
        String::from_utf8_lossy(&doctor.stdout).contains("audit: row 2 of the audit trail"),
        "{doctor:?}"
    );
    server.run().await;
}

fn deskbell(args: &[&str], server: &Server) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.args(args).arg("--data").arg(server.data());
    command
}

fn output(mut command: Command) -> Output {
    command.output().expect("running the binary")
}

/// Owners look for somebody's deeds, have the trail looked through, and take it away; the last leaves a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_search_check_and_take_the_trail_away() {
    let server = Server::start().await;
    let mut trail = Trail { server: &server, read: 0 };
    let (owner, mia) = (server.owner(), server.agent("Mia").await);
    let port = server.port();
    let of = async |path: &str| -> Vec<String> {
        let page: AuditPage = get(port, &format!("/api/audit/{path}"), Some(&owner.cookie)).await.read();
        assert_eq!(page.earlier, None);
        page.rows.into_iter().map(|row| row.what).collect()
    };
    assert_eq!(of(&format!("all/{}/all", mia.id)).await, ["signed_in", "joined"]);
    assert_eq!(of("all/all/set_up").await, ["set_up"]);
    assert_eq!(of(&format!("all/{}/set_up", mia.id)).await, [""; 0]);
    for nonsense in ["x/all/all", "all/x/all", "all/all/nothing_of_ours"] {
        let answer = get(port, &format!("/api/audit/{nonsense}"), Some(&owner.cookie)).await;
        assert_eq!(answer.status, 404, "{nonsense}");
    }
    let newest = trail.rows().await.pop().expect("a row");
    let check =
        async || -> AuditCheckView { get(port, "/api/audit/check", Some(&owner.cookie)).await.read() };
    let found = check().await;
    assert_eq!((found.rows, found.first, found.flaw), (newest.number, 1, None));
    assert_eq!(found.head, Some(format!("{}:{}", newest.number, newest.hash)));

    let file = get(port, "/api/audit/file", Some(&owner.cookie)).await;
    let lines: Vec<AuditView> = file.body.lines().map(|line| AuditView::from_text(line).unwrap()).collect();
    assert_eq!(lines.len() as i64, newest.number + 1, "all of it, and that it was taken");
    assert_eq!(lines.first().map(|row| row.what.as_str()), Some("trail_taken"));
    assert_eq!(trail.left().await, ["trail_taken"]);

    // Somebody at the database: the last row is gone, and with it the one that would know.
    let conn = rusqlite::Connection::open(server.data().join(DATABASE_FILE)).unwrap();
    conn.execute_batch("DROP TRIGGER audit_is_cut_at_its_end; DELETE FROM audit WHERE what = 'trail_taken'")
        .unwrap();
    let found = check().await;
    assert_eq!((found.head, found.flaw_at), (None, Some(newest.number + 1)), "{:?}", found.flaw);
}
