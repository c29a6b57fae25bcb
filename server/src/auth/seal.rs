//! Tokens that say something themselves: signed with a key of this server and not stored. What one says, and how long it
//! is good for, is decided by whoever writes it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const SEAL_BYTES: usize = 32;

/// Signs and reads tokens of one kind. What is said in a kind, and what it is about, have fixed lengths: so nothing can
/// be moved from one to the other.
pub struct Sealer {
    key: [u8; 32],
    kind: &'static [u8],
}

impl Sealer {
    /// With a key of 32 random bytes. A token of another kind is none here, whatever its key.
    pub fn new(key: [u8; 32], kind: &'static str) -> Sealer {
        Sealer { key, kind: kind.as_bytes() }
    }

    /// A token that says `said`. It is good only together with `about`, which is not in it.
    pub fn sealed(&self, about: &[u8; 16], said: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([said, &self.seal(about, said)].concat())
    }

    /// What a token says, if it was written here, about this.
    pub fn opened<const SAID_BYTES: usize>(&self, about: &[u8; 16], token: &str) -> Option<[u8; SAID_BYTES]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        if bytes.len() != SAID_BYTES + SEAL_BYTES {
            return None;
        }
        let (said, seal) = bytes.split_at(SAID_BYTES);
        bool::from(self.seal(about, said).ct_eq(seal)).then(|| said.try_into().ok())?
    }

    /// A secret of its own about something, which nobody makes without the key: 43 characters of base64url.
    pub fn derived(&self, about: &[u8; 16], said: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.key(about, said))
    }

    /// The same as bytes.
    pub fn key(&self, about: &[u8; 16], said: &[u8]) -> [u8; SEAL_BYTES] {
        self.seal(about, said)
    }

    /// A hash within a hash of fixed lengths: what HMAC does, without its padding.
    fn seal(&self, about: &[u8; 16], said: &[u8]) -> [u8; SEAL_BYTES] {
        let mut inner = Sha256::new();
        inner.update(self.key);
        inner.update(self.kind);
        inner.update(about);
        inner.update(said);
        let mut outer = Sha256::new();
        outer.update(self.key);
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [u8; 16] = [3; 16];

    #[test]
    fn a_token_is_read_by_its_kind_and_key_about_its_thing_and_only_whole() {
        let tokens = Sealer::new([1; 32], "file");
        let token = tokens.sealed(&ABOUT, b"said");
        assert_eq!(tokens.opened::<4>(&ABOUT, &token), Some(*b"said"));
        assert_eq!(tokens.opened::<4>(&[4; 16], &token), None);
        assert_eq!(tokens.opened::<5>(&ABOUT, &token), None);
        assert_eq!(Sealer::new([2; 32], "file").opened::<4>(&ABOUT, &token), None);
        assert_eq!(Sealer::new([1; 32], "form").opened::<4>(&ABOUT, &token), None);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            assert_eq!(tokens.opened::<4>(&ABOUT, &URL_SAFE_NO_PAD.encode(bent)), None, "{at}");
        }
        assert_eq!(tokens.opened::<4>(&ABOUT, "%"), None);
    }
}
