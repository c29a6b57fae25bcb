//! A certificate for the names of one test run, and what a browser needs to accept it and nothing else.
//!
//! It is made anew in every run: no key lies in the repository.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Every host that any story uses.
const NAMES: [&str; 7] = [
    "localhost",
    "127.0.0.1",
    "chat.localhost",
    "shop.localhost",
    "other.localhost",
    "tracker.localhost",
    "www.shop.localhost",
];

/// The certificate with its key, in files and in memory.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate as PEM.
    pub cert_file: PathBuf,
    /// The private key as PEM.
    pub key_file: PathBuf,
    /// What Chromium's `--ignore-certificate-errors-spki-list` wants: the hash of the public key.
    pub fingerprint: String,
}

impl Certificate {
    /// A new one, whose files lie in `folder`.
    pub fn new(folder: &std::path::Path) -> Certificate {
        let key = KeyPair::generate().expect("making a key");
        let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        let cert = CertificateParams::new(names)
            .expect("names of a certificate")
            .self_signed(&key)
            .expect("signing");
        let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert_file, cert.pem()).expect("writing the certificate");
        std::fs::write(&key_file, key.serialize_pem()).expect("writing the key");
        let fingerprint = STANDARD.encode(Sha256::digest(key.subject_public_key_info()));
        Certificate { cert_file, key_file, fingerprint }
    }

    /// What the test's own server speaks TLS with.
    pub fn acceptor(&self) -> TlsAcceptor {
        let cert = CertificateDer::from_pem_file(&self.cert_file).expect("reading the certificate");
        let key = PrivateKeyDer::from_pem_file(&self.key_file).expect("reading the key");
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("TLS versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![cert], key)
            .expect("a certificate that fits its key");
        Arc::new(config).into()
    }

    /// Speaks TLS as a client that trusts this certificate alone.
    pub async fn connect(&self, stream: TcpStream, host: &'static str) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.cert_file).expect("reading it")).expect("trusting it");
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("TLS versions of the provider")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host).expect("a host name");
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .expect("speaking TLS with the chat server")
    }
}
