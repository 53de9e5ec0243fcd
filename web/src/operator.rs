//! Who may change things: operators with a token (RFC 6750).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::App;
use crate::blocking::blocking;
use crate::problem::Problem;

/// Proof that a request came from an operator.
pub(crate) struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let value = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        };
        let (archive, token) = (app.archive.clone(), token.to_owned());
        if blocking(move || archive.knows_token(&token)).await? {
            return Ok(Self);
        }
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "only operators may do this: send `Authorization: Bearer TOKEN`, with a token that \
             `loa user token NAME` made",
        ))
    }
}
