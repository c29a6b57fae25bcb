//! What a message must be to be written at all, whoever writes it. How fast somebody may write is not decided here.

use deskbell_shared::model::{Draft, Side};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::RefusedMessage;
use deskbell_shared::protocol::limits::{BATCH_MESSAGES_MAX, CHOICE_CHARS_MAX, CHOICES_MAX, TEXT_BYTES_MAX};

use crate::store::{Fault, Stored};

/// Refuses a batch without messages, or with more than `BATCH_MESSAGES_MAX`, as a whole.
pub fn check_batch(messages: &[Draft]) -> Stored<()> {
    match messages.len() {
        0 => Err(Fault::because(RefusalCode::Empty)),
        1..=BATCH_MESSAGES_MAX => Ok(()),
        _ => Err(Fault::because(RefusalCode::TooLong)),
    }
}

/// Cuts a batch of one side before its first message that cannot be written, and says why that one cannot.
pub fn check_messages(messages: &mut Vec<Draft>, side: Side) -> Stored<Option<RefusedMessage>> {
    check_batch(messages)?;
    for (at, message) in messages.iter().enumerate() {
        if let Some(code) = wrong_with(message, side) {
            let refused = RefusedMessage { cmid: message.cmid, code, retry_after_ms: None };
            messages.truncate(at);
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

/// Refuses a text that is too long for a message.
pub fn check_length(text: &str) -> Stored<()> {
    if text.len() > TEXT_BYTES_MAX { Err(Fault::because(RefusalCode::TooLong)) } else { Ok(()) }
}

fn wrong_with(message: &Draft, side: Side) -> Option<RefusalCode> {
    if message.text.len() > TEXT_BYTES_MAX {
        Some(RefusalCode::TooLong)
    } else if message.file.is_some() && message.is_note() {
        Some(RefusalCode::Invalid)
    } else if message.text.trim().is_empty() && message.file.is_none() {
        Some(RefusalCode::Empty)
    } else {
        message.choices.as_ref().and_then(|choices| match side {
            Side::Visitor => Some(RefusalCode::NotAllowed),
            Side::Staff if message.is_note() => Some(RefusalCode::Invalid),
            Side::Staff => wrong_with_choices(choices),
        })
    }
}

/// What keeps answers to press from being some: each is one line that can be told from the others.
fn wrong_with_choices(choices: &[String]) -> Option<RefusalCode> {
    let is_long = |choice: &String| choice.chars().count() > CHOICE_CHARS_MAX;
    let is_line = |choice: &String| !choice.contains(|sign: char| sign.is_control());
    let is_again =
        |(at, choice): (usize, &String)| choices[..at].iter().any(|before| before.trim() == choice.trim());
    if choices.len() > CHOICES_MAX || choices.iter().any(is_long) {
        Some(RefusalCode::TooLong)
    } else if choices.is_empty() || choices.iter().any(|choice| choice.trim().is_empty()) {
        Some(RefusalCode::Empty)
    } else if !choices.iter().all(is_line) || choices.iter().enumerate().any(is_again) {
        Some(RefusalCode::Invalid)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::Cmid;

    use super::*;

    fn drafts(texts: &[&str]) -> Vec<Draft> {
        texts.iter().zip(1..).map(|(text, n)| Draft::new(Cmid(n), *text)).collect()
    }

    #[test]
    fn the_longest_prefix_stays() {
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        for (texts, kept, code) in [
            (vec!["a", "b"], 2, None),
            (vec!["a", " \n\t", "c"], 1, Some(RefusalCode::Empty)),
            (vec!["", "c"], 0, Some(RefusalCode::Empty)),
            (vec!["a", "b", &long], 2, Some(RefusalCode::TooLong)),
        ] {
            let mut messages = drafts(&texts);
            let refused = check_messages(&mut messages, Side::Staff).unwrap();
            assert_eq!(messages.len(), kept);
            assert_eq!(refused.map(|refused| refused.code), code);
        }
        assert!(
            check_messages(&mut drafts(&[&"x".repeat(TEXT_BYTES_MAX)]), Side::Visitor).unwrap().is_none()
        );
    }

    /// Whose file it is and where it was used is for the store to know.
    #[test]
    fn a_file_needs_no_words_and_a_note_has_none() {
        use deskbell_shared::model::{Audience, FileId};
        let file = Draft { file: Some(FileId(7)), ..Draft::new(Cmid(1), "") };
        assert!(check_messages(&mut vec![file.clone()], Side::Visitor).unwrap().is_none());
        let note = Draft { audience: Some(Audience::Staff), ..file };
        let refused = check_messages(&mut vec![note], Side::Staff).unwrap();
        assert_eq!(refused.map(|refused| refused.code), Some(RefusalCode::Invalid));
    }

    #[test]
    fn answers_to_press_are_few_short_lines_of_agents() {
        use deskbell_shared::model::Audience;
        let asked = |choices: &[&str]| {
            let choices = Some(choices.iter().map(|choice| (*choice).to_owned()).collect());
            Draft { choices, ..Draft::new(Cmid(1), "which?") }
        };
        let code = |draft: Draft, side| check_messages(&mut vec![draft], side).unwrap().map(|it| it.code);
        let (full, long) = ("ü".repeat(CHOICE_CHARS_MAX), "ü".repeat(CHOICE_CHARS_MAX + 1));
        for (choices, wanted) in [
            (&["yes", "no"][..], None),
            (&["1", "2", "3", "4", "5", &full], None),
            (&["1", "2", "3", "4", "5", "6", "7"], Some(RefusalCode::TooLong)),
            (&["yes", &long], Some(RefusalCode::TooLong)),
            (&[], Some(RefusalCode::Empty)),
            (&["yes", " \u{3000}"], Some(RefusalCode::Empty)),
            (&["yes", "no", "yes "], Some(RefusalCode::Invalid)),
            (&["yes\nno"], Some(RefusalCode::Invalid)),
        ] {
            assert_eq!(code(asked(choices), Side::Staff), wanted, "{choices:?}");
        }
        assert_eq!(code(asked(&["yes"]), Side::Visitor), Some(RefusalCode::NotAllowed));
        let note = Draft { audience: Some(Audience::Staff), ..asked(&["yes"]) };
        assert_eq!(code(note, Side::Staff), Some(RefusalCode::Invalid));
        let bare = Draft { text: " ".into(), ..asked(&["yes"]) };
        assert_eq!(code(bare, Side::Staff), Some(RefusalCode::Empty), "something has to be asked");
    }

    #[test]
    fn a_batch_has_a_size() {
        let many = vec!["a"; BATCH_MESSAGES_MAX + 1];
        let code = |texts: &[&str]| match check_messages(&mut drafts(texts), Side::Visitor) {
            Err(Fault::Refused(refusal)) => Some(refusal.code),
            _ => None,
        };
        assert_eq!(code(&[]), Some(RefusalCode::Empty));
        assert_eq!(code(&many), Some(RefusalCode::TooLong));
        assert_eq!(code(&many[1..]), None);
    }
}
