//! Every hit of a search: as lines that `loa import` takes, as a table, or as ids.

use archive::{ArticleId, Fields, InArticle, csv_row};
use index::{Hit, Index, IndexError, PAGE_SIZE_MAX, Request};
use serde_json::json;

/// What hits are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitsFormat {
    /// An object a line.
    Jsonl,
    /// A table with a head line.
    Csv,
}

/// Gives page after page of hits as text to `write`, until they end or it says `false`.
///
/// # Errors
/// When index or archive fail.
pub fn write_hits(
    index: &Index,
    request: Request,
    format: HitsFormat,
    write: &mut dyn FnMut(String) -> bool,
) -> Result<(), IndexError> {
    if format == HitsFormat::Csv && !write(head()) {
        return Ok(());
    }
    for_each_page(index, request, |hits| {
        let page: String = match format {
            HitsFormat::Jsonl => hits.iter().map(line).collect(),
            HitsFormat::Csv => hits.iter().map(row).collect(),
        };
        page.is_empty() || write(page)
    })
}

/// The articles that a search finds, at most so many.
///
/// # Errors
/// When index or archive fail.
pub fn found_articles(
    index: &Index,
    request: Request,
    most: usize,
) -> Result<Vec<ArticleId>, IndexError> {
    let mut found = Vec::new();
    for_each_page(index, request, |hits| {
        found.extend(hits.iter().map(|hit| hit.article.id.clone()));
        found.len() < most
    })?;
    found.truncate(most);
    Ok(found)
}

/// Turns pages while `visit` says so. All hits: neither facets nor explanations, and no text is left
/// out for its twin.
fn for_each_page(
    index: &Index,
    request: Request,
    mut visit: impl FnMut(&[Hit]) -> bool,
) -> Result<(), IndexError> {
    let mut request = Request {
        limit: PAGE_SIZE_MAX,
        offset: 0,
        cursor: None,
        facets: false,
        explain: false,
        collapse: false,
        ..request
    };
    loop {
        let answer = index.search(&request)?;
        match answer.next {
            Some(cursor) if visit(&answer.hits) => request.cursor = Some(cursor),
            Some(_) => return Ok(()),
            None => {
                visit(&answer.hits);
                return Ok(());
            }
        }
    }
}

fn line(hit: &Hit) -> String {
    let article = &hit.article;
    let Fields { category, title, lead, body, captions, attachments, credit, published, updated } =
        &article.fields;
    let officials: Vec<_> = hit.officials.iter().map(named).collect();
    let line = json!({
        "id": article.id, "source": article.source, "ward": hit.source_name,
        "status": article.status, "url": article.url, "title": title, "category": category,
        "lead": lead, "body": body, "captions": captions, "attachments": attachments,
        "credit": credit, "published_at": published, "updated_at": updated,
        "views": article.views, "officials": officials, "version": article.version,
        "first_seen": article.first_seen, "last_seen": article.last_seen,
    });
    format!("{line}\n")
}

fn head() -> String {
    csv_row(&[
        "id",
        "source",
        "ward",
        "status",
        "published_at",
        "updated_at",
        "category",
        "title",
        "lead",
        "body",
        "officials",
        "url",
        "version",
        "first_seen",
        "last_seen",
    ])
}

fn row(hit: &Hit) -> String {
    let article = &hit.article;
    let fields = &article.fields;
    let time = |time: Option<archive::PageTime>| time.map(String::from).unwrap_or_default();
    let officials: Vec<String> = hit.officials.iter().map(named).collect();
    let status = serde_json::to_value(article.status).unwrap_or_default();
    csv_row(&[
        article.id.as_str(),
        article.source.as_str(),
        &hit.source_name,
        status.as_str().unwrap_or_default(),
        &time(fields.published),
        &time(fields.updated),
        fields.category.as_deref().unwrap_or_default(),
        &fields.title,
        fields.lead.as_deref().unwrap_or_default(),
        &fields.body.join("\n"),
        &officials.join("; "),
        &article.url,
        &article.version.to_string(),
        &article.first_seen,
        &article.last_seen,
    ])
}

fn named(official: &InArticle) -> String {
    match &official.role {
        Some(role) => format!("{} ({role})", official.name),
        None => official.name.clone(),
    }
}
