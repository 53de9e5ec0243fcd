//! The citizens' pages: rendered here, complete without scripts.

mod article;
mod search;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::App;
use crate::problem::Problem;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/", get(search::page)).route("/bai/{id}", get(article::page))
}

/// A page that says what went wrong and offers a way on.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    title: &'static str,
    detail: String,
}

/// Renders a page; a template that fails is our fault.
fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// A problem as a page.
fn problem_page(problem: Problem) -> Response {
    let title = match problem.status {
        404 => "Không tìm thấy trang này",
        400 => "Địa chỉ này có chỗ chưa đúng",
        _ => "Hệ thống đang gặp lỗi",
    };
    render(problem.status(), &ProblemPage { title, detail: problem.detail })
}

/// What no route matches: a problem for programs, a page for people.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let problem = Problem::not_found(format!("there is nothing at {}", uri.path()));
    if uri.path().starts_with("/api/") { problem.into_response() } else { problem_page(problem) }
}
