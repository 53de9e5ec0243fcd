//! `GET /api/v1/articles/{id}/similar`.

use archive::{Article, ArticleId};
use axum::Json;
use axum::extract::State;
use index::Similar;
use serde::Serialize;
use utoipa::ToSchema;

use super::search::SourceRef;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::problem::Problem;

/// Similar articles of one answer.
const SIMILAR: usize = 10;

/// What is like an article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SimilarBody {
    /// About the same things, the likest first.
    articles: Vec<ArticleRef>,
    /// The same text at other sources.
    also_in: Vec<ArticleRef>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ArticleRef {
    id: String,
    title: String,
    url: String,
    source: SourceRef,
    /// RFC 3339 in Vietnam time, or a bare day where the page told no more.
    published_at: Option<String>,
    /// How like it is; only for comparing within one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

/// Articles like this one, and the same text elsewhere.
#[utoipa::path(get, path = "/api/v1/articles/{id}/similar", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, body = SimilarBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn similar(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<SimilarBody>, Problem> {
    let missing = Problem::not_found(format!("there is no article `{id}`"));
    let Ok(id) = id.parse::<ArticleId>() else { return Err(missing) };
    let index = app.index.clone();
    let found = blocking(move || index.similar(&id, SIMILAR)).await?.ok_or(missing)?;
    Ok(Json(SimilarBody::new(&app, found)))
}

impl SimilarBody {
    fn new(app: &App, found: Similar) -> Self {
        let row = |article: Article, score| ArticleRef {
            source: SourceRef {
                name: app.index.source_name(article.source.as_str()),
                id: article.source.into(),
            },
            id: article.id.into(),
            title: article.fields.title,
            url: article.url,
            published_at: article.fields.published.map(String::from),
            score,
        };
        let articles = found.articles.into_iter().map(|(article, score)| row(article, Some(score)));
        let articles = articles.collect();
        let also_in = found.also_in.into_iter().map(|article| row(article, None)).collect();
        Self { articles, also_in }
    }
}
