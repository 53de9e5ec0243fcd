//! Removals at the sources, and articles that operators hide.

use archive::ArchiveError;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use super::{Frame, after, field};
use crate::App;
use crate::api::takedowns::{self, RemovedBody, TakedownBody};
use crate::blocking::blocking;
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

/// Removals that are shown.
const REMOVALS: u32 = 100;

#[derive(Template)]
#[template(path = "desk/takedowns.html")]
struct TakedownsPage {
    visit: Visit,
    frame: Frame,
    /// The article that is to be hidden.
    article: String,
    /// Its headline, where there is one.
    title: Option<String>,
    hidden: Vec<Hidden>,
    lifted: Vec<TakedownBody>,
    removed: Vec<RemovedBody>,
}

/// An article that is hidden now.
struct Hidden {
    order: TakedownBody,
    /// Its headline.
    title: String,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let article = field(&visit, "bai");
    let (archive, asked) = (app.archive.clone(), article.clone());
    let found = blocking(move || {
        let title = match asked.parse() {
            Ok(id) => archive.article(&id)?.map(|article| article.fields.title),
            Err(_) => None,
        };
        let (mut hidden, mut lifted) = (Vec::new(), Vec::new());
        for order in archive.takedowns()?.into_iter().rev() {
            if order.lifted_at.is_some() {
                lifted.push(TakedownBody::from(order));
                continue;
            }
            let article = match order.article.parse() {
                Ok(id) => archive.article(&id)?,
                Err(_) => None,
            };
            let title = article.map(|article| article.fields.title).unwrap_or_default();
            hidden.push(Hidden { order: TakedownBody::from(order), title });
        }
        let removed = archive.removed_articles(REMOVALS)?;
        Ok::<_, ArchiveError>((title, hidden, lifted, removed))
    });
    match found.await {
        Ok((title, hidden, lifted, removed)) => {
            let removed = removed.into_iter().map(RemovedBody::from).collect();
            let frame = Frame::new(&visit, "/dieu-hanh/go-bo");
            let page = TakedownsPage { frame, article, title, hidden, lifted, removed, visit };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn hide(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let until: Option<Result<Date, _>> = form.some("until").map(str::parse);
    let until = until.transpose().map_err(|_| Problem::bad_request("`until` is no day"));
    let done = async {
        let (archive, id) = (operator.archive(&app), form.text("article").to_owned());
        takedowns::hide(&app, archive, id, form.text("reason"), until?).await
    };
    after(visit, done.await, "/dieu-hanh/go-bo?xong=an")
}

pub(super) async fn show(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let (archive, id) = (operator.archive(&app), form.text("article").to_owned());
    let done = takedowns::show(&app, archive, id, form.text("reason")).await;
    after(visit, done, "/dieu-hanh/go-bo?xong=hien")
}
