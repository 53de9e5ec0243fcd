//! What a form of the desk sends. Each carries the token of its session: another site can make a
//! browser send a form, but does not know the token.

use archive::Session;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded;

use crate::App;
use crate::pages::refused;
use crate::problem::Problem;
use crate::visit::Visit;

/// The field of the token.
const TOKEN: &str = "form-token";

/// The fields of a form.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The value of a field without spaces around it; nothing where it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The value, if there is one.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The values of a field that may be there several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }
}

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
        let (uri, session) = (parts.uri.clone(), parts.extensions.get::<Session>().cloned());
        let refuse = |status, why| refused(visit, &uri, Problem::new(status, why));
        let read = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let Ok(body) = read else {
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "the form cannot be read"));
        };
        let form = Self::parse(&body);
        let own = session.is_some_and(|session| session.form_token == form.raw(TOKEN));
        match own {
            true => Ok(form),
            false => Err(refuse(
                StatusCode::FORBIDDEN,
                "the form is not of this session; load its page again",
            )),
        }
    }
}
