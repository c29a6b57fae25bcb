//! The visitor's side of the chat: starts the app in the document that `frame.html` and `static/boot.js` prepare.
//!
//! `state` is pure, `services` speak to the outside, `views` make `nodes` of what is known, `components` are small
//! parts of them, and `app` is the loop from what happens to what is shown.

mod app;
mod components;
mod nodes;
mod services;
mod state;
mod views;

/// A quarter of the code of the standard library's allocator, which is 1.7 KB less to download. Every allocation takes
/// the same short time, and what is given back is joined with what is free beside it.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    app::start();
}
