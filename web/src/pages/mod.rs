//! The citizens' pages: rendered here, complete without scripts.

mod advanced;
mod article;
mod follow;
mod guide;
mod official;
mod reference;
mod robots;
mod search;
mod topics;
mod versions;
mod wards;

use archive::Article;
use askama::Template;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::App;
use crate::language::Language;
use crate::problem::Problem;
use crate::visit::Visit;

pub(crate) use guide::local;
pub(crate) use versions::field_name;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(search::page))
        .route("/tim-nang-cao", get(advanced::page))
        .route("/bai/{id}", get(article::page))
        .route("/bai/{id}/cac-ban", get(versions::versions))
        .route("/bai/{id}/ban/{number}", get(versions::version))
        .route("/bai/{id}/ban/{number}/trang", get(versions::archived))
        .route("/bai/{id}/ban/{number}/goc", get(versions::original))
        .route("/nguoi/{id}", get(official::page))
        .route("/phuong", get(wards::list))
        .route("/phuong/{id}", get(wards::page))
        .route("/chuyen-muc", get(topics::page))
        .route("/tro-giup", get(guide::page))
        .route("/api", get(reference::page))
        .route("/ngon-ngu", get(guide::choose_language))
        .route("/opensearch.xml", get(robots::open_search))
        .route("/robots.txt", get(robots::robots))
        .route("/theo-doi", get(follow::form).post(follow::send))
        .route("/theo-doi/{token}", get(follow::alert))
        .route("/theo-doi/{token}/xac-nhan", post(follow::confirm))
        .route("/theo-doi/{token}/thoi", post(follow::end))
}

/// A link to an article.
pub(crate) struct ArticleRow {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) ward: String,
    pub(crate) published: Option<String>,
}

impl ArticleRow {
    pub(crate) fn new(app: &App, language: Language, article: Article) -> Self {
        Self {
            ward: app.index.source_name(article.source.as_str()),
            id: article.id.into(),
            title: article.fields.title,
            published: article.fields.published.map(|time| language.time(time)),
        }
    }
}

/// A page that says what went wrong and offers a way on.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    visit: Visit,
    title: &'static str,
    advice: &'static str,
    /// What exactly was wrong, for operators.
    detail: Option<String>,
    /// The number under which the operator finds it.
    instance: Option<String>,
    /// Whether signing in helps.
    sign_in: bool,
}

/// Renders a page; a template that fails is our fault.
pub(crate) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// A problem as a page; whose session is over is led to sign in.
pub(crate) fn problem_page(visit: Visit, problem: Problem) -> Response {
    let (title, advice) = words(visit.language, problem.status);
    let status = problem.status();
    let detail = visit.session.is_some().then(|| problem.detail.clone());
    let sign_in = problem.status == 401;
    let instance = problem.instance.clone();
    let page = ProblemPage { visit, title, advice, detail, instance, sign_in };
    let mut response = render(status, &page);
    problem.note(response.headers_mut());
    response
}

fn words(language: Language, status: u16) -> (&'static str, &'static str) {
    let (title, advice) = match status {
        404 => (
            ("Không tìm thấy trang này", "There is no such page"),
            (
                "Địa chỉ có thể đã đổi hoặc gõ sai. Hãy thử tìm lại.",
                "The address may have changed or been mistyped. Search for it again.",
            ),
        ),
        405 => (
            ("Trang này chỉ để đọc", "This page is only for reading"),
            ("Địa chỉ này không nhận dữ liệu gửi lên.", "This address takes nothing that is sent."),
        ),
        403 => (
            ("Bạn không có quyền làm việc này", "You may not do this"),
            (
                "Hãy tải lại trang trước và thử lần nữa, hoặc nhờ quản trị viên.",
                "Load the page before again and try once more, or ask an admin.",
            ),
        ),
        400 => (
            ("Yêu cầu này có chỗ chưa đúng", "Something in this request is not right"),
            (
                "Một phần của địa chỉ hoặc của biểu mẫu không đọc được, chẳng hạn ngày hoặc số \
                 trang. Hãy tìm lại từ ô tìm kiếm.",
                "A part of the address or of the form cannot be read, such as a day or the number \
                 of a page. Search again from the search field.",
            ),
        ),
        401 => (
            ("Bạn cần đăng nhập", "You must sign in"),
            (
                "Phiên đăng nhập đã hết. Hãy đăng nhập lại rồi làm lại việc này.",
                "The session is over. Sign in again and do this once more.",
            ),
        ),
        409 => (
            ("Việc này đang được làm hoặc đã được làm", "This is under way, or done already"),
            ("Hãy tải lại trang trước để xem.", "Load the page before again to see."),
        ),
        413 => (
            ("Dữ liệu gửi lên quá lớn", "What was sent is too large"),
            ("Hãy gửi ít hơn.", "Send less."),
        ),
        503 => (
            ("Máy chủ đang bận", "The server is busy"),
            ("Hãy thử lại sau ít phút.", "Try again in some minutes."),
        ),
        429 => (
            ("Xin chờ một lát", "Please wait a little"),
            ("Quá nhiều lần thử. Hãy thử lại sau.", "Too many tries. Try again later."),
        ),
        _ => (
            ("Hệ thống đang gặp lỗi", "Something went wrong here"),
            ("Xin lỗi bạn. Hãy thử lại sau ít phút.", "We are sorry. Try again in some minutes."),
        ),
    };
    (language.say(title.0, title.1), language.say(advice.0, advice.1))
}

/// What no route matches: a problem for programs, a page for people.
pub(crate) async fn not_found(visit: Visit, uri: Uri) -> Response {
    refused(visit, &uri, Problem::not_found(format!("there is nothing at {}", uri.path())))
}

/// A route that does not know the method; which ones it knows is in the `Allow` header.
pub(crate) async fn method_not_allowed(visit: Visit, method: Method, uri: Uri) -> Response {
    let detail = format!("{} does not take {method}", uri.path());
    refused(visit, &uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

/// What a request is answered that reaches no handler.
pub(crate) async fn refused_early(app: &App, mut parts: Parts, problem: Problem) -> Response {
    let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
    refused(visit, &parts.uri, problem)
}

pub(crate) fn refused(visit: Visit, uri: &Uri, problem: Problem) -> Response {
    match uri.path().starts_with("/api/") {
        true => problem.into_response(),
        false => problem_page(visit, problem),
    }
}
