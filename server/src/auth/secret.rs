//! Secrets that travel once and are kept as digests: session cookies, links, visitor tokens. It makes and digests
//! them; who they belong to is the store's. A secret never appears in `Debug`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::store::accounts::SecretDigest;

/// Random bytes in a secret: twice what guessing needs.
pub const SECRET_BYTES: usize = 32;

/// The length of a secret as text.
pub const SECRET_CHARS: usize = 43;

/// A fresh or received secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one from the operating system's generator.
    pub fn fresh() -> Secret {
        Secret(URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()))
    }

    /// Reads what somebody sent; `None` when it cannot be one of ours.
    pub fn received(text: &str) -> Option<Secret> {
        let sane = text.len() == SECRET_CHARS && text.bytes().all(is_base64url);
        sane.then(|| Secret(text.to_owned()))
    }

    /// The text that travels.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored and compared.
    pub fn digest(&self) -> SecretDigest {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Bytes from the operating system's generator. Without one nothing here is safe, so that ends the process.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[allow(clippy::expect_used)]
    getrandom::fill(&mut bytes).expect("the operating system gives no random bytes");
    bytes
}

/// A public key of a site: 16 random bytes as 22 characters.
pub fn fresh_site_key() -> String {
    URL_SAFE_NO_PAD.encode(random::<16>())
}

/// Whether a text has the form of a site's key.
pub fn is_site_key(text: &str) -> bool {
    text.len() == 22 && text.bytes().all(is_base64url)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_fresh_and_silent() {
        let (a, b) = (Secret::fresh(), Secret::fresh());
        assert_ne!(a, b);
        assert_eq!(a.expose().len(), SECRET_CHARS);
        assert!(!format!("{a:?}").contains(a.expose()));
        assert_eq!(Secret::received(a.expose()).unwrap().digest(), a.digest());
    }

    /// S15: of a hundred thousand no two are alike, and every bit is as often one as zero.
    #[test]
    fn what_is_made_cannot_be_guessed() {
        const SAMPLES: usize = 100_000;
        let mut seen = std::collections::HashSet::new();
        let mut ones = [0_u32; 128];
        for _ in 0..SAMPLES {
            let bytes = random::<16>();
            assert!(seen.insert(bytes), "the same one twice");
            for (at, count) in ones.iter_mut().enumerate() {
                *count += u32::from(bytes[at / 8] >> (at % 8) & 1);
            }
        }
        // Six standard deviations around the half: fair bits are outside once in four million runs.
        let far = 6.0 * (SAMPLES as f64).sqrt() / 2.0;
        for (at, count) in ones.into_iter().enumerate() {
            assert!((f64::from(count) - SAMPLES as f64 / 2.0).abs() < far, "bit {at}: {count} of {SAMPLES}");
        }
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused() {
        let percent = "%".repeat(SECRET_CHARS);
        let long = "a".repeat(1_000_000);
        for text in ["", "a", &percent, &long, "[\"a\"]"] {
            assert!(Secret::received(text).is_none());
        }
        assert!(is_site_key(&fresh_site_key()));
        assert!(!is_site_key("../../etc/passwd......"));
    }
}
