//! `GET /api/v1/sources` and `GET /api/v1/sources/{id}`.

use archive::{Archive, Source, SourceId, Trust, TrustException};
use axum::Json;
use axum::extract::State;
use crawler::{CrawlError, next_run};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::problem::Problem;

/// A source and how it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    pub(crate) id: String,
    pub(crate) name: String,
    unit: String,
    start: Vec<String>,
    profile: String,
    schedule: String,
    delay_ms: u64,
    max_pages: u64,
    pub(crate) enabled: bool,
    /// Set where the portal's certificate is not checked.
    certificate_exception: Option<CertificateExceptionBody>,
    pub(crate) freshness: FreshnessBody,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct CertificateExceptionBody {
    /// The operator's words.
    reason: String,
    /// The last day, YYYY-MM-DD.
    until: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FreshnessBody {
    /// When a run last visited all due pages, RFC 3339, UTC.
    pub(crate) last_success: Option<String>,
    /// When it is crawled next, RFC 3339, UTC; null when it is not crawled on schedule.
    pub(crate) next_crawl: Option<String>,
    /// Why then.
    pub(crate) next_crawl_why: Option<String>,
    /// Articles kept.
    pub(crate) articles: u64,
    /// Pages that failed in the newest run.
    pub(crate) errors: u64,
}

/// All sources.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = Vec<SourceBody>), (status = 400, body = Problem)))]
pub(crate) async fn sources(
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<SourceBody>>, Problem> {
    Ok(Json(all(&app).await?))
}

/// All sources.
pub(crate) async fn all(app: &App) -> Result<Vec<SourceBody>, Problem> {
    let archive = app.archive.clone();
    let all = blocking(move || {
        let sources = archive.sources()?.into_iter();
        let bodies = sources.map(|source| SourceBody::new(&archive, source));
        bodies.collect::<Result<Vec<_>, CrawlError>>()
    });
    all.await
}

/// One source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "sources",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 200, body = SourceBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn source(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<SourceBody>, Problem> {
    let found = find(&app, &id).await?;
    let body = blocking(move || SourceBody::new(&app.archive, found)).await?;
    Ok(Json(body))
}

/// The id of a source, where it can be one.
pub(crate) fn parse_id(id: &str) -> Result<SourceId, Problem> {
    id.parse().map_err(|_| no_source(id))
}

/// One source.
pub(crate) async fn find(app: &App, id: &str) -> Result<Source, Problem> {
    let (archive, source) = (app.archive.clone(), parse_id(id)?);
    blocking(move || archive.source(&source)).await?.ok_or_else(|| no_source(id))
}

/// What is said where there is no such source.
pub(crate) fn no_source(id: &str) -> Problem {
    Problem::not_found(format!("there is no source `{id}`"))
}

impl CertificateExceptionBody {
    fn of(trust: Trust) -> Option<Self> {
        let Trust::Exception(TrustException { reason, until }) = trust else { return None };
        Some(Self { reason, until: until.to_string() })
    }
}

impl SourceBody {
    pub(crate) fn new(archive: &Archive, source: Source) -> Result<Self, CrawlError> {
        let freshness = archive.freshness(&source.id)?;
        let now = Timestamp::now();
        let next = match next_run(archive, &source, now, now) {
            // A schedule that cannot be read is told by whoever keeps it.
            Err(CrawlError::Schedule(_)) => None,
            next => next?,
        };
        Ok(Self {
            id: source.id.into(),
            name: source.name,
            unit: source.unit,
            start: source.start.into_iter().map(String::from).collect(),
            profile: source.profile,
            schedule: source.schedule,
            delay_ms: source.delay_ms,
            max_pages: source.max_pages,
            enabled: source.enabled,
            certificate_exception: source.tls.and_then(CertificateExceptionBody::of),
            freshness: FreshnessBody {
                last_success: freshness.last_success,
                next_crawl: next.as_ref().map(|next| next.at.max(now).to_string()),
                next_crawl_why: next.map(|next| next.why),
                articles: freshness.articles,
                errors: freshness.errors,
            },
        })
    }
}
