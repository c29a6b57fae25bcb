//! The entry of the module that a browser loads. Everything is in the library.

/// As in the widget: a quarter of the code of the standard library's allocator.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    deskbell_agent_app::start();
}
