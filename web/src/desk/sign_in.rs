//! Signing in and out.

use archive::SignIn;
use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use super::field;
use crate::App;
use crate::blocking::blocking;
use crate::operator::{Form, Origin, SESSION_COOKIE, ended_cookie, session_cookie};
use crate::pages::{local, problem_page, render};
use crate::problem::Problem;
use crate::visit::{Visit, cookie};

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignInPage {
    visit: Visit,
    name: String,
    /// Where to go on.
    back: String,
    fault: Option<String>,
}

/// Who asks.
pub(super) struct Client(pub(super) Origin);

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let client = app.site.client(&parts.headers, &parts.extensions);
        Ok(Self(Origin::of(client)))
    }
}

pub(super) async fn form(visit: Visit) -> Response {
    let back = field(&visit, "ve");
    if visit.session.is_some() {
        return Redirect::to(onward(&back)).into_response();
    }
    render(StatusCode::OK, &SignInPage { visit, name: String::new(), back, fault: None })
}

/// Where to go on: back, or to the desk.
fn onward(back: &str) -> &str {
    match local(back) {
        "/" => "/dieu-hanh",
        path => path,
    }
}

pub(super) async fn send(
    State(app): State<App>,
    visit: Visit,
    Client(client): Client,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::parse(&body);
    let (name, back) = (form.text("name").to_owned(), form.text("ve").to_owned());
    let now = Timestamp::now();
    if !app.attempts.allow(client, &name, now) {
        let why = visit.say(
            "Quá nhiều lần thử từ địa chỉ này. Hãy thử lại sau mười lăm phút.",
            "Too many tries from this address. Try again in a quarter of an hour.",
        );
        let fault = Some(why.to_owned());
        let page = SignInPage { visit, name, back, fault };
        return render(StatusCode::TOO_MANY_REQUESTS, &page);
    }
    match tried(&app, &name, form.raw("password"), now).await {
        Ok(SignIn::Done(token)) => {
            // Whoever had a session begins a new one: nobody goes on with one that was planted.
            if let Some(old) = cookie(&headers, SESSION_COOKIE).map(str::to_owned) {
                let archive = app.archive.clone();
                let _ended = blocking(move || archive.end_session(&old)).await;
            }
            let cookie = [(header::SET_COOKIE, session_cookie(&app.site, &token))];
            (cookie, Redirect::to(onward(&back))).into_response()
        }
        Ok(SignIn::Refused) => {
            app.attempts.failed(client, &name, now);
            let why = visit.say("Tên hoặc mật khẩu không đúng.", "Name or password is wrong.");
            let fault = Some(why.to_owned());
            render(StatusCode::UNAUTHORIZED, &SignInPage { visit, name, back, fault })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// Tries a password; few at the same time, as each takes much memory.
async fn tried(app: &App, name: &str, password: &str, now: Timestamp) -> Result<SignIn, Problem> {
    let _place = app.attempts.hashing.acquire().await.map_err(|error| Problem::internal(&error))?;
    let (archive, name, password) = (app.archive.clone(), name.to_owned(), password.to_owned());
    blocking(move || archive.sign_in(&name, &password, now)).await
}

pub(super) async fn end(
    State(app): State<App>,
    headers: HeaderMap,
    visit: Visit,
    _: Form,
) -> Response {
    let token = cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    let archive = app.archive.clone();
    match blocking(move || archive.end_session(&token)).await {
        Ok(()) => {
            ([(header::SET_COOKIE, ended_cookie(&app.site))], Redirect::to("/")).into_response()
        }
        Err(problem) => problem_page(visit, problem),
    }
}
