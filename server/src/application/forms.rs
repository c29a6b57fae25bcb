//! What a site asks before the first message, and what it offers to begin with: what its owner may write there.

use deskbell_shared::model::site::{CHOICES_MAX, FORM_FIELDS_MAX, STARTERS_MAX};
use deskbell_shared::model::{ChatForm, FieldKind, FormConsent, FormField, SiteLooks, Worded, Wording};
use url::Url;

use super::denial::Denial;
use super::{abouts, names};

/// Letters of a key.
const KEY_BYTES_MAX: usize = 32;
/// Letters of a link.
const LINK_CHARS_MAX: usize = 500;

/// A form as it is kept; `None` when it asks nothing.
pub fn checked(form: ChatForm) -> Result<Option<ChatForm>, Denial> {
    let fields = form.fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
    if fields.len() > FORM_FIELDS_MAX {
        return Err(Denial::invalid("form", format!("at most {FORM_FIELDS_MAX} questions")));
    }
    let twice = fields.iter().enumerate().find(|(at, one)| fields[..*at].iter().any(|it| it.key == one.key));
    if let Some((_, field)) = twice {
        return Err(Denial::invalid("form", format!("two questions are called {}", field.key)));
    }
    let consent = form.consent.map(agreement).transpose()?;
    let asks = consent.is_some() || !fields.is_empty();
    Ok(asks.then_some(ChatForm { fields, consent }))
}

/// Beginnings as they are kept.
pub fn starters(all: Vec<Worded>) -> Result<Vec<Worded>, Denial> {
    if all.len() > STARTERS_MAX {
        return Err(Denial::invalid("starters", format!("at most {STARTERS_MAX} of them")));
    }
    all.into_iter().map(|one| worded("starters", one, names::label)).collect()
}

/// Gives the text that is to be agreed to its version: the one of before for the same text, the next for another.
pub fn count(looks: &mut SiteLooks, before: Option<&SiteLooks>) {
    let of = |looks: &SiteLooks| looks.style.as_ref()?.form.as_ref()?.consent.clone();
    let (before, last) = (before.and_then(of), before.and_then(|it| it.style.as_ref()?.consents));
    // A text that was taken away and put back is agreed to anew.
    let last = last.unwrap_or(0).max(before.as_ref().map_or(0, |it| it.version));
    if last == 0 && looks.style.is_none() {
        return;
    }
    let style = looks.style.get_or_insert_default();
    style.consents = (last > 0).then_some(last);
    if let Some(consent) = style.form.as_mut().and_then(|form| form.consent.as_mut()) {
        let same = before.filter(|it| it.text == consent.text && it.link == consent.link);
        consent.version = same.map_or(last + 1, |it| it.version);
        style.consents = Some(consent.version.max(last));
    }
}

fn field(asked: FormField) -> Result<FormField, Denial> {
    let key = asked.key.trim().to_owned();
    if !is_key(&key) {
        let why = "a question is called by small letters, digits and _, such as order_number";
        return Err(Denial::invalid("form", why));
    }
    let kind = if key == abouts::EMAIL { FieldKind::Email } else { asked.kind };
    let label = worded("form", asked.label, names::label)?;
    let choices = match kind {
        FieldKind::Choice => {
            let choices: Result<Vec<_>, _> =
                asked.choices.into_iter().map(|one| worded("form", one, names::label)).collect();
            choices?
        }
        FieldKind::Text | FieldKind::Email => Vec::new(),
    };
    if kind == FieldKind::Choice && !(2..=CHOICES_MAX).contains(&choices.len()) {
        return Err(Denial::invalid("form", format!("from 2 to {CHOICES_MAX} choices, one a line")));
    }
    let twice = (1..choices.len()).any(|at| choices[..at].iter().any(|it| it.text == choices[at].text));
    if twice {
        return Err(Denial::invalid("form", "the choices of a question differ from each other"));
    }
    Ok(FormField { key, kind, required: asked.required, label, choices })
}

fn agreement(asked: FormConsent) -> Result<FormConsent, Denial> {
    let text = worded("consent", asked.text, names::greeting)?;
    let link = asked.link.map(|link| link.trim().to_owned()).filter(|link| !link.is_empty());
    if let Some(link) = &link {
        let url = Url::parse(link).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() || link.chars().count() > LINK_CHARS_MAX {
            return Err(Denial::invalid("link", "a link begins with https://"));
        }
    }
    Ok(FormConsent { version: asked.version, text, link })
}

/// Judges a text in one language.
pub type Judge = fn(&'static str, &str) -> Result<String, Denial>;

/// A text as it is kept, in every language in which it says something.
fn worded(field: &'static str, asked: Worded, judge: Judge) -> Result<Worded, Denial> {
    let worded = perhaps_worded(field, asked, judge)?;
    match worded.text.is_empty() {
        true => Err(Denial::invalid(field, "there is nothing in one of the texts")),
        false => Ok(worded),
    }
}

/// The same of one that may say nothing for whoever speaks none of the others.
pub fn perhaps_worded(field: &'static str, asked: Worded, judge: Judge) -> Result<Worded, Denial> {
    let text = judge(field, &asked.text)?;
    let mut others: Vec<Wording> = Vec::new();
    for other in asked.others {
        let is_given = others.iter().any(|known| known.language == other.language);
        names::language(field, &other.language, is_given)?;
        let said = judge(field, &other.text)?;
        if !said.is_empty() {
            others.push(Wording { language: other.language, text: said });
        }
    }
    Ok(Worded { text, others })
}

fn is_key(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::SiteStyle;

    fn says(text: &str) -> Worded {
        Worded { text: text.into(), others: Vec::new() }
    }

    fn choice(key: &str, choices: &[&str]) -> FormField {
        let choices = choices.iter().map(|text| says(text)).collect();
        FormField { key: key.into(), kind: FieldKind::Choice, required: true, label: says("Which?"), choices }
    }

    fn asking(fields: Vec<FormField>, consent: Option<FormConsent>) -> SiteLooks {
        let form = Some(ChatForm { fields, consent });
        let style = Some(SiteStyle { form, ..SiteStyle::default() });
        SiteLooks { name: "Shop".into(), colour: "#000000".into(), greeting: String::new(), style }
    }

    fn agrees(text: &str) -> FormConsent {
        FormConsent { version: 0, text: says(text), link: None }
    }

    #[test]
    fn a_form_that_asks_nothing_is_none() {
        assert_eq!(checked(ChatForm { fields: Vec::new(), consent: None }).unwrap(), None);
    }

    #[test]
    fn what_makes_no_question_is_said() {
        let form = |fields| ChatForm { fields, consent: None };
        let good = choice("plan", &["Gold", "Free"]);
        assert_eq!(checked(form(vec![good.clone()])).unwrap(), Some(form(vec![good.clone()])));
        let bad = [
            vec![good.clone(), good.clone()],
            vec![choice("Plan", &["a", "b"])],
            vec![choice("", &["a", "b"])],
            vec![choice("plan", &["a"])],
            vec![choice("plan", &["a", "a"])],
            vec![FormField { label: says(" "), ..good.clone() }],
            (0..=FORM_FIELDS_MAX).map(|n| choice(&format!("n{n}"), &["a", "b"])).collect(),
        ];
        for fields in bad {
            assert_eq!(checked(form(fields.clone())).unwrap_err().field, Some("form"), "{fields:?}");
        }
        let email = FormField { key: "email".into(), kind: FieldKind::Text, ..good };
        assert_eq!(checked(form(vec![email])).unwrap().unwrap().fields[0].kind, FieldKind::Email);
        let link = |link: &str| FormConsent { link: Some(link.into()), ..agrees("Yes") };
        let with = |link| checked(ChatForm { fields: Vec::new(), consent: Some(link) });
        assert!(with(link("https://example.com/privacy")).is_ok());
        for bad in ["javascript:alert(1)", "example.com", "mailto:a@b.c"] {
            assert_eq!(with(link(bad)).unwrap_err().field, Some("link"), "{bad}");
        }
    }

    #[test]
    fn another_text_has_another_version_for_ever() {
        let version =
            |looks: &SiteLooks| Some(looks.style.as_ref()?.form.as_ref()?.consent.as_ref()?.version);
        let mut first = asking(Vec::new(), Some(agrees("One")));
        count(&mut first, None);
        assert_eq!(version(&first), Some(1));
        let mut same = asking(vec![choice("plan", &["a", "b"])], Some(agrees("One")));
        count(&mut same, Some(&first));
        assert_eq!(version(&same), Some(1), "nobody is asked anew for another question");
        let mut second = asking(Vec::new(), Some(agrees("Two")));
        count(&mut second, Some(&same));
        assert_eq!(version(&second), Some(2));
        let mut none = SiteLooks { style: None, ..asking(Vec::new(), None) };
        count(&mut none, Some(&second));
        let mut again = asking(Vec::new(), Some(agrees("One")));
        count(&mut again, Some(&none));
        assert_eq!(version(&again), Some(3));
    }
}
