//! `GET /api/v1/articles/{id}`.

use archive::{Article, ArticleId, ArticleStatus};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::search::{ArticleStatusBody, SourceRef};
use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::problem::Problem;

/// An article with all its fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArticleBody {
    id: String,
    url: String,
    source: SourceRef,
    status: ArticleStatusBody,
    category: Option<String>,
    title: String,
    lead: Option<String>,
    body: Vec<String>,
    captions: Vec<String>,
    attachments: Vec<AttachmentBody>,
    credit: Option<String>,
    /// RFC 3339 in Vietnam time, or a bare day where the page told no more.
    published_at: Option<String>,
    updated_at: Option<String>,
    views: Option<u64>,
    /// When it was first and last seen, RFC 3339, UTC.
    first_seen: String,
    last_seen: String,
    /// The number of the newest version, from 1.
    version: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttachmentBody {
    name: String,
    url: String,
}

/// One article, in its newest version.
#[utoipa::path(get, path = "/api/v1/articles/{id}", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, body = ArticleBody), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn article(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<ArticleBody>, Problem> {
    let (article, source_name) = find(app, id).await?;
    Ok(Json(ArticleBody::new(article, source_name)))
}

/// An article that may be shown, with the name of its source.
pub(crate) async fn find(app: App, id: String) -> Result<(Article, String), Problem> {
    let missing = Problem::not_found(format!("there is no article `{id}`"));
    let Ok(id) = id.parse::<ArticleId>() else { return Err(missing) };
    let found = blocking(move || {
        let Some(article) = app.archive.article(&id)? else { return Ok(None) };
        let source = app.archive.source(&article.source)?;
        Ok::<_, archive::ArchiveError>(Some((article, source)))
    })
    .await?;
    let (article, source) =
        found.filter(|(a, _)| a.status != ArticleStatus::Hidden).ok_or(missing)?;
    let name = source.map_or_else(|| article.source.to_string(), |s| s.name);
    Ok((article, name))
}

impl ArticleBody {
    /// An article as the API gives it.
    pub fn new(article: Article, source_name: String) -> Self {
        let fields = article.fields;
        let attachments = fields.attachments.into_iter();
        Self {
            id: article.id.into(),
            url: article.url,
            source: SourceRef { id: article.source.into(), name: source_name },
            status: article.status.into(),
            category: fields.category,
            title: fields.title,
            lead: fields.lead,
            body: fields.body,
            captions: fields.captions,
            attachments: attachments.map(|a| AttachmentBody { name: a.name, url: a.url }).collect(),
            credit: fields.credit,
            published_at: fields.published.map(String::from),
            updated_at: fields.updated.map(String::from),
            views: article.views,
            first_seen: article.first_seen,
            last_seen: article.last_seen,
            version: article.version,
        }
    }
}
