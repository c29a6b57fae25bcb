//! Answers to press that an agent gives to a message, from the fields in which they are written: as many as the server
//! takes, and only such as it takes. Pure.

use deskbell_shared::protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX};

/// What is in each field, from how a draft is kept: a line for each. There is always one to write in.
pub fn fields(draft: &str) -> Vec<String> {
    draft.split('\n').map(str::to_owned).collect()
}

/// How fields are kept.
pub fn draft(fields: &[String]) -> String {
    fields.join("\n")
}

/// What is sent of a draft: no empty ones, and none twice.
pub fn sent(draft: &str) -> Vec<String> {
    let mut choices: Vec<String> = Vec::new();
    for line in draft.lines() {
        let choice: String = line.trim().chars().take(CHOICE_CHARS_MAX).collect();
        let choice = choice.trim_end();
        if !choice.is_empty() && choices.len() < CHOICES_MAX && !choices.iter().any(|known| known == choice) {
            choices.push(choice.to_owned());
        }
    }
    choices
}

/// What a key in a field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the field after this one, which is added where there is none.
    Next(usize),
    /// The field goes, and the keys are in this one then.
    Gone(usize),
    /// The fields close, and what is in them stays.
    Done,
}

/// What a key does in the field at a place among those there are.
pub fn step(key: &str, at: usize, fields: &[String]) -> Option<Step> {
    let is_empty = fields.get(at).is_none_or(|field| field.trim().is_empty());
    match key {
        "Escape" => Some(Step::Done),
        "Enter" if is_empty || at + 1 >= CHOICES_MAX => Some(Step::Done),
        "Enter" => Some(Step::Next(at + 1)),
        "Backspace" if fields.get(at).is_some_and(String::is_empty) && fields.len() > 1 => {
            Some(Step::Gone(at.saturating_sub(1)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_server_takes_is_sent() {
        assert_eq!(sent(" yes \n\n  \nno\nyes\n"), ["yes", "no"]);
        assert!(sent("").is_empty() && sent("\n \n").is_empty());
        let many: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        assert_eq!(sent(&draft(&many)).len(), CHOICES_MAX);
        let long = "é".repeat(CHOICE_CHARS_MAX + 7);
        assert_eq!(sent(&long)[0].chars().count(), CHOICE_CHARS_MAX);
    }

    #[test]
    fn what_is_kept_is_what_stood_in_the_fields() {
        for kept in [&[""][..], &["yes", ""], &["yes", "no"]] {
            let kept: Vec<String> = kept.iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(fields(&draft(&kept)), kept);
        }
    }

    #[test]
    fn keys_add_remove_and_close() {
        let of =
            |fields: &[&str]| -> Vec<String> { fields.iter().map(|field| (*field).to_owned()).collect() };
        let yes_and = of(&["yes", ""]);
        assert_eq!(step("Enter", 0, &yes_and), Some(Step::Next(1)));
        assert_eq!(step("Enter", 1, &yes_and), Some(Step::Done), "an empty one adds none");
        assert_eq!(step("Backspace", 1, &yes_and), Some(Step::Gone(0)));
        assert_eq!(step("Backspace", 0, &yes_and), None, "there are letters to take away");
        assert_eq!(step("Backspace", 0, &of(&[""])), None, "one stays to write in");
        assert_eq!(step("Escape", 0, &yes_and), Some(Step::Done));
        let full: Vec<String> = (0..CHOICES_MAX).map(|n| n.to_string()).collect();
        assert_eq!(step("Enter", CHOICES_MAX - 1, &full), Some(Step::Done), "there are no more");
        assert_eq!(step("a", 0, &yes_and), None);
    }
}
