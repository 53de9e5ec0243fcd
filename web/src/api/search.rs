//! `GET /api/v1/search`.

use archive::{ArticleStatus, InArticle, Official};
use axum::Json;
use axum::extract::{RawQuery, State};
use index::{Answer, FacetCount, Facets, Hit, Meant};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::blocking::blocking;
use crate::parameters::SearchParameters;
use crate::problem::Problem;

/// The answer to a search.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    query: QueryBody,
    /// The officials who may be meant, the likeliest first.
    officials: Vec<OfficialRef>,
    /// Articles that match; those that are not shown because another source has the same text
    /// count as well.
    total: usize,
    /// Milliseconds in the server.
    took_ms: f64,
    /// The page that was asked for; 1 where a cursor was given.
    page: usize,
    size: usize,
    /// Give it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
    hits: Vec<HitBody>,
    /// Null when not asked for.
    facets: Option<FacetsBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct QueryBody {
    /// As it was typed.
    text: String,
    /// As it was read.
    interpreted: String,
    /// A better spelling, where one is known.
    did_you_mean: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HitBody {
    id: String,
    score: f32,
    title: String,
    /// Escaped; `<mark>` around what matches.
    title_html: String,
    /// Escaped; `<mark>` around what matches.
    snippet_html: String,
    url: String,
    source: SourceRef,
    category: Option<String>,
    /// RFC 3339 in Vietnam time, or a bare day where the page told no more.
    published_at: Option<String>,
    updated_at: Option<String>,
    views: Option<u64>,
    credit: Option<String>,
    officials: Vec<OfficialRef>,
    /// `live` or `removed`.
    status: ArticleStatusBody,
    /// Whether its page says something else than when it was first seen.
    edited: bool,
    /// The same text at other sources.
    also_in: Vec<SourceRef>,
    /// What the score comes from, the weightiest part first; only when asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    explanation: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SourceRef {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct OfficialRef {
    id: String,
    name: String,
    role: Option<String>,
}

/// Whether an article is still at its source.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ArticleStatusBody {
    Live,
    Removed,
    Hidden,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct FacetsBody {
    source: Vec<FacetBody>,
    category: Vec<FacetBody>,
    year: Vec<FacetBody>,
    /// The values are officials' ids, for the parameter `official`.
    official: Vec<FacetBody>,
    /// What happened to articles since, for the parameter `status`.
    status: Vec<FacetBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct FacetBody {
    value: String,
    label: String,
    count: u64,
}

/// Ranked articles.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchParameters),
    responses((status = 200, body = SearchAnswer), (status = 400, body = Problem)))]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<SearchAnswer>, Problem> {
    let parameters = SearchParameters::parse(query.as_deref().unwrap_or_default())?;
    let request = parameters.request(Timestamp::now())?;
    let answer = blocking(move || app.search(&request)).await?;
    Ok(Json(SearchAnswer::new(&parameters, answer)))
}

impl SearchAnswer {
    /// An answer of the index as the API gives it.
    pub fn new(parameters: &SearchParameters, answer: Answer) -> Self {
        Self {
            query: QueryBody {
                text: parameters.q.clone(),
                interpreted: answer.interpreted,
                did_you_mean: answer.did_you_mean,
            },
            officials: answer.officials.into_iter().map(OfficialRef::from).collect(),
            total: answer.total,
            took_ms: (answer.took.as_secs_f64() * 1e5).round() / 100.0,
            page: parameters.page,
            size: parameters.size,
            next_cursor: answer.next.map(|cursor| cursor.to_string()),
            hits: answer.hits.into_iter().map(HitBody::from).collect(),
            facets: answer.facets.map(FacetsBody::from),
        }
    }
}

impl From<Hit> for HitBody {
    fn from(hit: Hit) -> Self {
        let article = hit.article;
        let fields = article.fields;
        Self {
            id: article.id.into(),
            score: hit.score,
            title: fields.title,
            title_html: hit.title_html,
            snippet_html: hit.snippet_html,
            url: article.url,
            source: SourceRef { id: article.source.into(), name: hit.source_name },
            category: fields.category,
            published_at: fields.published.map(String::from),
            updated_at: fields.updated.map(String::from),
            views: article.views,
            credit: fields.credit,
            officials: hit.officials.into_iter().map(OfficialRef::from).collect(),
            status: article.status.into(),
            edited: article.version > 1,
            also_in: hit.also_in.into_iter().map(|(id, name)| SourceRef { id, name }).collect(),
            explanation: hit.explanation,
        }
    }
}

impl From<InArticle> for OfficialRef {
    fn from(InArticle { id, name, role }: InArticle) -> Self {
        Self { id: id.to_string(), name, role }
    }
}

impl From<Meant> for OfficialRef {
    fn from(meant: Meant) -> Self {
        let Official { id, name, role, .. } = meant.official;
        Self { id: id.to_string(), name, role }
    }
}

impl From<ArticleStatus> for ArticleStatusBody {
    fn from(status: ArticleStatus) -> Self {
        match status {
            ArticleStatus::Live => Self::Live,
            ArticleStatus::Removed => Self::Removed,
            ArticleStatus::Hidden => Self::Hidden,
        }
    }
}

impl From<Facets> for FacetsBody {
    fn from(facets: Facets) -> Self {
        let bodies = |counts: Vec<FacetCount>| {
            let body = |FacetCount { value, label, count }| FacetBody { value, label, count };
            counts.into_iter().map(body).collect()
        };
        Self {
            source: bodies(facets.source),
            category: bodies(facets.category),
            year: bodies(facets.year),
            official: bodies(facets.official),
            status: bodies(facets.alteration),
        }
    }
}
