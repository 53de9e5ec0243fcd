//! Misbehaviour that a test can switch on: each fault takes the place of the real answer.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_core::Stream;

/// How long a dripping server waits from byte to byte.
const DRIP: Duration = Duration::from_secs(1);

/// A fault, for the paths and queries that begin with a text.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What the path, with its query, begins with; empty for all.
    pub prefix: String,
    /// How often it happens; `None` for always.
    pub times: Option<usize>,
    /// What happens.
    pub behaviour: Behaviour,
}

/// What a portal does instead of answering.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answers with a status and headers, and says this.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers besides the media type.
        headers: Vec<(&'static str, String)>,
        /// The page.
        body: Bytes,
    },
    /// Redirects to itself with a longer path, without end.
    RedirectWithoutEnd,
    /// A list without end: the same articles on every page, and always a next page.
    EndlessList(String),
    /// Sends a head and then a byte each second.
    Drip,
    /// Takes the request and says nothing.
    Hang,
    /// Sends so many mebibytes of zeros, compressed to a thousandth.
    Bomb(usize),
}

impl Fault {
    /// A fault at all requests whose path begins with a text.
    pub fn at(prefix: &str, behaviour: Behaviour) -> Self {
        Self { prefix: prefix.to_owned(), times: None, behaviour }
    }

    /// An answer of another status.
    pub fn status(prefix: &str, status: u16) -> Self {
        Self::at(prefix, Behaviour::Answer { status, headers: Vec::new(), body: Bytes::new() })
    }

    /// Another page in place of the real one.
    pub fn page(prefix: &str, body: &str) -> Self {
        Self::bytes(prefix, body.as_bytes().to_vec())
    }

    /// Something that is no page.
    pub fn bytes(prefix: &str, body: Vec<u8>) -> Self {
        let body = Bytes::from(body);
        Self::at(prefix, Behaviour::Answer { status: 200, headers: Vec::new(), body })
    }

    /// A redirect.
    pub fn redirect(prefix: &str, target: &str) -> Self {
        let headers = vec![("location", target.to_owned())];
        Self::at(prefix, Behaviour::Answer { status: 302, headers, body: Bytes::new() })
    }

    /// The same, so many times.
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same, with a header; of an answer only.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Behaviour::Answer { headers, .. } = &mut self.behaviour {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

impl Behaviour {
    /// The answer to a request for `target`.
    pub(crate) async fn answer(&self, target: &str) -> Response<Body> {
        let html = Response::builder().header(header::CONTENT_TYPE, "text/html; charset=utf-8");
        let built = match self {
            Self::Answer { status, headers, body } => {
                let with = |r: axum::http::response::Builder, (name, value): &(_, String)| {
                    r.header(*name, value)
                };
                let answer = headers.iter().fold(html.status(*status), with);
                answer.body(Body::from(body.clone()))
            }
            Self::RedirectWithoutEnd => {
                let target = format!("{target}x");
                html.status(302).header(header::LOCATION, target).body(Body::empty())
            }
            Self::EndlessList(items) => {
                let number = target.rsplit("trang=").next().and_then(|n| n.parse::<u64>().ok());
                let path = target.split('?').next().unwrap_or_default();
                let next = number.unwrap_or(1) + 1;
                let page = format!("{items}<a href='{path}?trang={next}'>Trang sau</a>");
                html.body(Body::from(page))
            }
            Self::Drip => html.body(Body::from_stream(Dripping(tokio::time::interval(DRIP)))),
            Self::Hang => std::future::pending().await,
            Self::Bomb(mebibytes) => {
                html.header(header::CONTENT_ENCODING, "gzip").body(Body::from(bomb(*mebibytes)))
            }
        };
        built.expect("all parts are valid HTTP")
    }
}

/// A byte at each tick.
struct Dripping(tokio::time::Interval);

impl Stream for Dripping {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_tick(context).map(|_| Some(Ok(Bytes::from_static(b"."))))
    }
}

fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..mebibytes {
        encoder.write_all(&zeros).expect("writing to memory does not fail");
    }
    encoder.finish().expect("writing to memory does not fail")
}
