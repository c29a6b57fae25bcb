//! `deskbell doctor` on things that are broken on purpose: each finding is seen once with its cause, and a healthy
//! server has none.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use deskbell_server::store::sqlite::{DATABASE_FILE, SCHEMA_VERSION, SqliteOptions, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[cfg(target_os = "linux")]
use crate::support::disk::Disk;
use crate::support::{Server, patiently};

/// What the doctor said.
struct Said {
    well: bool,
    json: Value,
}

impl Said {
    /// The findings of one check, each as all its words.
    fn of(&self, check: &str) -> Vec<String> {
        let findings = self.json["findings"].as_array().expect("findings");
        let of = findings.iter().filter(|finding| finding["check"] == check);
        of.map(|finding| {
            let word = |name: &str| finding[name].as_str().expect("words").to_owned();
            assert!(!word("why").is_empty() && !word("do").is_empty());
            format!("{} {} {}", word("wrong"), word("why"), word("do"))
        })
        .collect()
    }

    /// Exactly one finding of a check, with these words in it.
    #[track_caller]
    fn finds(&self, check: &str, words: &str) {
        let found = self.of(check);
        assert!(found.len() == 1 && found[0].contains(words), "{check}: {found:#?}\nall: {:#}", self.json);
        assert!(!self.well, "the exit code says so");
    }
}

async fn doctor(data: &Path, more: &[&str]) -> Said {
    let mut words =
        vec!["doctor", "--json", "--connections-max", "64", "--data", data.to_str().expect("a path")];
    words.extend(more);
    ask(Command::new(env!("CARGO_BIN_EXE_deskbell")).args(words)).await
}

async fn ask(command: &mut Command) -> Said {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().expect("starting the doctor");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
    let output = patiently("the doctor ends", ended).await.expect("a thread").expect("an end");
    let text = String::from_utf8_lossy(&output.stdout);
    let json = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    Said { well: output.status.success(), json }
}

/// A folder with a database, for its owner only.
fn data() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    SqliteStore::open(folder.path(), &SqliteOptions::default()).expect("a store");
    private(folder.path());
    folder
}

#[cfg(unix)]
fn allow(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("rights");
}

#[cfg(unix)]
fn private(path: &Path) {
    allow(path, 0o700);
}

#[cfg(not(unix))]
fn private(_: &Path) {}

fn database(data: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data.join(DATABASE_FILE)).expect("the database")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_server_has_no_findings() {
    let server = Server::start().await;
    let data = server.database().parent().expect("a folder").to_owned();
    private(&data);
    let url = format!("http://localhost:{}", server.port());
    let said = doctor(&data, &["--url", &url]).await;
    assert!(said.well, "{:#}", said.json);
    assert_eq!(said.json["ok"], true);
    let looked_at = ["folder", "disk", "database", "audit", "origins", "clock", "descriptors", "proxy"];
    assert_eq!(said.json["looked_at"], Value::from(looked_at.to_vec()));
    let words = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .args(["doctor", "--connections-max", "64", "--data", data.to_str().expect("a path")])
        .output()
        .expect("the doctor");
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.contains("nothing wrong with: folder"), "{words}");
    assert!(words.contains("not looked at: proxy (no address is known"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_without_data_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    doctor(&empty.path().join("nothing"), &[]).await.finds("database", "--data");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_and_keys_that_others_may_read_are_found() {
    let data = data();
    allow(data.path(), 0o755);
    doctor(data.path(), &[]).await.finds("folder", "mode 755");
    private(data.path());
    std::fs::write(data.path().join("form.key"), "k").expect("a key");
    allow(&data.path().join("form.key"), 0o644);
    doctor(data.path(), &[]).await.finds("folder", "form.key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_build_is_found() {
    let data = data();
    database(data.path()).pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("a version");
    doctor(data.path(), &[]).await.finds("database", "newer deskbell");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_none_is_found() {
    let data = data();
    std::fs::write(data.path().join(DATABASE_FILE), "no database at all. ".repeat(500)).expect("rubbish");
    let said = doctor(data.path(), &[]).await;
    said.finds("database", "is damaged");
    assert_eq!(said.json["skipped"][0]["check"], "audit");
    assert_eq!(said.json["skipped"][1]["check"], "origins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_ahead_is_seen_by_the_newest_row() {
    let server = Server::start().await;
    let mut visitor = crate::support::Raw::visitor(&server, &crate::support::server::new_token()).await;
    visitor.starts(&["hi"]).await;
    let data = server.database().parent().expect("a folder").to_owned();
    assert!(doctor(&data, &[]).await.of("clock").is_empty());
    let conn = database(&data);
    conn.busy_timeout(crate::support::PATIENCE).expect("patience");
    conn.execute("UPDATE conversations SET last_at = last_at + 3600000", []).expect("a later time");
    doctor(&data, &[]).await.finds("clock", "s in the future");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_differs_from_the_one_at_the_address_is_found() {
    let old = "HTTP/1.1 200 OK\r\ndate: Tue, 15 Nov 1994 08:12:31 GMT\r\ncontent-length: 3\r\n\r\nok\n";
    let address = says(old).await;
    let said = doctor(data().path(), &["--url", &format!("http://{address}")]).await;
    said.finds("clock", "ahead of");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_leads_elsewhere_or_nowhere_is_found() {
    let data = data();
    let address = says("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let said = doctor(data.path(), &["--url", &format!("http://{address}")]).await;
    said.finds("proxy", "not answered by this server (status 404)");
    let closed = free_port().await;
    let said = doctor(data.path(), &["--url", &format!("http://127.0.0.1:{closed}")]).await;
    said.finds("proxy", "cannot be reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_asked_for_only_where_it_is_not_allowed_is_found() {
    let server = Server::start().await;
    let data = server.database().parent().expect("a folder").to_owned();
    let conn = database(&data);
    conn.busy_timeout(crate::support::PATIENCE).expect("patience");
    let see = |origin: &str| {
        let sql = "INSERT INTO site_seen (site, origin, at) SELECT id, ?1, 1 FROM sites";
        conn.execute(sql, [origin]).expect("a sight");
    };
    see("https://www.shop.example");
    doctor(&data, &[]).await.finds("origins", "https://www.shop.example");
    see("https://shop.example");
    assert!(doctor(&data, &[]).await.of("origins").is_empty(), "the allowed one was seen too");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_open_files_below_the_connections_is_found() {
    let data = data();
    let binary = env!("CARGO_BIN_EXE_deskbell");
    let script = format!(
        "ulimit -n 200 && exec {binary} doctor --json --connections-max 1000 --data {}",
        data.path().display()
    );
    ask(Command::new("sh").args(["-c", &script])).await.finds("descriptors", "LimitNOFILE=1128");
}

/// On a file system of its own, which takes root to make.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_a_nearly_full_and_a_read_only_disk_are_found() {
    let Some(disk) = Disk::mounted() else {
        eprintln!("skipped: mounting a small disk takes root");
        return;
    };
    SqliteStore::open(&disk.data(), &SqliteOptions::default()).expect("a store");
    doctor(&disk.data(), &[]).await.finds("disk", "nearly full");
    let fill = vec![0; 64 * 1024];
    let mut file = std::fs::File::create(disk.path().join("fill")).expect("a file");
    while std::io::Write::write_all(&mut file, &fill).is_ok() {}
    drop(file);
    doctor(&disk.data(), &[]).await.finds("disk", "is full");
    disk.remounted_read_only();
    doctor(&disk.data(), &[]).await.finds("disk", "is read-only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_is_judged_by_what_comes_through_it() {
    let behind = Behind::start().await;
    for (kind, words) in [
        (Kind::Passes, None),
        (Kind::DropsUpgrade, Some("does not get through")),
        (Kind::HoldsBack, Some("held back")),
        (Kind::Closes, Some("closed before a frame")),
    ] {
        let proxy = tokio::spawn(proxy(behind.proxy.clone(), behind.server, kind));
        let said = doctor(&behind.data, &["--url", &behind.url]).await;
        match words {
            None => assert!(said.well, "{:#}", said.json),
            Some(words) => said.finds("proxy", words),
        }
        proxy.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_know_its_address_is_found() {
    let behind = Behind::start().await;
    let url = format!("http://127.0.0.1:{}", behind.server.port());
    doctor(&behind.data, &["--url", &url]).await.finds("proxy", "--public-url");
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Passes,
    /// Speaks to the server as if no upgrade had been asked for.
    DropsUpgrade,
    /// Passes on what the server says only when the server has finished.
    HoldsBack,
    /// Ends the connection once it is upgraded.
    Closes,
}

async fn proxy(listener: std::sync::Arc<TcpListener>, server: SocketAddr, kind: Kind) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        tokio::spawn(pass(client, server, kind));
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, kind: Kind) -> Option<()> {
    let mut server = TcpStream::connect(server).await.ok()?;
    let head = head(&mut client).await?;
    let upgrade = head.contains("upgrade: websocket") || head.contains("Upgrade: websocket");
    let said = match kind {
        Kind::DropsUpgrade => {
            let hop = |line: &&str| {
                let line = line.to_lowercase();
                !line.starts_with("upgrade:") && !line.starts_with("connection:")
            };
            let lines: Vec<&str> = head.trim_end().split("\r\n").filter(hop).collect();
            format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n"))
        }
        _ => head,
    };
    server.write_all(said.as_bytes()).await.ok()?;
    if !upgrade || matches!(kind, Kind::Passes | Kind::DropsUpgrade) {
        tokio::io::copy_bidirectional(&mut client, &mut server).await.ok()?;
        return Some(());
    }
    let answer = self::head(&mut server).await?;
    client.write_all(answer.as_bytes()).await.ok()?;
    if matches!(kind, Kind::Closes) {
        return Some(());
    }
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut held = Vec::new();
    let (_, _) =
        tokio::join!(tokio::io::copy(&mut from_client, &mut to_server), from_server.read_to_end(&mut held));
    to_client.write_all(&held).await.ok()
}

/// What comes up to the empty line.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// A server that is reached by the address of a proxy.
struct Behind {
    process: Child,
    server: SocketAddr,
    proxy: std::sync::Arc<TcpListener>,
    url: String,
    data: PathBuf,
    _folder: TempDir,
}

impl Behind {
    async fn start() -> Behind {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://localhost:{}", proxy.local_addr().expect("a port").port());
        let server: SocketAddr = ([127, 0, 0, 1], free_port().await).into();
        let mut process = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        process
            .args(["serve", "--listen", &server.to_string(), "--public-url", &url])
            .arg("--data")
            .arg(&data);
        let process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
        let up = async {
            while TcpStream::connect(server).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        patiently("the server listens", up).await;
        Behind { process, server, proxy: std::sync::Arc::new(proxy), url, data, _folder: folder }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody has for the moment.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("a port").port()
}

/// Somebody who gives one answer to everything.
async fn says(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("a port");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if head(&mut stream).await.is_some() {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    address
}

/// What the mail server itself does wrong is tried beside the check; here, that the command goes there and what it finds
/// on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_not_there_is_found() {
    let data = data();
    let closed = free_port().await.to_string();
    let mail = ["--smtp-from", "chat@shop.example", "--smtp-tls", "none", "--smtp-host"];
    let there = [&mail[..], &["127.0.0.1", "--smtp-port", &closed]].concat();
    doctor(data.path(), &there).await.finds("mail", "takes no connection");
    let tls = ["--smtp-from", "chat@shop.example", "--smtp-host", "mail.deskbell.invalid"];
    doctor(data.path(), &tls).await.finds("mail", "cannot be resolved");
    let said = doctor(data.path(), &[]).await;
    assert!(said.of("mail").is_empty(), "none is set up");
}
