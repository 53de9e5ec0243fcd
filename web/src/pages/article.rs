//! An article's page.

use archive::{Article, Attachment};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_article;
use crate::problem::Problem;
use crate::vietnam;

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage {
    article: Article,
    ward: String,
    published: Option<String>,
    updated: Option<String>,
    views: Option<String>,
    /// Where the page was, when it can be visited.
    origin: Option<String>,
    files: Vec<Attachment>,
}

pub(super) async fn page(State(app): State<App>, id: Result<Id, Problem>) -> Response {
    let found = match id {
        Ok(Id(id)) => find_article(app, id).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok((article, ward)) => render(StatusCode::OK, &ArticlePage::new(article, ward)),
        Err(problem) => problem_page(problem),
    }
}

impl ArticlePage {
    fn new(article: Article, ward: String) -> Self {
        let web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let fields = &article.fields;
        Self {
            ward,
            published: fields.published.map(vietnam::time),
            updated: fields.updated.map(vietnam::time),
            views: article.views.map(vietnam::number),
            origin: Some(article.url.clone()).filter(|url| web(url)),
            // A link's address comes from a page that may lie: only web addresses become links.
            files: fields.attachments.iter().filter(|file| web(&file.url)).cloned().collect(),
            article,
        }
    }
}
