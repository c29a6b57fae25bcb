//! Among which inboxes the visitors of a site choose: what its owner may say of them. Whether they are there is looked up by
//! the caller.

use deskbell_shared::model::site::{INBOX_KEY_BYTES_MAX, SITE_INBOXES_MAX};
use deskbell_shared::model::{InboxId, SiteInbox};

use super::denial::Denial;
use super::{forms, names};

const FIELD: &str = "inboxes";

/// The inboxes as they are kept. One alone is no choice: then there are none.
pub fn checked(asked: Vec<SiteInbox>, main: InboxId) -> Result<Vec<SiteInbox>, Denial> {
    if asked.len() > SITE_INBOXES_MAX {
        return Err(Denial::invalid(FIELD, format!("at most {SITE_INBOXES_MAX} inboxes to choose from")));
    }
    let mut kept: Vec<SiteInbox> = Vec::new();
    for SiteInbox { inbox, key, label } in asked {
        let key = key.trim().to_owned();
        if !is_key(&key) {
            let why = "a page calls an inbox by small letters, digits and -, such as sales";
            return Err(Denial::invalid(FIELD, why));
        }
        if kept.iter().any(|other| other.inbox == inbox) {
            return Err(Denial::invalid(FIELD, "an inbox is there twice"));
        }
        if kept.iter().any(|other| other.key == key) {
            return Err(Denial::invalid(FIELD, format!("two inboxes are called {key}")));
        }
        let label = forms::perhaps_worded(FIELD, label, names::label)?;
        kept.push(SiteInbox { inbox, key, label });
    }
    leads_to(&kept, main)?;
    if kept.len() < 2 {
        kept.clear();
    }
    Ok(kept)
}

/// Whether the inbox where conversations land without a choice is one of those to choose from, where there is a choice.
pub fn leads_to(inboxes: &[SiteInbox], main: InboxId) -> Result<(), Denial> {
    match inboxes.is_empty() || inboxes.iter().any(|one| one.inbox == main) {
        true => Ok(()),
        false => Err(Denial::invalid(
            FIELD,
            "the inbox where its conversations land has to be one of those offered",
        )),
    }
}

fn is_key(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=INBOX_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{Worded, Wording};

    use super::*;

    const HELP: InboxId = InboxId(1);

    fn one(inbox: u128, key: &str) -> SiteInbox {
        let label = Worded { text: String::new(), others: Vec::new() };
        SiteInbox { inbox: InboxId(inbox), key: key.into(), label }
    }

    #[test]
    fn two_are_a_choice_and_one_is_none() {
        let both = vec![one(2, "sales"), one(1, "help-2")];
        assert_eq!(checked(both.clone(), HELP).unwrap(), both, "in the order in which the owner put them");
        assert_eq!(checked(vec![one(1, "help")], HELP).unwrap(), []);
        assert_eq!(checked(vec![], HELP).unwrap(), []);
    }

    #[test]
    fn what_visitors_could_not_choose_is_refused() {
        let wrong = |asked: Vec<SiteInbox>| assert_eq!(checked(asked, HELP).unwrap_err().field, Some(FIELD));
        wrong(vec![one(2, "sales"), one(3, "press")]);
        wrong(vec![one(1, "help"), one(1, "sales")]);
        wrong(vec![one(1, "help"), one(2, "help")]);
        for key in ["", "Sales", "sales!", "销售", &"a".repeat(33)] {
            wrong(vec![one(1, "help"), one(2, key)]);
        }
        wrong((1..=9).map(|n| one(n, &format!("inbox-{n}"))).collect());
        let mut foreign = one(2, "sales");
        foreign.label.others = vec![Wording { language: "fr".into(), text: "Ventes".into() }];
        wrong(vec![one(1, "help"), foreign]);
    }
}
