//! Runs: the list with filters, and one with its events, live while it goes on.

use archive::{ArchiveError, Counters, Event, Outcome, RunId, RunRecord, SourceId};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, field, outcome_name};
use crate::App;
use crate::address::Id;
use crate::api::runs::outcome;
use crate::blocking::blocking;
use crate::language::Language;
use crate::operator::Viewer;
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

/// Runs that are looked at.
const RUNS: u32 = 200;

/// A run in a table.
pub(super) struct RunRow {
    pub(super) id: i64,
    pub(super) source: String,
    pub(super) started: String,
    pub(super) finished: Option<String>,
    pub(super) outcome: &'static str,
    pub(super) why: Option<String>,
    pub(super) failed: bool,
    pub(super) good: bool,
    pub(super) running: bool,
    pub(super) fetched: String,
    pub(super) new: String,
    pub(super) edited: String,
    pub(super) errors: String,
}

#[derive(Template)]
#[template(path = "desk/runs.html")]
struct RunsPage {
    visit: Visit,
    frame: Frame,
    runs: Vec<RunRow>,
    sources: Vec<String>,
    /// What is filtered by.
    source: String,
    outcome: String,
    outcomes: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "desk/run.html")]
struct RunPage {
    visit: Visit,
    frame: Frame,
    run: RunRow,
    /// The counters: name in the API, name, count.
    counters: Vec<(&'static str, &'static str, u64)>,
    events: Vec<EventRow>,
    /// Kinds of events that there are.
    kinds: Vec<String>,
    kind: String,
}

struct EventRow {
    at: String,
    event: Event,
}

pub(super) async fn list(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let (source, wanted) = (field(&visit, "source"), field(&visit, "outcome"));
    let (archive, only) = (app.archive.clone(), source.parse::<SourceId>().ok());
    let found = blocking(move || {
        Ok::<_, ArchiveError>((archive.runs(only.as_ref(), RUNS)?, archive.sources()?))
    });
    match found.await {
        Ok((runs, sources)) => {
            let fits = |one: &RunRecord| wanted.is_empty() || outcome(&one.run.outcome).0 == wanted;
            let runs = runs.into_iter().filter(fits);
            let outcomes = ["running", "done", "page_limit", "stopped", "interrupted", "failed"];
            let page = RunsPage {
                frame: Frame::new(&visit, "/dieu-hanh/lan-thu"),
                runs: runs.map(|run| RunRow::new(visit.language, run)).collect(),
                sources: sources.into_iter().map(|source| source.id.to_string()).collect(),
                outcomes: outcomes.map(|one| (one, outcome_name(visit.language, one))).into(),
                source,
                outcome: wanted,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn page(
    _: Viewer,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    match found(app, id).await {
        Ok((record, events)) => render(StatusCode::OK, &RunPage::new(visit, record, events)),
        Err(problem) => problem_page(visit, problem),
    }
}

async fn found(app: App, id: Result<Id, Problem>) -> Result<(RunRecord, Vec<Event>), Problem> {
    let Id(id) = id?;
    let missing = Problem::not_found(format!("there is no run `{id}`"));
    let Ok(number) = id.parse() else { return Err(missing) };
    let found = blocking(move || {
        let id = RunId(number);
        let Some(record) = app.archive.run(id)? else { return Ok(None) };
        Ok::<_, ArchiveError>(Some((record, app.archive.events(id)?)))
    });
    found.await?.ok_or(missing)
}

impl RunRow {
    pub(super) fn new(language: Language, record: RunRecord) -> Self {
        let RunRecord { run, started_at, finished_at } = record;
        let (name, why) = outcome(&run.outcome);
        let Counters { fetched, new, edited, errors, .. } = run.counters;
        Self {
            id: run.id.0,
            source: run.source.into(),
            started: language.instant(&started_at),
            finished: finished_at.map(|at| language.instant(&at)),
            outcome: outcome_name(language, name),
            failed: matches!(run.outcome, Outcome::Failed(_) | Outcome::Interrupted),
            good: run.outcome == Outcome::Done,
            running: run.outcome == Outcome::Running,
            why,
            fetched: language.number(fetched),
            new: language.number(new),
            edited: language.number(edited),
            errors: language.number(errors),
        }
    }
}

impl RunPage {
    fn new(visit: Visit, record: RunRecord, events: Vec<Event>) -> Self {
        let c = record.run.counters;
        let counters = vec![
            ("fetched", visit.say("trang đã hỏi", "pages asked"), c.fetched),
            ("not_modified", visit.say("không đổi (304)", "not modified (304)"), c.not_modified),
            ("new", visit.say("bài mới", "new articles"), c.new),
            ("edited", visit.say("bài sửa", "edited"), c.edited),
            ("unchanged", visit.say("bài như cũ", "unchanged"), c.unchanged),
            ("gone", visit.say("không còn", "gone"), c.gone),
            ("removed", visit.say("tính là gỡ", "counted as removed"), c.removed),
            ("forbidden", visit.say("bị cấm", "forbidden"), c.forbidden),
            ("trapped", visit.say("bỏ qua (bẫy)", "left out (traps)"), c.trapped),
            ("errors", visit.say("lỗi", "errors"), c.errors),
        ];
        let mut kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
        kinds.sort();
        kinds.dedup();
        let kind = field(&visit, "kind");
        let fits = |event: &Event| kind.is_empty() || event.kind == kind;
        let events = events.into_iter().filter(fits);
        let row = |event: Event| EventRow { at: visit.instant(&event.at), event };
        Self {
            frame: Frame::new(&visit, "/dieu-hanh/lan-thu"),
            run: RunRow::new(visit.language, record),
            counters,
            events: events.map(row).collect(),
            kinds,
            kind,
            visit,
        }
    }
}
