//! The desktop where agents answer. As a library only so that tests can walk through its routes.
//!
//! Layers: `route` says where one is; `pages` read contexts and call services; `components` take props; `hooks` lie between;
//! `state` and `shown` are pure; `services` are the only ones that touch the browser.

mod app;
mod components;
mod connected;
mod format;
mod hooks;
mod pages;
pub mod route;
mod services;
mod shown;
mod state;
mod text;
mod trouble;

use wasm_bindgen_futures::spawn_local;

use crate::services::{dom, locale};

/// Starts the desk: loads the words, then draws the root in place of the static page.
pub fn start() {
    spawn_local(async {
        if !locale::load().await {
            // Without words there is nothing to show; the static page says what to do in words of its own.
            if let Some(line) = dom::document().get_element_by_id("boot-line") {
                line.set_text_content(line.get_attribute("data-failed").as_deref());
            }
            return;
        }
        if let Some(root) = dom::document().get_element_by_id("desk") {
            root.set_text_content(None);
            yew::Renderer::<app::App>::with_root(root).render();
        }
    });
}
