//! Passwords: which are good enough, and the one expensive function they are kept with (argon2id). Work runs on
//! blocking threads under a semaphore, so that a crowd of sign-ins waits instead of filling the memory. How often
//! somebody may try is decided in `throttle`.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::secret::random;

/// Memory of one hash in KiB (ASVS appendix C: argon2id with at least 46 MiB at t=1, p=1).
pub const MEMORY_KIB: u32 = 47_104;
/// Passes over that memory.
pub const PASSES: u32 = 1;
/// Hashes computed at a time.
pub const CONCURRENT_MAX: usize = 2;
/// Hashes that may wait for their turn; more are refused at once.
pub const WAITING_MAX: usize = 64;
/// The shortest password taken, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest, in bytes: a bound on work, far above what people type.
pub const PASSWORD_BYTES_MAX: usize = 512;

/// What became of a check. It must be looked at.
#[must_use = "a password that is not compared lets everybody in"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one.
    Right,
    /// It is not, or there was nobody to compare with.
    Wrong,
}

/// Too many hashes are waiting already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowded;

/// Hashes and compares.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Compared with when there is no such person, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// Computes one hash on the way: that of nobody.
    pub fn new() -> Passwords {
        Passwords {
            turns: Arc::new(Semaphore::new(CONCURRENT_MAX)),
            places: Arc::new(Semaphore::new(WAITING_MAX + CONCURRENT_MAX)),
            nobody: hash_now("nobody signs in with this").into(),
        }
    }

    /// The PHC string to keep.
    pub async fn hash(&self, password: String) -> Result<String, Crowded> {
        self.run(move || hash_now(&password)).await
    }

    /// Compares with what is kept; without anybody to compare with it takes as long and is wrong.
    pub async fn verify(&self, password: String, kept: Option<String>) -> Result<Verdict, Crowded> {
        let nobody = Arc::clone(&self.nobody);
        self.run(move || match kept {
            Some(kept) => verify_now(&password, &kept),
            None => {
                let _same_time = verify_now(&password, &nobody);
                Verdict::Wrong
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Crowded> {
        let _place = self.places.try_acquire().map_err(|_| Crowded)?;
        // The turn moves into the thread: an abandoned request does not free it before the memory is free.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Crowded)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(|_| Crowded)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords::new()
    }
}

/// Why a password is not taken, in words for the form; `None` when it is fine.
pub fn objection(password: &str, email: &str) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let name = email.split('@').next().unwrap_or_default().to_lowercase();
    if password.chars().count() < PASSWORD_CHARS_MIN {
        Some("a password has at least 8 characters")
    } else if password.len() > PASSWORD_BYTES_MAX {
        Some("a password has at most 512 bytes")
    } else if COMMON.contains(&lower.as_str()) || is_one_character(&lower) {
        Some("this password is among the first that are tried; choose another")
    } else if lower == email.to_lowercase()
        || (name.len() >= 4 && lower.trim_matches(|c: char| !c.is_alphabetic()) == name)
    {
        Some("the password is the e-mail address in other words; choose another")
    } else {
        None
    }
}

fn is_one_character(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> String {
    #[allow(clippy::expect_used)]
    let salt = SaltString::encode_b64(&random::<16>()).expect("16 bytes are a valid salt");
    #[allow(clippy::expect_used)]
    argon().hash_password(password.as_bytes(), &salt).expect("argon2 takes any password").to_string()
}

fn verify_now(password: &str, kept: &str) -> Verdict {
    // The parameters are read from the hash, so that hashes made with older ones stay good.
    match PasswordHash::new(kept).map(|kept| argon().verify_password(password.as_bytes(), &kept)) {
        Ok(Ok(())) => Verdict::Right,
        _ => Verdict::Wrong,
    }
}

/// The head of the usual lists, in lower case, those of 8 characters and more.
const COMMON: &[&str] = &[
    "0123456789",
    "0987654321",
    "11223344",
    "12121212",
    "123123123",
    "12341234",
    "12344321",
    "12345678",
    "123456789",
    "1234567890",
    "12345678910",
    "123456789a",
    "1234qwer",
    "123654789",
    "123qweasd",
    "147258369",
    "147852369",
    "18atcskd2w",
    "1g2w3e4r",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "1qazxsw2",
    "20100728",
    "3rjs1la7qe",
    "5201314520",
    "87654321",
    "88888888",
    "963852741",
    "987654321",
    "9876543210",
    "a1234567",
    "a12345678",
    "a123456789",
    "aa123456",
    "aa12345678",
    "abc12345",
    "abcd1234",
    "abcdefgh",
    "abcdefg1",
    "admin123",
    "admin1234",
    "adminadmin",
    "administrator",
    "alexander",
    "asd123456",
    "asdasdasd",
    "asdf1234",
    "asdfasdf",
    "asdfghjk",
    "asdfghjkl",
    "baseball",
    "basketball",
    "benjamin",
    "butterfly",
    "caroline",
    "changeme",
    "changeme1",
    "changeme123",
    "charlotte",
    "chocolate",
    "christian",
    "computer",
    "correcthorsebatterystaple",
    "danielle",
    "deskbell",
    "deskbell1",
    "deskbell123",
    "dragon123",
    "elizabeth",
    "everything",
    "facebook",
    "football",
    "football1",
    "garfield",
    "google123",
    "hello123",
    "helloworld",
    "iloveyou",
    "iloveyou1",
    "internet",
    "isabella",
    "jennifer",
    "jessica1",
    "jonathan",
    "killer123",
    "letmein1",
    "letmein123",
    "liverpool",
    "livechat",
    "manchester",
    "master123",
    "maverick",
    "michael1",
    "michelle",
    "mercedes",
    "midnight",
    "monkey123",
    "motdepasse",
    "mustang1",
    "nicholas",
    "p@ssw0rd",
    "p@ssword",
    "pa55word",
    "pass1234",
    "passw0rd",
    "password",
    "password!",
    "password1",
    "password12",
    "password123",
    "password1234",
    "passwort",
    "patricia",
    "pokemon1",
    "princess",
    "princess1",
    "q1w2e3r4",
    "q1w2e3r4t5",
    "qazwsx123",
    "qazwsxedc",
    "qwe123456",
    "qweasdzxc",
    "qwer1234",
    "qwerty12",
    "qwerty123",
    "qwerty1234",
    "qwerty12345",
    "qwertyui",
    "qwertyuiop",
    "rockyou1",
    "samantha",
    "scorpion",
    "sebastian",
    "secret123",
    "september",
    "shadow123",
    "slipknot",
    "snowball",
    "spiderman",
    "starwars",
    "steelers",
    "sunshine",
    "sunshine1",
    "superman",
    "superman1",
    "swordfish",
    "testtest",
    "test1234",
    "trustno1",
    "vanessa1",
    "veronica",
    "victoria",
    "volleyball",
    "welcome1",
    "welcome123",
    "whatever",
    "william1",
    "woaini1314",
    "woaini520",
    "zaq12wsx",
    "zaq1zaq1",
    "zxcvbnm1",
    "zxcvbnm123",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_argon2id_with_the_costs_we_promise() {
        let kept = hash_now("a good long password");
        assert!(kept.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{kept}");
        assert_eq!(verify_now("a good long password", &kept), Verdict::Right);
        assert_eq!(verify_now("a good long passwore", &kept), Verdict::Wrong);
        assert_eq!(verify_now("", &kept), Verdict::Wrong);
        assert_eq!(verify_now("a good long password", "no hash"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn nobody_is_wrong_with_every_password() {
        let passwords = Passwords::new();
        for tried in ["", "nobody signs in with this"] {
            assert_eq!(passwords.verify(tried.into(), None).await, Ok(Verdict::Wrong));
        }
    }

    #[test]
    fn weak_ones_are_refused_with_the_reason() {
        for weak in ["short", "password", "PASSWORD1", "aaaaaaaaaa", "12345678", "Margaret", "margaret1"] {
            assert!(objection(weak, "margaret@example.com").is_some(), "{weak}");
        }
        assert!(objection(&"x".repeat(513), "a@b.c").is_some());
        assert_eq!(objection("violet kettle 9", "margaret@example.com"), None);
        assert_eq!(objection("長い合言葉です確かに", "margaret@example.com"), None);
    }
}
