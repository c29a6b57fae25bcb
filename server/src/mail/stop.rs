//! The token in "do not e-mail me": it names a mail, is signed and not stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::store::mail::MailId;

const ID_BYTES: usize = 16;
/// 128 bits.
const SEAL_BYTES: usize = 16;

/// Signs and reads the tokens with a key of this server.
#[derive(Clone)]
pub struct MailStops {
    key: [u8; 32],
}

impl MailStops {
    /// With a key of 32 random bytes.
    pub fn new(key: [u8; 32]) -> MailStops {
        MailStops { key }
    }

    /// The text for the link.
    pub fn sealed(&self, id: MailId) -> String {
        URL_SAFE_NO_PAD.encode([id.0, self.seal(id)].concat())
    }

    /// Which mail a link came with, if we wrote it.
    pub fn opened(&self, text: &str) -> Option<MailId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == ID_BYTES + SEAL_BYTES)?;
        let (id, seal) = bytes.split_at(ID_BYTES);
        let id = MailId(id.try_into().ok()?);
        bool::from(self.seal(id).ct_eq(seal)).then_some(id)
    }

    fn seal(&self, id: MailId) -> [u8; SEAL_BYTES] {
        // Everything before the end has a fixed length, and half of the digest is not shown: nothing can be appended.
        let digest =
            Sha256::new().chain_update(self.key).chain_update(b"mail stop").chain_update(id.0).finalize();
        let mut seal = [0; SEAL_BYTES];
        seal.copy_from_slice(&digest[..SEAL_BYTES]);
        seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_by_the_server_that_wrote_it_and_only_whole() {
        let (ours, others) = (MailStops::new([1; 32]), MailStops::new([2; 32]));
        let token = ours.sealed(MailId([7; 16]));
        assert_eq!(ours.opened(&token), Some(MailId([7; 16])));
        assert_eq!(others.opened(&token), None);
        for at in 0..token.len() {
            let mut bent = token.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'E' } else { b'A' };
            assert_eq!(ours.opened(std::str::from_utf8(&bent).unwrap()), None, "{at}");
        }
        for wrong in ["", "x", &token[1..], &format!("{token}AAAA")] {
            assert_eq!(ours.opened(wrong), None);
        }
    }
}
