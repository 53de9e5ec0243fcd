//! Alerts: asking for one, what it would have told, confirming and ending it.

use alerts::{AlertError, Ask, AskError, DAYS_PREVIEWED, Preview, Target};
use archive::{Alert, Archive, Pace, SavedSearch};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::search::HitBody;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::Editor;
use crate::parameters::SearchParameters;
use crate::problem::Problem;

/// How soon subscribers are told, as the API names it.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `Pace`, which knows nothing of the API")]
enum PaceName {
    Immediate,
    Daily,
}

/// An alert that is asked for. Whoever has the address is asked over it, and must say yes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskBody {
    /// What to look for, as the parameters of a search: `q=mat+dien&source=go-sen`. Those that
    /// choose a page or an order say nothing here.
    search: String,
    /// The mail address to tell; or else `webhook`.
    mail: Option<String>,
    /// The web address to tell, by signed requests (Standard Webhooks).
    webhook: Option<String>,
    /// `immediate` (default), or `daily` in the morning, Vietnam time.
    #[serde(default)]
    #[schema(value_type = PaceName, inline, required = false)]
    pace: Pace,
}

/// What was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AskedBody {
    /// The search as it is read.
    interpreted: String,
    /// `mail` or `webhook`; the question whether the alert is wanted is sent there.
    channel: String,
    address: String,
}

/// What an alert would have told of articles published in the last days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PreviewBody {
    /// The search as it is read.
    interpreted: String,
    /// How many days.
    days: i64,
    /// How many articles.
    total: usize,
    /// The newest ten.
    hits: Vec<HitBody>,
}

/// An alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AlertBody {
    /// 16 hexadecimal digits.
    id: String,
    /// The search as it is read.
    interpreted: String,
    /// `mail` or `webhook`.
    channel: String,
    address: String,
    /// `immediate` or `daily`.
    pace: &'static str,
    /// RFC 3339, UTC.
    created_at: String,
    /// Null while nobody has said that it is wanted.
    confirmed_at: Option<String>,
    ended_at: Option<String>,
    ended_why: Option<String>,
}

/// Asks for an alert.
#[utoipa::path(post, path = "/api/v1/alerts", tag = "alerts", request_body = AskBody,
    responses((status = 202, body = AskedBody, description = "the address is asked"),
        (status = 400, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn ask(
    State(app): State<App>,
    NoParameters: NoParameters,
    Body(body): Body<AskBody>,
) -> Result<(StatusCode, Json<AskedBody>), Problem> {
    let target = match (body.mail, body.webhook) {
        (Some(mail), None) => Target::Mail(mail),
        (None, Some(webhook)) => Target::Webhook(webhook),
        _ => return Err(Problem::bad_request("give one of `mail` and `webhook`")),
    };
    let search = SearchParameters::parse(&body.search)?.saved();
    let asked = ask_for(app, Ask { search, target, pace: body.pace }).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
}

/// The same for the page.
pub(crate) async fn ask_for(app: App, asked: Ask) -> Result<AskedBody, Problem> {
    let answer = blocking(move || {
        let asked = alerts::ask(&app.archive, &app.index, &app.alerts, asked, Timestamp::now());
        let alert = match refused(asked)? {
            Ok(alert) => alert,
            Err(problem) => return Ok(Err(problem)),
        };
        let interpreted = alerts::in_words(&app.archive, &app.index, &alert.search)?;
        let channel = alert.channel.to_string();
        Ok::<_, AlertError>(Ok(AskedBody { interpreted, channel, address: alert.address }))
    });
    answer.await?
}

/// What is wrong with what was asked is the asker's to hear, what failed is not.
fn refused<T>(asked: Result<T, AskError>) -> Result<Result<T, Problem>, AlertError> {
    match asked {
        Ok(done) => Ok(Ok(done)),
        Err(AskError::Failed(error)) => Err(error),
        Err(wrong) => Ok(Err(Problem::bad_request(wrong.to_string()))),
    }
}

/// What an alert on a search would have told, and the search as it is read.
pub(crate) async fn previewed(app: App, search: SavedSearch) -> Result<(String, Preview), Problem> {
    let answer = blocking(move || {
        let preview = match refused(alerts::preview(&app.index, &search, Timestamp::now()))? {
            Ok(preview) => preview,
            Err(problem) => return Ok(Err(problem)),
        };
        let interpreted = alerts::in_words(&app.archive, &app.index, &preview.search)?;
        Ok::<_, AlertError>(Ok((interpreted, preview)))
    });
    answer.await?
}

/// What an alert would have told.
#[utoipa::path(get, path = "/api/v1/alerts/preview", tag = "alerts", params(SearchParameters),
    responses((status = 200, body = PreviewBody), (status = 400, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<PreviewBody>, Problem> {
    let parameters = SearchParameters::parse(query.as_deref().unwrap_or_default())?;
    let (interpreted, Preview { found, .. }) = previewed(app, parameters.saved()).await?;
    let hits = found.hits.into_iter().map(HitBody::from).collect();
    Ok(Json(PreviewBody { interpreted, days: DAYS_PREVIEWED, total: found.total, hits }))
}

/// All alerts, the oldest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "operators",
    responses((status = 200, body = Vec<AlertBody>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    _: Editor,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<AlertBody>>, Problem> {
    Ok(Json(all(app).await?))
}

/// Ends an alert of any subscriber's.
#[utoipa::path(delete, path = "/api/v1/alerts/{id}", tag = "operators",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, body = AlertBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn remove(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<AlertBody>, Problem> {
    Ok(Json(end_any(app.clone(), operator.archive(&app), id).await?))
}

/// Ends an alert in an operator's hands.
pub(crate) async fn end_any(app: App, archive: Archive, id: String) -> Result<AlertBody, Problem> {
    let missing = Problem::not_found(format!("there is no alert `{id}`"));
    let ended = blocking(move || {
        let Some(alert) = archive.alert_named(&id)? else { return Ok(None) };
        let ended = archive.end_alert(&alert.token, "an operator ended it", Timestamp::now())?;
        ended.map(|alert| AlertBody::new(&app, alert)).transpose()
    });
    ended.await?.ok_or(missing)
}

/// All alerts, the oldest first.
pub(crate) async fn all(app: App) -> Result<Vec<AlertBody>, Problem> {
    blocking(move || {
        let all = app.archive.alerts()?.into_iter();
        all.map(|alert| AlertBody::new(&app, alert)).collect::<Result<Vec<_>, AlertError>>()
    })
    .await
}

/// What a subscriber does with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Looks at it.
    Look,
    /// Says that it is wanted.
    Confirm,
    /// Says that it is wanted no more.
    End,
}

/// Takes a step; the alert after it.
pub(crate) async fn take(app: App, token: String, step: Step) -> Result<AlertBody, Problem> {
    let missing = Problem::not_found("there is no such alert; perhaps it was never confirmed");
    let found = blocking(move || {
        let (archive, now) = (&app.archive, Timestamp::now());
        let alert = match step {
            Step::Look => archive.alert_of(&token)?,
            Step::Confirm => archive.confirm_alert(&token, now)?,
            Step::End => archive.end_alert(&token, "its subscriber ended it", now)?,
        };
        alert.map(|alert| AlertBody::new(&app, alert)).transpose()
    });
    found.await?.ok_or(missing)
}

/// Looks at an alert, with the token that its messages have.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts",
    params(("id" = String, Path, description = "the token, 32 hexadecimal digits")),
    responses((status = 200, body = AlertBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn look(
    State(app): State<App>,
    Id(token): Id,
    NoParameters: NoParameters,
) -> Result<Json<AlertBody>, Problem> {
    Ok(Json(take(app, token, Step::Look).await?))
}

/// Begins an alert.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/confirm", tag = "alerts",
    params(("id" = String, Path, description = "the token, 32 hexadecimal digits")),
    responses((status = 200, body = AlertBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    Id(token): Id,
    NoParameters: NoParameters,
) -> Result<Json<AlertBody>, Problem> {
    Ok(Json(take(app, token, Step::Confirm).await?))
}

/// Ends an alert.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/unsubscribe", tag = "alerts",
    params(("id" = String, Path, description = "the token, 32 hexadecimal digits")),
    responses((status = 200, body = AlertBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn unsubscribe(
    State(app): State<App>,
    Id(token): Id,
    NoParameters: NoParameters,
) -> Result<Json<AlertBody>, Problem> {
    Ok(Json(take(app, token, Step::End).await?))
}

impl AlertBody {
    fn new(app: &App, alert: Alert) -> Result<Self, AlertError> {
        Ok(Self {
            interpreted: alerts::in_words(&app.archive, &app.index, &alert.search)?,
            id: alert.public_id,
            channel: alert.channel.to_string(),
            address: alert.address,
            pace: alert.pace.as_str(),
            created_at: alert.created_at,
            confirmed_at: alert.confirmed_at,
            ended_at: alert.ended_at,
            ended_why: alert.ended_why,
        })
    }

    /// The search as it is read.
    pub(crate) fn interpreted(&self) -> &str {
        &self.interpreted
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    pub(crate) fn is_daily(&self) -> bool {
        self.pace == Pace::Daily.as_str()
    }
}

impl AskedBody {
    /// The search as it is read, and the address that is asked.
    pub(crate) fn said(self) -> (String, String) {
        (self.interpreted, self.address)
    }
}
