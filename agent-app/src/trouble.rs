//! What can go wrong with a request, and how it is said beside the form it came from. Pure: requests are made in
//! `services::http`.

use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::Failure;
use deskbell_shared::protocol::limits::NAME_CHARS_MAX;
use yew::AttrValue;

use crate::text::{find, t, tn};

/// Why there is no answer of the kind asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The server said no, and why.
    Refused(Failure),
    /// The server was not reached.
    Unreachable,
    /// Something answered that is not this version of the server.
    Strange,
}

impl Trouble {
    /// Whether it means that nobody is signed in.
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Trouble::Refused(failure) if failure.code == RefusalCode::SignedOut)
    }

    /// In words for the person at the screen.
    pub fn say(&self) -> String {
        let failure = match self {
            Trouble::Unreachable => return t("trouble.unreachable"),
            Trouble::Strange => return t("trouble.strange"),
            Trouble::Refused(failure) => failure,
        };
        if let Some(ms) = failure.retry_after_ms {
            return tn("trouble.later", &[("s", &ms.div_ceil(1000).max(1).to_string())]);
        }
        let mut key = "trouble.".to_owned();
        key.push_str(failure.code.text());
        find(&key).unwrap_or_else(|| sentence(&failure.message))
    }
}

/// What is wrong with a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wrong {
    fields: Vec<(&'static str, String)>,
    /// What belongs to no one field.
    pub whole: Option<String>,
}

impl Wrong {
    /// Nothing wrong yet.
    pub fn nothing() -> Wrong {
        Wrong::default()
    }

    /// The form as a whole is wrong.
    pub fn whole(text: String) -> Wrong {
        Wrong { fields: Vec::new(), whole: Some(text) }
    }

    /// One field is wrong.
    pub fn at(mut self, field: &'static str, text: String) -> Wrong {
        self.fields.push((field, text));
        self
    }

    /// With what is wrong with a name, if anything.
    pub fn with_name(self, name: &str) -> Wrong {
        match name.trim().chars().count() {
            0 => self.at("name", t("wrong.name.empty")),
            1..=NAME_CHARS_MAX => self,
            _ => self.at("name", tn("wrong.name.long", &[("n", &NAME_CHARS_MAX.to_string())])),
        }
    }

    /// Trouble with a request made from a form with these fields.
    pub fn from_trouble(trouble: &Trouble, fields: &[&'static str]) -> Wrong {
        if let Trouble::Refused(failure) = trouble {
            let named = failure.field.as_deref().unwrap_or("").rsplit('.').next().unwrap_or("");
            if let Some(field) = fields.iter().find(|field| **field == named) {
                let mut key = "wrong.".to_owned();
                key.push_str(field);
                key.push('.');
                key.push_str(failure.code.text());
                let said = find(&key).unwrap_or_else(|| sentence(&failure.message));
                return Wrong::nothing().at(field, said);
            }
        }
        Wrong::whole(trouble.say())
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<AttrValue> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, text)| AttrValue::from(text.clone()))
    }

    /// The first field that is wrong, which gets the focus.
    pub fn first(&self) -> Option<&'static str> {
        self.fields.first().map(|(name, _)| *name)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.whole.is_none()
    }
}

/// The server's words as a sentence: it says "the name is empty", a screen says "The name is empty."
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let mut out: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    out.push_str(chars.as_str());
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(field: &str) -> Trouble {
        Trouble::Refused(Failure {
            code: RefusalCode::Invalid,
            message: "the name is empty".to_owned(),
            field: Some(field.to_owned()),
            retry_after_ms: None,
        })
    }

    #[test]
    fn a_failure_lands_at_its_field_or_on_the_whole_form() {
        let wrong = Wrong::from_trouble(&failure("site.looks.name"), &["email", "name"]);
        assert_eq!((wrong.of("name").as_deref(), wrong.whole.as_deref()), (Some("The name is empty."), None));
        let wrong = Wrong::from_trouble(&failure("other"), &["email"]);
        assert_eq!(wrong.whole.as_deref(), Some("The name is empty."));
        assert_eq!(wrong.first(), None);
    }
}
