//! Among which inboxes the visitors of a site choose, while its owner decides it.

use deskbell_shared::model::site::INBOX_KEY_BYTES_MAX;
use deskbell_shared::model::{InboxId, SiteInbox};

use super::intake;

/// Adds one, behind the main inbox of the site, which is always among them.
pub fn add(inboxes: &mut Vec<SiteInbox>, inbox: InboxId, name: &str) {
    if inboxes.iter().all(|its| its.inbox != inbox) {
        let key = free_key(inboxes, name);
        inboxes.push(SiteInbox { inbox, key, label: intake::nothing() });
    }
}

/// Takes one away. The main one alone is no choice.
pub fn remove(inboxes: &mut Vec<SiteInbox>, at: usize) {
    inboxes.remove(at);
    if inboxes.len() < 2 {
        inboxes.clear();
    }
}

/// What a page calls an inbox of this name: small letters, digits and `-`, and no two alike.
fn free_key(inboxes: &[SiteInbox], name: &str) -> String {
    let mut key = String::new();
    for sign in name.to_lowercase().chars() {
        if sign.is_ascii_alphanumeric() {
            key.push(sign);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
    }
    // Room for a number behind it.
    key.truncate(INBOX_KEY_BYTES_MAX - 3);
    let key = match key.trim_end_matches('-') {
        "" => "inbox",
        key => key,
    };
    let is_free = |key: &str| inboxes.iter().all(|its| its.key != key);
    let mut own = key.to_owned();
    for n in 2.. {
        if is_free(&own) {
            break;
        }
        own = [key, "-", &u32::to_string(&n)].concat();
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_names_and_differ() {
        let mut all = Vec::new();
        for (n, name) in
            ["Help desk!", "Sales", " sales ", "销售", "客服", "Sales", &"x".repeat(80)].iter().enumerate()
        {
            add(&mut all, InboxId(n as u128), name);
        }
        let keys: Vec<&str> = all.iter().map(|its| its.key.as_str()).collect();
        assert_eq!(keys[..6], ["help-desk", "sales", "sales-2", "inbox", "inbox-2", "sales-3"]);
        assert!(keys[6].len() <= INBOX_KEY_BYTES_MAX);
        add(&mut all, InboxId(0), "Help desk!");
        assert_eq!(all.len(), 7, "once each");
    }

    #[test]
    fn one_alone_is_no_choice() {
        let mut both = Vec::new();
        add(&mut both, InboxId(1), "Help");
        add(&mut both, InboxId(2), "Sales");
        remove(&mut both, 1);
        assert!(both.is_empty());
    }
}
