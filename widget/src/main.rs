//! The visitor's side of the chat: mounts the app into the document that `frame.html` and `static/boot.js` prepare.
//!
//! `state` is pure, `services` speak to the outside, `views` are the screen,
//! `components` its small parts.

mod components;
mod services;
mod state;
mod views;

fn main() {
    let root = services::document::place().expect("the document has a place for the app");
    yew::Renderer::<views::app::App>::with_root(root).render();
}
