//! A source's schedule: the next five times of what is typed, in words, and saving it.

use archive::Source;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::{Frame, after, field};
use crate::App;
use crate::address::Id;
use crate::api::source_changes::{change, upcoming};
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/schedule.html")]
struct SchedulePage {
    visit: Visit,
    frame: Frame,
    source: Source,
    /// What is typed.
    schedule: String,
    /// The moments that it names, in words; none where pages themselves say when.
    upcoming: Vec<String>,
    fault: Option<String>,
}

pub(super) async fn page(
    _: Viewer,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    let source = match super::source::find(&app, id).await {
        Ok(source) => source,
        Err(problem) => return problem_page(visit, problem),
    };
    let typed = field(&visit, "schedule");
    let schedule = if typed.is_empty() { source.schedule.clone() } else { typed };
    let now = Timestamp::now();
    let (moments, fault) = match upcoming(&schedule, now) {
        Ok(moments) => (moments, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let upcoming = moments.into_iter().map(|at| visit.moment(at, now)).collect();
    let frame = Frame::new(&visit, "/dieu-hanh/nguon");
    let page = SchedulePage { frame, source, schedule, upcoming, fault, visit };
    render(StatusCode::OK, &page)
}

pub(super) async fn save(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    form: Form,
) -> Response {
    let source = match super::source::find(&app, id).await {
        Ok(source) => source,
        Err(problem) => return problem_page(visit, problem),
    };
    let to = format!("/dieu-hanh/nguon/{}/lich?xong=luu", source.id);
    let schedule = form.text("schedule").to_owned();
    let done = change(&app, operator.archive(&app), source.id, move |known| {
        known.map(|known| Source { schedule, ..known })
    });
    let done = done.await.map(|_| ());
    after(visit, done, &to)
}
