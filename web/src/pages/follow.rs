//! Following a search: the form with what it would have told, and the subscriber's own page.

use alerts::{Ask, Preview, Target};
use archive::Pace;
use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::alerts::{AlertBody, Step, ask_for, previewed, take};
use crate::parameters::SearchParameters;
use crate::problem::Problem;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "follow.html")]
struct FollowPage {
    visit: Visit,
    /// The search as it is read.
    interpreted: String,
    /// The parameters of the search.
    query: String,
    days: i64,
    total: String,
    hits: Vec<Row>,
    /// Whether mails can be sent.
    mails: bool,
    /// What was wrong with what was sent.
    fault: Option<String>,
    mail: String,
}

/// What is said to whoever would follow everything.
#[derive(Template)]
#[template(path = "nothing.html")]
struct NothingPage {
    visit: Visit,
}

struct Row {
    id: String,
    title_html: String,
    ward: String,
    published: Option<String>,
}

#[derive(Template)]
#[template(path = "asked.html")]
struct AskedPage {
    visit: Visit,
    interpreted: String,
    address: String,
}

#[derive(Template)]
#[template(path = "alert.html")]
struct AlertPage {
    visit: Visit,
    alert: AlertBody,
    token: String,
}

/// The form for following a search.
pub(super) async fn form(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Response {
    shown(app, visit, query.unwrap_or_default(), None, String::new()).await
}

/// Takes the form.
pub(super) async fn send(State(app): State<App>, visit: Visit, body: Bytes) -> Response {
    let (mut query, mut mail, mut pace) = (String::new(), String::new(), Pace::Immediate);
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "search" => query = value.into_owned(),
            "mail" => mail = value.trim().to_owned(),
            "pace" => pace = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    let search = match SearchParameters::parse_link(&query) {
        Ok(parameters) => parameters.saved(),
        Err(problem) => return problem_page(visit, problem),
    };
    let asked = Ask { search, target: Target::Mail(mail.clone()), pace };
    match ask_for(app.clone(), asked).await {
        Ok(asked) => {
            let (interpreted, address) = asked.said();
            render(StatusCode::OK, &AskedPage { visit, interpreted, address })
        }
        Err(problem) if problem.status == 400 => {
            tracing::info!(problem.detail, "an alert was not given");
            let fault = if mail.contains('@') {
                visit.say(
                    "Chưa gửi được thư xác nhận tới địa chỉ này. Có thể địa chỉ đã theo dõi quá \
                     nhiều, hoặc còn thư chờ xác nhận.",
                    "No mail was sent to this address. It may follow too much already, or still \
                     have mails to confirm.",
                )
            } else {
                visit.say(
                    "Địa chỉ thư chưa đúng. Hãy gõ dạng ten@vidu.vn.",
                    "This is no mail address. Type one as name@example.org.",
                )
            };
            shown(app, visit.clone(), query, Some(fault.to_owned()), mail).await
        }
        Err(problem) => problem_page(visit, problem),
    }
}

async fn shown(
    app: App,
    visit: Visit,
    query: String,
    fault: Option<String>,
    mail: String,
) -> Response {
    let parameters = match SearchParameters::parse_link(&query) {
        Ok(parameters) => SearchParameters { page: 1, ..parameters },
        Err(problem) => return problem_page(visit, problem),
    };
    if parameters.saved().is_empty() {
        return render(StatusCode::OK, &NothingPage { visit });
    }
    let query = parameters.to_query();
    let mails = app.alerts.mail.is_some();
    let (interpreted, Preview { found, .. }) = match previewed(app, parameters.saved()).await {
        Ok(found) => found,
        Err(problem) => return problem_page(visit, problem),
    };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let hits = found.hits.into_iter().map(|hit| Row {
        id: hit.article.id.to_string(),
        title_html: hit.title_html,
        ward: hit.source_name,
        published: hit.article.fields.published.map(|time| visit.time(time)),
    });
    let (hits, total) =
        (hits.collect(), visit.counted(found.total as u64, "bài", "article", "articles"));
    let days = alerts::DAYS_PREVIEWED;
    let page = FollowPage { visit, interpreted, query, days, total, hits, mails, fault, mail };
    render(status, &page)
}

/// A subscriber's page of an alert. Looking at it changes nothing: mail programs look ahead.
pub(super) async fn alert(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    step(app, visit, id, Step::Look).await
}

pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    step(app, visit, id, Step::Confirm).await
}

/// Ends an alert: from the page, or by one press in a mail program (RFC 8058).
pub(super) async fn end(State(app): State<App>, visit: Visit, id: Result<Id, Problem>) -> Response {
    step(app, visit, id, Step::End).await
}

async fn step(app: App, visit: Visit, id: Result<Id, Problem>, step: Step) -> Response {
    let token = match id {
        Ok(Id(token)) => token,
        Err(problem) => return problem_page(visit, problem),
    };
    match take(app, token.clone(), step).await {
        Ok(alert) => render(StatusCode::OK, &AlertPage { visit, alert, token }),
        Err(problem) => problem_page(visit, problem),
    }
}
