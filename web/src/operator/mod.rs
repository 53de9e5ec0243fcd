//! Who may change things: operators with a token (RFC 6750), or who are signed in to the site.

mod attempts;
mod form;
mod session;

use archive::{Actor, Archive, Role, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use crate::App;
use crate::blocking::blocking;
use crate::pages::refused;
use crate::problem::Problem;
use crate::visit::Visit;

pub(crate) use attempts::{Attempts, Origin};
pub(crate) use form::Form;
pub(crate) use session::{SESSION_COOKIE, ended_cookie, recognise, session_cookie};

/// An operator who asks for something.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub(crate) name: String,
    pub(crate) role: Role,
}

impl Operator {
    /// The archive in the operator's hands: what is changed through it is logged.
    pub(crate) fn archive(&self, app: &App) -> Archive {
        app.archive.acting(Actor::Operator(self.name.clone()))
    }
}

/// Proof that a request came from an operator who may look.
pub(crate) struct Viewer(pub(crate) Operator);
/// Proof that a request came from an operator who may change sources, articles and officials.
pub(crate) struct Editor(pub(crate) Operator);
/// Proof that a request came from an operator who may change everything.
pub(crate) struct Admin(pub(crate) Operator);

macro_rules! proof {
    ($($proof:ident = $role:expr;)*) => {$(
        impl FromRequestParts<App> for $proof {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
                at_least($role, parts, app).await.map($proof)
            }
        }
    )*};
}

proof! {
    Viewer = Role::Viewer;
    Editor = Role::Editor;
    Admin = Role::Admin;
}

async fn at_least(role: Role, parts: &mut Parts, app: &App) -> Result<Operator, Response> {
    let asking = asking(parts, app).await;
    let Ok(visit) = Visit::from_request_parts(parts, app).await;
    let uri = &parts.uri;
    match asking {
        Err(problem) => Err(refused(visit, uri, problem)),
        Ok(Some(operator)) if operator.role >= role => Ok(operator),
        Ok(Some(operator)) => {
            let why = format!("{} is {}; this takes {role}", operator.name, operator.role);
            Err(refused(visit, uri, Problem::new(StatusCode::FORBIDDEN, why)))
        }
        Ok(None) if uri.path().starts_with("/api/") || parts.method != Method::GET => {
            let why = "only operators may do this: send `Authorization: Bearer TOKEN`, with a token \
                 that `loa user token NAME` made, or sign in to the site";
            Err(refused(visit, uri, Problem::new(StatusCode::UNAUTHORIZED, why)))
        }
        Ok(None) => {
            let back: String = form_urlencoded::byte_serialize(visit.here.as_bytes()).collect();
            Err(Redirect::to(&format!("/dang-nhap?ve={back}")).into_response())
        }
    }
}

/// The token that a program shows. Other schemes are a proxy's business, not ours.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who asks, if it is an operator.
async fn asking(parts: &Parts, app: &App) -> Result<Option<Operator>, Problem> {
    if let Some(token) = bearer(&parts.headers) {
        let (archive, token) = (app.archive.clone(), token.to_owned());
        let holder = blocking(move || archive.token_holder(&token)).await?;
        return Ok(holder.map(|holder| Operator { name: holder.name, role: holder.role }));
    }
    let session = parts.extensions.get::<Session>();
    Ok(session.map(|one| Operator { name: one.account.clone(), role: one.role }))
}

/// Whether a request is made by somebody who may read the metrics: an operator with a token, or a
/// program on the same machine that no proxy forwards.
pub(crate) async fn may_measure(parts: &Parts, app: &App) -> Result<bool, Problem> {
    if app.site.is_local(&parts.headers, &parts.extensions) {
        return Ok(true);
    }
    Ok(asking(parts, app).await?.is_some())
}
