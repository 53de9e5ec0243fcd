//! Profiles: trying one on a page, and what reading a source's kept pages again would change.

use archive::{DiffChange, FieldDiff};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Frame, field};
use crate::App;
use crate::address::Id;
use crate::api::profiles::{self, ProfileBody, RereadBody, TriedBody, TryAsked};
use crate::jobs::{Job, JobKind};
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{field_name, problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

use DiffChange as Kind;

#[derive(Template)]
#[template(path = "desk/profiles.html")]
struct ProfilesPage {
    visit: Visit,
    frame: Frame,
    profiles: Vec<ProfileBody>,
    /// The profile that is tried.
    name: String,
    url: String,
    article: String,
    fault: Option<String>,
    tried: Option<TriedBody>,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let typed = (field(&visit, "profile"), field(&visit, "url"), field(&visit, "article"));
    shown(&app, visit, typed, None).await
}

/// Tries a profile; nothing is kept.
pub(super) async fn test(_: Editor, State(app): State<App>, visit: Visit, form: Form) -> Response {
    let some = |name: &str| form.some(name).map(str::to_owned);
    let asked = TryAsked { url: some("url"), article: some("article") };
    let name = form.text("profile");
    let tried = profiles::tried(&app, name, asked).await;
    let typed = (name.to_owned(), form.text("url").to_owned(), form.text("article").to_owned());
    shown(&app, visit, typed, Some(tried)).await
}

async fn shown(
    app: &App,
    visit: Visit,
    (name, url, article): (String, String, String),
    tried: Option<Result<TriedBody, Problem>>,
) -> Response {
    let profiles = match profiles::all(app).await {
        Ok(profiles) => profiles,
        Err(problem) => return problem_page(visit, problem),
    };
    let (tried, fault) = match tried {
        None => (None, None),
        Some(Ok(tried)) => (Some(tried), None),
        Some(Err(problem)) if problem.status < 500 => (None, Some(problem.detail)),
        Some(Err(problem)) => return problem_page(visit, problem),
    };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = Frame::new(&visit, "/dieu-hanh/mau");
    let page = ProfilesPage { frame, profiles, name, url, article, fault, tried, visit };
    render(status, &page)
}

#[derive(Template)]
#[template(path = "desk/again.html")]
struct AgainPage {
    visit: Visit,
    frame: Frame,
    id: String,
    /// What would differ; not while they are being replaced.
    body: Option<RereadBody>,
    /// The newest job on this source.
    job: Option<Job>,
}

/// What reading again would change.
pub(super) async fn again(
    _: Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    let read = async {
        let Id(id) = id?;
        let of_source = |job: &Job| job.kind == JobKind::Reextract && job.subject == id;
        let job = app.jobs.all().into_iter().find(of_source);
        // While they are being replaced, what differs is not asked again and again.
        let runs = job.as_ref().is_some_and(|job| job.ended_at.is_none());
        let body = if runs { None } else { Some(profiles::preview(&app, id.clone()).await?) };
        Ok::<_, Problem>((body, job, id))
    };
    match read.await {
        Ok((body, job, id)) => {
            let frame = Frame::new(&visit, "/dieu-hanh/nguon");
            render(StatusCode::OK, &AgainPage { frame, id, body, job, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// Replaces what is read differently now.
pub(super) async fn replace(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    _: Form,
) -> Response {
    let started = async { profiles::replace(&app, &operator, id?.0).await };
    match started.await {
        Ok(job) => Redirect::to(&format!("/dieu-hanh/nguon/{}/doc-lai?xong=viec", job.subject))
            .into_response(),
        Err(problem) => problem_page(visit, problem),
    }
}

impl AgainPage {
    /// The name of a field that differs.
    fn named(&self, change: &FieldDiff) -> &'static str {
        field_name(self.visit.language, change.field)
    }
}
