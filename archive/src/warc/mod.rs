//! WARC 1.1 (ISO 28500:2017): one gzip member a record, SHA-256 digests on every one.
//!
//! The format is simple enough to write whole; reading accepts other programs' files too.

mod reader;
mod record;

pub(crate) use reader::take_member;

pub use reader::{HttpResponse, Reader, read_member, split_response};
pub use record::{Record, date, digest};
