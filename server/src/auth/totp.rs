//! The codes that authenticator apps show (RFC 6238: HMAC-SHA1, six digits, 30 seconds): what they are at a moment, and
//! which moment a code is of. That none counts twice is the store's.

use deskbell_shared::model::UnixMillis;
use ring::hmac;
use subtle::ConstantTimeEq as _;

/// The bytes of a secret: as many as the hash has (RFC 4226, section 4, R6).
pub const KEY_BYTES: usize = 20;
/// How long a code is shown.
pub const STEP_MS: i64 = 30_000;
/// Clocks may be so many steps apart, either way (RFC 6238, section 5.2).
pub const STEPS_APART_MAX: u64 = 1;
/// The digits of a code.
pub const DIGITS: usize = 6;

/// The steps since 1970.
pub fn step_at(now: UnixMillis) -> u64 {
    u64::try_from(now.0 / STEP_MS).unwrap_or_default()
}

/// The code of one step (RFC 4226, section 5.3).
pub fn code_of(key: &[u8; KEY_BYTES], step: u64) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 0xf);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:0DIGITS$}", number % 1_000_000)
}

/// The step whose code this is, if it is one of now. Every step is compared whole, so that the time it takes says nothing
/// (RUSTSEC-2022-0018).
pub fn step_of(key: &[u8; KEY_BYTES], code: &str, now: UnixMillis) -> Option<u64> {
    let present = step_at(now);
    let steps = present.saturating_sub(STEPS_APART_MAX)..=present + STEPS_APART_MAX;
    steps.fold(None, |found, step| {
        let is_it = bool::from(code_of(key, step).as_bytes().ct_eq(code.as_bytes()));
        if is_it { Some(step) } else { found }
    })
}

/// A secret as it is typed into an app: base32 (RFC 4648) without padding.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8; KEY_BYTES] = b"12345678901234567890";

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(KEY, step_at(UnixMillis(seconds * 1_000))), code, "{seconds}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_first_ones_are_those_of_the_counter() {
        let codes: Vec<String> = (0..5).map(|step| code_of(KEY, step)).collect();
        assert_eq!(codes, ["755224", "287082", "359152", "969429", "338314"]);
    }

    #[test]
    fn clocks_may_be_one_step_apart() {
        let now = UnixMillis(1_234_567_890_000);
        let step = step_at(now);
        for near in step - 1..=step + 1 {
            assert_eq!(step_of(KEY, &code_of(KEY, near), now), Some(near));
        }
        for far in [step - 2, step + 2] {
            assert_eq!(step_of(KEY, &code_of(KEY, far), now), None);
        }
        for nothing in ["", "00592", "0059240", "+05924", "abcdef"] {
            assert_eq!(step_of(KEY, nothing, now), None, "{nothing}");
        }
        assert_eq!(step_of(b"another secret of 20", &code_of(KEY, step), now), None);
    }

    /// RFC 4648, section 10, without the padding.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(KEY), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
