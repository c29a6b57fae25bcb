//! The settings about mail: which server takes it, and how it is spoken to.

use std::path::Path;
use std::time::Duration;

use super::Found;
use crate::auth::origin::is_loopback_host;

/// How long what an agent writes is gathered into one mail.
pub const GATHER_DEFAULT: Duration = Duration::from_secs(60);

/// Where mail goes out.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is secured.
    pub tls: MailTls,
    /// Name and password there.
    pub login: Option<(String, Password)>,
    /// The address that mails come from.
    pub from: String,
    /// How long messages are gathered.
    pub gather: Duration,
}

/// How the way to the mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the first byte (port 465).
    Whole,
    /// TLS before anything is said (port 587); without it nothing is sent.
    Starttls,
    /// None; only to this machine.
    None,
}

/// A password that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// One that was chosen in a test.
    #[cfg(test)]
    pub fn of(text: &str) -> Password {
        Password(text.to_owned())
    }

    /// For the mail server.
    pub fn exposed(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a password)")
    }
}

impl MailSettings {
    /// What was found; `None` without a mail server.
    pub fn of(found: &Found) -> Result<Option<MailSettings>, String> {
        let Some(host) = found.one("smtp-host") else {
            let others = ["smtp-from", "smtp-user", "smtp-password", "smtp-password-file"];
            return match others.iter().find(|name| found.one(name).is_some()) {
                Some(name) => Err(format!("{name} is set, but no smtp-host")),
                None => Ok(None),
            };
        };
        let tls = found.parsed("smtp-tls", tls)?.unwrap_or(MailTls::Starttls);
        if tls == MailTls::None && !is_loopback_host(host) {
            return Err(format!("smtp-tls none would send mail readable by everybody on the way to {host}"));
        }
        let port = match tls {
            MailTls::Whole => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        };
        let from =
            found.one("smtp-from").ok_or("smtp-host needs smtp-from, the address that mails come from")?;
        if from.parse::<lettre::Address>().is_err() {
            return Err("smtp-from is no e-mail address".to_owned());
        }
        Ok(Some(MailSettings {
            host: host.to_owned(),
            port: found.parsed("smtp-port", port_of)?.unwrap_or(port),
            tls,
            login: login(found)?,
            from: from.to_owned(),
            gather: found.parsed("mail-gather-seconds", seconds)?.unwrap_or(GATHER_DEFAULT),
        }))
    }
}

fn login(found: &Found) -> Result<Option<(String, Password)>, String> {
    let password = match (found.one("smtp-password"), found.one("smtp-password-file")) {
        (Some(_), Some(_)) => return Err("smtp-password and smtp-password-file: give one of them".to_owned()),
        (Some(password), None) => Some(password.to_owned()),
        (None, Some(file)) => Some(read(Path::new(file))?),
        (None, None) => None,
    };
    match (found.one("smtp-user"), password) {
        (Some(user), Some(password)) => Ok(Some((user.to_owned(), Password(password)))),
        (None, None) => Ok(None),
        _ => Err("smtp-user and its password belong together: give both or none".to_owned()),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("reading smtp-password-file {}: {error}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn tls(text: &str) -> Result<MailTls, String> {
    match text {
        "tls" => Ok(MailTls::Whole),
        "starttls" => Ok(MailTls::Starttls),
        "none" => Ok(MailTls::None),
        _ => Err("one of tls, starttls, none".to_owned()),
    }
}

fn port_of(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "a port from 1 to 65535".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let whole = text.parse::<u32>().ok().filter(|seconds| *seconds <= 3600);
    whole.map(|seconds| Duration::from_secs(seconds.into())).ok_or_else(|| "0 to 3600 seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::layers::{Flags, find};
    use super::*;

    fn load(flags: &[&str], environment: &[(&str, &str)]) -> Result<Option<MailSettings>, String> {
        let environment: std::collections::HashMap<_, _> = environment.iter().copied().collect();
        let found = find(&Flags::of(flags), &|name| environment.get(name).map(|value| (*value).to_owned()))?;
        assert!(!found.table().contains("hush"), "no password in the table of settings");
        MailSettings::of(&found)
    }

    #[test]
    fn mail_is_off_until_a_server_is_named() {
        assert!(load(&[], &[]).unwrap().is_none());
        assert!(load(&["--smtp-from", "a@b.example"], &[]).unwrap_err().contains("smtp-host"));
        assert!(load(&["--smtp-host", "mail.example"], &[]).unwrap_err().contains("smtp-from"));
        let on = ["--smtp-host", "mail.example", "--smtp-from", "a@b.example"];
        let settings = load(&on, &[]).unwrap().unwrap();
        assert_eq!((settings.port, settings.tls), (587, MailTls::Starttls));
    }

    #[test]
    fn passwords_come_from_the_environment_or_a_file_and_are_not_shown() {
        let on = ["--smtp-host", "mail.example", "--smtp-from", "a@b.example", "--smtp-user", "a"];
        assert!(load(&on, &[]).unwrap_err().contains("belong together"));
        let settings = load(&on, &[("DESKBELL_SMTP_PASSWORD", "hush")]).unwrap().unwrap();
        assert_eq!(settings.login.as_ref().unwrap().1.exposed(), "hush");
        assert!(!format!("{settings:?}").contains("hush"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hush\n").unwrap();
        let with_file = [&on[..], &["--smtp-password-file", file.to_str().unwrap()]].concat();
        assert_eq!(load(&with_file, &[]).unwrap().unwrap().login.unwrap().1.exposed(), "hush");
    }

    #[test]
    fn nothing_is_sent_readable_over_a_network() {
        let on = ["--smtp-from", "a@b.example", "--smtp-tls", "none", "--smtp-host"];
        assert!(load(&[&on[..], &["mail.example"]].concat(), &[]).unwrap_err().contains("readable"));
        assert_eq!(load(&[&on[..], &["127.0.0.1"]].concat(), &[]).unwrap().unwrap().port, 25);
    }
}
