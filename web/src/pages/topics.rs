//! The sections of all portals, each with its articles and its feed.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use index::Request;
use jiff::Timestamp;

use super::{problem_page, render};
use crate::App;
use crate::blocking::blocking;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "topics.html")]
struct TopicsPage {
    visit: Visit,
    topics: Vec<Topic>,
}

struct Topic {
    name: String,
    articles: String,
}

pub(super) async fn page(State(app): State<App>, visit: Visit) -> Response {
    let request = Request { now: Timestamp::now(), limit: 1, facets: true, ..Request::default() };
    match blocking(move || app.search(&request)).await {
        Ok(answer) => {
            let facets = answer.facets.unwrap_or_default();
            let topics = facets.category.into_iter();
            let topics = topics
                .map(|facet| Topic { articles: visit.number(facet.count), name: facet.label });
            let topics = topics.collect();
            render(StatusCode::OK, &TopicsPage { visit, topics })
        }
        Err(problem) => problem_page(visit, problem),
    }
}
