//! Load on purpose, on one machine: what an idle visitor costs in memory, and how many messages a second are stored
//! durably and delivered, beside the least that could do the same work. Prints numbers; decides nothing.
//!
//! ```text
//! cargo run --release -p deskbell-server --example load -- idle [VISITORS]
//! cargo run --release -p deskbell-server --example load -- relay [PAIRS] [SECONDS]
//! cargo run --release -p deskbell-server --example load -- hostile [HELLOS] [SECONDS]
//! ```
//! `idle` and `hostile` run the binary itself (build it first: `cargo build --release -p deskbell-server`). `relay` runs the
//! relay, the log and the store in a process of their own, with the limits on people lifted; the handshake over HTTP
//! is left out, as it is for the baseline.

#![allow(missing_docs)]

mod baseline;
mod bombs;
mod child;
mod hostile;
mod idle;
mod pairs;
mod served;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| args.get(at).map_or(Ok(default), |text| text.parse());
    // One thread for the load: the other core is the server's.
    let load = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let serve = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match args.first().map(String::as_str) {
        Some("idle") => load()?.block_on(idle::measure(number(1, 5_000)?)),
        Some("relay") => load()?.block_on(pairs::compare(number(1, 200)?, number(2, 10)?)),
        Some("hostile") => load()?.block_on(hostile::measure(number(1, 50_000)?, number(2, 30)?)),
        Some("serve-deskbell") => serve()?.block_on(served::serve(number(1, 0)?)),
        Some("serve-baseline") => serve()?.block_on(baseline::serve()),
        _ => bail!("say `idle [VISITORS]`, `relay [PAIRS] [SECONDS]` or `hostile [HELLOS] [SECONDS]`"),
    }
}
