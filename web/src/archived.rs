//! A page as it was archived: unpacked, and labelled with the character set that its server named.

use archive::{Archive, Capture, Payload};
use axum::http::HeaderValue;

use crate::blocking::blocking;
use crate::problem::Problem;

/// Why an archived page cannot be given.
#[derive(Debug, thiserror::Error)]
enum UnpackError {
    #[error(transparent)]
    Archive(#[from] archive::ArchiveError),
    #[error("it cannot be unpacked: {0}")]
    Encoding(#[from] std::io::Error),
}

impl From<UnpackError> for Problem {
    fn from(error: UnpackError) -> Self {
        Self::internal(&error)
    }
}

/// What a capture holds, and its body without its encoding.
pub(crate) async fn unpacked(
    archive: Archive,
    capture: Capture,
) -> Result<(Payload, Vec<u8>), Problem> {
    blocking(move || {
        let payload = archive.payload(&capture)?;
        let body = archive::decode(&payload.body, payload.header("content-encoding"))?;
        Ok::<_, UnpackError>((payload, body))
    })
    .await
}

/// Whether a payload is called HTML.
pub(crate) fn is_html(payload: &Payload) -> bool {
    let kind = payload.header("content-type").unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("text/html") || kind.starts_with("application/xhtml")
}

/// A media type with the payload's own character set, where its head names one; else the reader
/// guesses.
pub(crate) fn content_type(payload: &Payload, media: &'static str) -> HeaderValue {
    let kind = payload.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let charset = kind.split(';').find_map(|part| part.trim().strip_prefix("charset="));
    let is_name = |c: &&str| c.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let kind = charset.filter(is_name).map(|charset| format!("{media}; charset={charset}"));
    let kind = kind.and_then(|kind| HeaderValue::from_str(&kind).ok());
    kind.unwrap_or(HeaderValue::from_static(media))
}
