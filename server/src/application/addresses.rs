//! Addresses that visitors leave for an answer. An address is a place to send to and nothing else: nobody has proved
//! that it is theirs, so nothing is unlocked by it (S12).

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::RefusalCode;
use std::sync::atomic::Ordering;

use super::{Application, agent, names};
use crate::auth::Principal;
use crate::store::mail::LeaveAddress;
use crate::store::{Fault, Stored};

impl Application {
    /// Whether messages are answered by e-mail where an address was left.
    pub fn sends_mail(&self) -> bool {
        self.mails.load(Ordering::Relaxed)
    }

    /// From now on they are, and visitors are told so. Called once, before anybody is served.
    pub fn promise_mail(&self) {
        self.mails.store(true, Ordering::Relaxed);
    }

    /// A visitor leaves an address, as often as they may write.
    pub async fn leave_address(
        &self,
        who: &Principal,
        conversation: ConversationId,
        address: &str,
    ) -> Stored<()> {
        let Principal::Visitor { id: visitor, .. } = *who else {
            return Err(Fault::because(RefusalCode::NotAllowed));
        };
        let address = names::email(address).map_err(|_| Fault::because(RefusalCode::Invalid))?;
        if !is_deliverable(&address) {
            return Err(Fault::because(RefusalCode::Invalid));
        }
        let at = self.now();
        if self.allowances.messages(who, &self.limits, 1, at).0 == 0 {
            return Err(Fault::because(RefusalCode::RateLimited));
        }
        self.log.leave_address(LeaveAddress { conversation, visitor, address, at }).await
    }

    /// An agent has answered by hand.
    pub async fn note_mailed(&self, who: &Principal, conversation: ConversationId) -> Stored<()> {
        self.log.note_mailed(conversation, agent(who)?, self.now()).await
    }
}

/// Shapes that mail servers take without guessing: printable ASCII, a domain with a dot and no odd ends.
fn is_deliverable(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let label = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    (1..=64).contains(&local.len())
        && local.bytes().all(is_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address_and_nothing_more() {
        for good in ["ann@example.com", "a.b+c@mail.example.co.uk", "o'neil@example.org"] {
            assert!(is_deliverable(good), "{good}");
        }
        for bad in [
            "ann",
            "ann@localhost",
            "@example.com",
            "ann@",
            "ann@@example.com",
            "ann@exa mple.com",
            "ann@-a.com",
            "ann@a-.com",
            "ann@.com",
            "ann@a..com",
            ".a@b.com",
            "a..b@b.com",
            "ann\r\nbcc:x@b.com",
            "a,b@c.com",
            "\"a b\"@c.com",
            "ann@例え.jp",
            "ann@[127.0.0.1]",
        ] {
            assert!(!is_deliverable(bad), "{bad}");
        }
    }
}
