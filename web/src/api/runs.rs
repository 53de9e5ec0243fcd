//! Runs, for operators: ordering one, looking at them, following one.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use archive::{Archive, ArchiveError, Event, Outcome, RunId, RunRecord, Source, SourceId};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{self, KeepAlive, KeepAliveStream, Sse};
use futures_core::Stream;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;
use url::form_urlencoded;
use utoipa::ToSchema;

use super::source_changes::change;
use super::sources::{find as find_source, no_source, parse_id};
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::operator::{Editor, Viewer};
use crate::problem::Problem;

/// Runs of one answer.
const RUNS: u32 = 100;
/// How often a run that is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Events that wait for a slow reader.
const WAITING: usize = 64;

/// A run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RunBody {
    id: i64,
    source: String,
    /// RFC 3339, UTC.
    started_at: String,
    /// Null while it goes on, or when its process was killed.
    finished_at: Option<String>,
    /// `running`, `done`, `page_limit`, `stopped`, `interrupted` or `failed`.
    outcome: &'static str,
    /// Why, when it failed.
    why: Option<String>,
    counters: CountersBody,
}

/// What a run did.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct CountersBody {
    fetched: u64,
    not_modified: u64,
    new: u64,
    edited: u64,
    unchanged: u64,
    forbidden: u64,
    trapped: u64,
    gone: u64,
    removed: u64,
    errors: u64,
}

/// An order that was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// The source.
    pub(crate) source: String,
    /// What will be done.
    ordered: &'static str,
}

/// The newest runs, the newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "operators",
    params(("source" = Option<String>, Query, pattern = "^[a-z0-9-]{1,64}$",
        description = "only runs of this source")),
    responses((status = 200, body = Vec<RunBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn runs(
    _: Viewer,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<RunBody>>, Problem> {
    let (mut source, query) = (None, query.unwrap_or_default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let id = value.parse::<SourceId>().map_err(|error| Problem::bad_request(error.to_string()));
        if name != "source" || source.replace(id?).is_some() {
            let why = format!("`{name}` is unknown or given twice; known is source");
            return Err(Problem::bad_request(why));
        }
    }
    let runs = blocking(move || app.archive.runs(source.as_ref(), RUNS)).await?;
    Ok(Json(runs.into_iter().map(RunBody::new).collect()))
}

/// One run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "operators",
    params(("id" = i64, Path, description = "the run's number")),
    responses((status = 200, body = RunBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn run(
    _: Viewer,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<RunBody>, Problem> {
    Ok(Json(RunBody::new(find(app.archive, &id).await?)))
}

/// What a run tells, as server-sent events: `event` for each thing that happened, `run` with its
/// state whenever that changes, and an end when it has ended.
#[utoipa::path(get, path = "/api/v1/runs/{id}/events", tag = "operators",
    params(("id" = i64, Path, description = "the run's number")),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn events(
    _: Viewer,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Sse<KeepAliveStream<Told>>, Problem> {
    let record = find(app.archive.clone(), &id).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(follow(app.archive, record.run.id, sender));
    Ok(Sse::new(Told(receiver)).keep_alive(KeepAlive::default()))
}

/// Orders a crawl of a source: now, or when its current run has ended.
#[utoipa::path(post, path = "/api/v1/sources/{id}/crawl", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 202, body = OrderBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn crawl(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<(StatusCode, Json<OrderBody>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(order(&app, operator.archive(&app), id).await?)))
}

/// Orders a crawl.
pub(crate) async fn order(app: &App, archive: Archive, id: String) -> Result<OrderBody, Problem> {
    let source = find_source(app, &id).await?.id;
    blocking(move || archive.order_crawl(&source, Timestamp::now())).await?;
    Ok(OrderBody { source: id, ordered: "crawl" })
}

/// Stops crawling a source on schedule.
#[utoipa::path(post, path = "/api/v1/sources/{id}/pause", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 200, body = OrderBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn pause(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<OrderBody>, Problem> {
    enable(&app, operator.archive(&app), id, false).await.map(Json)
}

/// Crawls a source on schedule again.
#[utoipa::path(post, path = "/api/v1/sources/{id}/resume", tag = "operators",
    params(("id" = String, Path, description = "the id in the sources file")),
    responses((status = 200, body = OrderBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn resume(
    Editor(operator): Editor,
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<OrderBody>, Problem> {
    enable(&app, operator.archive(&app), id, true).await.map(Json)
}

/// Crawls a source on schedule, or no more.
pub(crate) async fn enable(
    app: &App,
    archive: Archive,
    id: String,
    enabled: bool,
) -> Result<OrderBody, Problem> {
    let source = parse_id(&id)?;
    let changed =
        change(app, archive, source, move |known| known.map(|known| Source { enabled, ..known }));
    changed.await?.ok_or_else(|| no_source(&id))?;
    let ordered = if enabled { "resume" } else { "pause" };
    Ok(OrderBody { source: id, ordered })
}

async fn find(archive: Archive, id: &str) -> Result<RunRecord, Problem> {
    let missing = Problem::not_found(format!("there is no run `{id}`"));
    let Ok(number) = id.parse() else { return Err(missing) };
    blocking(move || archive.run(RunId(number))).await?.ok_or(missing)
}

/// Tells what a run does until it has ended, or nobody listens.
async fn follow(archive: Archive, id: RunId, to: mpsc::Sender<sse::Event>) {
    let (mut told, mut state) = (0, String::new());
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        let archive = archive.clone();
        let looked =
            blocking(move || Ok::<_, ArchiveError>((archive.events(id)?, archive.run(id)?)));
        let Ok((events, Some(record))) = looked.await else { return };
        let new: Vec<Event> = events.into_iter().skip(told).collect();
        told += new.len();
        for event in new {
            if send(&to, "event", &event).await.is_err() {
                return;
            }
        }
        let ended = record.run.outcome != Outcome::Running;
        let body = RunBody::new(record);
        let now = format!("{body:?}");
        if now != state && send(&to, "run", &body).await.is_err() || ended {
            return;
        }
        state = now;
    }
}

async fn send(
    to: &mpsc::Sender<sse::Event>,
    name: &str,
    data: &impl Serialize,
) -> Result<(), mpsc::error::SendError<sse::Event>> {
    let event = sse::Event::default().event(name);
    let event = event.json_data(data).unwrap_or_else(|_| sse::Event::default().event(name));
    to.send(event).await
}

/// The events of a run as they come.
pub(crate) struct Told(mpsc::Receiver<sse::Event>);

impl Stream for Told {
    type Item = Result<sse::Event, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// An outcome's name, and why, when it failed.
pub(crate) fn outcome(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Running => ("running", None),
        Outcome::Done => ("done", None),
        Outcome::PageLimit => ("page_limit", None),
        Outcome::Stopped => ("stopped", None),
        Outcome::Interrupted => ("interrupted", None),
        Outcome::Failed(why) => ("failed", Some(why.clone())),
    }
}

impl RunBody {
    fn new(record: RunRecord) -> Self {
        let RunRecord { run, started_at, finished_at } = record;
        let (outcome, why) = outcome(&run.outcome);
        let c = run.counters;
        let counters = CountersBody {
            fetched: c.fetched,
            not_modified: c.not_modified,
            new: c.new,
            edited: c.edited,
            unchanged: c.unchanged,
            forbidden: c.forbidden,
            trapped: c.trapped,
            gone: c.gone,
            removed: c.removed,
            errors: c.errors,
        };
        let (id, source) = (run.id.0, run.source.into());
        Self { id, source, started_at, finished_at, outcome, why, counters }
    }
}
