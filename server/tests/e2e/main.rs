//! Stories of people at real browsers with the real binary: WebDriver keys and pointer only, no script calls into
//! the app. `cargo xtask test` builds the apps and runs them; they need Chromium, Firefox and
//! WebKit with their drivers; `browsers.txt` says which story is played where.
//!
//! One story, one file under `stories`; what they share (browsers, the chat server, the shop that embeds it) lies
//! beside. What a lower layer can show is shown there: here is only what takes a browser.

mod agent;
mod certificate;
mod chat_server;
mod focus;
mod front;
mod mailbox;
mod observer;
mod office;
mod person;
mod pocket;
mod shop;
mod signing;
mod stage;
mod visitor;
mod waiting;
mod words;

mod stories;

// Shared with the fault bench.
use deskbell_browser as browser;
