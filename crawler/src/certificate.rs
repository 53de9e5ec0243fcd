//! Certificates that do not verify: what an operator decided about them, and the search for the
//! link that a portal forgets to send.

use std::sync::Arc;

use archive::{Trust, VIETNAM};
use data_encoding::BASE64;
use jiff::Timestamp;
use reqwest::{Certificate, ClientBuilder};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use rustls_platform_verifier::Verifier;
use url::Url;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::AuthorityInfoAccessSyntax;
use x509_cert::ext::pkix::name::GeneralName;

use crate::fetch::{FetchError, Fetcher};

/// The certificate that stands between a portal's own and a known authority, and that the portal
/// does not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLink {
    /// Where its issuer publishes it.
    pub url: Url,
    /// The certificate as PEM.
    pub pem: String,
}

/// Why no missing link was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoLink {
    /// The portal or the issuer did not answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The portal's certificate says nothing of its issuer.
    #[error("the portal's certificate does not say where its issuer's is published")]
    NoIssuer,
    /// What the issuer publishes is no certificate.
    #[error("{0} holds no certificate")]
    NotACertificate(Url),
    /// With it the chain does not verify either.
    #[error("the chain does not verify with {url} either: {why}")]
    Unverified {
        /// Where the certificate was found.
        url: Url,
        /// What the verifier said.
        why: Box<rustls::Error>,
    },
}

/// A pinned certificate that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`tls.intermediate` is not one certificate as PEM (-----BEGIN CERTIFICATE-----)")]
pub struct InvalidPin;

/// Checks what the operator pinned.
///
/// # Errors
/// When it is no certificate.
pub fn check_pin(trust: &Trust) -> Result<(), InvalidPin> {
    let Trust::Intermediate(pem) = trust else { return Ok(()) };
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidPin)?;
    x509_cert::Certificate::from_der(&der).map_err(|_| InvalidPin)?;
    Ok(())
}

/// A client that trusts as the operator decided; an exception that ended is none.
pub(crate) fn trusting(builder: ClientBuilder, trust: &Trust, now: Timestamp) -> ClientBuilder {
    match trust {
        Trust::Intermediate(pem) => match Certificate::from_pem(pem.as_bytes()) {
            Ok(certificate) => builder.tls_certs_merge([certificate]),
            // It was checked when it was pinned; without it nothing more is trusted.
            Err(_) => builder,
        },
        Trust::Exception(_) => builder.tls_danger_accept_invalid_certs(is_in_force(trust, now)),
    }
}

/// Whether nothing is checked at this moment.
pub(crate) fn is_in_force(trust: &Trust, now: Timestamp) -> bool {
    let Trust::Exception(exception) = trust else { return false };
    now.to_zoned(VIETNAM.to_time_zone()).date() <= exception.until
}

/// The certificate error in a failed request, if that is why it failed.
pub(crate) fn certificate_error(error: &reqwest::Error) -> Option<rustls::CertificateError> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        let tls = error.downcast_ref().or_else(|| wrapped?.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return Some(why.clone());
        }
        cause = wrapped.map_or_else(|| error.source(), |wrapped| Some(wrapped));
    }
    None
}

/// Looks for the link that a portal's chain lacks, where its certificate says that the issuer's is
/// published (RFC 5280, section 4.2.2.1). Only one with which the chain verifies is returned.
///
/// # Errors
/// Says why there is none.
pub async fn missing_link(
    fetcher: &Fetcher,
    portal: &Url,
    now: Timestamp,
) -> Result<MissingLink, NoLink> {
    let own = CertificateDer::from(fetcher.certificate_of(portal).await?);
    let url = issuer_url(&own).ok_or(NoLink::NoIssuer)?;
    let body = fetcher.page(&url, now).await?.body;
    let issuer = certificate(&body).ok_or_else(|| NoLink::NotACertificate(url.clone()))?;
    let host = portal.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let verified = ServerName::try_from(host)
        .map_err(|_| rustls::Error::UnsupportedNameType)
        .and_then(|name| verify(&own, &issuer, &name));
    match verified {
        Ok(()) => Ok(MissingLink { url, pem: pem(&issuer) }),
        Err(why) => Err(NoLink::Unverified { url, why: Box::new(why) }),
    }
}

fn verify(
    own: &CertificateDer<'_>,
    issuer: &CertificateDer<'_>,
    name: &ServerName<'_>,
) -> Result<(), rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = [issuer.clone()];
    let verifier = Verifier::new(provider)?;
    verifier.verify_server_cert(own, &chain, name, &[], UnixTime::now()).map(|_| ())
}

/// Where a certificate says that its issuer's is published.
pub(crate) fn issuer_url(der: &[u8]) -> Option<Url> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let (_, access) =
        certificate.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>().ok()??;
    let issuers = access.0.iter().filter(|access| {
        access.access_method == x509_cert::der::oid::db::rfc5280::ID_AD_CA_ISSUERS
    });
    let mut urls = issuers.filter_map(|access| match &access.access_location {
        GeneralName::UniformResourceIdentifier(uri) => uri.as_str().parse::<Url>().ok(),
        _ => None,
    });
    urls.find(|url| matches!(url.scheme(), "http" | "https"))
}

/// The certificate in a file: DER, as RFC 5280 asks, or PEM.
pub(crate) fn certificate(body: &[u8]) -> Option<CertificateDer<'static>> {
    let from_pem = CertificateDer::from_pem_slice(body).ok();
    let der = from_pem.unwrap_or_else(|| CertificateDer::from(body.to_vec()));
    x509_cert::Certificate::from_der(&der).is_ok().then_some(der)
}

/// A certificate as text (RFC 7468).
fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
