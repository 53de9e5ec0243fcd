//! `GET /api/v1/articles/{id}/mentions`: where an article speaks of people, and how sure that is.

use archive::{ArticleMention, Fields};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::address::{Id, NoParameters};
use crate::api::find_article;
use crate::blocking::blocking;
use crate::problem::Problem;

/// A place in an article that speaks of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MentionBody {
    /// The official's id, and the name that most articles give.
    official: String,
    name: String,
    /// What stands there.
    written: String,
    /// The title of address before it.
    honorific: Option<String>,
    /// `full`, `short` (`bà Hương`) or `post` (a post without a name).
    kind: String,
    /// How sure it is that this is a person, and this one: from 0 to 1.
    confidence: f32,
    /// Which of the article's texts: title, lead, paragraphs, captions, credit, in this order, from 0.
    paragraph: usize,
    /// First byte in it, and one past the last (UTF-8).
    start: usize,
    stop: usize,
    /// The sentence, and its bytes.
    sentence: String,
    sentence_start: usize,
    sentence_stop: usize,
}

/// Where the newest version of an article speaks of people.
#[utoipa::path(get, path = "/api/v1/articles/{id}/mentions", tag = "officials",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, body = Vec<MentionBody>), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn mentions(
    State(app): State<App>,
    Id(id): Id,
    NoParameters: NoParameters,
) -> Result<Json<Vec<MentionBody>>, Problem> {
    let (article, _) = find_article(app.clone(), id).await?;
    let id = article.id.clone();
    let found = blocking(move || app.archive.mentions_of(&id)).await?;
    Ok(Json(found.into_iter().map(|one| MentionBody::new(one, &article.fields)).collect()))
}

impl MentionBody {
    fn new(found: ArticleMention, fields: &Fields) -> Self {
        let ArticleMention { official, name, mention } = found;
        let (sentence_start, sentence_stop) = mention.sentence;
        let paragraphs = fields.paragraphs();
        let text = paragraphs.get(mention.paragraph).copied().unwrap_or_default();
        Self {
            official: official.to_string(),
            name,
            written: mention.written,
            honorific: mention.honorific,
            kind: mention.kind,
            confidence: mention.confidence,
            paragraph: mention.paragraph,
            start: mention.start,
            stop: mention.stop,
            sentence: text.get(sentence_start..sentence_stop).unwrap_or_default().to_owned(),
            sentence_start,
            sentence_stop,
        }
    }
}
