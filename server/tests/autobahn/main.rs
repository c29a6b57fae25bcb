//! The connection code of the product against Autobahn's cases for WebSocket servers, played by `kosoku`: an echo
//! over the same `Socket` that the relay uses, with its limits lifted as the cases need it. Nothing else is in it.
//!
//! `cargo xtask test` brings kosoku and says where it lies; without it the test fails and says how to run it.

use std::process::Command;

use bytes::Bytes;
use deskbell_server::relay::socket::{End, Limits, Socket};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;

/// The longest message of the cases is 16 MiB, the most pieces are 2^18.
const LIFTED: Limits = Limits { message_bytes_max: 32 << 20, pieces_max: 1 << 20 };
/// Compression is never agreed to, so that there is nothing to inflate: its cases have nothing to judge.
const COMPRESSION: [&str; 2] = ["12.*", "13.*"];
/// Cases outside compression that the runner has, so that a run that played none cannot pass.
const CASES_MIN: usize = 240;

const PLAY: &str = r#"
import asyncio, sys
from kosoku import FailureError, run_fuzzingclient

async def play():
    try:
        results = await run_fuzzingclient(sys.argv[1], None, sys.argv[2:], concurrency=8)
    except FailureError as failure:
        results = failure.results
        print(failure)
    for case in results:
        print("case", case.case_id, case.behavior.value, case.behavior_close.value, sep="\t")

asyncio.run(play())
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn autobahn_finds_nothing() {
    let kosoku = std::env::var("DESKBELL_KOSOKU").expect(
        "DESKBELL_KOSOKU names the folder with kosoku; `cargo xtask test --only conformance` sets it",
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });

    let mut python = Command::new("python3");
    python.args(["-c", PLAY, &address]).args(COMPRESSION).env("PYTHONPATH", kosoku);
    let output = tokio::task::spawn_blocking(move || python.output()).await.expect("a thread");
    let output = output.expect("python3, which kosoku needs");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");

    let cases: Vec<Vec<&str>> =
        said.lines().filter_map(|line| Some(line.strip_prefix("case\t")?.split('\t').collect())).collect();
    assert!(cases.len() >= CASES_MIN, "only {} cases were played:\n{said}{complaint}", cases.len());
    let good = |verdict: &str| matches!(verdict, "OK" | "INFORMATIONAL" | "NON-STRICT");
    let failed: Vec<_> = cases.iter().filter(|case| !good(case[1]) || !good(case[2])).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let strict = cases.iter().filter(|case| case[1] != "NON-STRICT").count();
    println!("{} cases, {strict} of them to the letter, none failed", cases.len());
}

async fn echo(mut stream: TcpStream) {
    if shake_hands(&mut stream).await.is_none() {
        return;
    }
    let mut socket = Socket::new(stream, LIFTED).await;
    let end = loop {
        let (kind, message) = match socket.message().await {
            Ok(Message::Text(text)) => (Data::Text, Bytes::from(text)),
            Ok(Message::Binary(bytes)) => (Data::Binary, bytes),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
            Ok(Message::Close(_)) => break End::Gone,
            Err(end) => break end,
        };
        let sent = match socket.put_as(kind, message).await {
            Ok(()) => socket.flush().await,
            Err(end) => Err(end),
        };
        if let Err(end) = sent {
            break end;
        }
    };
    socket.finish(end).await;
}

/// The opening handshake is hyper's in the product. Byte by byte, so that no byte of a frame is swallowed.
async fn shake_hands(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    let request = String::from_utf8(request).ok()?;
    let mut headers = request.lines().filter_map(|line| line.split_once(':'));
    let (_, key) = headers.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))?;
    let accept = derive_accept_key(key.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.ok()
}
