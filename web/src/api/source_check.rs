//! `POST /api/v1/sources/check`: a look at a portal before it is crawled. Nothing is kept.

use std::convert::Infallible;
use std::time::Duration;

use archive::{Extracted, Source, SourceId};
use axum::Json;
use axum::extract::State;
use crawler::extract::page_text;
use crawler::{Checked, CrawlError, RobotsSay, Sample};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::source_changes::{Definition, upcoming};
use crate::App;
use crate::address::NoParameters;
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::Editor;
use crate::problem::Problem;

/// Longest time that a look may take.
const LOOK_MAX: Duration = Duration::from_secs(90);

/// A source that is to be looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckAsked {
    /// Its id, `[a-z0-9-]`.
    id: String,
    /// The rest.
    source: Definition,
}

/// What a look at a portal found.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct CheckBody {
    /// What keeps the source from being crawled; null where nothing does.
    pub(crate) fault: Option<String>,
    /// The HTTP status of robots.txt.
    pub(crate) robots_status: Option<u16>,
    /// Whether the start page may be fetched.
    pub(crate) allowed: bool,
    /// Milliseconds between two requests, the larger of ours and those that robots.txt asks for.
    pub(crate) delay_ms: u64,
    /// Articles that the start page leads to.
    pub(crate) articles: usize,
    /// Further list pages.
    pub(crate) lists: usize,
    /// The profile that read the sample: the family that was detected.
    pub(crate) profile: Option<String>,
    /// Where the sample is.
    pub(crate) sample_url: Option<String>,
    /// What was read from it.
    #[schema(value_type = Option<Object>)]
    pub(crate) sample: Option<Value>,
    /// The next five moments of its schedule, RFC 3339, UTC.
    pub(crate) upcoming: Vec<String>,
    /// The sample as a browser decodes it.
    #[serde(skip)]
    pub(crate) page: Option<String>,
    /// The sample as it was read.
    #[serde(skip)]
    pub(crate) read: Option<Extracted>,
}

/// Looks at a portal: robots.txt, where its start page leads, what an article gives. Three requests
/// to the portal; nothing is kept.
#[utoipa::path(post, path = "/api/v1/sources/check", tag = "operators", request_body = CheckAsked,
    responses((status = 200, body = CheckBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn check(
    _: Editor,
    State(app): State<App>,
    NoParameters: NoParameters,
    Body(CheckAsked { id, source }): Body<CheckAsked>,
) -> Result<Json<CheckBody>, Problem> {
    let id: SourceId =
        id.parse().map_err(|error: archive::InvalidId| Problem::bad_request(error.to_string()))?;
    Ok(Json(look(&app, &source.of(id)).await?))
}

/// Looks at a source's portal.
pub(crate) async fn look(app: &App, source: &Source) -> Result<CheckBody, Problem> {
    let portals = app.portals.clone();
    let profiles = blocking(move || portals.profiles()).await?;
    let (private, now) = (app.portals.allow_private_addresses, Timestamp::now());
    if let Err(why) = crawler::admit(source, &profiles, private, now) {
        return Ok(faulty(why));
    }
    let looked = crawler::check(&app.portals.fetcher, &profiles, source, Timestamp::now);
    let checked = match tokio::time::timeout(LOOK_MAX, looked).await {
        Ok(Ok(Some(checked))) => checked,
        Ok(Ok(None)) => return Ok(faulty("it has no start page")),
        Ok(Err(error @ CrawlError::Archive(_))) => return Err(Problem::internal(&error)),
        Ok(Err(error)) => return Ok(faulty(error)),
        Err(_) => return Ok(faulty("the portal answers too slowly to be looked at")),
    };
    let moments = upcoming(&source.schedule, now).unwrap_or_default();
    let moments = moments.iter().map(Timestamp::to_string).collect();
    let source = source.clone();
    blocking(move || Ok::<_, Infallible>(CheckBody { upcoming: moments, ..said(&source, checked) }))
        .await
}

fn faulty(why: impl ToString) -> CheckBody {
    CheckBody { fault: Some(why.to_string()), ..CheckBody::default() }
}

fn said(source: &Source, checked: Checked) -> CheckBody {
    let RobotsSay { status, allows_start, delay_ms } = match checked.robots {
        Ok(say) => say,
        Err(error) => return faulty(format!("robots.txt: {error}")),
    };
    let mut body = CheckBody {
        robots_status: Some(status),
        allowed: allows_start,
        delay_ms: delay_ms.max(source.delay_ms),
        ..CheckBody::default()
    };
    match checked.start {
        None => body.fault = Some("robots.txt forbids the start page".to_owned()),
        Some(Err(why)) => body.fault = Some(format!("the start page: {why}")),
        Some(Ok(start)) => (body.articles, body.lists) = (start.articles, start.lists),
    }
    let Some(Sample { url, page, read }) = checked.sample else {
        let none = || "no article was found; try another profile or start page".to_owned();
        body.fault = body.fault.or_else(|| Some(none()));
        return body;
    };
    body.page = page.and_then(|page| page_text(&page).ok());
    match read {
        Ok(article) => {
            body.profile = Some(article.profile.clone());
            body.sample = Some(json!({ "fields": article.fields, "views": article.views }));
            body.read = Some(article);
        }
        Err(why) => body.fault = Some(format!("{url}: {why}")),
    }
    body.sample_url = Some(url.to_string());
    body
}
