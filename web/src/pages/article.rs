//! An article's page.

use archive::{Article, ArticleStatus, Attachment, InArticle};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_article;
use crate::blocking::blocking;
use crate::problem::Problem;
use crate::vietnam;

/// Similar articles that are offered.
const SIMILAR: usize = 5;

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
    /// The same text at other wards.
    also_in: Vec<Row>,
    similar: Vec<Row>,
    /// Whom it names.
    officials: Vec<InArticle>,
    removed: bool,
}

/// A link to another article.
struct Row {
    id: String,
    title: String,
    ward: String,
    published: Option<String>,
}

pub(super) async fn page(State(app): State<App>, id: Result<Id, Problem>) -> Response {
    match found(app, id).await {
        Ok(page) => render(StatusCode::OK, &page),
        Err(problem) => problem_page(problem),
    }
}

async fn found(app: App, id: Result<Id, Problem>) -> Result<ArticlePage, Problem> {
    let (article, ward) = find_article(app.clone(), id?.0).await?;
    let id = article.id.clone();
    let similar = blocking(move || {
        let similar = app.index.similar(&id, SIMILAR)?.unwrap_or_default();
        let row = |article: Article| Row {
            ward: app.index.source_name(article.source.as_str()),
            id: article.id.into(),
            title: article.fields.title,
            published: article.fields.published.map(vietnam::time),
        };
        let also_in = similar.also_in.into_iter().map(row).collect();
        let similar = similar.articles.into_iter().map(|(article, _)| row(article)).collect();
        let officials = app.archive.officials_of(&id)?;
        Ok::<_, index::IndexError>((also_in, similar, officials))
    });
    let (also_in, similar, officials): (Vec<Row>, Vec<Row>, Vec<InArticle>) = similar.await?;
    Ok(ArticlePage { also_in, similar, officials, ..ArticlePage::new(article, ward) })
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
            also_in: Vec::new(),
            similar: Vec::new(),
            officials: Vec::new(),
            removed: article.status == ArticleStatus::Removed,
            article,
        }
    }
}
