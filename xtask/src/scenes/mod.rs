//! What is worth a picture: each scene brings a browser to a view, in the order in which people get there.
//!
//! Scenes drive with keys and pointer only. How often and on which screens they are taken is not decided here.

mod desk;
mod filing;
mod roles;
mod second_step;
mod visitor;

use std::path::PathBuf;

use anyhow::Result;

use crate::browser::Browser;
use crate::demo::Demo;

/// The key that sends, as WebDriver writes it.
const ENTER: &str = "\u{E007}";
/// The keys that begin another line: Shift, Enter, and Shift let go.
const BREAK: &str = "\u{E008}\u{E007}\u{E000}";
/// The key that leaves things.
const ESCAPE: &str = "\u{E00C}";

/// The keys that choose one more row: Shift, the arrow down, and Shift let go.
const REACH: &str = "\u{E008}\u{E015}\u{E000}";

/// The keys that show the command bar: Ctrl, K, and Ctrl let go.
const BAR: &str = "\u{E009}k\u{E000}";

/// What scenes are played on.
pub struct Stage {
    /// The demo.
    pub demo: Demo,
    /// The browser of a visitor.
    pub visitor: Browser,
    /// The browser of the agent who answers.
    pub agent: Browser,
    /// Files for sending.
    pub props: PathBuf,
    /// The language of the visitor, as BCP 47.
    pub language: String,
}

/// Whose browser a scene is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The visitor's.
    Visitor,
    /// The agent's.
    Agent,
}

/// A view and the way to it from the scene before.
pub struct Scene {
    /// Begins the name of the picture.
    pub name: &'static str,
    /// Whose screen it is.
    pub on: On,
    /// Leads there.
    pub lead: fn(&mut Stage) -> Result<()>,
}

const fn visitor(name: &'static str, lead: fn(&mut Stage) -> Result<()>) -> Scene {
    Scene { name, on: On::Visitor, lead }
}

const fn agent(name: &'static str, lead: fn(&mut Stage) -> Result<()>) -> Scene {
    Scene { name, on: On::Agent, lead }
}

/// Every scene, in order; the same two browsers go through all of them.
pub const SCENES: &[Scene] = &[
    visitor("widget-launcher", visitor::launcher),
    visitor("widget-nobody", visitor::nobody),
    visitor("widget-greeting", visitor::greeting),
    visitor("widget-queue", visitor::queue),
    visitor("widget-conversation", visitor::conversation),
    visitor("widget-choices", visitor::choices),
    visitor("widget-files", visitor::files),
    visitor("widget-emoji", visitor::emoji),
    visitor("widget-menu", visitor::menu),
    visitor("widget-forget", visitor::forget),
    visitor("widget-down", visitor::down),
    visitor("widget-ended", visitor::ended),
    visitor("widget-rated", visitor::rated),
    visitor("widget-home", visitor::home),
    visitor("widget-earlier", visitor::earlier),
    visitor("widget-comment", visitor::comment),
    visitor("widget-end", visitor::end),
    visitor("widget-refused", visitor::refused),
    visitor("widget-closed", visitor::closed),
    visitor("widget-address", visitor::address),
    visitor("widget-address-left", visitor::address_left),
    visitor("plain-form", visitor::plain_form),
    visitor("plain-conversation", visitor::plain_conversation),
    agent("desk-login", desk::login),
    agent("desk-queue", desk::queue),
    agent("desk-conversation", desk::conversation),
    agent("desk-mine", |stage| desk::page(stage, "inbox/mine", ".row-link")),
    agent("desk-list-chosen", desk::chooses_several),
    agent("desk-list-far", desk::scrolls_far),
    agent("desk-commands", desk::commands),
    agent("desk-commands-asked", desk::asks_for_command),
    agent("desk-choices", desk::choices),
    agent("desk-choices-sent", |stage| desk::sends_choices(stage)),
    agent("desk-all", |stage| desk::page(stage, "inbox/all", ".rows")),
    agent("desk-board", |stage| desk::page(stage, "board", ".board-table")),
    agent("desk-board-behind", |stage| desk::page(stage, "board/open", ".heap .row-link")),
    agent("desk-board-promises", |stage| {
        desk::page(stage, "board/promises", ".promises .empty, .promises-sum")
    }),
    agent("desk-search", |stage| desk::page(stage, "search", "#search-field")),
    agent("desk-search-found", desk::searches),
    agent("desk-search-open", desk::opens_what_was_found),
    agent("desk-search-nothing", desk::searches_in_vain),
    agent("desk-inboxes", |stage| desk::page(stage, "settings/inboxes", "h1")),
    agent("desk-inbox-routing", desk::routing),
    agent("desk-offer", desk::offer),
    agent("desk-profile", |stage| desk::page(stage, "settings/profile", "h1")),
    agent("desk-sessions", desk::sessions),
    agent("desk-looks", desk::looks),
    agent("desk-looks-close", |stage| desk::page(stage, "inbox/all", ".rows")),
    agent("desk-looks-close-talk", desk::talks_close),
    agent("desk-looks-usual", desk::usual_looks),
    agent("desk-sites", |stage| desk::page(stage, "settings/sites", "h1")),
    agent("desk-new-site", |stage| desk::page(stage, "settings/sites/new", "h1")),
    agent("desk-people", |stage| desk::page(stage, "settings/people", "h1")),
    agent("desk-snippets", |stage| desk::page(stage, "settings/snippets", "h1")),
    agent("desk-inbox", desk::inbox),
    agent("desk-site", desk::site),
    agent("desk-secret", desk::secret),
    agent("desk-retire", desk::retires),
    agent("desk-audit", |stage| desk::page(stage, "settings/audit", ".audit li")),
    agent("desk-audit-whole", desk::checks),
    agent("desk-filing-tags", filing::tags),
    agent("desk-filing-outcomes", filing::outcomes),
    agent("desk-filing-choosing", filing::chooses),
    agent("desk-filing-list", filing::list),
    agent("desk-filing-view-named", filing::names_view),
    agent("desk-filing-view", filing::view),
    agent("desk-filing-wrap-up", filing::wraps_up),
    agent("desk-filing-talk", filing::leaves),
    agent("desk-filing-draft", filing::begins),
    agent("desk-site-inboxes", desk::offers_inboxes),
    visitor("widget-whom", visitor::whom),
    visitor("widget-whom-talk", visitor::chosen),
    agent("desk-role", roles::asks),
    agent("desk-role-light", roles::light),
    agent("desk-role-people", roles::people),
    agent("desk-second-step", second_step::shows_secret),
    agent("desk-second-codes", second_step::turns_on),
    agent("desk-second-on", second_step::is_on),
    agent("desk-second-login", second_step::wants_code),
    agent("desk-second-wrong", second_step::wrong_code),
];

/// Those of a visitor whose browser keeps nothing.
pub const DENIED: Scene = visitor("widget-denied", visitor::denied);
