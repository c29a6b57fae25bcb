//! The way to a mail server: SMTP with TLS by rustls. It logs nothing that stands in a mail.

use async_trait::async_trait;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use rustls_pki_types::CertificateDer;
use tokio_rustls::rustls::RootCertStore;

use super::{Carrier, TRY_TIMEOUT, Trouble};
use crate::config::mail::{MailSettings, MailTls};

/// A mail server.
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// As the operator has set it. Trusted is whom the public trusts, and whom this machine trusts beside: the mail
    /// server of a company may have a certificate of its own.
    pub fn new(settings: &MailSettings) -> Result<Smtp, String> {
        Smtp::trusting(settings, rustls_native_certs::load_native_certs().certs)
    }

    /// With further authorities to trust.
    pub fn trusting(
        settings: &MailSettings,
        authorities: Vec<CertificateDer<'static>>,
    ) -> Result<Smtp, String> {
        let secure = || {
            let mut parameters = TlsParameters::builder(settings.host.clone());
            // One that rustls does not understand is no reason to have no mail.
            let is_sound =
                |authority: &CertificateDer<'static>| RootCertStore::empty().add(authority.clone()).is_ok();
            for authority in authorities.into_iter().filter(is_sound) {
                if let Ok(certificate) = Certificate::from_der(authority.to_vec()) {
                    parameters = parameters.add_root_certificate(certificate);
                }
            }
            parameters.build().map_err(|_| "smtp-host is no name that a certificate can have".to_owned())
        };
        let tls = match settings.tls {
            MailTls::Whole => Tls::Wrapper(secure()?),
            MailTls::Starttls => Tls::Required(secure()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(TRY_TIMEOUT));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.exposed().to_owned()));
        }
        Ok(Smtp(builder.build()))
    }

    /// Goes there and signs in, as before a mail, and hands nothing over.
    pub async fn visit(&self) -> Result<bool, Error> {
        self.0.test_connection().await
    }
}

#[async_trait]
impl Carrier for Smtp {
    async fn carry(&self, letter: Message) -> Result<(), Trouble> {
        let Err(error) = self.0.send(letter).await else { return Ok(()) };
        // The words of a mail server may repeat the address: its number says enough.
        let code = error.status().map(|code| code.to_string());
        Err(match code {
            Some(code) if error.is_permanent() && !is_about_us(&code) => {
                Trouble::Never(format!("the mail server refused it ({code})"))
            }
            Some(code) => Trouble::Later(format!("the mail server said {code}")),
            None => Trouble::Later("the mail server could not be reached".to_owned()),
        })
    }
}

/// What an operator can put right is no verdict on a mail: a login, or a command that the server does not take yet.
fn is_about_us(code: &str) -> bool {
    matches!(code, "500" | "502" | "503" | "504" | "530" | "534" | "535" | "538")
}

#[cfg(test)]
mod tests {
    use super::super::desk_of_mail::{DeskOfMail, Manners};
    use super::*;

    fn letter() -> Message {
        let (from, to) = ("chat@shop.example".parse().unwrap(), "ann@example.com".parse().unwrap());
        Message::builder().from(from).to(to).subject("An answer").body("In the box.".to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_mail_goes_over_tls_to_who_is_trusted_and_to_nobody_else() {
        for tls in [MailTls::Whole, MailTls::Starttls] {
            let desk = DeskOfMail::open(Manners::with(tls)).await;
            let settings = desk.settings(tls, "right");
            let stranger = Smtp::trusting(&settings, Vec::new()).unwrap().carry(letter()).await;
            assert_eq!(stranger, Err(Trouble::Later("the mail server could not be reached".to_owned())));
            assert!(desk.heard().iter().all(|line| !line.starts_with("AUTH")), "no password to a stranger");
            assert_eq!(desk.taken().len(), 0);
            let trusted = Smtp::trusting(&settings, vec![desk.certificate()]).unwrap();
            assert_eq!(trusted.carry(letter()).await, Ok(()), "{tls:?}");
            assert!(desk.taken()[0].contains("In the box."));
        }
    }

    #[tokio::test]
    async fn without_tls_nothing_is_said_where_it_was_asked_for() {
        let desk = DeskOfMail::open(Manners::with(MailTls::None)).await;
        let settings = desk.settings(MailTls::Starttls, "right");
        let carried = Smtp::trusting(&settings, vec![desk.certificate()]).unwrap().carry(letter()).await;
        assert!(matches!(carried, Err(Trouble::Later(_))), "{carried:?}");
        assert!(
            desk.heard().iter().all(|line| line.starts_with("EHLO") || line == "QUIT"),
            "{:?}",
            desk.heard()
        );
    }

    #[tokio::test]
    async fn a_wrong_password_is_no_verdict_on_a_mail() {
        let desk = DeskOfMail::open(Manners::with(MailTls::Starttls)).await;
        let settings = desk.settings(MailTls::Starttls, "wrong");
        let carried = Smtp::trusting(&settings, vec![desk.certificate()]).unwrap().carry(letter()).await;
        assert_eq!(carried, Err(Trouble::Later("the mail server said 535".to_owned())));
    }
}
