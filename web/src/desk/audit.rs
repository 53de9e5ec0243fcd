//! The log of what people changed.

use archive::Action;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, field};
use crate::App;
use crate::api::audit::{AuditBody, entries, filter};
use crate::operator::Viewer;
use crate::pages::{problem_page, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    visit: Visit,
    frame: Frame,
    entries: Vec<AuditBody>,
    by: String,
    action: String,
    subject: String,
    actions: Vec<&'static str>,
    /// The number before which the next page begins.
    next: Option<i64>,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let query = visit.here.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let found = async { entries(&app, filter(query)?.0).await };
    match found.await {
        Ok(entries) => {
            let next = entries.last().map(|entry| entry.id).filter(|_| entries.len() >= 100);
            let page = AuditPage {
                frame: Frame::new(&visit, "/dieu-hanh/nhat-ky"),
                by: field(&visit, "by"),
                action: field(&visit, "action"),
                subject: field(&visit, "subject"),
                actions: Action::ALL.iter().map(|action| action.as_str()).collect(),
                entries,
                next,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}
