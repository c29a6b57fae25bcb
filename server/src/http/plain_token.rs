//! The one-use token in the plain form: who writes, in which conversation, and the id of the message to come. It is
//! signed and not stored, so a form works after a restart, and sending the same form twice is the same message.

use std::time::Duration;

use deskbell_shared::model::{Cmid, ConversationId, SiteId, UnixMillis, VisitorId};

use crate::auth::seal::Sealer;
use crate::auth::secret::random;

/// How long a form may lie open before it is sent.
pub const FORM_LIFETIME: Duration = Duration::from_secs(24 * 3600);

const PAYLOAD_BYTES: usize = 16 + 16 + 8 + 10;

/// Signs and reads tokens with a key of this server.
pub struct PlainTokens {
    sealer: Sealer,
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainToken {
    /// Who writes.
    pub visitor: VisitorId,
    /// Where.
    pub conversation: ConversationId,
    /// When the form was shown.
    pub shown_at: UnixMillis,
    /// Makes the message's id.
    pub nonce: [u8; 10],
}

impl PlainTokens {
    /// With a key of 32 random bytes.
    pub fn new(key: [u8; 32]) -> PlainTokens {
        PlainTokens { sealer: Sealer::new(key, "plain form") }
    }

    /// The text for the form.
    pub fn sealed(&self, site: SiteId, token: &PlainToken) -> String {
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        payload.extend_from_slice(&token.visitor.to_bytes());
        payload.extend_from_slice(&token.conversation.to_bytes());
        payload.extend_from_slice(&token.shown_at.0.to_be_bytes());
        payload.extend_from_slice(&token.nonce);
        self.sealer.sealed(&site.to_bytes(), &payload)
    }

    /// Reads what a form sent, if we wrote it for this site and it is not too old.
    pub fn opened(&self, site: SiteId, text: &str, now: UnixMillis) -> Option<PlainToken> {
        let payload: [u8; PAYLOAD_BYTES] = self.sealer.opened(&site.to_bytes(), text)?;
        let token = PlainToken {
            visitor: VisitorId::from_bytes(payload[..16].try_into().ok()?),
            conversation: ConversationId::from_bytes(payload[16..32].try_into().ok()?),
            shown_at: UnixMillis(i64::from_be_bytes(payload[32..40].try_into().ok()?)),
            nonce: payload[40..].try_into().ok()?,
        };
        (now.since(token.shown_at) <= FORM_LIFETIME).then_some(token)
    }
}

impl PlainToken {
    /// For a form that is shown now.
    pub fn fresh(visitor: VisitorId, conversation: ConversationId, now: UnixMillis) -> PlainToken {
        PlainToken { visitor, conversation, shown_at: now, nonce: random() }
    }

    /// The id of the message this form sends, the same however often it is sent.
    pub fn cmid(&self) -> Cmid {
        Cmid::from_parts(self.shown_at, self.nonce)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    #[test]
    fn a_token_is_read_only_where_it_was_written() {
        let tokens = PlainTokens::new([7; 32]);
        let token = PlainToken::fresh(VisitorId(1), ConversationId(2), NOW);
        let text = tokens.sealed(SiteId(3), &token);
        assert_eq!(tokens.opened(SiteId(3), &text, NOW), Some(token));
        assert_eq!(tokens.opened(SiteId(3), &text, NOW).unwrap().cmid(), token.cmid());
        assert_eq!(tokens.opened(SiteId(4), &text, NOW), None);
        assert_eq!(PlainTokens::new([8; 32]).opened(SiteId(3), &text, NOW), None);
        let late = NOW.plus(FORM_LIFETIME).plus(Duration::from_millis(1));
        assert_eq!(tokens.opened(SiteId(3), &text, late), None);
    }

    #[test]
    fn a_changed_token_is_none() {
        let tokens = PlainTokens::new([7; 32]);
        let text = tokens.sealed(SiteId(3), &PlainToken::fresh(VisitorId(1), ConversationId(2), NOW));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(tokens.opened(SiteId(3), &URL_SAFE_NO_PAD.encode(changed), NOW), None);
        }
        for nonsense in ["", "%", "AAAA", &"A".repeat(1_000_000)] {
            assert_eq!(tokens.opened(SiteId(3), nonsense, NOW), None);
        }
    }
}
