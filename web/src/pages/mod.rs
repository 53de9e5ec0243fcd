//! The citizens' pages: rendered here, complete without scripts.

mod article;
mod follow;
mod official;
mod search;

use askama::Template;
use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::App;
use crate::problem::Problem;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(search::page))
        .route("/bai/{id}", get(article::page))
        .route("/nguoi/{id}", get(official::page))
        .route("/theo-doi", get(follow::form).post(follow::send))
        .route("/theo-doi/{token}", get(follow::alert))
        .route("/theo-doi/{token}/xac-nhan", post(follow::confirm))
        .route("/theo-doi/{token}/thoi", post(follow::end))
}

/// A page that says what went wrong and offers a way on.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    title: &'static str,
    advice: &'static str,
    /// The number under which the operator finds it.
    instance: Option<String>,
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
    let (title, advice) = match problem.status {
        404 => ("Không tìm thấy trang này", "Địa chỉ có thể đã đổi hoặc gõ sai. Hãy thử tìm lại."),
        405 => ("Trang này chỉ để đọc", "Địa chỉ này không nhận dữ liệu gửi lên."),
        400 => (
            "Địa chỉ này có chỗ chưa đúng",
            "Một phần của địa chỉ không đọc được, chẳng hạn ngày hoặc số trang. Hãy tìm lại từ ô \
             tìm kiếm.",
        ),
        _ => ("Hệ thống đang gặp lỗi", "Xin lỗi bạn. Hãy thử lại sau ít phút."),
    };
    let status = problem.status();
    render(status, &ProblemPage { title, advice, instance: problem.instance })
}

/// What no route matches: a problem for programs, a page for people.
pub(crate) async fn not_found(uri: Uri) -> Response {
    refused(&uri, Problem::not_found(format!("there is nothing at {}", uri.path())))
}

/// A route that does not know the method; which ones it knows is in the `Allow` header.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let detail = format!("{} does not take {method}", uri.path());
    refused(&uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

fn refused(uri: &Uri, problem: Problem) -> Response {
    if uri.path().starts_with("/api/") { problem.into_response() } else { problem_page(problem) }
}
