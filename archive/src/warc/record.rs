//! A record and its bytes.

use std::io::Write;

use data_encoding::{BASE32, HEXLOWER};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A record: its named fields, in order, and its block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Field names as written, with their values.
    pub headers: Vec<(String, String)>,
    /// The content block.
    pub block: Vec<u8>,
}

impl Record {
    /// A record of a type (`response`, `request`, `revisit`, `resource`, `warcinfo`) made at `date`
    /// (RFC 3339, UTC). Its id follows from `place`, which must be unique: the file and the offset.
    pub fn new(kind: &str, date: &str, place: &str, content_type: &str, block: Vec<u8>) -> Self {
        let mut record = Self { headers: Vec::new(), block };
        record.set("WARC-Type", kind);
        record.set("WARC-Record-ID", &record_id(place));
        record.set("WARC-Date", date);
        record.set("Content-Type", content_type);
        let block_digest = digest(&record.block);
        record.set("WARC-Block-Digest", &block_digest);
        record
    }

    /// Adds a field.
    pub fn set(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.replace(['\r', '\n'], " ")));
    }

    /// The first field of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The record as one gzip member.
    pub fn to_member(&self) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        let mut head = String::from("WARC/1.1\r\n");
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.block.len()));
        for part in [head.as_bytes(), &self.block, b"\r\n\r\n"] {
            out.write_all(part).expect("writing to memory does not fail");
        }
        out.finish().expect("writing to memory does not fail")
    }
}

/// A date as records have it: RFC 3339, UTC, in whole seconds, which suit every reader.
pub fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `sha256:` and the digest in base 32, as WARC tools expect it.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", BASE32.encode(&Sha256::digest(bytes)))
}

/// A UUID of version 8 (RFC 9562, section 5.8) made from the record's place: unique without dice.
fn record_id(place: &str) -> String {
    let mut bytes: [u8; 16] = Sha256::digest(place)[..16].try_into().expect("16 bytes of 32");
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("<urn:uuid:{a}-{b}-{c}-{d}-{e}>")
}
