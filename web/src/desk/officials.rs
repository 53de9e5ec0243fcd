//! Who is who: finding officials, merging two, splitting one, and the decisions so far.

use archive::{Dossier, OfficialId};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, after, field};
use crate::App;
use crate::api::decisions::{self, DecisionBody};
use crate::blocking::blocking;
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::visit::Visit;

/// Officials who are found.
const FOUND: usize = 20;
/// Decisions that are shown.
const DECISIONS: usize = 50;

#[derive(Template)]
#[template(path = "desk/officials.html")]
struct OfficialsPage {
    visit: Visit,
    frame: Frame,
    /// What is looked for.
    q: String,
    found: Vec<Found>,
    /// Who is chosen.
    dossier: Option<Dossier>,
    decisions: Vec<DecisionBody>,
}

struct Found {
    id: String,
    name: String,
    role: Option<String>,
    articles: String,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let (q, chosen) = (field(&visit, "q"), field(&visit, "nguoi"));
    let looked = q.clone();
    let found = blocking(move || {
        let dossier = match chosen.parse::<OfficialId>() {
            Ok(id) => app.archive.dossier(&id)?,
            Err(_) => None,
        };
        // Whoever looks at somebody sees who might be the same.
        let name = match (&dossier, looked.is_empty()) {
            (Some(dossier), true) => dossier.official.name.clone(),
            _ => looked,
        };
        let found = match name.is_empty() {
            true => app.archive.commonest_officials(FOUND)?,
            false => {
                let meant = app.index.officials(&name, FOUND)?;
                meant.into_iter().map(|meant| meant.official).collect()
            }
        };
        Ok::<_, index::IndexError>((dossier, found, app.archive.decisions()?))
    });
    match found.await {
        Ok((dossier, found, decided)) => {
            let own = dossier.as_ref().map(|dossier| dossier.official.id.to_string());
            let found = found.into_iter().map(|one| Found {
                id: one.id.to_string(),
                articles: visit.number(one.articles),
                name: one.name,
                role: one.role,
            });
            let newest = decided.into_iter().rev().take(DECISIONS).map(DecisionBody::from);
            let page = OfficialsPage {
                frame: Frame::new(&visit, "/dieu-hanh/can-bo"),
                found: found.filter(|one| Some(&one.id) != own.as_ref()).collect(),
                decisions: newest.collect(),
                q,
                dossier,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn merge(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let (kept, other) = (form.text("kept"), form.text("other"));
    let done = decisions::join(operator.archive(&app), kept, other, form.text("reason")).await;
    let to = format!("/dieu-hanh/can-bo?nguoi={}&xong=gop", local_id(kept));
    after(visit, done.map(|_| ()), &to)
}

pub(super) async fn split(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let from = form.text("official");
    let articles: Vec<String> =
        form.all("article").map(str::to_owned).filter(|id| !id.trim().is_empty()).collect();
    let done = decisions::part(operator.archive(&app), from, &articles, form.text("reason")).await;
    let to = format!("/dieu-hanh/can-bo?nguoi={}&xong=tach", local_id(from));
    after(visit, done.map(|_| ()), &to)
}

pub(super) async fn undo(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let done = decisions::take_back(operator.archive(&app), form.text("decision")).await;
    after(visit, done, "/dieu-hanh/can-bo?xong=hoan-tac")
}

/// An id as it may stand in an address: nobody leads elsewhere with it.
fn local_id(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}
