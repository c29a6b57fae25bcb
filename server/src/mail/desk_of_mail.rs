//! A mail server for tests: as much SMTP as somebody needs to sign in and hand a mail over, with TLS by a certificate
//! that is made anew for each. It keeps what it heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::config::mail::{MailSettings, MailTls, Password};

/// How it behaves.
#[derive(Clone, Copy)]
pub struct Manners {
    /// What it offers.
    tls: MailTls,
    /// It takes connections and says nothing.
    is_silent: bool,
}

impl Manners {
    /// As a mail server should.
    pub fn with(tls: MailTls) -> Manners {
        Manners { tls, is_silent: false }
    }

    /// What it offers.
    pub fn tls(&self) -> MailTls {
        self.tls
    }

    /// Whether it says nothing.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Says nothing at all.
    pub fn silent() -> Manners {
        Manners { tls: MailTls::None, is_silent: true }
    }
}

/// It.
pub struct DeskOfMail {
    port: u16,
    certificate: CertificateDer<'static>,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    heard: Mutex<Vec<String>>,
    taken: Mutex<Vec<String>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl DeskOfMail {
    /// On a free port of this machine.
    pub async fn open(manners: Manners) -> DeskOfMail {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned()];
        let made = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let certificate = made.der().clone();
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::<Kept>::default();
        let keeps = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, keeps) = (acceptor.clone(), Arc::clone(&keeps));
                tokio::spawn(async move {
                    let stream: Box<dyn Stream> = match manners.tls {
                        MailTls::Whole => Box::new(acceptor.accept(stream).await.ok()?),
                        MailTls::Starttls | MailTls::None => Box::new(stream),
                    };
                    serve(stream, manners, acceptor, &keeps).await
                });
            }
        });
        DeskOfMail { port, certificate, kept }
    }

    /// Settings that lead here. The right password is `right`.
    pub fn settings(&self, tls: MailTls, password: &str) -> MailSettings {
        MailSettings {
            host: "localhost".to_owned(),
            port: self.port,
            tls,
            login: Some(("chat".to_owned(), Password::of(password))),
            from: "chat@shop.example".to_owned(),
            gather: Duration::ZERO,
        }
    }

    /// What to trust.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// The commands, in order.
    pub fn heard(&self) -> Vec<String> {
        self.kept.heard.lock().unwrap().clone()
    }

    /// The mails.
    pub fn taken(&self) -> Vec<String> {
        self.kept.taken.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: Box<dyn Stream>,
    manners: Manners,
    acceptor: TlsAcceptor,
    kept: &Kept,
) -> Option<()> {
    if manners.is_silent {
        return line(&mut stream).await.map(drop);
    }
    let mut offers_tls = manners.tls == MailTls::Starttls;
    stream.write_all(b"220 desk of mail\r\n").await.ok()?;
    loop {
        let said = line(&mut stream).await?;
        kept.heard.lock().unwrap().push(said.clone());
        let answer = match said.split_whitespace().next().unwrap_or_default() {
            "EHLO" if offers_tls => "250-desk\r\n250 STARTTLS\r\n",
            "EHLO" => "250-desk\r\n250 AUTH PLAIN\r\n",
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n").await.ok()?;
                stream = Box::new(acceptor.accept(stream).await.ok()?);
                offers_tls = false;
                continue;
            }
            "AUTH" => {
                let right = STANDARD.encode("\0chat\0right");
                if said.ends_with(&right) { "235 welcome\r\n" } else { "535 no\r\n" }
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                loop {
                    match line(&mut stream).await? {
                        end if end == "." => break,
                        text => mail.push_str(&format!("{text}\n")),
                    }
                }
                kept.taken.lock().unwrap().push(mail);
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

/// A line without its end; one byte at a time, because what follows may be TLS.
async fn line(stream: &mut Box<dyn Stream>) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    bytes.truncate(bytes.len() - 2);
    String::from_utf8(bytes).ok()
}
