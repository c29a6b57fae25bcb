//! The way to a mail server: SMTP with TLS by rustls. It logs nothing that stands in a mail.

use async_trait::async_trait;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{Carrier, TRY_TIMEOUT, Trouble};
use crate::config::mail::{MailSettings, MailTls};

/// A mail server.
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// As the operator has set it.
    pub fn new(settings: &MailSettings) -> Result<Smtp, String> {
        let secure = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|_| "smtp-host is no name that a certificate can have".to_owned())
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
