//! What a site asks before the first message, in the plain form.

use std::collections::HashMap;
use std::fmt::Write as _;

use deskbell_shared::model::{
    About, Agreed, AttributeView, ChatForm, FieldKind, FormConsent, FormField, InboxId, SiteInbox,
};
use deskbell_shared::protocol::limits::ABOUT_CHARS_MAX;

use super::words::WORDS;
use crate::html::escaped;
use crate::language::Language;

/// Before the key of a question, as the name of its field: nothing of the form's own is called so.
const FIELD: &str = "about-";
/// The field of what is agreed to; its value is the version.
const CONSENT: &str = "about-consent-version";
/// The field of whom one writes to.
const INBOX: &str = "inbox";
/// Says that the questions were on the page.
const ASKED: &str = "asked";

/// The questions, with what was answered before something was missing.
pub fn questions(form: &ChatForm, language: Language, given: &HashMap<String, String>) -> String {
    let mut html = format!("<input type=\"hidden\" name=\"{ASKED}\" value=\"1\">\n");
    for field in &form.fields {
        let _ = write!(html, "{}", question(field, language, given));
    }
    if let Some(consent) = &form.consent {
        html.push_str(&agreement(consent, language));
    }
    html
}

/// Whom one may write to, where there is a choice: in the order of the site, and chosen as it was before something was
/// missing.
pub fn whom(inboxes: &[SiteInbox], language: Language, given: &HashMap<String, String>) -> String {
    if inboxes.len() < 2 {
        return String::new();
    }
    let options = inboxes.iter().map(|SiteInbox { inbox, label, .. }| {
        let (id, name) = (inbox.to_string(), escaped(label.of(language.tag())));
        let chosen = if given.get(INBOX) == Some(&id) { " selected" } else { "" };
        format!("<option value=\"{id}\"{chosen}>{name}</option>")
    });
    let (options, words): (String, _) = (options.collect(), WORDS.of(language));
    format!(
        "<label for=\"{INBOX}\">{}</label>\n<select id=\"{INBOX}\" name=\"{INBOX}\">{options}</select>\n",
        words.whom
    )
}

/// Whom they chose. What is no inbox at all is nobody in particular.
pub fn chosen(given: &HashMap<String, String>) -> Option<InboxId> {
    given.get(INBOX).and_then(|id| InboxId::from_hex(id))
}

fn question(field: &FormField, language: Language, given: &HashMap<String, String>) -> String {
    let words = WORDS.of(language);
    let id = format!("{FIELD}{}", field.key);
    let label = escaped(field.label.of(language.tag()));
    let optional = if field.required { String::new() } else { format!(" {}", words.optional) };
    let needed = if field.required { " required" } else { "" };
    let value = given.get(&id).map_or("", String::as_str);
    let label = format!("<label for=\"{id}\" dir=\"auto\">{label}{optional}</label>\n");
    let control = match field.kind {
        FieldKind::Choice => {
            let options = field.choices.iter().map(|choice| {
                let (kept, shown) = (escaped(&choice.text), escaped(choice.of(language.tag())));
                let chosen = if choice.text == value { " selected" } else { "" };
                format!("<option value=\"{kept}\"{chosen}>{shown}</option>")
            });
            let options: String = options.collect();
            format!(
                "<select id=\"{id}\" name=\"{id}\"{needed}><option value=\"\"></option>{options}</select>\n"
            )
        }
        FieldKind::Text | FieldKind::Email => {
            let (kind, value) = (field.kind.text(), escaped(value));
            format!(
                "<input id=\"{id}\" name=\"{id}\" type=\"{kind}\" value=\"{value}\" maxlength=\"{ABOUT_CHARS_MAX}\"{needed}>\n"
            )
        }
    };
    [label, control].concat()
}

fn agreement(consent: &FormConsent, language: Language) -> String {
    let text = escaped(consent.text.of(language.tag())).replace('\n', "<br>");
    let version = consent.version;
    let link = consent.link.as_ref().map_or_else(String::new, |link| {
        let (link, words) = (escaped(link), WORDS.of(language).read_more);
        format!(" <a href=\"{link}\" rel=\"noopener noreferrer\" target=\"_blank\">{words}</a>")
    });
    format!(
        "<p class=\"agree\"><input id=\"{CONSENT}\" name=\"{CONSENT}\" type=\"checkbox\" value=\"{version}\" required>\
         <label for=\"{CONSENT}\" dir=\"auto\">{text}</label>{link}</p>\n"
    )
}

/// What was answered. `Ok(None)` where nothing was asked; `Err` where something that is needed is missing.
pub fn answers(
    form: Option<&ChatForm>,
    language: Language,
    given: &HashMap<String, String>,
) -> Result<Option<About>, ()> {
    let Some(form) = form.filter(|_| given.contains_key(ASKED)) else { return Ok(None) };
    let mut answers = Vec::new();
    for field in &form.fields {
        let value = given.get(&format!("{FIELD}{}", field.key)).map_or("", |value| value.trim());
        if value.is_empty() && field.required {
            return Err(());
        }
        if !value.is_empty() {
            answers.push(AttributeView { name: field.key.clone(), value: value.to_owned() });
        }
    }
    let consent = match &form.consent {
        None => None,
        Some(consent) if given.get(CONSENT) == Some(&consent.version.to_string()) => {
            Some(Agreed { version: consent.version, language: language.tag().to_owned() })
        }
        Some(_) => return Err(()),
    };
    Ok(Some(About { answers, consent }))
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::Worded;

    use super::*;

    fn says(text: &str) -> Worded {
        Worded { text: text.into(), others: Vec::new() }
    }

    fn form(text: &str) -> ChatForm {
        let field = |key: &str, kind, required, choices: &[&str]| FormField {
            key: key.into(),
            kind,
            required,
            label: says(text),
            choices: choices.iter().map(|choice| says(choice)).collect(),
        };
        ChatForm {
            fields: vec![
                field("name", FieldKind::Text, false, &[]),
                field("plan", FieldKind::Choice, true, &["Gold", text]),
            ],
            consent: Some(FormConsent {
                version: 3,
                text: says(text),
                link: Some(format!("https://a.b/{text}")),
            }),
        }
    }

    fn given(fields: &[(&str, &str)]) -> HashMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_needed_is_asked_for_and_judged() {
        let form = form("Which?");
        let html = questions(&form, Language::English, &given(&[("about-plan", "Gold")]));
        assert!(html.contains("<option value=\"Gold\" selected>"), "{html}");
        assert_eq!(html.matches(" required").count(), 2);
        let judged = |fields: &[(&str, &str)]| answers(Some(&form), Language::English, &given(fields));
        assert_eq!(judged(&[("about-plan", "Gold")]), Ok(None), "it was not on the page");
        assert_eq!(judged(&[("asked", "1"), ("about-consent-version", "3")]), Err(()));
        assert_eq!(
            judged(&[("asked", "1"), ("about-plan", "Gold"), ("about-consent-version", "2")]),
            Err(())
        );
        let said = judged(&[("asked", "1"), ("about-plan", " Gold "), ("about-consent-version", "3")]);
        let said = said.unwrap().unwrap();
        assert_eq!(said.answers, [AttributeView { name: "plan".into(), value: "Gold".into() }]);
        assert_eq!(said.consent.map(|it| it.version), Some(3));
    }

    #[test]
    fn no_string_of_the_corpus_becomes_markup() {
        let tags = |html: &str| html.matches('<').count();
        let page = |text: &str| questions(&form(text), Language::Arabic, &given(&[("about-name", text)]));
        let harmless = tags(&page("x"));
        for evil in include_str!("../../tests/xss.txt").lines() {
            let html = page(evil);
            assert_eq!(tags(&html), harmless, "{evil}: {html}");
            assert!(!html.contains("\" onerror") && !html.contains("' onerror"), "{evil}: {html}");
        }
    }
}
