//! Serving: the JSON API under `/api/v1`, the citizens' pages, health.
//!
//! Handlers translate HTTP to a call and back; the search is the index's, the record the
//! archive's. Whatever a client sends, the answer is a page or a problem (RFC 9457), never a panic.

mod address;
pub mod api;
mod assets;
mod blocking;
mod hits;
mod operator;
mod pages;
mod parameters;
mod problem;
mod vietnam;

use std::io;
use std::sync::Arc;

use archive::Archive;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use index::Index;
use tokio::net::TcpListener;

pub use api::openapi;
pub use hits::{HitsFormat, found_articles, write_hits};
pub use parameters::{Order, SearchParameters};

/// What handlers work with.
#[derive(Clone)]
pub struct App {
    /// The search index.
    pub index: Index,
    /// The record.
    pub archive: Archive,
    /// How subscribers are told.
    pub alerts: Arc<alerts::Config>,
}

/// Nothing but our own styles, images of pages and forms to ourselves.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All routes.
pub fn router(app: App) -> Router {
    let (api, description) = api::router();
    Router::new()
        .merge(api)
        .merge(api::description_route(description))
        .merge(pages::router())
        .merge(assets::router())
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(middleware::from_fn(guard))
        .with_state(app)
}

/// Serves until `stop` is done, then finishes the requests under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(app)).with_graceful_shutdown(stop).await
}

async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
