//! What routes take from their address. Routes without query parameters refuse any, as the others
//! refuse those they do not know; an id that cannot even be decoded names nothing.

use axum::extract::{FromRequestParts, Path};
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

/// The id in a route's path.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = path
            .map_err(|_| Problem::not_found(format!("there is nothing at {}", parts.uri.path())))?;
        Ok(Self(id))
    }
}
