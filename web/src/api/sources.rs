//! `GET /api/v1/sources` and `GET /api/v1/sources/{id}`.

use archive::{ArchiveError, Freshness, Source, SourceId};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::blocking::blocking;
use crate::problem::Problem;

/// A source and how it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    id: String,
    name: String,
    unit: String,
    start: Vec<String>,
    profile: String,
    schedule: String,
    enabled: bool,
    freshness: FreshnessBody,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct FreshnessBody {
    /// When a run last visited all due pages, RFC 3339, UTC.
    last_success: Option<String>,
    /// Articles kept.
    articles: u64,
    /// Pages that failed in the newest run.
    errors: u64,
}

/// All sources.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = Vec<SourceBody>)))]
pub(crate) async fn sources(State(app): State<App>) -> Result<Json<Vec<SourceBody>>, Problem> {
    let all = blocking(move || {
        let sources = app.archive.sources()?.into_iter();
        let bodies = sources.map(|source| {
            let freshness = app.archive.freshness(&source.id)?;
            Ok(SourceBody::new(source, freshness))
        });
        bodies.collect::<Result<Vec<_>, ArchiveError>>()
    });
    Ok(Json(all.await?))
}

/// One source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "sources",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 200, body = SourceBody), (status = 404, body = Problem)))]
pub(crate) async fn source(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<SourceBody>, Problem> {
    let missing = Problem::not_found(format!("there is no source `{id}`"));
    let Ok(id) = id.parse::<SourceId>() else { return Err(missing) };
    let found = blocking(move || {
        let Some(source) = app.archive.source(&id)? else { return Ok(None) };
        let freshness = app.archive.freshness(&id)?;
        Ok::<_, ArchiveError>(Some(SourceBody::new(source, freshness)))
    });
    found.await?.map(Json).ok_or(missing)
}

impl SourceBody {
    fn new(source: Source, freshness: Freshness) -> Self {
        Self {
            id: source.id.into(),
            name: source.name,
            unit: source.unit,
            start: source.start.into_iter().map(String::from).collect(),
            profile: source.profile,
            schedule: source.schedule,
            enabled: source.enabled,
            freshness: FreshnessBody {
                last_success: freshness.last_success,
                articles: freshness.articles,
                errors: freshness.errors,
            },
        }
    }
}
