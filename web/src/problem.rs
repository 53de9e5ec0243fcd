//! Errors as `application/problem+json` (RFC 9457).

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alerts::AlertError;
use archive::ArchiveError;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crawler::{CrawlError, ProfilesError};
use index::IndexError;
use serde::Serialize;
use utoipa::ToSchema;

/// When to come back while the site is starting.
const STARTING: Duration = Duration::from_secs(30);

/// What went wrong, for programs and people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong here, and what to do.
    pub detail: String,
    /// Which occurrence it was, where the operator's log tells more: `urn:loa:error:17`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// How long to wait before asking again, where that may help: said by `Retry-After`.
    #[serde(skip)]
    pub again_in: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            again_in: None,
        }
    }

    /// The same, which may be asked again after a while.
    pub(crate) fn again_in(self, wait: Duration) -> Self {
        Self { again_in: Some(wait), ..self }
    }

    /// What the answer's headers say of it.
    pub(crate) fn note(&self, headers: &mut HeaderMap) {
        if let Some(wait) = self.again_in {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// What is answered while the index is built.
    pub(crate) fn starting() -> Self {
        let why = "the site is starting: its search index is built from the archive, which may take \
                   minutes";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why).again_in(STARTING)
    }

    /// An error of ours: its text goes to the log, its number to the reader.
    pub(crate) fn internal(error: &dyn Display) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error.number = number, %error, "request failed");
        let detail =
            format!("this is our fault; the operator finds it as error {number} in the log");
        let instance = Some(format!("urn:loa:error:{number}"));
        Self { instance, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail) }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { instance: self.instance, ..Self::new(status, self.detail) }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::DiskFull => {
                let detail = error.to_string();
                Self { detail, ..Self::internal(&error) }
                    .with_status(StatusCode::INSUFFICIENT_STORAGE)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Archive(error) => error.into(),
            IndexError::Cursor(invalid) => Self::bad_request(invalid.to_string()),
            IndexError::TooLong { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            other => Self::internal(&other),
        }
    }
}

impl From<AlertError> for Problem {
    fn from(error: AlertError) -> Self {
        Self::internal(&error)
    }
}

impl From<CrawlError> for Problem {
    fn from(error: CrawlError) -> Self {
        Self::internal(&error)
    }
}

impl From<ProfilesError> for Problem {
    fn from(error: ProfilesError) -> Self {
        Self::internal(&error)
    }
}

impl From<Infallible> for Problem {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status(), axum::Json(&self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        self.note(response.headers_mut());
        response
    }
}
