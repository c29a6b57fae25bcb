//! What a message must be to be written at all, whoever writes it. How fast somebody may write is not decided here.

use deskbell_shared::model::Draft;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::RefusedMessage;
use deskbell_shared::protocol::limits::{BATCH_MESSAGES_MAX, TEXT_BYTES_MAX};

use crate::store::{Fault, Stored};

/// Refuses a batch without messages, or with more than `BATCH_MESSAGES_MAX`, as a whole.
pub fn check_batch(messages: &[Draft]) -> Stored<()> {
    match messages.len() {
        0 => Err(Fault::because(RefusalCode::Empty)),
        1..=BATCH_MESSAGES_MAX => Ok(()),
        _ => Err(Fault::because(RefusalCode::TooLong)),
    }
}

/// Cuts a batch before its first message that cannot be written, and says why that one cannot.
pub fn check_messages(messages: &mut Vec<Draft>) -> Stored<Option<RefusedMessage>> {
    check_batch(messages)?;
    for (at, message) in messages.iter().enumerate() {
        if let Some(code) = wrong_with(message) {
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

fn wrong_with(message: &Draft) -> Option<RefusalCode> {
    if message.text.len() > TEXT_BYTES_MAX {
        Some(RefusalCode::TooLong)
    } else if message.file.is_some() && message.is_note() {
        Some(RefusalCode::Invalid)
    } else if message.text.trim().is_empty() && message.file.is_none() {
        Some(RefusalCode::Empty)
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
            let refused = check_messages(&mut messages).unwrap();
            assert_eq!(messages.len(), kept);
            assert_eq!(refused.map(|refused| refused.code), code);
        }
        assert!(check_messages(&mut drafts(&[&"x".repeat(TEXT_BYTES_MAX)])).unwrap().is_none());
    }

    /// Whose file it is and where it was used is for the store to know.
    #[test]
    fn a_file_needs_no_words_and_a_note_has_none() {
        use deskbell_shared::model::{Audience, FileId};
        let file = Draft { file: Some(FileId(7)), ..Draft::new(Cmid(1), "") };
        assert!(check_messages(&mut vec![file.clone()]).unwrap().is_none());
        let note = Draft { audience: Some(Audience::Staff), ..file };
        let refused = check_messages(&mut vec![note]).unwrap();
        assert_eq!(refused.map(|refused| refused.code), Some(RefusalCode::Invalid));
    }

    #[test]
    fn a_batch_has_a_size() {
        let many = vec!["a"; BATCH_MESSAGES_MAX + 1];
        let code = |texts: &[&str]| match check_messages(&mut drafts(texts)) {
            Err(Fault::Refused(refusal)) => Some(refusal.code),
            _ => None,
        };
        assert_eq!(code(&[]), Some(RefusalCode::Empty));
        assert_eq!(code(&many), Some(RefusalCode::TooLong));
        assert_eq!(code(&many[1..]), None);
    }
}
