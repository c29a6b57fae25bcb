//! What a key does. Pure: which key, what was pressed before it, and whether somebody is writing are given.

use crate::route::View;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To the next row (1) or the one before (-1).
    Move(i8),
    /// The same, and chooses what lies between.
    Reach(i8),
    /// Chooses the row the keys are at, or not any more.
    Choose,
    /// Takes back what was done to many.
    Undo,
    /// To the first row (-1) or the last one (1).
    End(i8),
    /// Opens the row the keys are at.
    Open,
    /// Takes the conversation.
    Claim,
    /// Takes what is offered.
    Accept,
    /// Does not take what is offered.
    Decline,
    /// Into the composer, to answer.
    Reply,
    /// Into the composer, to write a note for colleagues.
    Note,
    /// Adds answers to press to what is written.
    Choices,
    /// Puts the conversation aside, or takes it back.
    Snooze,
    /// Takes up a resolved conversation again.
    Reopen,
    /// Resolves the conversation.
    Resolve,
    /// Passes the conversation on.
    Transfer,
    /// Chooses the next availability.
    Availability,
    /// Shows a view.
    Go(View),
    /// Shows the search.
    Search,
    /// Shows the live board.
    Board,
    /// Shows the settings.
    Settings,
    /// Shows or hides the person's panel.
    Person,
    /// Shows the list of keys.
    Help,
    /// One step back: out of a field, out of a conversation.
    Leave,
}

/// All keys there are, in the order shown: what is on their caps, and the key of the text. A test presses them.
pub const KEYS: &[(&[&str], &str)] = &[
    (&["J", "K"], "keys.move"),
    (&["↓", "↑"], "keys.move"),
    (&["Home", "End"], "keys.ends"),
    (&["Enter"], "keys.open"),
    (&["X"], "keys.choose"),
    (&["Shift", "J", "K"], "keys.reach"),
    (&["Shift", "↓", "↑"], "keys.reach"),
    (&["Z"], "keys.undo"),
    (&["C"], "talk.claim"),
    (&["A"], "keys.accept"),
    (&["D"], "keys.decline"),
    (&["R"], "keys.reply"),
    (&["/"], "search.title"),
    (&["N"], "keys.note"),
    (&["Q"], "choices.add"),
    (&["S"], "keys.snooze"),
    (&["T"], "talk.transfer"),
    (&["E"], "talk.resolve"),
    (&["O"], "talk.reopen"),
    (&["V"], "keys.availability"),
    (&["G", "Q"], "view.queue"),
    (&["G", "M"], "view.mine"),
    (&["G", "Z"], "view.snoozed"),
    (&["G", "A"], "view.all"),
    (&["G", "D"], "view.resolved"),
    (&["G", "B"], "board.title"),
    (&["G", "S"], "settings.title"),
    (&["I"], "keys.person"),
    (&["Esc"], "keys.escape"),
    (&["?"], "keys.help"),
];

/// The keys inside the composer, which are its own.
pub const WRITING_KEYS: &[(&[&str], &str)] = &[
    (&["Enter"], "keys.send"),
    (&["Shift", "Enter"], "keys.line"),
    (&["↑"], "keys.edit"),
    (&["/"], "keys.snippet"),
    (&["#"], "keys.snippet"),
];

/// What Ctrl and Z are called together, as the key of some keyboards.
pub const UNDO: &str = "Undo";

/// A key as the browser tells it.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// Its name.
    pub key: &'a str,
    /// Whether Ctrl, Alt or Meta is down: those keys are the browser's.
    pub is_modified: bool,
    /// Whether Shift is down.
    pub is_shifted: bool,
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
    if pressed.key == UNDO && !pressed.is_writing {
        return Ok(Deed::Undo);
    }
    if pressed.is_writing || !pressed.is_on {
        return Err(false);
    }
    if pressed.after_g {
        match pressed.key {
            "q" => return Ok(Deed::Go(View::Queue)),
            "m" => return Ok(Deed::Go(View::Mine)),
            "z" => return Ok(Deed::Go(View::Snoozed)),
            "a" => return Ok(Deed::Go(View::All)),
            "d" => return Ok(Deed::Go(View::Resolved)),
            "b" => return Ok(Deed::Board),
            "s" => return Ok(Deed::Settings),
            _ => {}
        }
    }
    match pressed.key {
        "J" | "j" | "ArrowDown" if pressed.is_shifted => Ok(Deed::Reach(1)),
        "K" | "k" | "ArrowUp" if pressed.is_shifted => Ok(Deed::Reach(-1)),
        "x" => Ok(Deed::Choose),
        "z" => Ok(Deed::Undo),
        "j" | "ArrowDown" => Ok(Deed::Move(1)),
        "k" | "ArrowUp" => Ok(Deed::Move(-1)),
        "Home" => Ok(Deed::End(-1)),
        "End" => Ok(Deed::End(1)),
        "Enter" if !pressed.is_on_control => Ok(Deed::Open),
        "c" => Ok(Deed::Claim),
        "a" => Ok(Deed::Accept),
        "d" => Ok(Deed::Decline),
        "r" => Ok(Deed::Reply),
        "/" => Ok(Deed::Search),
        "n" => Ok(Deed::Note),
        "q" => Ok(Deed::Choices),
        "s" => Ok(Deed::Snooze),
        "o" => Ok(Deed::Reopen),
        "e" => Ok(Deed::Resolve),
        "t" => Ok(Deed::Transfer),
        "v" => Ok(Deed::Availability),
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
        is_shifted: false,
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
    fn ctrl_and_z_takes_back_outside_of_fields_whatever_is_switched_off() {
        assert_eq!(deed(Pressed { key: UNDO, is_on: false, ..PLAIN }), Ok(Deed::Undo));
        assert_eq!(deed(Pressed { key: UNDO, is_writing: true, ..PLAIN }), Err(false));
        assert_eq!(deed(Pressed { key: "z", is_on: false, ..PLAIN }), Err(false));
    }

    #[test]
    fn g_and_a_letter_goes_to_a_view() {
        assert_eq!(deed(Pressed { key: "g", ..PLAIN }), Err(true));
        assert_eq!(deed(Pressed { key: "m", after_g: true, ..PLAIN }), Ok(Deed::Go(View::Mine)));
        assert_eq!(deed(Pressed { key: "j", after_g: true, ..PLAIN }), Ok(Deed::Move(1)));
        assert_eq!(deed(Pressed { key: "m", ..PLAIN }), Err(false));
    }

    /// The name that the browser gives what is on a cap.
    fn named(cap: &str) -> String {
        match cap {
            "Esc" => "Escape".to_owned(),
            "↓" => "ArrowDown".to_owned(),
            "↑" => "ArrowUp".to_owned(),
            "Enter" | "Home" | "End" => cap.to_owned(),
            letter => letter.to_lowercase(),
        }
    }

    #[test]
    fn the_list_of_keys_names_every_key_that_does_something_and_no_other() {
        let mut listed = Vec::new();
        for (caps, text) in KEYS {
            let keys: Vec<String> = caps.iter().map(|cap| named(cap)).collect();
            let chord = keys.len() == 2 && keys[0] == "g";
            let is_shifted = keys[0] == "shift";
            for key in keys.iter().skip(usize::from(chord || is_shifted)) {
                let done = deed(Pressed { key, after_g: chord, is_shifted, ..PLAIN });
                assert!(done.is_ok(), "{text}: {key} does nothing");
                listed.push((key.clone(), chord, done));
                // With Shift, or Caps Lock and Shift.
                listed.push((key.to_uppercase(), chord, done));
            }
        }
        let all = (32u8..127).map(|byte| char::from(byte).to_string());
        let named =
            ["Enter", "Escape", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "Delete"];
        for key in all.chain(named.map(str::to_owned)) {
            let plain = deed(Pressed { key: &key, ..PLAIN });
            for (after_g, is_shifted) in [(false, false), (false, true), (true, false)] {
                let done = deed(Pressed { key: &key, after_g, is_shifted, ..PLAIN });
                // Behind a `g` that led nowhere a key does what it does by itself.
                if done.is_ok() && !(after_g && done == plain) {
                    let is_listed = listed.contains(&(key.clone(), after_g, done));
                    assert!(is_listed, "{key} (after g: {after_g}) does {done:?} and is not listed");
                }
            }
        }
    }
}
