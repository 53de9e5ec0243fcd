//! `GET /api/v1/officials` and `GET /api/v1/officials/{id}`, as JSON or as a table.

use archive::{Dossier, Evidence, Official, OfficialId, Seen, csv_row};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use index::IndexError;
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use super::search::SourceRef;
use super::suggest::typed;
use crate::App;
use crate::address::Id;
use crate::blocking::blocking;
use crate::problem::Problem;

/// Officials of one answer.
const LISTED: usize = 20;

/// An official.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OfficialBody {
    /// 12 hexadecimal digits.
    id: String,
    name: String,
    /// The post that was seen last, as written.
    role: Option<String>,
    /// Articles that name them.
    articles: u64,
    /// The first and the last day of these, YYYY-MM-DD.
    first: Option<String>,
    last: Option<String>,
}

/// What is known of an official, and what it rests on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DossierBody {
    #[serde(flatten)]
    official: OfficialBody,
    /// The names as articles write them, the commonest first.
    names: Vec<SeenBody>,
    /// The posts, the one that was seen last first.
    roles: Vec<RoleBody>,
    /// The articles, the newest first; at most 100. Each with why it is this person.
    evidence: Vec<EvidenceBody>,
    /// Who appears in the same articles, the commonest first; at most 100.
    with: Vec<CoMentionBody>,
    /// The sources whose articles name them.
    sources: Vec<SourceCount>,
    /// When which post was first and last seen, the earliest first.
    timeline: Vec<MomentBody>,
    /// How many articles of each year name them.
    years: Vec<SeenBody>,
}

/// A moment of a time line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
struct MomentBody {
    /// YYYY-MM-DD.
    day: String,
    /// `first_seen`, `last_seen`, or `said_to_be_over`.
    what: &'static str,
    /// The post, as it is written.
    role: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct SeenBody {
    value: String,
    articles: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct RoleBody {
    /// As it is written.
    role: String,
    /// The body, with the place, in full.
    unit: String,
    /// `current`, `former` (said to be over) or `acting`.
    tenure: String,
    /// The first and the last day on which an article says so.
    first: String,
    last: String,
    articles: u64,
    /// The sentences of the first and the last of these articles.
    evidence: Vec<EvidenceBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct EvidenceBody {
    article: String,
    source: SourceRef,
    day: String,
    title: String,
    /// The sentence that a post rests on; for an article, why it is this person.
    text: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct CoMentionBody {
    id: String,
    name: String,
    articles: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct SourceCount {
    source: SourceRef,
    articles: u64,
}

/// The officials who may be meant by a name, with a post or without; without `q` those whom most
/// articles name.
#[utoipa::path(get, path = "/api/v1/officials", tag = "officials",
    params(("q" = Option<String>, Query, description = "a name, with a post and unit or without")),
    responses((status = 200, body = Vec<OfficialBody>), (status = 400, body = Problem)))]
pub(crate) async fn officials(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<OfficialBody>>, Problem> {
    let asked = typed(query.as_deref().unwrap_or_default())?;
    let found = blocking(move || {
        if asked.trim().is_empty() {
            return Ok(app.archive.commonest_officials(LISTED)?);
        }
        let meant = app.index.officials(&asked, LISTED)?;
        Ok::<_, IndexError>(meant.into_iter().map(|meant| meant.official).collect())
    });
    Ok(Json(found.await?.into_iter().map(OfficialBody::from).collect()))
}

/// What is known of an official. As a table (`format=csv`) it has a row for each sentence that a
/// post rests on.
#[utoipa::path(get, path = "/api/v1/officials/{id}", tag = "officials",
    params(("id" = String, Path, description = "12 hexadecimal digits"),
        ("format" = inline(Option<DossierFormat>), Query, description = "json by default")),
    responses((status = 200, content((DossierBody = "application/json"), (String = "text/csv"))),
        (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn official(
    State(app): State<App>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let csv = is_csv(query.as_deref().unwrap_or_default())?;
    let dossier = find(&app, &id).await?;
    if csv {
        let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
        return Ok((kind, dossier_table(&dossier)).into_response());
    }
    Ok(Json(DossierBody::new(&app, dossier)).into_response())
}

/// The dossier of an official whom some article that may be shown names.
pub(crate) async fn find(app: &App, id: &str) -> Result<Dossier, Problem> {
    let missing = Problem::not_found(format!("there is no official `{id}`"));
    let Ok(id) = id.parse::<OfficialId>() else { return Err(missing) };
    let archive = app.archive.clone();
    blocking(move || archive.dossier(&id)).await?.ok_or(missing)
}

/// The names of the formats, for the API's description.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a description of what `format` reads")]
enum DossierFormat {
    Json,
    Csv,
}

fn is_csv(query: &str) -> Result<bool, Problem> {
    let mut csv = false;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        csv = match (&*name, &*value) {
            ("format", "csv") => true,
            ("format", "json") => false,
            ("format", other) => {
                let why = format!("`format` is `{other}`; it must be json or csv");
                return Err(Problem::bad_request(why));
            }
            _ => {
                let why = format!("unknown parameter `{name}`; known is format");
                return Err(Problem::bad_request(why));
            }
        };
    }
    Ok(csv)
}

/// A dossier as a table: a row for each sentence that a post rests on.
pub fn dossier_table(dossier: &Dossier) -> String {
    let Dossier { official, posts, .. } = dossier;
    let mut table = csv_row(&[
        "official",
        "name",
        "post",
        "unit",
        "tenure",
        "first",
        "last",
        "articles",
        "evidence_day",
        "evidence_article",
        "evidence_source",
        "evidence_title",
        "evidence_sentence",
    ]);
    for post in posts {
        let articles = post.articles.to_string();
        for evidence in &post.evidence {
            table += &csv_row(&[
                official.id.as_str(),
                &official.name,
                &post.written,
                &post.unit,
                &post.tenure,
                &post.first,
                &post.last,
                &articles,
                &evidence.day,
                evidence.article.as_str(),
                evidence.source.as_str(),
                &evidence.title,
                &evidence.sentence,
            ]);
        }
    }
    table
}

impl From<Official> for OfficialBody {
    fn from(official: Official) -> Self {
        let Official { id, name, articles, first, last, role } = official;
        Self { id: id.to_string(), name, role, articles, first, last }
    }
}

impl DossierBody {
    fn new(app: &App, dossier: Dossier) -> Self {
        let source = |id: &str| SourceRef { id: id.to_owned(), name: app.index.source_name(id) };
        let evidence = |e: Evidence| EvidenceBody {
            article: e.article.into(),
            source: source(e.source.as_str()),
            day: e.day,
            title: e.title,
            text: e.sentence,
        };
        let timeline = timeline(&dossier);
        let roles = dossier.posts.into_iter().map(|post| RoleBody {
            role: post.written,
            unit: post.unit,
            tenure: post.tenure,
            first: post.first,
            last: post.last,
            articles: post.articles,
            evidence: post.evidence.into_iter().map(evidence).collect(),
        });
        let roles = roles.collect();
        let with = dossier.with.into_iter().map(|other| CoMentionBody {
            id: other.id.to_string(),
            name: other.name,
            articles: other.articles,
        });
        let with = with.collect();
        let seen = |Seen { value, articles }| SeenBody { value, articles };
        let count = |Seen { value, articles }| SourceCount { source: source(&value), articles };
        Self {
            official: dossier.official.into(),
            names: dossier.names.into_iter().map(seen).collect(),
            roles,
            evidence: dossier.articles.into_iter().map(evidence).collect(),
            with,
            timeline,
            years: dossier.years.into_iter().map(seen).collect(),
            sources: dossier.sources.into_iter().map(count).collect(),
        }
    }
}

/// When posts were first and last seen.
fn timeline(dossier: &Dossier) -> Vec<MomentBody> {
    let mut moments = Vec::new();
    for post in &dossier.posts {
        let mut add = |day: &str, what| {
            moments.push(MomentBody { day: day.to_owned(), what, role: post.written.clone() });
        };
        if post.tenure == "former" {
            add(&post.first, "said_to_be_over");
            continue;
        }
        add(&post.first, "first_seen");
        if post.last != post.first {
            add(&post.last, "last_seen");
        }
    }
    moments.sort();
    moments
}
