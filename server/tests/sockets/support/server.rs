//! The product as people run it: the binary on SQLite in a folder of its own, on a port that stays the same over
//! restarts, set up with an owner and a site.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use deskbell_shared::model::{AgentId, Right, Role, SiteLooks};
use deskbell_shared::protocol::api::{
    AgentTicket, InviteAccept, InviteRequest, InviteView, MeView, Nothing, ProofRequest, SetupRequest,
    SignInView, SiteEdit, SitesView, VisitorTicket, VisitorTicketRequest,
};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{http, patiently, random};

const EMAIL: &str = "olga@shop.example";
/// Everybody's.
pub const PASSWORD: &str = "correct horse battery";

/// One chat server. Dropping it kills it.
pub struct Server {
    program: Program,
    data: TempDir,
    port: u16,
    process: Option<Child>,
    said: Arc<Said>,
    owner: Account,
    site_key: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub id: AgentId,
    /// The session, as `name=value`.
    pub cookie: String,
}

#[derive(Default)]
struct Said {
    text: Mutex<String>,
    more: Notify,
}

impl Server {
    /// Starts the binary on an empty folder and sets it up.
    pub async fn start() -> Server {
        Server::start_with(Program::plain()).await
    }

    /// The same, run by another program.
    pub async fn start_with(program: Program) -> Server {
        let mut server = Server {
            program,
            data: tempfile::tempdir().expect("a folder for the data"),
            port: 0,
            process: None,
            said: Arc::default(),
            owner: Account { id: AgentId(0), cookie: String::new() },
            site_key: String::new(),
        };
        server.run().await;
        let link = server.said.until("/desk/setup#").await;
        let token = link.lines().next().unwrap_or_default().trim().to_owned();
        let set_up = SetupRequest {
            token,
            name: "Olga".to_owned(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
            site: SiteEdit {
                looks: SiteLooks {
                    name: "Shop".to_owned(),
                    colour: "#3355aa".to_owned(),
                    greeting: "Hello".to_owned(),
                    style: None,
                },
                origins: vec!["https://shop.example".to_owned()],
                inbox: None,
                inboxes: None,
            },
        };
        let answer = http::post(server.port, "/api/setup", None, &set_up).await;
        let me: MeView = answer.read();
        server.owner = Account { id: me.agent.id, cookie: answer.cookie().expect("a session") };
        let sites: SitesView = http::get(server.port, "/api/sites", Some(&server.owner.cookie)).await.read();
        server.site_key = sites.sites[0].key.clone();
        server
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The owner, signed in.
    pub fn owner(&self) -> &Account {
        &self.owner
    }

    /// The public key of the site.
    pub fn site_key(&self) -> &str {
        &self.site_key
    }

    /// The process, for those who watch it.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().expect("a running server").id()
    }

    /// The database, for those who look at it from outside.
    pub fn database(&self) -> PathBuf {
        self.data.path().join(deskbell_server::store::sqlite::DATABASE_FILE)
    }

    /// The data folder.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Another agent, signed in, member of every inbox.
    pub async fn agent(&self, name: &str) -> Account {
        self.person(name, Role::Agent).await
    }

    /// Somebody who signs in.
    pub async fn person(&self, name: &str, role: Role) -> Account {
        let email = format!("{name}@shop.example").to_lowercase();
        let proof = ProofRequest { password: PASSWORD.to_owned(), code: None };
        let invite = InviteRequest { email, role, proof: role.may(Right::SeeAll).then_some(proof) };
        let view: InviteView =
            http::post(self.port, "/api/invites", Some(&self.owner.cookie), &invite).await.read();
        let token = view.link.split('#').nth(1).expect("a secret in the link").to_owned();
        let accept = InviteAccept { token, name: name.to_owned(), password: PASSWORD.to_owned() };
        let answer = http::post(self.port, "/api/invites/accept", None, &accept).await;
        let me = answer.read::<SignInView>().me.expect("no code is asked for");
        Account { id: me.agent.id, cookie: answer.cookie().expect("a session") }
    }

    /// Takes an agent out of every inbox. There is no screen for that yet, so it is done in the database.
    pub fn exclude(&self, agent: &Account) {
        let database = rusqlite::Connection::open(self.database()).expect("opening the database");
        database.busy_timeout(super::PATIENCE).expect("patience");
        let gone = database.execute("DELETE FROM members WHERE agent = ?1", [agent.id.to_bytes().as_slice()]);
        assert_eq!(gone.expect("excluding an agent"), 1);
    }

    /// Ends the process as a power cut would, as far as it is concerned.
    pub fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        // Under a tracer the server is its child, and the tracer ends with it.
        let traced = children_of(process.id());
        for child in &traced {
            rustix::process::kill_process(*child, rustix::process::Signal::KILL).expect("killing the server");
        }
        if traced.is_empty() {
            process.kill().expect("killing the server");
        }
        process.wait().expect("waiting for the killed server");
    }

    /// Asks it to go, as an operator does.
    pub fn ask_to_go(&self) {
        let id = i32::try_from(self.process_id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .expect("a process");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
    }

    /// Waits until it has gone by itself.
    pub async fn gone(&mut self) {
        let mut process = self.process.take().expect("a running server");
        let ended = tokio::task::spawn_blocking(move || process.wait());
        let status = patiently("the server ends", ended).await.expect("a thread").expect("an ended process");
        assert!(status.success(), "{status}");
    }

    /// Starts it again, as it was, on the same folder and port.
    pub async fn run(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        self.said.text.lock().expect("words").clear();
        let mut process =
            self.program.command(self.data.path(), self.port).spawn().expect("starting the binary");
        listen(process.stdout.take().expect("its output"), self.said.clone());
        listen(process.stderr.take().expect("its log"), self.said.clone());
        self.process = Some(process);
        let rest = self.said.until("listens on http://localhost:").await;
        self.port = rest.lines().next().and_then(|port| port.trim().parse().ok()).expect("a port");
    }

    /// Everything it printed and logged since it was started.
    pub fn said(&self) -> String {
        self.said.text.lock().expect("words").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("what the server said:\n{}", self.said());
        }
    }
}

fn children_of(process: u32) -> Vec<rustix::process::Pid> {
    let list =
        std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .filter_map(rustix::process::Pid::from_raw)
        .collect()
}

/// Gets a visitor's ticket; with the token of an earlier one it is the same visitor. `None` while the server is away.
pub async fn visitor_ticket(port: u16, site_key: &str, token: Option<String>) -> Option<VisitorTicket> {
    use deskbell_shared::codec::Wire as _;
    let path = format!("/w/{site_key}/ticket");
    let body = VisitorTicketRequest { token, page: None }.to_text();
    let headers = http::own_page(port, None);
    let answer = http::try_send(port, http::Request { method: "POST", path: &path, headers, body }).await?;
    (answer.status == 200).then(|| answer.read())
}

/// Gets an agent's ticket. `None` while the server is away.
pub async fn agent_ticket(port: u16, cookie: &str) -> Option<String> {
    use deskbell_shared::codec::Wire as _;
    let headers = http::own_page(port, Some(cookie));
    let body = Nothing {}.to_text();
    let answer =
        http::try_send(port, http::Request { method: "POST", path: "/api/ticket", headers, body }).await?;
    (answer.status == 200).then(|| answer.read::<AgentTicket>().ticket)
}

/// A visitor token nobody has yet.
pub fn new_token() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>())
}

/// How the binary is run.
pub struct Program {
    before: Vec<String>,
    flags: Vec<String>,
}

impl Program {
    /// By itself.
    pub fn plain() -> Program {
        Program { before: Vec::new(), flags: Vec::new() }
    }

    /// By itself, with settings of its own.
    pub fn with(flags: &[&str]) -> Program {
        Program { before: Vec::new(), flags: flags.iter().map(|flag| (*flag).to_owned()).collect() }
    }

    /// For load on purpose: people who never tire, all behind one address.
    pub fn tireless() -> Program {
        Program::with(&[
            "--visitor-messages-burst=1000000",
            "--visitor-messages-per-minute=1000000",
            "--address-tickets-per-minute=1000000",
            "--address-starts-per-hour=1000000",
            "--address-messages-per-minute=1000000",
            "--connections-per-address-max=16000",
        ])
    }

    /// Under another program, such as a tracer.
    pub fn under(before: &[&str]) -> Program {
        Program { before: before.iter().map(|part| (*part).to_owned()).collect(), flags: Vec::new() }
    }

    fn command(&self, data: &Path, port: u16) -> Command {
        let binary = env!("CARGO_BIN_EXE_deskbell").to_owned();
        let words: Vec<String> = self.before.iter().cloned().chain([binary]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("serve").arg("--data").arg(data);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).args(&self.flags);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Said {
    /// What follows these words, once they were said and their line is whole.
    async fn until(&self, words: &str) -> String {
        patiently(&format!("the server says {words:?}"), async {
            loop {
                let more = self.more.notified();
                tokio::pin!(more);
                more.as_mut().enable();
                {
                    let text = self.text.lock().expect("words");
                    if let Some((_, rest)) = text.split_once(words) {
                        return rest.to_owned();
                    }
                }
                more.await;
            }
        })
        .await
    }
}

fn listen(stream: impl Read + Send + 'static, said: Arc<Said>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut text = said.text.lock().expect("words");
            text.push_str(&line);
            text.push('\n');
            drop(text);
            said.more.notify_waiters();
        }
    });
}
