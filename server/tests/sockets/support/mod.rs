//! What the stories stand on: the real binary on a folder of its own, HTTP by hand, people who drive the product's
//! own session over a real socket, and a bare socket for those who do not play by the rules.

pub mod crowd;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod driver;
pub mod http;
pub mod person;
pub mod raw;
pub mod server;

use std::time::Duration;

pub use person::Person;
pub use raw::{Heard, Raw};
pub use server::Server;

/// How long anything is waited for before a test gives up. It says nothing about how long things should take: a
/// loaded machine may be slow, and is still right.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that must happen.
pub async fn patiently<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(value) => value,
        Err(_) => panic!("gave up waiting: {what}"),
    }
}

/// Random bytes for ids.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes
}

/// The time on this machine.
pub fn now() -> deskbell_shared::model::UnixMillis {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970");
    deskbell_shared::model::UnixMillis(since.as_millis() as i64)
}
