//! What a key does. Pure: which key, what was pressed before it, and whether somebody is writing are given.

use deskbell_shared::model::Right;

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
    /// Asks for the tags of the conversation.
    Tags,
    /// Asks how much the conversation matters.
    Priority,
    /// Chooses the next availability.
    Availability,
    /// Shows a view.
    Go(View),
    /// Shows the search.
    Search,
    /// Narrows the list.
    Narrow,
    /// Shows the live board.
    Board,
    /// Shows the settings.
    Settings,
    /// Shows or hides the person's panel.
    Person,
    /// Shows the list of keys.
    Help,
    /// Shows everything that can be done, to choose by a few letters.
    Commands,
    /// One step back: out of a field, out of a conversation.
    Leave,
}

impl Deed {
    /// What my role has to allow for it.
    pub fn needs(self) -> Right {
        match self {
            Deed::Claim | Deed::Accept | Deed::Decline | Deed::Reopen | Deed::Availability => Right::Serve,
            Deed::Go(view) if view.is_of_duty() => Right::Serve,
            Deed::Choose | Deed::Reach(_) | Deed::Undo => Right::Steer,
            Deed::Snooze | Deed::Resolve | Deed::Transfer | Deed::Tags | Deed::Priority => Right::Steer,
            Deed::Reply | Deed::Choices => Right::Answer,
            _ => Right::Note,
        }
    }
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
    (&["F"], "narrow.title"),
    (&["N"], "keys.note"),
    (&["Q"], "choices.add"),
    (&["S"], "keys.snooze"),
    (&["T"], "talk.transfer"),
    (&["E"], "talk.resolve"),
    (&["L"], "tags.title"),
    (&["P"], "priority.title"),
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
    (&["Ctrl", "K"], "commands.title"),
    (&["⌘", "K"], "commands.title"),
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
/// What Ctrl and K are called together.
pub const COMMANDS: &str = "Commands";

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
    if pressed.key == COMMANDS {
        return Ok(Deed::Commands);
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
        "f" => Ok(Deed::Narrow),
        "n" => Ok(Deed::Note),
        "q" => Ok(Deed::Choices),
        "s" => Ok(Deed::Snooze),
        "o" => Ok(Deed::Reopen),
        "e" => Ok(Deed::Resolve),
        "t" => Ok(Deed::Transfer),
        "l" => Ok(Deed::Tags),
        "p" => Ok(Deed::Priority),
        "v" => Ok(Deed::Availability),
        "i" => Ok(Deed::Person),
        "?" => Ok(Deed::Help),
        "g" => Err(true),
        _ => Err(false),
    }
}

/// What the keys with some caps do; nothing for those that are held down together.
pub fn of_caps(caps: &[&str]) -> Option<Deed> {
    let (last, before) = caps.split_last()?;
    let after_g = before == ["G"];
    let is_alone = before.is_empty() || after_g;
    is_alone.then(|| deed(Pressed { key: &named(last), after_g, ..PLAIN }).ok()).flatten()
}

/// What my role has to allow for the keys with these caps, as they stand in the list.
pub fn needs(caps: &[&str]) -> Right {
    let (is_shifted, after_g) = (caps.contains(&"Shift"), caps[0] == "G" && caps.len() > 1);
    let cap = if after_g { caps[1] } else { caps[usize::from(is_shifted)] };
    deed(Pressed { key: &named(cap), is_shifted, after_g, ..PLAIN }).map_or(Right::Note, Deed::needs)
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

/// A key by itself.
const PLAIN: Pressed = Pressed {
    key: "",
    is_modified: false,
    is_shifted: false,
    is_writing: false,
    is_on_control: false,
    is_on: true,
    after_g: false,
};

#[cfg(test)]
mod tests {
    use deskbell_shared::model::Role;

    use super::*;

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
    fn the_commands_are_there_while_one_writes_and_whatever_is_switched_off() {
        assert_eq!(
            deed(Pressed { key: COMMANDS, is_writing: true, is_on: false, ..PLAIN }),
            Ok(Deed::Commands)
        );
    }

    #[test]
    fn caps_are_read_as_keys() {
        assert_eq!(of_caps(&["G", "Q"]), Some(Deed::Go(View::Queue)));
        assert_eq!(of_caps(&["Q"]), Some(Deed::Choices));
        assert_eq!(of_caps(&["Ctrl", "K"]), None);
    }

    #[test]
    fn g_and_a_letter_goes_to_a_view() {
        assert_eq!(deed(Pressed { key: "g", ..PLAIN }), Err(true));
        assert_eq!(deed(Pressed { key: "m", after_g: true, ..PLAIN }), Ok(Deed::Go(View::Mine)));
        assert_eq!(deed(Pressed { key: "j", after_g: true, ..PLAIN }), Ok(Deed::Move(1)));
        assert_eq!(deed(Pressed { key: "m", ..PLAIN }), Err(false));
    }

    #[test]
    fn a_light_agent_is_told_of_the_keys_that_do_something() {
        let told = |role: Role| KEYS.iter().filter(move |(caps, _)| role.may(needs(caps)));
        let texts: Vec<&str> = told(Role::LightAgent).map(|(_, text)| *text).collect();
        let moves = ["keys.move", "keys.move", "keys.ends", "keys.open"];
        let rest = [
            "search.title",
            "narrow.title",
            "keys.note",
            "view.queue",
            "view.all",
            "view.resolved",
            "board.title",
        ];
        let last =
            ["settings.title", "keys.person", "commands.title", "commands.title", "keys.escape", "keys.help"];
        assert_eq!(texts, [&moves[..], &rest, &last].concat());
        assert_eq!(told(Role::Agent).count(), KEYS.len());
    }

    #[test]
    fn the_list_of_keys_names_every_key_that_does_something_and_no_other() {
        let mut listed = Vec::new();
        for (caps, text) in KEYS {
            let keys: Vec<String> = caps.iter().map(|cap| named(cap)).collect();
            if ["ctrl", "⌘"].contains(&keys[0].as_str()) {
                let done = deed(Pressed { key: COMMANDS, ..PLAIN });
                assert_eq!((keys[1].as_str(), done), ("k", Ok(Deed::Commands)), "{text}");
                continue;
            }
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
