//! The cookie of a session: recognised before any handler, replaced when its time has come.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::App;
use crate::blocking::blocking;
use crate::site::Site;
use crate::visit::cookie;

/// The cookie of the session.
pub(crate) const SESSION_COOKIE: &str = "phien";

/// Puts the session of a request, if it has a valid one, where handlers find it.
pub(crate) async fn recognise(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(token) = cookie(request.headers(), SESSION_COOKIE).map(str::to_owned) else {
        return next.run(request).await;
    };
    let archive = app.archive.clone();
    let session = match blocking(move || archive.session(&token, Timestamp::now())).await {
        Ok(session) => session,
        Err(problem) => return problem.into_response(),
    };
    let Some(session) = session else { return next.run(request).await };
    let renewed = session.renewed.clone();
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let own = format!("{SESSION_COOKIE}=");
    let set = headers.get_all(header::SET_COOKIE).into_iter();
    let set = set.filter_map(|value| value.to_str().ok()).any(|value| value.starts_with(&own));
    if let Some(token) = renewed
        && !set
    {
        headers.append(header::SET_COOKIE, session_cookie(&app.site, &token));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// The cookie that begins or goes on with a session. It ends with the browser, and before, when the
/// archive says so.
pub(crate) fn session_cookie(site: &Site, token: &str) -> HeaderValue {
    let cookie =
        format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{}", site.secure());
    HeaderValue::from_str(&cookie).expect("tokens are letters and digits")
}

/// The cookie that ends it.
pub(crate) fn ended_cookie(site: &Site) -> HeaderValue {
    let cookie =
        format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}", site.secure());
    HeaderValue::from_str(&cookie).expect("nothing in it is variable")
}
