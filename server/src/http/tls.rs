//! TLS by rustls: the certificate and key of the settings, HTTP/1 only. The files are read anew when they change or on
//! SIGHUP, because certificates live for weeks and connections for months; one that cannot be read leaves the last good
//! one in place.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::config::TlsFiles;

/// How often the files are looked at.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// What answers handshakes, now.
pub struct Certificate {
    files: TlsFiles,
    now: RwLock<Read>,
}

#[derive(Clone)]
struct Read {
    acceptor: TlsAcceptor,
    /// What the files were like then.
    stamp: Stamp,
}

type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    /// Reads the files, or says in words why they cannot be used.
    pub fn read(files: &TlsFiles) -> Result<Certificate, String> {
        let stamp = stamp(files);
        let now = RwLock::new(Read { acceptor: acceptor(files)?, stamp });
        Ok(Certificate { files: files.clone(), now })
    }

    /// For the next handshake.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.now.read().unwrap_or_else(PoisonError::into_inner).acceptor.clone()
    }

    /// Reads the files again if they are others than before. Returns whether there is a new certificate.
    pub fn look(&self) -> Result<bool, String> {
        let stamp = stamp(&self.files);
        if self.now.read().unwrap_or_else(PoisonError::into_inner).stamp == stamp {
            return Ok(false);
        }
        let acceptor = acceptor(&self.files)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Read { acceptor, stamp };
        Ok(true)
    }

    /// Looks at the files again and again, and at once on SIGHUP. Ends never.
    pub async fn watch(self: Arc<Self>) {
        let mut hang_up = HangUp::new();
        // A file that cannot be used is complained about once, not every half minute.
        let mut complaint = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
                () = hang_up.next() => {}
            }
            let this = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || this.look()).await {
                Ok(Ok(true)) => {
                    complaint = None;
                    tracing::info!("new handshakes get the new certificate");
                }
                Ok(Err(why)) if complaint.as_ref() != Some(&why) => {
                    tracing::error!(why, "the new certificate cannot be used; the last one stays");
                    complaint = Some(why);
                }
                _ => {}
            }
        }
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.cert, &files.key].map(|file| {
        let about = std::fs::metadata(file).ok()?;
        Some((about.modified().ok()?, about.len()))
    })
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, String> {
    let (cert, key) = (files.cert.display(), files.key.display());
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("reading the certificate {cert}: {error}"))?;
    if chain.is_empty() {
        return Err(format!("reading the certificate {cert}: there is none in the file"));
    }
    let private = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| format!("reading the private key {key}: {error}"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("setting up TLS: {error}"))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| format!("using the certificate {cert} with the key {key}: {error}"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(unix)]
struct HangUp(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl HangUp {
    fn new() -> HangUp {
        use tokio::signal::unix::{SignalKind, signal};
        HangUp(signal(SignalKind::hangup()).ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct HangUp;

#[cfg(not(unix))]
impl HangUp {
    fn new() -> HangUp {
        HangUp
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::duplex;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    use super::*;

    /// Puts a new certificate into the folder and returns it.
    fn renew(folder: &Path) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec!["chat.example".to_owned()]).unwrap();
        std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        // Two within one tick of the clock of a file system are two.
        std::fs::File::open(folder.join("key.pem")).unwrap().sync_all().unwrap();
        made.cert.der().clone()
    }

    /// Whether a client that trusts this certificate alone, and would rather speak HTTP/2, gets through.
    async fn trusts(served: &Certificate, trusted: &CertificateDer<'static>) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (near, far) = duplex(64 * 1024);
        let name = "chat.example".try_into().unwrap();
        let (client, _) = tokio::join!(
            TlsConnector::from(Arc::new(config)).connect(name, near),
            served.acceptor().accept(far)
        );
        let Ok(client) = client else { return false };
        assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]), "no HTTP/2");
        true
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let first = renew(folder.path());
        let served = Certificate::read(&files).unwrap();
        assert!(trusts(&served, &first).await);
        assert_eq!(served.look(), Ok(false));

        // As a renewal that stops half-way leaves it.
        std::fs::write(&files.cert, "-----BEGIN CERTIFICATE-----").unwrap();
        assert!(served.look().unwrap_err().contains("cert.pem"));
        assert!(trusts(&served, &first).await, "the last one stays");

        let second = renew(folder.path());
        assert_eq!(served.look(), Ok(true));
        assert!(trusts(&served, &second).await && !trusts(&served, &first).await);
    }
}
