//! Changing sources: `PUT` and `DELETE /api/v1/sources/{id}`, accepting what a portal shows now, and
//! when a schedule would come.

use archive::{Archive, Source, SourceId, Trust};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use crawler::{InvalidSchedule, Schedule};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};
use utoipa::ToSchema;

use super::sources::{SourceBody, find, no_source, parse_id};
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::{Editor, Viewer};
use crate::problem::Problem;

/// Moments of a schedule that are told.
const UPCOMING: usize = 5;

/// A source as the sources file defines it, without its id.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    /// The ward's name.
    pub(crate) name: String,
    /// The administrative unit as it was named, with the units above it.
    #[serde(default)]
    pub(crate) unit: String,
    /// List pages, feeds or sitemaps to begin with, all on one host.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub(crate) start: Vec<Url>,
    /// The name of its extraction profile, or `auto` (default).
    #[serde(default = "Source::default_profile")]
    pub(crate) profile: String,
    /// Five cron fields, Vietnam time, or `adaptive` (default).
    #[serde(default = "Source::default_schedule")]
    pub(crate) schedule: String,
    /// Least milliseconds between two requests to its host.
    #[serde(default = "Source::default_delay_ms")]
    pub(crate) delay_ms: u64,
    /// Most pages of one run.
    #[serde(default = "Source::default_max_pages")]
    pub(crate) max_pages: u64,
    /// Whether it is crawled on schedule.
    #[serde(default = "Source::default_enabled")]
    pub(crate) enabled: bool,
    /// What to do about a certificate that does not verify, as in the sources file.
    #[serde(default)]
    #[schema(value_type = Option<TrustName>)]
    pub(crate) tls: Option<Trust>,
}

/// What to do about a certificate that does not verify.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes `Trust`, which knows nothing of the API")]
enum TrustName {
    /// The certificate, as PEM, that the portal forgets to send.
    Intermediate(String),
    /// Nothing is checked, for a reason and not for ever.
    Exception {
        /// In the operator's words.
        reason: String,
        /// The last day, YYYY-MM-DD.
        #[schema(format = Date)]
        until: String,
    },
}

impl Definition {
    /// The source of this definition.
    pub(crate) fn of(self, id: SourceId) -> Source {
        let Self { name, unit, start, profile, schedule, delay_ms, max_pages, enabled, tls } = self;
        Source { id, name, unit, start, profile, schedule, delay_ms, max_pages, enabled, tls }
    }
}

/// Adds a source, or changes one; its definition is checked first.
#[utoipa::path(put, path = "/api/v1/sources/{id}", tag = "operators", request_body = Definition,
    params(("id" = String, Path, description = "[a-z0-9-]")),
    responses((status = 200, body = SourceBody, description = "changed"),
        (status = 201, body = SourceBody, description = "added"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn put(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
    Body(definition): Body<Definition>,
) -> Result<(StatusCode, Json<SourceBody>), Problem> {
    let id: SourceId =
        id.parse().map_err(|error: archive::InvalidId| Problem::bad_request(error.to_string()))?;
    let (added, source) = apply(&app, operator.archive(&app), definition.of(id)).await?;
    let archive = app.archive.clone();
    let body = blocking(move || SourceBody::new(&archive, source)).await?;
    let status = if added { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(body)))
}

/// Adds or changes a source in an operator's hands; whether it is new, and the source.
pub(crate) async fn apply(
    app: &App,
    archive: Archive,
    source: Source,
) -> Result<(bool, Source), Problem> {
    let id = source.id.clone();
    let done = change(app, archive, id, move |_| Some(source)).await?;
    done.ok_or_else(|| Problem::not_found("there is no such source"))
}

/// Changes a source by what it is now; `None` where `alter` makes none of it. What it becomes must be
/// admitted: whether by a form, a program or a button.
pub(crate) async fn change(
    app: &App,
    archive: Archive,
    id: SourceId,
    alter: impl FnOnce(Option<Source>) -> Option<Source> + Send + 'static,
) -> Result<Option<(bool, Source)>, Problem> {
    let portals = app.portals.clone();
    let done = blocking(move || {
        let profiles = portals.profiles()?;
        let (private, now) = (portals.allow_private_addresses, Timestamp::now());
        let mut is_new = false;
        let changed = archive.change_source(&id, now, |known| {
            is_new = known.is_none();
            let source = alter(known).ok_or(None)?;
            match crawler::admit(&source, &profiles, private, now) {
                Ok(()) => Ok(source),
                Err(why) => Err(Some(Problem::bad_request(why.to_string()))),
            }
        })?;
        Ok::<_, OperationError>(match changed {
            Ok(source) => Ok(Some((is_new, source))),
            Err(None) => Ok(None),
            Err(Some(problem)) => Err(problem),
        })
    });
    done.await?
}

/// Why something that an operator ordered failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperationError {
    #[error(transparent)]
    Archive(#[from] archive::ArchiveError),
    #[error(transparent)]
    Crawl(#[from] crawler::CrawlError),
    #[error(transparent)]
    Profiles(#[from] crawler::ProfilesError),
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Archive(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

/// Stops knowing a source; its articles stay.
#[utoipa::path(delete, path = "/api/v1/sources/{id}", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<StatusCode, Problem> {
    forget(operator.archive(&app), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a source in an operator's hands.
pub(crate) async fn forget(archive: Archive, id: String) -> Result<(), Problem> {
    let source = parse_id(&id)?;
    match blocking(move || archive.remove_source(&source, Timestamp::now())).await? {
        true => Ok(()),
        false => Err(no_source(&id)),
    }
}

/// What accepting did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedBody {
    /// Articles that were held back and are read now.
    pub(crate) read: u64,
}

/// Takes what a portal shows now for right: what is usual with it is learned anew, pages that were
/// held back are read, and for two weeks many removals at once are believed.
#[utoipa::path(post, path = "/api/v1/sources/{id}/accept", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 200, body = AcceptedBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn accept(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<AcceptedBody>, Problem> {
    Ok(Json(believe(&app, operator.archive(&app), id).await?))
}

/// The same in an operator's hands.
pub(crate) async fn believe(
    app: &App,
    archive: Archive,
    id: String,
) -> Result<AcceptedBody, Problem> {
    let (source, portals) = (find(app, &id).await?, app.portals.clone());
    let read = blocking(move || {
        let profiles = portals.profiles()?;
        let read = crawler::accept(&archive, &profiles, &source, Timestamp::now())?;
        Ok::<_, OperationError>(read)
    });
    Ok(AcceptedBody { read: read.await? })
}

/// When a schedule would come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UpcomingBody {
    schedule: String,
    /// The next five moments, RFC 3339, UTC; none for `adaptive`, where pages say when.
    pub(crate) upcoming: Vec<String>,
}

/// When a schedule would come: five cron fields in Vietnam time, or `adaptive`.
#[utoipa::path(get, path = "/api/v1/schedule", tag = "operators",
    params(("schedule" = String, Query, description = "`0 5,17 * * *`, or `adaptive`")),
    responses((status = 200, body = UpcomingBody), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn schedule(
    _: Viewer,
    RawQuery(query): RawQuery,
) -> Result<Json<UpcomingBody>, Problem> {
    let (mut schedule, query) = (None, query.unwrap_or_default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "schedule" || schedule.replace(value.into_owned()).is_some() {
            return Err(Problem::bad_request(format!(
                "`{name}` is unknown or given twice; known is schedule"
            )));
        }
    }
    let missing = || Problem::bad_request("`schedule` is missing");
    let schedule = schedule.ok_or_else(missing)?;
    let upcoming = upcoming(&schedule, Timestamp::now())
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let upcoming = upcoming.iter().map(Timestamp::to_string).collect();
    Ok(Json(UpcomingBody { schedule, upcoming }))
}

/// The next moments of a schedule.
pub(crate) fn upcoming(schedule: &str, now: Timestamp) -> Result<Vec<Timestamp>, InvalidSchedule> {
    Ok(schedule.parse::<Schedule>()?.upcoming(now, UPCOMING))
}
