//! `GET /api/v1/export`: every hit of a search, as lines or as a table, written while it is found.

use std::pin::Pin;
use std::task::{Context, Poll};

use archive::{Fields, InArticle};
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use index::{Hit, Index, IndexError, PAGE_SIZE_MAX, Request};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;
use url::form_urlencoded;

use crate::App;
use crate::csv;
use crate::parameters::SearchParameters;
use crate::problem::Problem;

/// Pages that are written ahead of a slow reader.
const PAGES_AHEAD: usize = 4;
/// The columns of the table.
const COLUMNS: &str = "id,source,ward,status,published_at,updated_at,category,title,lead,body,\
    officials,url,version,first_seen,last_seen\r\n";

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Jsonl,
    Csv,
}

/// Every hit of a search. Lines are those that `loa import` takes; a table has a head line.
#[utoipa::path(get, path = "/api/v1/export", tag = "search", params(
    ("format" = String, Query, description = "jsonl or csv"), SearchParameters),
    responses((status = 200, description = "the articles, streamed", content(
        (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 400, body = Problem)))]
pub(crate) async fn export(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (format, rest) = format(query.as_deref().unwrap_or_default())?;
    let parameters = SearchParameters::parse(&rest)?;
    let request = parameters.request(Timestamp::now())?;
    // All hits: neither pages nor facets, and no text is left out for its twin.
    let request = Request {
        limit: PAGE_SIZE_MAX,
        offset: 0,
        cursor: None,
        facets: false,
        explain: false,
        collapse: false,
        ..request
    };
    let (to, pages) = mpsc::channel(PAGES_AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = write_all(&app.index, request, format, &to) {
            tracing::error!(%error, "an export was cut short");
            // A body that ends in an error is not taken for whole.
            let _ = to.blocking_send(Err(std::io::Error::other(error.to_string())));
        }
    });
    let (kind, name) = match format {
        Format::Jsonl => ("application/x-ndjson", "attachment; filename=\"loa-phuong.jsonl\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"loa-phuong.csv\""),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(Pages(pages))).into_response())
}

/// The format, and the query without it.
fn format(query: &str) -> Result<(Format, String), Problem> {
    let mut format = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("format", "jsonl") => format = Some(Format::Jsonl),
            ("format", "csv") => format = Some(Format::Csv),
            ("format", other) => {
                let why = format!("`format` is `{other}`; it must be jsonl or csv");
                return Err(Problem::bad_request(why));
            }
            ("page" | "cursor" | "size", _) => {
                let why = format!("`{name}` has no meaning here: an export has all hits");
                return Err(Problem::bad_request(why));
            }
            _ => {
                rest.append_pair(&name, &value);
            }
        }
    }
    let format = format.ok_or_else(|| Problem::bad_request("`format` is missing: jsonl or csv"))?;
    Ok((format, rest.finish()))
}

/// Writes page after page until the hits or the reader end.
fn write_all(
    index: &Index,
    mut request: Request,
    format: Format,
    to: &mpsc::Sender<std::io::Result<Bytes>>,
) -> Result<(), IndexError> {
    let mut head = Some(COLUMNS).filter(|_| format == Format::Csv);
    loop {
        let answer = index.search(&request)?;
        let mut page = head.take().unwrap_or_default().to_owned();
        for hit in &answer.hits {
            match format {
                Format::Jsonl => page += &line(hit),
                Format::Csv => page += &row(hit),
            }
        }
        if !page.is_empty() && to.blocking_send(Ok(Bytes::from(page))).is_err() {
            return Ok(());
        }
        match answer.next {
            Some(cursor) => request.cursor = Some(cursor),
            None => return Ok(()),
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

fn row(hit: &Hit) -> String {
    let article = &hit.article;
    let fields = &article.fields;
    let time = |time: Option<archive::PageTime>| time.map(String::from).unwrap_or_default();
    let officials: Vec<String> = hit.officials.iter().map(named).collect();
    let status = serde_json::to_value(article.status).unwrap_or_default();
    let cells = [
        article.id.to_string(),
        article.source.to_string(),
        hit.source_name.clone(),
        status.as_str().unwrap_or_default().to_owned(),
        time(fields.published),
        time(fields.updated),
        fields.category.clone().unwrap_or_default(),
        fields.title.clone(),
        fields.lead.clone().unwrap_or_default(),
        fields.body.join("\n"),
        officials.join("; "),
        article.url.clone(),
        article.version.to_string(),
        article.first_seen.clone(),
        article.last_seen.clone(),
    ];
    csv::row(&cells.each_ref().map(String::as_str))
}

fn named(official: &InArticle) -> String {
    match &official.role {
        Some(role) => format!("{} ({role})", official.name),
        None => official.name.clone(),
    }
}

/// The pages of an export as they come.
struct Pages(mpsc::Receiver<std::io::Result<Bytes>>);

impl Stream for Pages {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_needed_and_pages_are_not() {
        assert_eq!(format("q=x&format=csv").unwrap(), (Format::Csv, "q=x".to_owned()));
        for query in ["q=x", "format=xml", "format=csv&page=2"] {
            assert!(format(query).is_err(), "{query}");
        }
    }
}
