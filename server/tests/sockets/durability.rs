//! Durable before acknowledged, seen from outside: the server runs under `strace`, and between the arrival of a
//! message and the bytes of its acknowledgement lies a flush of the database to the disk.

#![cfg(target_os = "linux")]

use std::collections::HashSet;

use deskbell_shared::model::Draft;
use deskbell_shared::protocol::{Command, Frame};

use crate::support::raw::draft;
use crate::support::server::{Program, new_token};
use crate::support::{Heard, Raw, Server};

/// Batches sent one after the other.
const BATCHES: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledgement_comes_after_a_flush() {
    assert!(
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join("strace").exists())),
        "this test watches system calls with strace, which is not installed; on Debian: apt-get install strace"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    let calls = "trace=fdatasync,fsync,write,writev,sendto,sendmsg,recvfrom,read";
    let file = trace.to_str().expect("a path").to_owned();
    let mut server =
        Server::start_with(Program::under(&["strace", "-f", "-y", "-s", "96", "-e", calls, "-o", &file]))
            .await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    // Agents may write as much as this.
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.claims(conversation).await;
    for id in 0..BATCHES as u32 {
        let messages: Vec<Draft> = (0..4).map(|_| draft("x")).collect();
        agent.say(&Command::Send { id: 7_000 + id, conversation, messages }).await;
        let acked = agent.reply(7_000 + id).await;
        assert!(matches!(acked, Heard::Frame(Frame::Acked { refused: None, .. })), "{acked:?}");
    }
    server.kill();
    let (mut flushes, mut acked, mut flushing) = (0, 0, HashSet::new());
    for line in std::fs::read_to_string(&trace).expect("the trace").lines() {
        let (thread, call) = line.split_once(' ').unwrap_or_default();
        let ends = call.trim_end().ends_with("= 0");
        if call.contains("fdatasync") || call.contains("fsync") {
            // A call during which others were seen stands on two lines, and only the first names the file.
            if call.contains("-wal>") {
                flushing.insert(thread);
            }
            if ends && flushing.remove(thread) {
                flushes += 1;
            }
        } else if call.contains(r#"{\"frame\":\"acked\",\"id\":70"#) {
            assert!(flushes > 0, "acknowledged without a flush since the last acknowledgement: {line}");
            flushes = 0;
            acked += 1;
        }
    }
    assert_eq!(acked, BATCHES, "the trace shows every acknowledgement");
}
