//! The proof of the promise about messages: everything that happened is written into one history, and one checker
//! decides from it whether the promise was kept. The simulator and the fault bench make histories; nothing of this
//! is in the product. `desk_bench` is beside that: what a step of the pure desk costs.

#[cfg(target_os = "linux")]
pub mod bench;
pub mod checker;
pub mod desk_bench;
pub mod history;
#[cfg(target_os = "linux")]
pub mod lossy_disk;
pub mod simulator;
