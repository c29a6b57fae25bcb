//! What a key does. Pure: which key, what was pressed before it, and whether somebody is writing are given.

use crate::route::View;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To the next row (1) or the one before (-1).
    Move(i8),
    /// Opens the row the keys are at.
    Open,
    /// Takes the conversation.
    Claim,
    /// Into the composer.
    Reply,
    /// Resolves the conversation.
    Resolve,
    /// Shows a view.
    Go(View),
    /// Shows the settings.
    Settings,
    /// Shows or hides the person's panel.
    Person,
    /// Shows the list of keys.
    Help,
    /// One step back: out of a field, out of a conversation.
    Leave,
}

/// A key as the browser tells it.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// Its name.
    pub key: &'a str,
    /// Whether Ctrl, Alt or Meta is down: those keys are the browser's.
    pub is_modified: bool,
    /// Whether the focus is in a field: letters are then text.
    pub is_writing: bool,
    /// Whether the focus is on a button or link: Enter and Space are then its own.
    pub is_on_control: bool,
    /// Whether keys without Ctrl or Alt are switched on.
    pub is_on: bool,
    /// Whether `g` was pressed just before.
    pub after_g: bool,
}

/// What a key leads to: a deed, the first half of one (`Err(true)`), or nothing.
pub fn deed(pressed: Pressed) -> Result<Deed, bool> {
    if pressed.is_modified {
        return Err(false);
    }
    if pressed.key == "Escape" {
        return Ok(Deed::Leave);
    }
    if pressed.is_writing || !pressed.is_on {
        return Err(false);
    }
    if pressed.after_g {
        match pressed.key {
            "q" => return Ok(Deed::Go(View::Queue)),
            "m" => return Ok(Deed::Go(View::Mine)),
            "a" => return Ok(Deed::Go(View::All)),
            "s" => return Ok(Deed::Settings),
            _ => {}
        }
    }
    match pressed.key {
        "j" | "ArrowDown" => Ok(Deed::Move(1)),
        "k" | "ArrowUp" => Ok(Deed::Move(-1)),
        "Enter" if !pressed.is_on_control => Ok(Deed::Open),
        "c" => Ok(Deed::Claim),
        "r" | "/" => Ok(Deed::Reply),
        "e" => Ok(Deed::Resolve),
        "i" => Ok(Deed::Person),
        "?" => Ok(Deed::Help),
        "g" => Err(true),
        _ => Err(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Pressed = Pressed {
        key: "",
        is_modified: false,
        is_writing: false,
        is_on_control: false,
        is_on: true,
        after_g: false,
    };

    #[test]
    fn letters_are_text_in_a_field_and_the_browser_keeps_its_own() {
        assert_eq!(deed(Pressed { key: "e", ..PLAIN }), Ok(Deed::Resolve));
        assert_eq!(deed(Pressed { key: "e", is_writing: true, ..PLAIN }), Err(false));
        assert_eq!(deed(Pressed { key: "e", is_modified: true, ..PLAIN }), Err(false));
        assert_eq!(deed(Pressed { key: "e", is_on: false, ..PLAIN }), Err(false));
        assert_eq!(deed(Pressed { key: "Escape", is_writing: true, ..PLAIN }), Ok(Deed::Leave));
    }

    #[test]
    fn g_and_a_letter_goes_to_a_view() {
        assert_eq!(deed(Pressed { key: "g", ..PLAIN }), Err(true));
        assert_eq!(deed(Pressed { key: "m", after_g: true, ..PLAIN }), Ok(Deed::Go(View::Mine)));
        assert_eq!(deed(Pressed { key: "j", after_g: true, ..PLAIN }), Ok(Deed::Move(1)));
        assert_eq!(deed(Pressed { key: "m", ..PLAIN }), Err(false));
    }
}
