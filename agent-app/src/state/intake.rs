//! What a site asks before the first message, while its owner writes it: texts in every language or in one.

use deskbell_shared::model::{ChatForm, FieldKind, FormConsent, FormField, SiteStyle, Worded, Wording};

/// A text that says nothing yet.
pub fn nothing() -> Worded {
    Worded { text: String::new(), others: Vec::new() }
}

/// What a text says for all, or in one language; empty where it says nothing of its own.
pub fn said<'a>(text: &'a Worded, language: Option<&str>) -> &'a str {
    let Some(language) = language else { return &text.text };
    let own = text.others.iter().find(|other| other.language == language);
    own.map_or("", |own| &own.text)
}

/// Has a text say something for all, or in one language.
pub fn put(text: &mut Worded, language: Option<&str>, words: String) {
    let Some(language) = language else {
        text.text = words;
        return;
    };
    match text.others.iter_mut().find(|other| other.language == language) {
        Some(own) => own.text = words,
        None => text.others.push(Wording { language: language.to_owned(), text: words }),
    }
}

/// Several texts, one a line.
pub fn lines(texts: &[Worded], language: Option<&str>) -> String {
    texts.iter().map(|text| said(text, language)).collect::<Vec<_>>().join("\n")
}

/// Takes lines. For all languages there are as many texts as lines; in one, a line is the text at its place.
pub fn put_lines(texts: &mut Vec<Worded>, language: Option<&str>, written: &str) {
    let written: Vec<&str> = if written.is_empty() { Vec::new() } else { written.split('\n').collect() };
    if language.is_none() {
        texts.truncate(written.len());
        texts.resize_with(written.len(), nothing);
    }
    for (at, text) in texts.iter_mut().enumerate() {
        put(text, language, written.get(at).copied().unwrap_or_default().to_owned());
    }
}

/// A new question. Names and addresses are called as the page calls them, too, and other questions by a number.
pub fn question(form: &ChatForm, key: &str, label: String, kind: FieldKind) -> FormField {
    let is_free = |key: &str| form.fields.iter().all(|field| field.key != key);
    let mut own = key.to_owned();
    for n in 2.. {
        if is_free(&own) {
            break;
        }
        own = [key, "_", &u32::to_string(&n)].concat();
    }
    let label = Worded { text: label, ..nothing() };
    FormField { key: own, kind, required: true, label, choices: Vec::new() }
}

/// A text to be agreed to. The server counts its versions.
pub fn consent() -> FormConsent {
    FormConsent { version: 0, text: nothing(), link: None }
}

/// As it is sent: without what was begun and left empty.
pub fn meant(mut style: SiteStyle) -> SiteStyle {
    let is_meant = |text: &Worded| !text.text.trim().is_empty();
    if let Some(form) = &mut style.form {
        for field in &mut form.fields {
            field.choices.retain(is_meant);
        }
    }
    style.form = style.form.filter(|form| !form.fields.is_empty() || form.consent.is_some());
    if let Some(starters) = &mut style.starters {
        starters.retain(is_meant);
    }
    style.starters = style.starters.filter(|starters| !starters.is_empty());
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_texts_in_their_places() {
        let mut texts = Vec::new();
        put_lines(&mut texts, None, "One\nTwo\n");
        assert_eq!((texts.len(), lines(&texts, None).as_str()), (3, "One\nTwo\n"), "a new line is begun");
        put_lines(&mut texts, Some("ar"), "\nاثنان");
        assert_eq!(said(&texts[1], Some("ar")), "اثنان");
        assert_eq!(lines(&texts, Some("ar")), "\nاثنان\n");
        put_lines(&mut texts, None, "One");
        assert_eq!(texts.len(), 1);
        put_lines(&mut texts, None, "");
        assert!(texts.is_empty());
    }

    #[test]
    fn questions_are_called_differently() {
        let mut form = ChatForm { fields: Vec::new(), consent: None };
        for key in ["name", "question", "question"] {
            let field = question(&form, key, "?".into(), FieldKind::Text);
            form.fields.push(field);
        }
        let keys: Vec<&str> = form.fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["name", "question", "question_2"]);
    }

    #[test]
    fn what_was_left_empty_is_not_meant() {
        let mut form = ChatForm { fields: Vec::new(), consent: None };
        let mut field = question(&form, "plan", "Which?".into(), FieldKind::Choice);
        put_lines(&mut field.choices, None, "Gold\n\nFree");
        form.fields.push(field);
        let style = SiteStyle { form: Some(form), starters: Some(vec![nothing()]), ..SiteStyle::default() };
        let style = meant(style);
        assert_eq!(style.form.unwrap().fields[0].choices.len(), 2);
        assert_eq!(style.starters, None);
        let form = Some(ChatForm { fields: Vec::new(), consent: None });
        assert_eq!(meant(SiteStyle { form, ..SiteStyle::default() }), SiteStyle::default());
    }
}
