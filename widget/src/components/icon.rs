//! Line icons on a 24-pixel grid. They are decoration: what they mean is always said in words beside them.

use crate::nodes::{Node, el};

/// An icon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Close the panel.
    Down,
    /// To where one came from.
    Back,
    /// End the conversation.
    End,
    /// Only here.
    Clock,
    /// Sent.
    Check,
    /// Received, read.
    Checks,
    /// It is being worked on.
    Busy,
    /// No connection.
    Offline,
    /// Something needs attention.
    Warning,
    /// Told to everybody.
    Told,
    /// Kept safe.
    Shield,
    /// To the newest.
    Arrow,
    /// A file.
    File,
    /// A point of a rating.
    Star,
    /// What else there is.
    More,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Down => "m6 9 6 6 6-6",
            Icon::Back => "m14 6-6 6 6 6",
            Icon::End => "M9 12h11m-4-4 4 4-4 4M13 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7",
            Icon::Clock => "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 7.5V12l3 2",
            Icon::Busy => "M12 3a9 9 0 1 1-9 9",
            Icon::Check => "m5 13 4.5 4.5L19 7",
            Icon::Checks => "m2 13 4.5 4.5L15 8m-3.5 8 1.5 1.5L22 8",
            Icon::Offline => {
                "m3 3 18 18M8.5 16.4a5 5 0 0 1 7 0M5 12.9a10 10 0 0 1 5.2-2.7m4.6.6A10 10 0 0 1 19 12.9M1.5 9A15 15 0 0 1 6 6.2M10.5 5a15 15 0 0 1 12 4M12 20h.01"
            }
            Icon::Warning => {
                "M12 8v5m0 3.5h.01M10.3 3.9 2.4 17.6a2 2 0 0 0 1.7 3h15.8a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z"
            }
            Icon::Told => "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 11v5m0-8.5h.01",
            Icon::Shield => "M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.5 7-10V6zm-3 9 2 2 4-4",
            Icon::File => "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zm0 0v5h5",
            Icon::Star => "m12 3 2.7 5.6 6.1.8-4.5 4.2 1.1 6.1L12 16.7l-5.4 3 1.1-6.1L3.2 9.4l6.1-.8z",
            Icon::More => {
                "M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0m7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0m7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0"
            }
            Icon::Arrow => "M12 5v14m-6-6 6 6 6-6",
        }
    }
}

/// The icon as nodes. Only those that point along the line are turned around where lines run from right to left.
pub fn icon(icon: Icon) -> Node {
    el("svg", if matches!(icon, Icon::End | Icon::Back) { "turns" } else { "" })
        .with("viewBox", "0 0 24 24")
        .with("aria-hidden", "true")
        .child(el("path", "").with("d", icon.path()))
}
