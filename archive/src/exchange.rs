//! An HTTP exchange and the WARC records that keep it.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::warc::{Record, date};

/// Profiles of revisit records (WARC 1.1, section 6.7).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// The two halves of an HTTP exchange, as they were on the wire.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The URL asked.
    pub url: String,
    /// When the request left.
    pub at: Timestamp,
    /// The server's address.
    pub peer: Option<IpAddr>,
    /// Request line and headers, with the blank line.
    pub request_head: Vec<u8>,
    /// The HTTP status.
    pub status: u16,
    /// Status line and headers, with the blank line.
    pub response_head: Vec<u8>,
    /// The body as received.
    pub body: Vec<u8>,
    /// Why the body is cut, in WARC's words: `length`, `time` or `disconnect`.
    pub truncated: Option<&'static str>,
}

/// The earlier capture whose payload an answer repeats.
pub(crate) struct Revisited<'a> {
    pub(crate) digest: &'a str,
    pub(crate) url: &'a str,
    pub(crate) date: &'a str,
}

/// `response` (or `revisit`, when the payload is already kept) and `request`.
pub(crate) fn exchange_records(
    exchange: &Exchange,
    digest: &str,
    revisited: Option<&Revisited<'_>>,
    place: &str,
) -> Vec<Record> {
    let date = date(exchange.at);
    let mut block = exchange.response_head.clone();
    if revisited.is_none() {
        block.extend_from_slice(&exchange.body);
    }
    let kind = if revisited.is_some() { "revisit" } else { "response" };
    let http_response = "application/http;msgtype=response";
    let mut answer = Record::new(kind, &date, &format!("{place}:answer"), http_response, block);
    answer.set("WARC-Target-URI", &exchange.url);
    if let Some(peer) = exchange.peer {
        answer.set("WARC-IP-Address", &peer.to_string());
    }
    match revisited {
        None => answer.set("WARC-Payload-Digest", digest),
        Some(earlier) => {
            let same = exchange.status != 304;
            answer.set("WARC-Profile", if same { SAME_PAYLOAD } else { NOT_MODIFIED });
            answer.set("WARC-Payload-Digest", earlier.digest);
            answer.set("WARC-Refers-To-Target-URI", earlier.url);
            answer.set("WARC-Refers-To-Date", earlier.date);
        }
    }
    if let Some(reason) = exchange.truncated {
        answer.set("WARC-Truncated", reason);
    }
    let http_request = "application/http;msgtype=request";
    let head = exchange.request_head.clone();
    let mut request = Record::new("request", &date, &format!("{place}:ask"), http_request, head);
    request.set("WARC-Target-URI", &exchange.url);
    let concurrent = answer.header("WARC-Record-ID").unwrap_or_default().to_owned();
    request.set("WARC-Concurrent-To", &concurrent);
    vec![answer, request]
}
