//! One source: how it stands, and what can be ordered.

use archive::{ArchiveError, Source};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::runs::RunRow;
use super::{Frame, after, field};
use crate::App;
use crate::address::Id;
use crate::api::sources::{self, SourceBody};
use crate::api::{runs, source_changes};
use crate::blocking::blocking;
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

/// Runs that are shown.
const RUNS: u32 = 10;

#[derive(Template)]
#[template(path = "desk/source.html")]
struct SourcePage {
    visit: Visit,
    frame: Frame,
    source: Source,
    body: SourceBody,
    articles: String,
    success: Option<String>,
    next: Option<String>,
    /// Pages that are held back.
    held: usize,
    runs: Vec<RunRow>,
}

#[derive(Template)]
#[template(path = "desk/waiting.html")]
struct WaitingPage {
    visit: Visit,
    frame: Frame,
    id: String,
}

/// The source of an address.
pub(super) async fn find(app: &App, id: Result<Id, Problem>) -> Result<Source, Problem> {
    sources::find(app, &id?.0).await
}

pub(super) async fn page(
    _: Viewer,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    match found(&app, &visit, id).await {
        Ok((source, body, held, runs)) => {
            let page = SourcePage {
                frame: Frame::new(&visit, "/dieu-hanh/nguon"),
                articles: visit.number(body.freshness.articles),
                success: body.freshness.last_success.as_ref().map(|at| visit.instant(at)),
                next: body.freshness.next_crawl.as_ref().map(|at| visit.instant(at)),
                source,
                body,
                held,
                runs,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

async fn found(
    app: &App,
    visit: &Visit,
    id: Result<Id, Problem>,
) -> Result<(Source, SourceBody, usize, Vec<RunRow>), Problem> {
    let source = find(app, id).await?;
    let (archive, asked) = (app.archive.clone(), source.clone());
    let stands = blocking(move || {
        let held = archive.suspects(&asked.id)?.len();
        let runs = archive.runs(Some(&asked.id), RUNS)?;
        Ok::<_, source_changes::OperationError>((SourceBody::new(&archive, asked)?, held, runs))
    });
    let (body, held, runs) = stands.await?;
    let rows = runs.into_iter().map(|run| RunRow::new(visit.language, run));
    Ok((source, body, held, rows.collect()))
}

/// Orders a crawl, and waits for it to begin.
pub(super) async fn crawl(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let ordered = async {
        let source = find(&app, id).await?;
        let (archive, asked) = (app.archive.clone(), source.id.clone());
        let last = blocking(move || Ok::<_, ArchiveError>(archive.runs(Some(&asked), 1)?.pop()));
        let last = last.await?.map_or(0, |last| last.run.id.0);
        runs::order(&app, operator.archive(&app), source.id.to_string()).await?;
        Ok::<_, Problem>((source.id, last))
    };
    match ordered.await {
        Ok((id, last)) => {
            Redirect::to(&format!("/dieu-hanh/nguon/{id}/dang-cho?sau={last}")).into_response()
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// Until the run that was ordered begins; then its page.
pub(super) async fn waiting(
    _: Viewer,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    let newest = async {
        let source = find(&app, id).await?;
        let archive = app.archive.clone();
        let newest = blocking(move || {
            let newest = archive.runs(Some(&source.id), 1)?.pop();
            Ok::<_, ArchiveError>((source.id, newest))
        });
        newest.await
    };
    let last = field(&visit, "sau").parse().unwrap_or(0);
    match newest.await {
        Ok((_, Some(newest))) if newest.run.id.0 > last => {
            Redirect::to(&format!("/dieu-hanh/lan-thu/{}", newest.run.id.0)).into_response()
        }
        Ok((id, _)) => {
            let frame = Frame::new(&visit, "/dieu-hanh/nguon");
            render(StatusCode::OK, &WaitingPage { frame, id: id.to_string(), visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn pause(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let archive = operator.archive(&app);
    let done = async { runs::enable(&app, archive, id?.0, false).await };
    enabled(visit, done.await)
}

pub(super) async fn resume(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let archive = operator.archive(&app);
    let done = async { runs::enable(&app, archive, id?.0, true).await };
    enabled(visit, done.await)
}

fn enabled(visit: Visit, done: Result<runs::OrderBody, Problem>) -> Response {
    match done {
        Ok(order) => {
            Redirect::to(&format!("/dieu-hanh/nguon/{}?xong=luu", order.source)).into_response()
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn accept(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let archive = operator.archive(&app);
    let done = async {
        let Id(id) = id?;
        source_changes::believe(&app, archive, id.clone()).await?;
        Ok::<_, Problem>(id)
    };
    match done.await {
        Ok(id) => Redirect::to(&format!("/dieu-hanh/nguon/{id}?xong=chap-nhan")).into_response(),
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn remove(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let archive = operator.archive(&app);
    let done = async { source_changes::forget(archive, id?.0).await };
    after(visit, done.await, "/dieu-hanh/nguon?xong=xoa")
}
