//! The two apps of the browser: where their sources lie and what their output is called.

use std::path::PathBuf;

use crate::workspace;

/// An app that is compiled to WASM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum App {
    /// What a visitor opens on the host page.
    Widget,
    /// What an agent works in.
    Desk,
}

impl App {
    /// Both, in the order in which they are built.
    pub const ALL: [App; 2] = [App::Widget, App::Desk];

    /// The app with this name on the command line.
    pub fn named(name: &str) -> Option<App> {
        App::ALL.into_iter().find(|app| app.name() == name)
    }

    /// Its name on the command line, in file names and as the folder of its manifest.
    pub fn name(self) -> &'static str {
        match self {
            App::Widget => "widget",
            App::Desk => "desk",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            App::Widget => "the widget",
            App::Desk => "the agent desktop",
        }
    }

    /// Its cargo package, which is also the name of its binary.
    pub fn package(self) -> &'static str {
        match self {
            App::Widget => "deskbell-widget",
            App::Desk => "deskbell-agent-app",
        }
    }

    /// Its folder in the source tree.
    pub fn folder(self) -> PathBuf {
        workspace::root().join(match self {
            App::Widget => "widget",
            App::Desk => "agent-app",
        })
    }

    /// The template of its document, also the document's name in `dist/web`.
    pub fn document(self) -> &'static str {
        match self {
            App::Widget => "frame.html",
            App::Desk => "desk.html",
        }
    }

    /// Whether parts of its code are loaded later.
    pub fn is_cut(self) -> bool {
        self == App::Desk
    }
}
