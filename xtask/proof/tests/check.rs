//! `faults check`: a history that proves nothing is no good history.

#![cfg(target_os = "linux")]

use std::process::Command;

#[test]
fn a_history_without_rows_or_acks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.jsonl");
    for content in ["", "{\"at_ms\":1,\"what\":\"healed\"}\n"] {
        std::fs::write(&file, content).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_deskbell-proof")).args(["faults", "check"]).arg(&file).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(said.contains("it proves nothing"), "{said}");
    }
}
