//! What holds for every answer: headers that browsers keep to, requests of other sites that are
//! refused, what may be kept for how long, and the line in the log.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::App;
use crate::operator::bearer;
use crate::pages::refused_early;
use crate::problem::Problem;

/// Nothing but our own styles, scripts, pictures and forms; frames only of our own.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";
/// What pages never ask for.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// A year; only where the site is reached by TLS.
const TRANSPORT_SECURITY: &str = "max-age=31536000";

/// Paths of what nobody may keep.
const PRIVATE: [&str; 3] = ["/theo-doi/", "/api/v1/alerts/", "/dang-nhap"];

/// Sets the headers of every answer.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    // These hold an address of somebody, a password, or what lets whoever has it act.
    let path = request.uri().path();
    let is_private = PRIVATE.iter().any(|prefix| path.starts_with(prefix));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let or_insert = |headers: &mut HeaderMap, name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    // A page that was archived has a stricter one.
    or_insert(headers, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    or_insert(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    or_insert(headers, header::REFERRER_POLICY, "same-origin");
    or_insert(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    or_insert(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if !app.site.secure().is_empty() {
        or_insert(headers, header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY);
    }
    // Pages differ by the language and by who is signed in.
    let policy = if is_private { "private, no-store" } else { "no-cache" };
    or_insert(headers, header::CACHE_CONTROL, policy);
    headers.append(header::VARY, HeaderValue::from_static("cookie"));
    response
}

/// Refuses what another site makes a browser send. Programs that are no browsers send neither
/// header; with a session they must.
pub(crate) async fn same_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || bearer(headers).is_some() {
        return next.run(request).await;
    }
    let fetched = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let has_session = request.extensions().get::<archive::Session>().is_some();
    let own = match (fetched, origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_own(origin, headers),
        (None, None) => !has_session,
    };
    if own {
        return next.run(request).await;
    }
    let why = "this was sent from another site; open the page here and send it again";
    let problem = Problem::new(StatusCode::FORBIDDEN, why);
    let (parts, _) = request.into_parts();
    refused_early(&app, parts, problem).await
}

fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let parsed = |text: &str| text.parse::<Authority>().ok();
    authority.and_then(parsed).zip(host.and_then(parsed)).is_some_and(|(a, b)| a == b)
}

/// Counts and logs a request: which route, not which person.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let (status, took) = (response.status(), started.elapsed());
    app.metrics.answered(&method, &route, status, took);
    tracing::debug!(
        http.method = %method, http.route = route, http.status = status.as_u16(),
        duration_ms = took.as_secs_f64() * 1000.0, "answered"
    );
    response
}
