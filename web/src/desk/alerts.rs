//! Subscribers' alerts, for operators.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, after};
use crate::App;
use crate::api::alerts::{AlertBody, all, end_any};
use crate::operator::{Editor, Form};
use crate::pages::{problem_page, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/alerts.html")]
struct AlertsPage {
    visit: Visit,
    frame: Frame,
    alerts: Vec<AlertBody>,
}

pub(super) async fn page(_: Editor, State(app): State<App>, visit: Visit) -> Response {
    match all(app).await {
        Ok(mut alerts) => {
            alerts.reverse();
            let frame = Frame::new(&visit, "/dieu-hanh/canh-bao");
            render(StatusCode::OK, &AlertsPage { frame, alerts, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn end(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let archive = operator.archive(&app);
    let done = end_any(app, archive, form.text("alert").to_owned()).await;
    after(visit, done.map(|_| ()), "/dieu-hanh/canh-bao?xong=thoi")
}
