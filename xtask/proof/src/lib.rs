//! The proof of the promise about messages: everything that happened is written into one history, and one checker
//! decides from it whether the promise was kept. The simulator and the fault bench make histories; nothing of this
//! is in the product. `desk_bench` and `search_bench` are beside that: what a step of the pure desk and what a
//! search cost.

#[cfg(target_os = "linux")]
pub mod bench;
pub mod checker;
pub mod desk_bench;
pub mod history;
#[cfg(target_os = "linux")]
pub mod lossy_disk;
#[cfg(target_os = "linux")]
pub mod search_bench;
pub mod simulator;
