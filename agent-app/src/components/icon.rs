//! The pictograms, drawn as paths on a 16 by 16 grid. They always stand beside a word or in a control that has a name,
//! so they are hidden from screen readers.

use yew::prelude::*;

/// Which pictogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after what it shows")]
pub enum Glyph {
    Queue,
    Mine,
    All,
    Settings,
    Check,
    Checks,
    Clock,
    Copy,
    Warn,
    Back,
    Close,
    Plus,
    Globe,
    Panel,
    People,
    Keyboard,
    Out,
    Down,
    Note,
    Block,
    Snippet,
    Again,
    Board,
    Search,
    Key,
    Trail,
    More,
    Go,
    Tag,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Glyph::Queue => {
                "M2.5 9h3l1 2h3l1-2h3M4.2 3h7.6l1.7 6v3.2a.8.8 0 0 1-.8.8H3.3a.8.8 0 0 1-.8-.8V9z"
            }
            Glyph::Mine => {
                "M8 8.2A2.6 2.6 0 1 0 8 3a2.6 2.6 0 0 0 0 5.2ZM2.8 13.5c.6-2.2 2.6-3.3 5.2-3.3s4.6 1.1 5.2 3.3"
            }
            Glyph::All => {
                "M2.5 4.2A1.2 1.2 0 0 1 3.7 3h6.6a1.2 1.2 0 0 1 1.2 1.2v3.6A1.2 1.2 0 0 1 10.3 9H6l-2 1.7V9h-.3a1.2 1.2 0 0 1-1.2-1.2zM13.5 6.5v5.2H13v1.6l-2-1.6H8"
            }
            Glyph::Settings => {
                "M3 5h5.5M11.5 5H13M3 11h1.5M7.5 11H13M10 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM6 12.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z"
            }
            Glyph::Check => "M3.5 8.5l3 3 6-6.5",
            Glyph::Checks => "M1.5 8.5l3 3L10 5M7.5 11l.5.5L14 5",
            Glyph::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2 1.5",
            Glyph::Copy => {
                "M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1Z"
            }
            Glyph::Warn => "M8 2.5l6.5 11h-13zM8 6.5v3M8 11.5v.1",
            Glyph::Back => "M10 3.5L5.5 8l4.5 4.5",
            Glyph::Close => "M4 4l8 8M12 4l-8 8",
            Glyph::Plus => "M8 3v10M3 8h10",
            Glyph::Globe => {
                "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c1.8 1.8 2.5 3.8 2.5 6S9.8 12.2 8 14c-1.8-1.8-2.5-3.8-2.5-6S6.2 3.8 8 2Z"
            }
            Glyph::Panel => "M2.5 3h11v10h-11zM10 3v10",
            Glyph::People => {
                "M6 7.5A2.25 2.25 0 1 0 6 3a2.25 2.25 0 0 0 0 4.5ZM1.5 13c.4-2.2 2-3.5 4.5-3.5s4.1 1.3 4.5 3.5M10.5 3.2a2.25 2.25 0 0 1 0 4.1M12.2 9.9c1.3.5 2.1 1.6 2.3 3.1"
            }
            Glyph::Keyboard => "M1.5 4h13v8h-13zM4 6.5h.1M6.5 6.5h.1M9 6.5h.1M11.5 6.5h.1M5 9.5h6",
            Glyph::Out => {
                "M9.5 3.5v-.5a1 1 0 0 0-1-1h-5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h5a1 1 0 0 0 1-1v-.5M6 8h8M11.5 5.5 14 8l-2.5 2.5"
            }
            Glyph::Note => "M3 2.5h10v7.2L9.7 13H3zM9.7 13V9.7H13M5.5 5.5h5M5.5 8h2.5",
            Glyph::Block => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 3.8l8.4 8.4",
            Glyph::Snippet => "M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z",
            Glyph::Key => "M5.5 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8.3 8.3h5.2v2.4M11 8.3v1.8",
            Glyph::Trail => "M3.5 4h.1M6.5 4h7M3.5 8h.1M6.5 8h7M3.5 12h.1M6.5 12h7",
            Glyph::Go => "M3 8h10M9 4l4 4-4 4",
            Glyph::Tag => "M2.5 3v4.6l5.9 5.9 5.1-5.1L7.6 2.5H3zM5.4 5.4h.1",
            Glyph::More => "M3.5 7.9v.2M8 7.9v.2M12.5 7.9v.2",
            Glyph::Again => "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3",
            Glyph::Board => "M2.5 13.5h11M4 11V8M8 11V3M12 11V6",
            Glyph::Search => "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.4 10.4l3.1 3.1",
            Glyph::Down => "M8 3.5V12M4 8.5l4 4 4-4",
        }
    }
}

/// Draws a pictogram.
pub fn icon(glyph: Glyph) -> Html {
    drawn(glyph, "icon")
}

/// Draws a pictogram with classes of its own.
pub fn drawn(glyph: Glyph, class: &'static str) -> Html {
    html! { <svg class={class} viewBox="0 0 16 16" aria-hidden="true"><path d={glyph.path()} /></svg> }
}

/// The bell on the counter: the mark of the product.
pub fn mark() -> Html {
    html! {
        <svg class="icon brand-mark" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M3 13.5a7 7 0 0 1 14 0zM2 16.5h16M10 6.5V4M8.5 4h3" />
        </svg>
    }
}
