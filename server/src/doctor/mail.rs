//! Whether mail goes out: goes to the mail server as the server does, signs in, and hands nothing over.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Finding;
use crate::config::Settings;
use crate::config::mail::{MailSettings, MailTls};
use crate::mail::Smtp;

/// Each step takes no longer, or counts as unanswered.
const ANSWER_MAX: Duration = Duration::from_secs(10);
const WHY: &str = "answers to visitors who have gone stay here, and are given up after about two days";

/// What is wrong with sending mail; `None` when none is set up.
pub async fn examine(settings: &Settings) -> Option<Vec<Finding>> {
    let mail = settings.mail.as_ref()?;
    let found = match Smtp::new(mail) {
        Ok(smtp) => look(mail, &smtp, ANSWER_MAX).await,
        Err(why) => Err(Finding::new(why, WHY, "look at smtp-host")),
    };
    Some(found.err().into_iter().collect())
}

/// One step after the other, so that what fails is named.
async fn look(mail: &MailSettings, smtp: &Smtp, answer_max: Duration) -> Result<(), Finding> {
    let MailSettings { host, port, .. } = mail;
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let found = timeout(answer_max, lookup_host((host.as_str(), *port))).await.map_err(late);
    let addresses = match found.and_then(|found| found) {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => return Err(unknown(host, &error)),
    };
    let reached = timeout(answer_max, TcpStream::connect(&addresses[..])).await.map_err(late);
    if let Err(error) = reached.and_then(|reached| reached) {
        return Err(Finding::new(
            format!("the mail server {host}:{port} takes no connection: {error}"),
            WHY,
            "look at smtp-port (587 with starttls, 465 with tls), whether the mail server runs, and whether a firewall \
             or the hoster of this machine lets no mail out (many close port 25)",
        ));
    }
    match timeout(answer_max, smtp.visit()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Err(error)) => Err(refused(mail, &error)),
        Ok(Ok(false)) | Err(_) => Err(silent(mail)),
    }
}

fn unknown(host: &str, error: &io::Error) -> Finding {
    Finding::new(
        format!("the name of the mail server, {host}, cannot be resolved: {error}"),
        WHY,
        format!("look for a slip in smtp-host, and ask on this machine: getent hosts {host}"),
    )
}

fn silent(mail: &MailSettings) -> Finding {
    let MailSettings { host, port, .. } = mail;
    Finding::new(
        format!("the mail server {host}:{port} takes connections and says nothing"),
        WHY,
        "a server that waits for TLS from the first byte (port 465) looks like this: smtp-tls tls. Otherwise look \
         whether a mail server listens there",
    )
}

/// By what the mail server said, without its words: they may hold anything.
fn refused(mail: &MailSettings, error: &Error) -> Finding {
    let MailSettings { host, port, tls, .. } = mail;
    let finding = |wrong: String, remedy: &str| Finding::new(wrong, WHY, remedy);
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status().map(|code| code.to_string()) {
        return match code.as_str() {
            "530" | "534" | "535" | "538" => finding(
                format!("the mail server {host}:{port} refuses the name and password ({code})"),
                "put smtp-user and smtp-password-file right; with two-step sign-in many providers want a password made \
                 for programs, and some an account that may use SMTP at all",
            ),
            code => finding(
                format!("the mail server {host}:{port} refuses to talk ({code})"),
                "ask whoever runs it what that number means there: often the address of this machine is not let in",
            ),
        };
    }
    if cause.contains("STARTTLS") {
        return finding(
            format!("the mail server {host}:{port} offers no TLS"),
            "without it the password and every mail could be read on the way, so nothing is sent: use a port with TLS, \
             587 for smtp-tls starttls or 465 for smtp-tls tls",
        );
    }
    if cause.contains("authentication mechanism") {
        return finding(
            format!("the mail server {host}:{port} offers no sign-in that fits"),
            "leave smtp-user out if it wants none, or use the port for sending, mostly 587",
        );
    }
    if cause.contains("certificate") {
        return finding(
            format!("the certificate of the mail server {host}:{port} is not accepted: {cause}"),
            "the name in smtp-host has to be one in the certificate; an authority of your own has to be one that this \
             machine trusts (on Debian: a file in /usr/local/share/ca-certificates, then update-ca-certificates)",
        );
    }
    if *tls == MailTls::Whole {
        return finding(
            format!("the mail server {host}:{port} speaks no TLS from the first byte: {cause}"),
            "port 587 begins without: smtp-tls starttls",
        );
    }
    finding(
        format!("the mail server {host}:{port} speaks otherwise than a mail server: {cause}"),
        "look whether smtp-host and smtp-port lead to a mail server",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::desk_of_mail::{DeskOfMail, Manners};

    /// Shorter than an operator waits: these servers are on this machine and say nothing on purpose.
    const SHORT: Duration = Duration::from_millis(300);

    async fn found(offered: Manners, tls: MailTls, password: &str, is_trusted: bool) -> Option<Finding> {
        let desk = DeskOfMail::open(offered).await;
        let settings = desk.settings(tls, password);
        let authorities = if is_trusted { vec![desk.certificate()] } else { Vec::new() };
        let smtp = Smtp::trusting(&settings, authorities).unwrap();
        let patience = if offered.is_silent() || tls != offered.tls() { SHORT } else { ANSWER_MAX };
        let found = look(&settings, &smtp, patience).await.err();
        assert_eq!(desk.taken(), Vec::<String>::new(), "nothing is sent");
        if let Some(finding) = &found {
            let words = format!("{} {} {}", finding.wrong, finding.why, finding.remedy);
            assert!(!words.contains(password) || password.is_empty(), "{words}");
        }
        found
    }

    #[tokio::test]
    async fn a_mail_server_that_works_is_no_finding() {
        for tls in [MailTls::Whole, MailTls::Starttls, MailTls::None] {
            let found = found(Manners::with(tls), tls, "right", true).await;
            assert!(found.is_none(), "{tls:?}: {found:?}");
        }
    }

    #[tokio::test]
    async fn what_is_broken_is_named_with_what_to_do() {
        let starttls = Manners::with(MailTls::Starttls);
        let cases = [
            (
                starttls,
                MailTls::Starttls,
                "hush-wrong",
                true,
                "refuses the name and password (535)",
                "smtp-user",
            ),
            (starttls, MailTls::Starttls, "right", false, "certificate", "update-ca-certificates"),
            (Manners::with(MailTls::None), MailTls::Starttls, "right", true, "offers no TLS", "587"),
            (
                Manners::with(MailTls::None),
                MailTls::Whole,
                "right",
                true,
                "no TLS from the first byte",
                "starttls",
            ),
            (Manners::with(MailTls::Whole), MailTls::Starttls, "right", true, "says nothing", "smtp-tls tls"),
            (Manners::silent(), MailTls::None, "right", true, "says nothing", "listens there"),
        ];
        for (offered, tls, password, is_trusted, wrong, remedy) in cases {
            let finding = found(offered, tls, password, is_trusted).await.expect(wrong);
            assert!(finding.wrong.contains(wrong), "{wrong}: {finding:?}");
            assert!(finding.remedy.contains(remedy), "{remedy}: {finding:?}");
        }
    }
}
