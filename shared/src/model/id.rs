//! Identifiers and counters as types, so that one cannot be passed for another.

use super::time::UnixMillis;
use crate::codec::{Json, Malformed, Problem, Wire, write_text};

macro_rules! identifier {
    ($( $(#[$doc:meta])* $name:ident )*) => { $(
        $(#[$doc])*
        ///
        /// 128 bits, written as 32 lower-case hexadecimal digits.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl $name {
            /// An id in the layout of UUIDv7 (RFC 9562, section 5.7): 48 bits of time, then version, variant and
            /// 74 of the 80 random bits given. The random bytes must come from a cryptographic source.
            pub fn from_parts(now: UnixMillis, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The 32 hexadecimal digits.
            pub fn to_hex(self) -> String {
                hex(self.0)
            }

            /// Reads what `to_hex` writes; nothing else is accepted, so that one id has one text.
            pub fn from_hex(text: &str) -> Option<Self> {
                unhex(text).map(Self)
            }

            /// Sixteen bytes, most significant first: the form stored in a database.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// Reads what `to_bytes` gives.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }

        impl Wire for $name {
            fn write(&self, out: &mut String) {
                write_text(&self.to_hex(), out);
            }
            fn read(json: Json) -> Result<Self, Malformed> {
                Self::from_hex(&String::read(json)?).ok_or(Malformed::because(Problem::OutOfRange))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.to_hex())
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.to_hex())
            }
        }
    )* };
}

identifier! {
    /// One conversation; made by the client that starts it.
    ConversationId
    /// A person at the widget, in one browser.
    VisitorId
    /// A human who answers.
    AgentId
    /// Where a site's conversations land.
    InboxId
    /// A website that embeds the widget.
    SiteId
    /// A secret with which the server of a site signs who its visitors are.
    SiteSecretId
    /// An uploaded file.
    FileId
    /// A saved answer.
    SnippetId
    /// A tag of the organisation.
    TagId
    /// A list that somebody has narrowed and saved under a name.
    ViewId
    /// What may come of conversations in an inbox.
    OutcomeId
    /// A client's own id of a message (client message id), the same on every retry.
    Cmid
    /// The lineage of a database; a restore changes it, and with it the meaning of every `Seq`.
    Epoch
}

impl Cmid {
    /// When the message was written, by the clock of its author's device.
    pub fn written_at(self) -> UnixMillis {
        UnixMillis((self.0 >> 80) as i64)
    }
}

/// A place in a conversation, dense from 1. Staff and visitors count separately (staff see rows visitors do not);
/// 0 means "nothing yet".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The place right after this one.
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

/// A place in the list feed of the agent desktop: grows with every change to any conversation of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feed(pub u64);

macro_rules! counter {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn write(&self, out: &mut String) {
                self.0.write(out);
            }
            fn read(json: Json) -> Result<Self, Malformed> {
                u64::read(json).map($name)
            }
        }
    )* };
}

counter! { Seq Feed }

fn uuid_v7(now: UnixMillis, random: [u8; 10]) -> u128 {
    let time = (now.0.max(0) as u128 & 0xffff_ffff_ffff) << 80;
    let random = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let (version, variant) = (0x7u128 << 76, 0b10u128 << 62);
    let keep = !(0xfu128 << 76 | 0b11u128 << 62);
    time | (random & keep) | version | variant
}

fn hex(value: u128) -> String {
    (0..32).rev().map(|nibble| b"0123456789abcdef"[(value >> (nibble * 4)) as usize & 15] as char).collect()
}

fn unhex(text: &str) -> Option<u128> {
    if text.len() != 32 {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let nibble = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(nibble))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text() {
        let id = Cmid::from_parts(UnixMillis(1_700_000_000_123), [0xff; 10]);
        let text = id.to_hex();
        assert_eq!(text, "018bcfe5687b7fffbfffffffffffffff");
        assert_eq!(Cmid::from_hex(&text), Some(id));
        assert_eq!(Cmid::from_hex(&text.to_uppercase()), None);
        assert_eq!(Cmid::from_hex(&text[1..]), None);
        assert_eq!(Cmid::from_bytes(id.to_bytes()), id);
    }

    #[test]
    fn ids_made_later_sort_later() {
        assert!(Cmid::from_parts(UnixMillis(1), [255; 10]) < Cmid::from_parts(UnixMillis(2), [0; 10]));
    }
}
