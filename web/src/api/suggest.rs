//! `GET /api/v1/suggest`.

use axum::Json;
use axum::extract::{RawQuery, State};
use index::{Suggestion, SuggestionKind};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::App;
use crate::blocking::blocking;
use crate::problem::Problem;

/// Completions of what is being typed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SuggestAnswer {
    /// At most ten, the likeliest first.
    suggestions: Vec<SuggestionBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct SuggestionBody {
    /// What it says, with its accents.
    text: String,
    kind: Kind,
    /// How often it was met; 0 where that is not counted.
    met: u64,
    /// The id of the source or of the article.
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Phrase,
    Official,
    Source,
    Category,
    Document,
    Title,
}

/// Completions.
#[utoipa::path(get, path = "/api/v1/suggest", tag = "search",
    params(("q" = Option<String>, Query, description = "what was typed so far")),
    responses((status = 200, body = SuggestAnswer), (status = 400, body = Problem)))]
pub(crate) async fn suggest(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<SuggestAnswer>, Problem> {
    let typed = typed(query.as_deref().unwrap_or_default())?;
    let started = std::time::Instant::now();
    let metrics = app.metrics.clone();
    let found = blocking(move || app.index.suggest(&typed)).await?;
    metrics.suggested(started.elapsed());
    Ok(Json(SuggestAnswer { suggestions: found.into_iter().map(SuggestionBody::from).collect() }))
}

/// The only parameter, `q`.
pub(super) fn typed(query: &str) -> Result<String, Problem> {
    let mut typed = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "q" {
            return Err(Problem::bad_request(format!("unknown parameter `{name}`; known is q")));
        }
        if typed.replace(value.into_owned()).is_some() {
            return Err(Problem::bad_request("`q` is given twice"));
        }
    }
    Ok(typed.unwrap_or_default())
}

impl From<Suggestion> for SuggestionBody {
    fn from(Suggestion { text, kind, met, id }: Suggestion) -> Self {
        let kind = match kind {
            SuggestionKind::Phrase => Kind::Phrase,
            SuggestionKind::Official => Kind::Official,
            SuggestionKind::Source => Kind::Source,
            SuggestionKind::Category => Kind::Category,
            SuggestionKind::Document => Kind::Document,
            SuggestionKind::Title => Kind::Title,
        };
        Self { text, kind, met, id }
    }
}
