//! A portal behind TLS: a certificate of a test's own authority, and a server that takes the
//! encryption off and hands the bytes to the plain portal.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, IsCa, KeyPair, SanType,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a request or an answer is read by.
const PIECE: usize = 16 * 1024;

/// A root, an issuer that it signed, and the certificate of 127.0.0.1 that the issuer signed.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let own = ca("Goc thu nghiem");
        let root = CertifiedIssuer::self_signed(own, KeyPair::generate().unwrap()).unwrap();
        let middle = ca("Trung gian thu nghiem");
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::signed_by(middle, key, &root).unwrap();
        Self { root, issuer }
    }

    /// Writes the root where the system's roots are looked for (`SSL_CERT_FILE`).
    pub(crate) fn write_root(&self, path: &Path) {
        std::fs::write(path, self.root.pem()).unwrap();
    }

    /// The issuer's certificate, as it is published.
    pub(crate) fn issuer(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Serves a plain portal over TLS and forgets to send the issuer; says where.
    pub(crate) fn serve(&self, portal: SocketAddr, issuer_url: &str) -> SocketAddr {
        let key = KeyPair::generate().unwrap();
        let mut own = CertificateParams::default();
        own.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into())];
        own.custom_extensions = vec![issuer_at(issuer_url)];
        let own = own.signed_by(&key, &self.issuer).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let chain = vec![CertificateDer::from(own.der().to_vec())];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = config.clone();
                std::thread::spawn(move || pass_on(stream, config, portal));
            }
        });
        address
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(rcgen::DnType::CommonName, name);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca
}

/// Where the issuer's certificate is published: the extension of RFC 5280, section 4.2.2.1.
fn issuer_at(url: &str) -> CustomExtension {
    let tagged = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 128, "one byte holds the length");
        [&[tag, length], content].concat()
    };
    let ca_issuers = [0x2b, 6, 1, 5, 5, 7, 48, 2];
    let location = [tagged(6, &ca_issuers), tagged(0x86, url.as_bytes())].concat();
    let content = tagged(0x30, &tagged(0x30, &location));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// One request a connection: it is handed on, and the answer back.
fn pass_on(stream: TcpStream, config: Arc<ServerConfig>, portal: SocketAddr) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut outside = StreamOwned::new(connection, stream);
    let mut piece = vec![0; PIECE];
    let length = outside.read(&mut piece)?;
    // The portal is asked to close after its answer, so that its end is seen.
    let head = String::from_utf8_lossy(&piece[..length]);
    let asked = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let mut inside = TcpStream::connect(portal)?;
    inside.write_all(asked.as_bytes())?;
    let mut answer = Vec::new();
    inside.read_to_end(&mut answer)?;
    outside.write_all(&answer)?;
    outside.conn.send_close_notify();
    outside.flush()
}
