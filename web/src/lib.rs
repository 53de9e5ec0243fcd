//! Serving: the JSON API under `/api/v1`, the citizens' pages, the operators' desk, health.
//!
//! Handlers translate HTTP to a call and back; the search is the index's, the record the
//! archive's. Whatever a client sends, the answer is a page or a problem (RFC 9457), never a panic.

mod address;
mod admission;
pub mod api;
mod archived;
mod assets;
mod blocking;
mod body;
mod connection;
mod desk;
mod guard;
mod hits;
mod jobs;
mod language;
mod metrics;
mod operator;
mod pages;
mod parameters;
mod problem;
mod site;
mod visit;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::Archive;
use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware;
use axum::routing::get;
use index::{Answer, Index, IndexError, Request};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use crate::admission::Admission;
use crate::jobs::Jobs;
use crate::metrics::Metrics;
use crate::operator::Attempts;
use crate::problem::Problem;

pub use api::openapi;
pub use hits::{HitsFormat, found_articles, write_hits};
pub use parameters::{Order, SearchParameters};
pub use site::{Portals, Site};

/// How long a search may take.
const SEARCH_MAX: Duration = Duration::from_secs(5);

/// What handlers work with.
#[derive(Clone)]
pub struct App {
    /// The search index.
    pub index: Index,
    /// The record.
    pub archive: Archive,
    /// How subscribers are told.
    pub alerts: Arc<alerts::Config>,
    site: Arc<Site>,
    portals: Arc<Portals>,
    metrics: Arc<Metrics>,
    attempts: Arc<Attempts>,
    jobs: Jobs,
    admission: Arc<Admission>,
}

impl App {
    /// What serves an archive.
    pub fn new(
        index: Index,
        archive: Archive,
        alerts: Arc<alerts::Config>,
        site: Site,
        portals: Portals,
    ) -> Self {
        Self {
            index,
            archive,
            alerts,
            site: Arc::new(site),
            portals: Arc::new(portals),
            metrics: Arc::new(Metrics::new()),
            attempts: Arc::new(Attempts::new()),
            jobs: Jobs::default(),
            admission: Arc::new(Admission::new()),
        }
    }

    /// Has backups, rebuilds and the like done by another runtime than the one that answers.
    #[must_use]
    pub fn with_jobs_on(self, runtime: Handle) -> Self {
        Self { jobs: Jobs::on(runtime), ..self }
    }
}

impl App {
    /// Searches, and notes how long it took.
    pub(crate) fn search(&self, request: &Request) -> Result<Answer, IndexError> {
        let started = Instant::now();
        let bounded = Request { patience: Some(SEARCH_MAX), ..request.clone() };
        let answer = self.index.search(&bounded);
        self.metrics.searched(started.elapsed());
        answer
    }
}

/// All routes. From the outside in: every answer gets its headers and is counted, each request waits
/// for its turn, the session is recognised, what other sites send is refused.
pub fn router(app: App) -> Router {
    let (api, description) = api::router();
    let with = app.clone();
    Router::new()
        .merge(api)
        .merge(api::description_route(description))
        .merge(pages::router())
        .merge(desk::router())
        .merge(assets::router())
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(middleware::from_fn_with_state(with.clone(), guard::same_site))
        .layer(middleware::from_fn_with_state(with.clone(), operator::recognise))
        .layer(middleware::from_fn_with_state(with.clone(), admission::in_turn))
        .layer(middleware::from_fn_with_state(with.clone(), guard::headers))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(holds_no_secret)))
        .layer(middleware::from_fn_with_state(with, guard::observe))
        .with_state(app)
}

/// Whether an answer may be compressed. Of those that only one person may see, the length would tell
/// what is in them (BREACH).
fn holds_no_secret(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let cache = headers.get("cache-control").and_then(|value| value.to_str().ok());
    !cache.is_some_and(|cache| cache.contains("private"))
}

/// Answers until `stop` is done that the site is starting: whoever watches over the process sees that it
/// lives, and readers are told to come back.
///
/// # Errors
/// When the listener fails.
pub async fn serve_starting(
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(api::health::healthz))
        .fallback(async || Problem::starting());
    connection::serve(listener, router, stop).await
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
    connection::serve(listener, router(app), stop).await
}
