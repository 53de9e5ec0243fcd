//! One HTTP request: bounded in time and size, to public addresses only, kept as it was on the wire.
//!
//! Redirects are answers like others; following them is the crawl's business.

use std::fmt::Write as _;
use std::time::Duration;

use archive::{Exchange, Payload, Source, Validators};
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    USER_AGENT,
};
use reqwest::{Client, ClientBuilder, Response, redirect, tls::TlsInfo};
use url::Url;

use crate::address::{PublicResolver, is_public, private_literal};
use crate::certificate::{certificate_error, trusting};
use crate::lanes::Lanes;

/// Longest time for a whole exchange.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(30);
/// Longest time to open a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// From this time on, a body must have come at this rate; a server that drips is cut off.
const RATE_FROM: Duration = Duration::from_secs(10);
const RATE_BYTES_A_SECOND: u64 = 1024;
/// Ports that are asked on public hosts.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];
/// Most bytes of a body taken from the wire; what follows is cut, and the record says so.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How to fetch.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Whether private and loopback addresses may be asked.
    pub allow_private_addresses: bool,
    /// Where a portal's operator can reach us: an URL or a mail address, named in the user agent.
    pub contact: Option<String>,
}

/// Makes requests.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    user_agent: HeaderValue,
    allow_private_addresses: bool,
    lanes: Lanes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is not public.
    #[error(
        "{0} has a private address; it is fetched only with crawler.allow_private_addresses = true"
    )]
    PrivateAddress(Url),
    /// Nobody serves the web on this port.
    #[error("{0} is on a port that no portal uses; 80, 443, 8080 and 8443 are fetched")]
    Port(Url),
    /// Nobody answered, or not in time, or not in HTTP.
    #[error("no answer from {url}: {}", root_cause(source))]
    NoAnswer {
        /// The URL asked.
        url: Url,
        /// What the client said.
        source: reqwest::Error,
    },
    /// The portal's certificate does not verify.
    #[error(
        "the certificate of {url} cannot be trusted ({why}); `loa source check` looks for a link \
         that its chain lacks"
    )]
    Certificate {
        /// The URL asked.
        url: Url,
        /// What is wrong with it.
        why: Box<rustls::CertificateError>,
    },
    /// The exchange took too long.
    #[error("no answer from {0} within 30 s")]
    TimedOut(Url),
    /// The contact cannot stand in a header.
    #[error(
        "crawler.contact is `{0}`, but a user agent takes only ASCII: give a URL or a mail address"
    )]
    Contact(String),
    /// The client could not be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(reqwest::Error),
}

impl FetchError {
    /// Whether nobody was asked, because nobody there is to be trusted: what the operator, not the
    /// host, must mend.
    pub(crate) fn is_about_trust(&self) -> bool {
        matches!(self, Self::Certificate { .. } | Self::PrivateAddress(_) | Self::Port(_))
    }
}

/// The innermost error: the client's own words only say that the request failed.
fn root_cause(error: &dyn std::error::Error) -> &dyn std::error::Error {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

impl Fetcher {
    /// Makes a fetcher.
    pub fn new(config: &Config) -> Result<Self, FetchError> {
        // An error here means that a provider was installed before: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let product = format!("{}/{}", crate::robots::PRODUCT, env!("CARGO_PKG_VERSION"));
        let contact = config.contact.as_deref().unwrap_or_default();
        let user_agent = match contact {
            "" => product,
            contact => format!("{product} (+{contact})"),
        };
        let user_agent = user_agent.parse().map_err(|_| FetchError::Contact(contact.to_owned()))?;
        let allow_private_addresses = config.allow_private_addresses;
        let client = builder(allow_private_addresses).build().map_err(FetchError::Client)?;
        Ok(Self { client, user_agent, allow_private_addresses, lanes: Lanes::default() })
    }

    /// A fetcher that trusts a source's certificate as its operator decided.
    pub(crate) fn trusting(&self, source: &Source, now: Timestamp) -> Result<Self, FetchError> {
        let Some(trust) = &source.tls else { return Ok(self.clone()) };
        let builder = trusting(builder(self.allow_private_addresses), trust, now);
        let client = builder.build().map_err(FetchError::Client)?;
        Ok(Self { client, ..self.clone() })
    }

    /// A portal's own certificate, as DER; nothing else of its answer is used.
    pub(crate) async fn certificate_of(&self, portal: &Url) -> Result<Vec<u8>, FetchError> {
        self.check_address(portal)?;
        let builder = builder(self.allow_private_addresses).tls_info(true);
        let client = builder.tls_danger_accept_invalid_certs(true).build();
        let client = client.map_err(FetchError::Client)?;
        let ask = client.head(portal.clone()).header(USER_AGENT, self.user_agent.clone());
        let answer = tokio::time::timeout(EXCHANGE_TIME_MAX, ask.send())
            .await
            .map_err(|_| FetchError::TimedOut(portal.clone()))?
            .map_err(|source| FetchError::NoAnswer { url: portal.clone(), source })?;
        let info = answer.extensions().get::<TlsInfo>();
        Ok(info.and_then(TlsInfo::peer_certificate).unwrap_or_default().to_vec())
    }

    /// Whether this address and port may be asked, as far as the URL says.
    fn check_address(&self, url: &Url) -> Result<(), FetchError> {
        if self.allow_private_addresses {
            return Ok(());
        }
        if private_literal(url).is_some() {
            return Err(FetchError::PrivateAddress(url.clone()));
        }
        if !is_asked_port(url) {
            return Err(FetchError::Port(url.clone()));
        }
        Ok(())
    }

    /// One page, for a person who tries a profile on it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self, url: &Url, now: Timestamp) -> Result<Payload, FetchError> {
        Ok(self.answer(url, now).await?.1)
    }

    /// The same with the status.
    pub(crate) async fn answer(
        &self,
        url: &Url,
        now: Timestamp,
    ) -> Result<(u16, Payload), FetchError> {
        let exchange = self.get(url, &Validators::default(), now).await?;
        let head = String::from_utf8_lossy(&exchange.response_head);
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = head.lines().skip(1).filter_map(header).collect();
        Ok((exchange.status, Payload { url: exchange.url, headers, body: exchange.body }))
    }

    /// Asks for a page; `now` is noted as the time of the request.
    pub(crate) async fn get(
        &self,
        url: &Url,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Exchange, FetchError> {
        self.check_address(url)?;
        let headers = self.headers(validators);
        let request_head = request_head(url, &headers);
        let no_answer = |source: reqwest::Error| match certificate_error(&source) {
            Some(why) => FetchError::Certificate { url: url.clone(), why: Box::new(why) },
            None => FetchError::NoAnswer { url: url.clone(), source },
        };
        let host = url.host_str().unwrap_or_default();
        let _lane = self.lanes.enter(host).await;
        let ask = self.client.get(url.clone()).headers(headers).send();
        let deadline = tokio::time::Instant::now() + EXCHANGE_TIME_MAX;
        let answer = tokio::time::timeout_at(deadline, ask)
            .await
            .map_err(|_| FetchError::TimedOut(url.clone()))?
            .map_err(no_answer)?;
        let peer = answer.remote_addr().map(|address| address.ip());
        if let Some(peer) = peer {
            self.lanes.learn(host, peer);
        }
        // Whatever the name said: this is who was asked.
        if !self.allow_private_addresses && peer.is_some_and(|peer| !is_public(peer)) {
            return Err(FetchError::PrivateAddress(url.clone()));
        }
        let mut exchange = Exchange {
            url: url.to_string(),
            at: now,
            peer,
            request_head,
            status: answer.status().as_u16(),
            response_head: response_head(&answer),
            body: Vec::new(),
            truncated: None,
        };
        let reading = read_body(answer, &mut exchange.body);
        exchange.truncated = match tokio::time::timeout_at(deadline, reading).await {
            Ok(Ok(truncated)) => truncated,
            Ok(Err(_)) => Some("disconnect"),
            Err(_) => Some("time"),
        };
        Ok(exchange)
    }

    fn headers(&self, validators: &Validators) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, self.user_agent.clone());
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        set(ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5");
        set(ACCEPT_ENCODING, "gzip");
        if let Some(etag) = &validators.etag {
            set(IF_NONE_MATCH, etag);
        }
        if let Some(date) = &validators.last_modified {
            set(IF_MODIFIED_SINCE, date);
        }
        headers
    }
}

/// Whether a public host is asked on the port of a URL.
pub fn is_asked_port(url: &Url) -> bool {
    PORTS.contains(&url.port_or_known_default().unwrap_or_default())
}

/// A client that follows no redirects and asks directly.
fn builder(allow_private_addresses: bool) -> ClientBuilder {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIME_MAX)
        .pool_max_idle_per_host(1)
        .http1_only()
        .no_proxy();
    if allow_private_addresses { builder } else { builder.dns_resolver(PublicResolver) }
}

/// Reads the body by pieces; why it was cut, where it was.
async fn read_body(
    mut answer: Response,
    body: &mut Vec<u8>,
) -> Result<Option<&'static str>, reqwest::Error> {
    let started = tokio::time::Instant::now();
    let mut second = tokio::time::interval_at(started + RATE_FROM, Duration::from_secs(1));
    loop {
        let piece = tokio::select! {
            piece = answer.chunk() => piece?,
            _ = second.tick() => {
                if (body.len() as u64) < started.elapsed().as_secs() * RATE_BYTES_A_SECOND {
                    return Ok(Some("time"));
                }
                continue;
            }
        };
        let Some(piece) = piece else { return Ok(None) };
        let room = BODY_BYTES_MAX - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Ok(Some("length"));
        }
    }
}

fn request_head(url: &Url, headers: &HeaderMap) -> Vec<u8> {
    let mut head =
        format!("GET {} HTTP/1.1\r\n", &url[url::Position::BeforePath..url::Position::AfterQuery]);
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let _ = write!(head, "host: {authority}\r\n");
    write_headers(&mut head, headers);
    head.into_bytes()
}

/// Status line and headers. The client has already joined the chunks of a chunked body, so that
/// header is kept under another name, as web archives do.
fn response_head(answer: &Response) -> Vec<u8> {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16());
    write_headers(&mut head, answer.headers());
    head.into_bytes()
}

fn write_headers(head: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        let renamed = name == reqwest::header::TRANSFER_ENCODING;
        let prefix = if renamed { "x-archive-orig-" } else { "" };
        let value = String::from_utf8_lossy(value.as_bytes());
        let _ = write!(head, "{prefix}{name}: {value}\r\n");
    }
    head.push_str("\r\n");
}
