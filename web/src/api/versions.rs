//! `GET /api/v1/articles/{id}/versions`, one of them, and the page as it was fetched.

use std::time::{Duration, Instant};

use archive::{Archive, ArchiveError, ArticleId, ArticleStatus, Version, diff};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::App;
use crate::address::{Id, NoParameters};
use crate::archived::{content_type, unpacked};
use crate::blocking::blocking;
use crate::problem::Problem;

/// Answers with comparisons that are made at the same time.
static COMPARISONS: Semaphore = Semaphore::const_new(2);
/// How long the comparisons of one answer may take.
const COMPARING_MAX: Duration = Duration::from_secs(1);

/// A version of an article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VersionBody {
    /// From 1, the oldest.
    number: u32,
    /// When it was recorded, RFC 3339, UTC.
    recorded_at: String,
    /// The profile that read it.
    profile: String,
    /// SHA-256 of its fields, hexadecimal.
    digest: String,
    /// What it said.
    #[schema(value_type = Object)]
    fields: Value,
    /// The fields in which it differs from the version before, word by word; null where comparing
    /// all would take too long: ask for this version alone.
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Value,
}

/// All versions of an article, the oldest first.
#[utoipa::path(get, path = "/api/v1/articles/{id}/versions", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, body = Vec<VersionBody>), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn versions(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<Vec<VersionBody>>, Problem> {
    Ok(Json(find(app, &id, Archive::versions).await?))
}

/// One version of an article.
#[utoipa::path(get, path = "/api/v1/articles/{id}/versions/{number}", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits"),
        ("number" = u32, Path, description = "from 1, the oldest")),
    responses((status = 200, body = VersionBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn version(
    State(app): State<App>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    NoParameters: NoParameters,
) -> Result<Json<VersionBody>, Problem> {
    let Path((id, number)) =
        path.map_err(|_| Problem::not_found("there is no such version".to_owned()))?;
    let missing = Problem::not_found(format!("article `{id}` has no version `{number}`"));
    let Ok(wanted) = number.parse::<u32>() else { return Err(missing) };
    // With the one before, which it is compared with.
    let found = find(app, &id, move |archive, id| {
        let mut versions = archive.newest_versions(id, wanted, 2)?;
        versions.reverse();
        Ok(versions)
    });
    let found = found.await?.into_iter().find(|version| version.number == wanted);
    found.map(Json).ok_or(missing)
}

/// The page of an article's newest version as it was fetched. It is served as text, so that no
/// browser runs what is in it.
#[utoipa::path(get, path = "/api/v1/articles/{id}/raw", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, content_type = "text/plain", body = String),
        (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn raw(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Response, Problem> {
    let missing = Problem::not_found(format!("there is no article `{id}`"));
    let refused = Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "its portal asks that no copy of this page be shown (`noarchive`), or the page holds what was \
         taken down",
    );
    let Ok(id) = id.parse::<ArticleId>() else { return Err(missing) };
    let archive = app.archive.clone();
    let found = blocking(move || {
        let archive = &app.archive;
        let visible = archive.article(&id)?.filter(|a| a.status != ArticleStatus::Hidden);
        let newest = archive.newest_versions(&id, u32::MAX, 1)?.pop();
        let newest = newest.filter(|_| visible.is_some());
        let capture = newest.map(|version| archive.capture(version.capture)).transpose()?.flatten();
        let Some(capture) = capture else { return Ok(None) };
        Ok::<_, ArchiveError>(Some((capture, archive.has_public_copy(&id)?)))
    });
    let (capture, public) = found.await?.ok_or(missing)?;
    if !public {
        return Err(refused);
    }
    let (payload, body) = unpacked(archive, capture).await?;
    Ok(([(header::CONTENT_TYPE, content_type(&payload, "text/plain"))], body).into_response())
}

/// Versions of an article that may be shown, with what changed.
async fn find(
    app: App,
    id: &str,
    read: impl FnOnce(&Archive, &ArticleId) -> Result<Vec<Version>, ArchiveError> + Send + 'static,
) -> Result<Vec<VersionBody>, Problem> {
    let missing = Problem::not_found(format!("there is no article `{id}`"));
    let Ok(id) = id.parse::<ArticleId>() else { return Err(missing) };
    let _place = COMPARISONS.acquire().await.map_err(|error| Problem::internal(&error))?;
    let found = blocking(move || {
        let article = app.archive.article(&id)?;
        let visible = article.is_some_and(|a| a.status != ArticleStatus::Hidden);
        let versions = if visible { read(&app.archive, &id)? } else { Vec::new() };
        Ok::<_, ArchiveError>(bodies(&versions))
    });
    let found = found.await?;
    if found.is_empty() { Err(missing) } else { Ok(found) }
}

fn bodies(versions: &[Version]) -> Vec<VersionBody> {
    let started = Instant::now();
    let json = |value: serde_json::Result<Value>| value.unwrap_or_default();
    let body = |(at, version): (usize, &Version)| {
        let before = at.checked_sub(1).map(|before| &versions[before].fields);
        let in_time = started.elapsed() < COMPARING_MAX;
        let changes =
            in_time.then(|| before.map(|before| diff(before, &version.fields)).unwrap_or_default());
        VersionBody {
            number: version.number,
            recorded_at: version.recorded_at.clone(),
            profile: version.profile.clone(),
            digest: version.digest.clone(),
            fields: json(serde_json::to_value(&version.fields)),
            changes: json(serde_json::to_value(changes)),
        }
    };
    versions.iter().enumerate().map(body).collect()
}
