//! Articles that operators hide, and those that are gone at their source.

use archive::{Archive, ArticleId, RemovedArticle, Takedown, end_of};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reason_given;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::{Editor, Viewer};
use crate::problem::Problem;

/// Removals of one answer.
const REMOVALS: u32 = 200;

/// An order to hide an article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TakedownBody {
    pub(crate) article: String,
    /// When it was hidden, RFC 3339, UTC.
    pub(crate) at: String,
    pub(crate) reason: String,
    /// When it is shown again by itself; null for never.
    pub(crate) until: Option<String>,
    /// When it was shown again.
    pub(crate) lifted_at: Option<String>,
    pub(crate) lifted_why: Option<String>,
}

/// An article that is gone at its source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RemovedBody {
    pub(crate) article: String,
    pub(crate) source: String,
    pub(crate) title: String,
    /// When it was noted, RFC 3339, UTC.
    pub(crate) at: String,
    /// What showed it.
    pub(crate) signal: String,
}

/// Why and until when an article is hidden.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakedownAsked {
    /// Why; it is kept in the log.
    #[schema(min_length = 1)]
    reason: String,
    /// The last day on which it is hidden, Vietnam time; left out, until it is lifted.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

/// Why a hidden article is shown again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiftAsked {
    /// Why; it is kept in the log.
    #[schema(min_length = 1)]
    reason: String,
}

/// All orders to hide articles, the oldest first; those that were lifted stay in the list.
#[utoipa::path(get, path = "/api/v1/takedowns", tag = "operators",
    responses((status = 200, body = Vec<TakedownBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn takedowns(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<TakedownBody>>, Problem> {
    let all = blocking(move || app.archive.takedowns()).await?;
    Ok(Json(all.into_iter().map(TakedownBody::from).collect()))
}

/// The articles that are gone at their source, the newest first, two hundred at most.
#[utoipa::path(get, path = "/api/v1/removals", tag = "operators",
    responses((status = 200, body = Vec<RemovedBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn removals(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<RemovedBody>>, Problem> {
    let all = blocking(move || app.archive.removed_articles(REMOVALS)).await?;
    Ok(Json(all.into_iter().map(RemovedBody::from).collect()))
}

/// Hides an article from search, site and API. What was kept stays.
#[utoipa::path(post, path = "/api/v1/articles/{id}/take-down", tag = "operators",
    request_body = TakedownAsked,
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn take_down(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
    Body(asked): Body<TakedownAsked>,
) -> Result<StatusCode, Problem> {
    hide(&app, operator.archive(&app), id, &asked.reason, asked.until).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a hidden article again.
#[utoipa::path(post, path = "/api/v1/articles/{id}/lift", tag = "operators",
    request_body = LiftAsked,
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn lift(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
    Body(asked): Body<LiftAsked>,
) -> Result<StatusCode, Problem> {
    show(&app, operator.archive(&app), id, &asked.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hides an article in an operator's hands, to the end of a day as Vietnam counts it or for good;
/// search forgets it before this returns.
pub(crate) async fn hide(
    app: &App,
    archive: Archive,
    id: String,
    reason: &str,
    until: Option<Date>,
) -> Result<(), Problem> {
    let (missing, now) = (no_article(&id), Timestamp::now());
    let until = until.map(end_of);
    let reason = reason_given(reason)?;
    if until.is_some_and(|until| until <= now) {
        return Err(Problem::bad_request("`until` is past; give a day to come, or none for good"));
    }
    let Ok(id) = id.to_lowercase().parse::<ArticleId>() else { return Err(missing) };
    let index = app.index.clone();
    let hidden = blocking(move || {
        let hidden = archive.take_down(&id, &reason, until, now)?;
        caught_up(&index)?;
        Ok::<_, index::IndexError>(hidden)
    });
    if hidden.await? { Ok(()) } else { Err(missing) }
}

/// Shows a hidden article again in an operator's hands.
pub(crate) async fn show(
    app: &App,
    archive: Archive,
    id: String,
    reason: &str,
) -> Result<(), Problem> {
    let missing = Problem::not_found(format!("article `{id}` is not hidden"));
    let reason = reason_given(reason)?;
    let Ok(id) = id.to_lowercase().parse::<ArticleId>() else { return Err(missing) };
    let index = app.index.clone();
    let lifted = blocking(move || {
        let lifted = archive.lift(&id, &reason, Timestamp::now())?;
        caught_up(&index)?;
        Ok::<_, index::IndexError>(lifted)
    });
    if lifted.await? { Ok(()) } else { Err(missing) }
}

/// Brings the index up to the archive; where another process does so, it is left to that one.
fn caught_up(index: &index::Index) -> Result<(), index::IndexError> {
    match index.catch_up() {
        Ok(_) | Err(index::IndexError::Busy) => Ok(()),
        Err(error) => Err(error),
    }
}

fn no_article(id: &str) -> Problem {
    Problem::not_found(format!("there is no article `{id}`"))
}

impl From<Takedown> for TakedownBody {
    fn from(order: Takedown) -> Self {
        let Takedown { article, at, reason, until, lifted_at, lifted_why } = order;
        Self { article, at, reason, until, lifted_at, lifted_why }
    }
}

impl From<RemovedArticle> for RemovedBody {
    fn from(removed: RemovedArticle) -> Self {
        let RemovedArticle { article, source, title, at, signal } = removed;
        Self { article: article.to_string(), source: source.to_string(), title, at, signal }
    }
}
