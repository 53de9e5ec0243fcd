//! An article's page.

use archive::{
    Archive, ArchiveError, Article, ArticleId, ArticleStatus, Attachment, InArticle, PageTime,
    Removal,
};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{ArticleRow, problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_article;
use crate::blocking::blocking;
use crate::language::Language;
use crate::problem::Problem;
use crate::visit::{Visit, structured};

/// Similar articles that are offered.
const SIMILAR: usize = 5;
/// Characters of the description that search engines and messengers show.
const DESCRIPTION_CHARS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage {
    visit: Visit,
    article: Article,
    ward: String,
    /// The time for programs, and for people.
    published: Option<(String, String)>,
    updated: Option<(String, String)>,
    views: Option<String>,
    first_seen: String,
    last_seen: String,
    /// When it was found gone at its source.
    removed: Option<String>,
    /// Where the page was, when it can be visited.
    origin: Option<String>,
    files: Vec<Attachment>,
    /// Whether the page as it was captured may be shown.
    has_copy: bool,
    /// The same text at other wards.
    also_in: Vec<ArticleRow>,
    /// How many those are, in words.
    elsewhere: String,
    similar: Vec<ArticleRow>,
    /// Whom it names.
    officials: Vec<InArticle>,
    description: String,
    citation: String,
    /// JSON-LD.
    structured: String,
}

/// What else is known of an article.
struct Around {
    also_in: Vec<ArticleRow>,
    similar: Vec<ArticleRow>,
    officials: Vec<InArticle>,
    removals: Vec<Removal>,
    has_copy: bool,
    /// The digest of the page that the newest version was read from.
    digest: Option<String>,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    match found(app, visit.language, id).await {
        Ok((article, ward, around)) => {
            render(StatusCode::OK, &ArticlePage::new(visit, article, ward, around))
        }
        Err(problem) => problem_page(visit, problem),
    }
}

async fn found(
    app: App,
    language: Language,
    id: Result<Id, Problem>,
) -> Result<(Article, String, Around), Problem> {
    let (article, ward) = find_article(app.clone(), id?.0).await?;
    let id = article.id.clone();
    let around = blocking(move || {
        let similar = app.index.similar(&id, SIMILAR)?.unwrap_or_default();
        let row = |article: Article| ArticleRow::new(&app, language, article);
        let also_in = similar.also_in.into_iter().map(row).collect();
        let similar = similar.articles.into_iter().map(|(article, _)| row(article)).collect();
        Ok::<_, index::IndexError>(Around {
            also_in,
            similar,
            officials: app.archive.officials_of(&id)?,
            removals: app.archive.removals(&id)?,
            has_copy: app.archive.has_public_copy(&id)?,
            digest: digest(&app.archive, &id)?,
        })
    });
    Ok((article, ward, around.await?))
}

impl ArticlePage {
    fn new(visit: Visit, article: Article, ward: String, around: Around) -> Self {
        let language = visit.language;
        let fields = &article.fields;
        let time = |time: Option<PageTime>| time.map(|t| (String::from(t), language.time(t)));
        let removed = around.removals.last().filter(|_| article.status == ArticleStatus::Removed);
        let text = fields.lead.as_ref().or(fields.body.first());
        let text = text.map(String::as_str).unwrap_or_default();
        Self {
            published: time(fields.published),
            updated: time(fields.updated),
            views: article.views.map(|views| language.number(views)),
            first_seen: language.instant(&article.first_seen),
            last_seen: language.instant(&article.last_seen),
            removed: removed.map(|removal| language.instant(&removal.at)),
            origin: Some(article.url.clone()).filter(|url| is_web(url)),
            // A link's address comes from a page that may lie: only web addresses become links.
            files: fields.attachments.iter().filter(|file| is_web(&file.url)).cloned().collect(),
            description: text.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            citation: citation(&visit, &article, &ward, around.digest.as_deref()),
            structured: structured(&news_article(&visit, &article, &ward, &around.officials)),
            has_copy: around.has_copy,
            elsewhere: language.counted(
                around.also_in.len() as u64,
                "nơi",
                "other place",
                "other places",
            ),
            also_in: around.also_in,
            similar: around.similar,
            officials: around.officials,
            visit,
            article,
            ward,
        }
    }
}

/// The digest of the page that the newest version was read from, as its WARC record has it: others
/// find it in the citation pack.
fn digest(archive: &Archive, id: &ArticleId) -> Result<Option<String>, ArchiveError> {
    let Some(newest) = archive.newest_versions(id, u32::MAX, 1)?.pop() else { return Ok(None) };
    Ok(archive.capture(newest.capture)?.map(|capture| capture.payload_digest))
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// How to cite it: who, what, when, where, and what proves it.
fn citation(visit: &Visit, article: &Article, ward: &str, digest: Option<&str>) -> String {
    let published = article.fields.published.map(|time| format!(", {}", visit.time(time)));
    let page = visit.say("trang được lưu", "page as archived");
    let digest = digest.map(|digest| format!(", {page}: {digest}")).unwrap_or_default();
    format!(
        "{ward}, “{}”{}. {} <{}>. {}: {}/bai/{}, {} {}{digest}.",
        article.fields.title,
        published.unwrap_or_default(),
        visit.say("Trang gốc", "Original page"),
        article.url,
        visit.say("Bản lưu của Loa Phường", "Kept by Loa Phường"),
        visit.base,
        article.id,
        visit.say("bản thứ", "version"),
        article.version,
    )
}

/// The article for search engines (schema.org).
fn news_article(
    visit: &Visit,
    article: &Article,
    ward: &str,
    officials: &[InArticle],
) -> serde_json::Value {
    let Article { fields, url, id, .. } = article;
    let mentions = officials.iter().map(|one| {
        json!({ "@type": "Person", "name": one.name, "url": format!("{}/nguoi/{}", visit.base, one.id) })
    });
    json!({
        "@context": "https://schema.org", "@type": "NewsArticle", "inLanguage": "vi",
        "headline": fields.title, "articleSection": fields.category,
        "url": format!("{}/bai/{id}", visit.base), "isBasedOn": url,
        "datePublished": fields.published.map(String::from),
        "dateModified": fields.updated.or(fields.published).map(String::from),
        "author": { "@type": "GovernmentOrganization", "name": ward },
        "publisher": { "@type": "GovernmentOrganization", "name": ward },
        "archivedAt": format!("{}/bai/{id}/cac-ban", visit.base),
        "mentions": mentions.collect::<Vec<_>>(),
    })
}
