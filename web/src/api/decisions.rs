//! Who is who: merging and splitting officials, and undoing it.

use archive::{Archive, ArticleId, Decision, OfficialId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reason_given;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::{Editor, Viewer};
use crate::problem::Problem;

/// A decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DecisionBody {
    pub(crate) id: i64,
    /// RFC 3339, UTC.
    pub(crate) at: String,
    /// `merge` or `split`.
    pub(crate) kind: String,
    pub(crate) reason: String,
    /// Appearances that it moved.
    pub(crate) moved: usize,
    /// Whether articles showed it, and nobody decided.
    pub(crate) by_machine: bool,
    pub(crate) undone_at: Option<String>,
}

/// Two officials who are one person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeAsked {
    /// The id of the other, who becomes this one.
    other: String,
    /// Why; it is kept with the decision.
    #[schema(min_length = 1)]
    reason: String,
}

/// Articles that name another person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitAsked {
    /// The ids of the articles.
    #[schema(min_items = 1)]
    articles: Vec<String>,
    /// Why; it is kept with the decision.
    #[schema(min_length = 1)]
    reason: String,
}

/// What was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DecidedBody {
    /// The number of the decision, to undo it.
    pub(crate) decision: i64,
    /// The id of the official who is left, or who is new.
    pub(crate) official: String,
}

/// All decisions, the oldest first.
#[utoipa::path(get, path = "/api/v1/decisions", tag = "operators",
    responses((status = 200, body = Vec<DecisionBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn decisions(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<DecisionBody>>, Problem> {
    let all = blocking(move || app.archive.decisions()).await?;
    Ok(Json(all.into_iter().map(DecisionBody::from).collect()))
}

/// Makes one official of two.
#[utoipa::path(post, path = "/api/v1/officials/{id}/merge", tag = "operators",
    request_body = MergeAsked, params(("id" = String, Path, description = "who is left")),
    responses((status = 200, body = DecidedBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn merge(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
    Body(asked): Body<MergeAsked>,
) -> Result<Json<DecidedBody>, Problem> {
    Ok(Json(join(operator.archive(&app), &id, &asked.other, &asked.reason).await?))
}

/// Makes an official of his own of those whom some articles name.
#[utoipa::path(post, path = "/api/v1/officials/{id}/split", tag = "operators",
    request_body = SplitAsked, params(("id" = String, Path, description = "whom they were taken for")),
    responses((status = 200, body = DecidedBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn split(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
    Body(asked): Body<SplitAsked>,
) -> Result<Json<DecidedBody>, Problem> {
    Ok(Json(part(operator.archive(&app), &id, &asked.articles, &asked.reason).await?))
}

/// Undoes a decision.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/undo", tag = "operators",
    params(("id" = i64, Path, description = "its number")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn undo(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<StatusCode, Problem> {
    take_back(operator.archive(&app), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Merges in an operator's hands.
pub(crate) async fn join(
    archive: Archive,
    kept: &str,
    other: &str,
    reason: &str,
) -> Result<DecidedBody, Problem> {
    let (kept, other, reason) = (official(kept)?, official(other)?, reason_given(reason)?);
    let missing = || {
        Problem::not_found(format!("`{kept}` and `{other}` are not two officials of the archive"))
    };
    let (to, from) = (kept.clone(), other.clone());
    let decided =
        blocking(move || archive.merge_officials(&to, &from, &reason, Timestamp::now())).await?;
    let decision = decided.ok_or_else(missing)?;
    Ok(DecidedBody { decision, official: kept.to_string() })
}

/// Splits in an operator's hands.
pub(crate) async fn part(
    archive: Archive,
    id: &str,
    articles: &[String],
    reason: &str,
) -> Result<DecidedBody, Problem> {
    let (from, reason) = (official(id)?, reason_given(reason)?);
    let articles: Result<Vec<ArticleId>, _> =
        articles.iter().map(|id| id.trim().to_lowercase().parse()).collect();
    let articles =
        articles.map_err(|error: archive::InvalidId| Problem::bad_request(error.to_string()))?;
    let missing = Problem::not_found(format!("none of the articles names `{id}`"));
    let decided =
        blocking(move || archive.split_official(&from, &articles, &reason, Timestamp::now()));
    let (decision, official) = decided.await?.ok_or(missing)?;
    Ok(DecidedBody { decision, official: official.to_string() })
}

/// Undoes in an operator's hands.
pub(crate) async fn take_back(archive: Archive, number: &str) -> Result<(), Problem> {
    let missing = Problem::not_found(format!("there is no decision `{number}` to undo"));
    let Ok(number) = number.parse() else { return Err(missing) };
    match blocking(move || archive.undo_decision(number, Timestamp::now())).await? {
        true => Ok(()),
        false => Err(missing),
    }
}

fn official(id: &str) -> Result<OfficialId, Problem> {
    let missing = || Problem::not_found(format!("there is no official `{id}`"));
    id.trim().parse().map_err(|_| missing())
}

impl From<Decision> for DecisionBody {
    fn from(decision: Decision) -> Self {
        let Decision { id, at, kind, reason, moved, by_machine, undone_at } = decision;
        Self { id, at, kind, reason, moved, by_machine, undone_at }
    }
}
