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

fn main() {
    app::start();
}
