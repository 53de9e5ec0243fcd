//! `GET /api/v1/audit`: what people changed.

use archive::{AuditEntry, AuditFilter};
use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::App;
use crate::blocking::blocking;
use crate::operator::Viewer;
use crate::problem::Problem;

/// Entries of one answer.
const ENTRIES: u32 = 100;

/// An entry of the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AuditBody {
    /// Later ones are larger.
    pub(crate) id: i64,
    /// RFC 3339, UTC.
    pub(crate) at: String,
    /// `command line`, or an operator's name.
    pub(crate) by: String,
    /// What was done: `source.change`, `article.take-down`, …
    pub(crate) action: String,
    /// A source's, article's, official's or alert's id, or an operator's name.
    pub(crate) subject: String,
    /// The rest, by action.
    #[schema(value_type = Object)]
    pub(crate) detail: Value,
}

/// What people changed, the newest first, a hundred at a time.
#[utoipa::path(get, path = "/api/v1/audit", tag = "operators", params(
    ("by" = Option<String>, Query, description = "only what this operator changed"),
    ("action" = Option<String>, Query, description = "only changes of this kind"),
    ("subject" = Option<String>, Query, description = "only what was changed about this"),
    ("before" = Option<i64>, Query, description = "only entries before this number")),
    responses((status = 200, body = Vec<AuditBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn audit(
    _: Viewer,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<AuditBody>>, Problem> {
    let query = query.unwrap_or_default();
    if let Some(name) = empty(&query) {
        return Err(Problem::bad_request(format!("`{name}` is empty; leave it out")));
    }
    let (filter, unknown) = filter(&query)?;
    if let Some(name) = unknown {
        return Err(Problem::bad_request(format!(
            "unknown parameter `{name}`; known are by, action, subject, before"
        )));
    }
    Ok(Json(entries(&app, filter).await?))
}

/// The log's entries.
pub(crate) async fn entries(app: &App, filter: AuditFilter) -> Result<Vec<AuditBody>, Problem> {
    let archive = app.archive.clone();
    let entries = blocking(move || archive.audit(&filter, ENTRIES)).await?;
    Ok(entries.into_iter().map(AuditBody::from).collect())
}

/// The name of a parameter that is chosen among values and is empty: a form sends that, a program
/// does by a slip.
fn empty(query: &str) -> Option<&'static str> {
    let empty = |name: &&str| {
        form_urlencoded::parse(query.as_bytes())
            .any(|(key, value)| key == *name && value.trim().is_empty())
    };
    ["action", "before"].into_iter().find(empty)
}

/// Reads a filter, and the name of a parameter that is none.
pub(crate) fn filter(query: &str) -> Result<(AuditFilter, Option<String>), Problem> {
    let (mut filter, mut unknown) = (AuditFilter::default(), None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let some = || Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match &*name {
            "by" => filter.by = some(),
            "subject" => filter.subject = some(),
            "action" => {
                let action = some().map(|text| text.parse()).transpose();
                filter.action = action.map_err(|error: archive::InvalidAction| {
                    Problem::bad_request(error.to_string())
                })?;
            }
            "before" => {
                let number = some().map(|text| text.parse()).transpose();
                filter.before =
                    number.map_err(|_| Problem::bad_request("`before` must be a number"))?;
            }
            _ => unknown = Some(name.into_owned()),
        }
    }
    Ok((filter, unknown))
}

impl From<AuditEntry> for AuditBody {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, by, action, subject, detail } = entry;
        Self { id, at, by, action, subject, detail }
    }
}
