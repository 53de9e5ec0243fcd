//! Profiles: which there are, what one reads from a page, and what reading kept pages again would
//! change.

use archive::{Action, ArticleId, FieldDiff, Payload, diff};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use crawler::extract::{Context, Diagnosis, Inspection, inspect, page_text};
use crawler::{CrawlError, Profiles, Reread, reextract};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::{Url, form_urlencoded};
use utoipa::ToSchema;

use super::source_changes::OperationError;
use super::sources::find as find_source;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::jobs::{Job, JobKind};
use crate::operator::{Editor, Operator, Viewer};
use crate::problem::Problem;

/// Sources whose captures are read again for a preview at the same time.
static REREADING: Semaphore = Semaphore::const_new(1);
/// Differences that a preview shows.
const PREVIEWED: usize = 50;

/// A profile.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProfileBody {
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: u32,
    /// Which portals it is for.
    pub(crate) about: String,
}

/// All profiles, the operator's own among them.
#[utoipa::path(get, path = "/api/v1/profiles", tag = "operators",
    responses((status = 200, body = Vec<ProfileBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn profiles(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<ProfileBody>>, Problem> {
    Ok(Json(all(&app).await?))
}

pub(crate) async fn all(app: &App) -> Result<Vec<ProfileBody>, Problem> {
    let portals = app.portals.clone();
    let profiles = blocking(move || portals.profiles()).await?;
    let body = |one: &crawler::Profile| ProfileBody {
        name: one.name.clone(),
        version: one.version,
        about: one.about.clone(),
    };
    Ok(profiles.iter().map(body).collect())
}

/// The page that a profile is tried on: one of the two.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TryAsked {
    /// The address of a page, which is fetched once and not kept.
    #[serde(default)]
    pub(crate) url: Option<String>,
    /// An article whose newest capture is read.
    #[serde(default)]
    pub(crate) article: Option<String>,
}

/// How a page was read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TriedBody {
    /// The profile that read it, with its version.
    pub(crate) profile: String,
    /// The fields that its rules name.
    pub(crate) readings: Vec<ReadingBody>,
    /// Why there is no article; null where there is one.
    pub(crate) fault: Option<String>,
    /// The article.
    #[schema(value_type = Option<Object>)]
    pub(crate) article: Option<Value>,
    /// The page as a browser decodes it.
    #[serde(skip)]
    pub(crate) page: String,
}

/// How one field was read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReadingBody {
    pub(crate) field: String,
    /// The rule that gave something.
    pub(crate) rule: Option<String>,
    /// The text of the element or attribute.
    pub(crate) raw: Option<String>,
    /// What was taken from it.
    pub(crate) value: Option<String>,
}

/// Tries a profile on a page, field by field; nothing is kept.
#[utoipa::path(post, path = "/api/v1/profiles/{name}/test", tag = "operators",
    request_body = TryAsked, params(("name" = String, Path, description = "its name, or `auto`")),
    responses((status = 200, body = TriedBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn test(
    _: Editor,
    State(app): State<App>,
    Id(name): Id,
    NoParameters: NoParameters,
    Body(asked): Body<TryAsked>,
) -> Result<Json<TriedBody>, Problem> {
    Ok(Json(tried(&app, &name, asked).await?))
}

/// Tries a profile on a page.
pub(crate) async fn tried(app: &App, name: &str, asked: TryAsked) -> Result<TriedBody, Problem> {
    let payload = match (asked.url, asked.article) {
        (Some(url), None) => fetched(app, &url).await?,
        (None, Some(article)) => kept(app, &article).await?,
        _ => return Err(Problem::bad_request("give one of `url` and `article`")),
    };
    let (portals, name) = (app.portals.clone(), name.to_owned());
    let read = blocking(move || {
        let profiles = portals.profiles()?;
        Ok::<_, OperationError>(read(&profiles, &name, &payload))
    });
    read.await?
}

fn read(profiles: &Profiles, name: &str, payload: &Payload) -> Result<TriedBody, Problem> {
    let profile = profiles.named(name).map_err(|why| Problem::not_found(why.to_string()))?;
    let context = Context { profile, label: None, fetched_at: Timestamp::now() };
    let Inspection { profile, readings, article } =
        inspect(payload, profiles, &context).map_err(unreadable)?;
    let (article, fault) = match article {
        Ok(read) => (Some(json!({ "fields": read.fields, "views": read.views })), None),
        Err(why) => (None, Some(why.to_string())),
    };
    let readings = readings.into_iter().map(|one| ReadingBody {
        field: one.field,
        rule: one.rule,
        raw: one.raw,
        value: one.value,
    });
    let page = page_text(payload).map_err(unreadable)?;
    Ok(TriedBody { profile, readings: readings.collect(), fault, article, page })
}

fn unreadable(why: Diagnosis) -> Problem {
    Problem::bad_request(format!("the page cannot be read: {why}"))
}

async fn fetched(app: &App, url: &str) -> Result<Payload, Problem> {
    let parsed: Url =
        url.parse().map_err(|_| Problem::bad_request(format!("`{url}` is no address")))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(Problem::bad_request(format!("{parsed} is neither http nor https")));
    }
    let page = crawler::page_at(&app.portals.fetcher, &parsed, Timestamp::now).await;
    page.map_err(|why| Problem::bad_request(format!("{parsed}: {why}")))
}

async fn kept(app: &App, article: &str) -> Result<Payload, Problem> {
    let missing = Problem::not_found(format!("there is no article `{article}` with a capture"));
    let Ok(id) = article.parse::<ArticleId>() else { return Err(missing) };
    let archive = app.archive.clone();
    blocking(move || archive.newest_payload(&id)).await?.ok_or(missing)
}

/// What reading a source's kept pages again would change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RereadBody {
    /// Versions whose captures were read.
    pub(crate) read: u64,
    /// Versions that would differ.
    pub(crate) differ: u64,
    /// Versions whose captures give no article now; they stay as they are.
    pub(crate) unreadable: u64,
    /// The first fifty that would differ.
    pub(crate) first: Vec<DifferenceBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceBody {
    pub(crate) article: String,
    pub(crate) version: u32,
    pub(crate) title: String,
    /// The profile that reads it now.
    pub(crate) profile: String,
    /// The fields that differ, word by word.
    #[schema(value_type = Vec<Object>)]
    pub(crate) changes: Vec<FieldDiff>,
}

/// Reads a source's kept pages again with the profiles of today. Without `apply=true` nothing is
/// changed, and what would differ is told; with it a job replaces what differs.
#[utoipa::path(post, path = "/api/v1/sources/{id}/reextract", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file"),
        ("apply" = Option<bool>, Query, description = "whether what differs is replaced")),
    responses((status = 200, body = RereadBody), (status = 202, body = Job),
        (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn again(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<axum::response::Response, Problem> {
    use axum::response::IntoResponse;
    if applies(query.as_deref().unwrap_or_default())? {
        let job = replace(&app, &operator, id).await?;
        return Ok((StatusCode::ACCEPTED, Json(job)).into_response());
    }
    Ok(Json(preview(&app, id).await?).into_response())
}

fn applies(query: &str) -> Result<bool, Problem> {
    let mut applies = false;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        applies = match (&*name, &*value) {
            ("apply", "true") => true,
            ("apply", "false") => false,
            ("apply", _) => return Err(Problem::bad_request("`apply` must be true or false")),
            _ => {
                let why = format!("unknown parameter `{name}`; known is apply");
                return Err(Problem::bad_request(why));
            }
        };
    }
    Ok(applies)
}

/// What reading again would change.
pub(crate) async fn preview(app: &App, id: String) -> Result<RereadBody, Problem> {
    let source = find_source(app, &id).await?.id;
    let (portals, archive) = (app.portals.clone(), app.archive.clone());
    // It reads all that is kept of a source: one after the other.
    let _place = REREADING.acquire().await.map_err(|error| Problem::internal(&error))?;
    blocking(move || {
        let mut first = Vec::new();
        let done = reextract(&archive, &portals.profiles()?, Some(&source), |reread| {
            if first.len() < PREVIEWED {
                first.push(difference(reread));
            }
            Ok::<_, CrawlError>(false)
        })?;
        let crawler::Reextracted { read, differ, unreadable } = done;
        Ok::<_, OperationError>(RereadBody { read, differ, unreadable, first })
    })
    .await
}

fn difference(reread: &Reread) -> DifferenceBody {
    DifferenceBody {
        article: reread.article.id.to_string(),
        version: reread.version.number,
        title: reread.version.fields.title.clone(),
        profile: reread.profile.clone(),
        changes: diff(&reread.version.fields, &reread.fields),
    }
}

/// Starts to replace what is read differently now.
pub(crate) async fn replace(app: &App, operator: &Operator, id: String) -> Result<Job, Problem> {
    let source = find_source(app, &id).await?.id;
    let (portals, archive) = (app.portals.clone(), operator.archive(app));
    let started = app.jobs.start(JobKind::Reextract, &id, &operator.name, move |_| {
        let now = Timestamp::now();
        archive
            .log_change(Action::Reextract, source.as_str(), json!({}), now)
            .map_err(|error| error.to_string())?;
        let profiles = portals.profiles().map_err(|error| error.to_string())?;
        let done = reextract(&archive, &profiles, Some(&source), |_| Ok(true));
        let done = done.map_err(|error| error.to_string())?;
        Ok(format!("{} of {} versions were replaced", done.differ, done.read))
    });
    started.map_err(|running| {
        let why = format!("{} is being read again since {}", running.subject, running.started_at);
        Problem::new(StatusCode::CONFLICT, why)
    })
}
