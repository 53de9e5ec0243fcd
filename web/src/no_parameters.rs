//! Routes without query parameters refuse any, as the others refuse those they do not know.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

use crate::problem::Problem;

/// Extracts nothing from a request that has no query parameters.
pub(crate) struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let names: Vec<String> =
            form_urlencoded::parse(query).map(|(name, _)| format!("`{name}`")).collect();
        if names.is_empty() {
            return Ok(Self);
        }
        let names = names.join(", ");
        Err(Problem::bad_request(format!("unknown parameter {names}; there are none here")))
    }
}
