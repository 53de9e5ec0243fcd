//! Operators: who there are, and everybody's own password and token.

use archive::{InvalidRole, Role};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use super::sign_in::Client;
use super::{Frame, after};
use crate::App;
use crate::api::users::{self, UserBody};
use crate::blocking::blocking;
use crate::operator::{Admin, Form, Operator, Origin, Viewer, ended_cookie};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/users.html")]
struct UsersPage {
    visit: Visit,
    frame: Frame,
    users: Vec<UserBody>,
    /// A token that was just made, with whose it is: it is shown here and never again.
    token: Option<(String, String)>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/own.html")]
struct OwnPage {
    visit: Visit,
    frame: Frame,
    user: UserBody,
    token: Option<String>,
    fault: Option<String>,
}

pub(super) async fn page(_: Admin, State(app): State<App>, visit: Visit) -> Response {
    shown(&app, visit, None, None).await
}

async fn shown(
    app: &App,
    visit: Visit,
    token: Option<(String, String)>,
    fault: Option<String>,
) -> Response {
    match users::all(app).await {
        Ok(users) => {
            let frame = Frame::new(&visit, "/dieu-hanh/nguoi-dung");
            let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            render(status, &UsersPage { frame, users, token, fault, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// Leads on, or shows the page again with what was wrong.
async fn settled(app: &App, visit: Visit, done: Result<(), Problem>, code: &str) -> Response {
    match done {
        Err(problem) if problem.status < 500 => shown(app, visit, None, Some(problem.detail)).await,
        done => after(visit, done, &format!("/dieu-hanh/nguoi-dung?xong={code}")),
    }
}

pub(super) async fn add(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let done = async {
        let password = Some(form.raw("password").to_owned()).filter(|text| !text.is_empty());
        let (archive, name) = (operator.archive(&app), form.text("name").to_owned());
        users::add(archive, name, role(&form)?, password).await
    };
    let done = done.await;
    settled(&app, visit, done, "luu").await
}

pub(super) async fn change(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let done = async {
        let (archive, name) = (operator.archive(&app), form.text("name").to_owned());
        let password = Some(form.raw("password").to_owned()).filter(|text| !text.is_empty());
        users::change(archive, name, Some(role(&form)?), password).await
    };
    let done = done.await;
    settled(&app, visit, done, "luu").await
}

fn role(form: &Form) -> Result<Role, Problem> {
    form.text("role").parse().map_err(|error: InvalidRole| Problem::bad_request(error.to_string()))
}

pub(super) async fn remove(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let done = users::dismiss(operator.archive(&app), form.text("name").to_owned()).await;
    settled(&app, visit, done, "xoa").await
}

pub(super) async fn token(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let name = form.text("name").to_owned();
    match users::new_token(&app, &operator, name.clone()).await {
        Ok(made) => shown(&app, visit, Some((name, made.token)), None).await,
        Err(problem) => settled(&app, visit, Err(problem), "").await,
    }
}

pub(super) async fn end_token(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let done = users::end_token(&app, &operator, form.text("name").to_owned()).await;
    settled(&app, visit, done, "thoi").await
}

/// The operator's own page.
pub(super) async fn own(
    Viewer(operator): Viewer,
    State(app): State<App>,
    visit: Visit,
) -> Response {
    own_shown(&app, visit, &operator, None, None).await
}

async fn own_shown(
    app: &App,
    visit: Visit,
    operator: &Operator,
    token: Option<String>,
    fault: Option<String>,
) -> Response {
    let found = users::all(app).await.and_then(|all| {
        let own = all.into_iter().find(|user| user.name == operator.name);
        own.ok_or_else(|| Problem::not_found("this operator was removed"))
    });
    match found {
        Ok(user) => {
            let frame = Frame::new(&visit, "/dieu-hanh/toi");
            let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            render(status, &OwnPage { frame, user, token, fault, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// What an operator changes about himself: the password, for which the old one is needed; the token.
pub(super) async fn change_own(
    Viewer(operator): Viewer,
    State(app): State<App>,
    visit: Visit,
    Client(client): Client,
    form: Form,
) -> Response {
    let name = operator.name.clone();
    match form.text("what") {
        "token" => match users::new_token(&app, &operator, name).await {
            Ok(made) => own_shown(&app, visit, &operator, Some(made.token), None).await,
            Err(problem) => problem_page(visit, problem),
        },
        "token-end" => {
            let done = users::end_token(&app, &operator, name).await;
            after(visit, done, "/dieu-hanh/toi?xong=thoi")
        }
        _ => match new_password(&app, &operator, client, &form).await {
            Ok(()) => {
                // All sessions ended with the old password, this one too.
                let cookie = [(header::SET_COOKIE, ended_cookie(&app.site))];
                (cookie, Redirect::to("/dang-nhap")).into_response()
            }
            Err(problem) if problem.status < 500 => {
                own_shown(&app, visit, &operator, None, Some(problem.detail)).await
            }
            Err(problem) => problem_page(visit, problem),
        },
    }
}

async fn new_password(
    app: &App,
    operator: &Operator,
    client: Origin,
    form: &Form,
) -> Result<(), Problem> {
    let now = Timestamp::now();
    // Whoever found an open session must not guess the password in it.
    if !app.attempts.allow(client, &operator.name, now) {
        let why = "too many tries from this address; try again in a quarter of an hour";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, why));
    }
    let _place = app.attempts.hashing.acquire().await.map_err(|error| Problem::internal(&error))?;
    let (archive, name) = (operator.archive(app), operator.name.clone());
    let (old, new) = (form.raw("old").to_owned(), form.raw("password").to_owned());
    let (checked, asked) = (archive.clone(), name.clone());
    if !blocking(move || checked.is_password(&asked, &old)).await? {
        app.attempts.failed(client, &operator.name, now);
        return Err(Problem::bad_request("the old password is wrong"));
    }
    users::change(archive, name, None, Some(new)).await
}
