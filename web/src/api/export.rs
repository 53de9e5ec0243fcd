//! `GET /api/v1/export`: every hit of a search, as lines, as a table or as a citation pack.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use archive::{ArticleId, Audience, ExportError};
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use index::Request;
use jiff::Timestamp;
use tokio::sync::mpsc;
use url::form_urlencoded;

use super::find_article;
use crate::App;
use crate::address::{Id, NoParameters};
use crate::admission::{Client, Place};
use crate::blocking::blocking;
use crate::hits::{HitsFormat, found_articles, write_hits};
use crate::parameters::SearchParameters;
use crate::problem::Problem;

/// Pages or pieces that are written ahead of a slow reader.
const AHEAD: usize = 4;
/// Bytes of a pack that are read at once.
const PIECE: usize = 256 * 1024;
/// Articles of a citation pack over HTTP; `loa archive export` makes larger ones.
const PACK_ARTICLES_MAX: usize = 5_000;

/// The names of the formats, for the API's description.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a description of what `format` reads")]
enum ExportFormat {
    Jsonl,
    Csv,
    Pack,
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Hits(HitsFormat),
    Pack,
}

/// Every hit of a search. Lines are those that `loa import` takes; a table has a head line; a
/// citation pack (ZIP) has the articles with all versions, their captures (WARC) and checksums, of
/// 5,000 articles at most.
#[utoipa::path(get, path = "/api/v1/export", tag = "search", params(
    ("format" = inline(ExportFormat), Query, description = "what it is written as"), SearchParameters),
    responses((status = 200, description = "the articles, streamed", content(
        (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/zip"))),
        (status = 400, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn export(
    State(app): State<App>,
    client: Client,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (format, rest) = format(query.as_deref().unwrap_or_default())?;
    let parameters = SearchParameters::parse(&rest)?;
    let request = parameters.request(Timestamp::now())?;
    let place = app.admission.export(client)?;
    let (kind, name) = match format {
        Format::Hits(HitsFormat::Jsonl) => ("application/x-ndjson", "loa-phuong.jsonl"),
        Format::Hits(HitsFormat::Csv) => ("text/csv; charset=utf-8", "loa-phuong.csv"),
        Format::Pack => ("application/zip", "loa-phuong.zip"),
    };
    let pages = match format {
        Format::Hits(format) => hits(app, request, format, place),
        Format::Pack => pack(app, request, place).await?,
    };
    let attachment = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, attachment)];
    Ok((headers, Body::from_stream(pages)).into_response())
}

/// Hits, written while they are found.
fn hits(app: App, request: Request, format: HitsFormat, place: Place) -> Pages {
    let (to, pages) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut write = |page: String| to.blocking_send(Ok(Bytes::from(page))).is_ok();
        let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            write_hits(&app.index, request, format, &mut write).map_err(|error| error.to_string())
        }));
        let cut_short = match written {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => "what wrote it panicked".to_owned(),
        };
        tracing::error!(error = cut_short, "an export was cut short");
        // A body that ends in an error is not taken for whole.
        let _ = to.blocking_send(Err(io::Error::other(cut_short)));
    });
    Pages(pages)
}

/// The citation pack of one article (ZIP): its versions, captures (WARC) and checksums.
#[utoipa::path(get, path = "/api/v1/articles/{id}/pack", tag = "articles",
    params(("id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>),
        (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn article_pack(
    State(app): State<App>,
    Id(id): Id,
    client: Client,
    NoParameters: NoParameters,
) -> Result<Response, Problem> {
    let (article, _) = find_article(app.clone(), id).await?;
    let place = app.admission.export(client)?;
    let name = format!("attachment; filename=\"loa-phuong-{}.zip\"", article.id);
    let about = article.fields.title;
    let file = blocking(move || write_pack(&app, &[article.id], &about)).await?;
    let headers =
        [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(sent(file, place))).into_response())
}

/// A pack, which is whole before it is sent.
async fn pack(app: App, request: Request, place: Place) -> Result<Pages, Problem> {
    let made = blocking(move || {
        let about = format!("Tìm kiếm / search: {}", request.text);
        let found = found_articles(&app.index, request, PACK_ARTICLES_MAX + 1)?;
        if found.len() > PACK_ARTICLES_MAX {
            return Ok(None);
        }
        write_pack(&app, &found, &about).map(Some)
    });
    let file = made.await?.ok_or_else(|| {
        Problem::bad_request(format!(
            "the search finds more than {PACK_ARTICLES_MAX} articles; narrow it, or ask the operator \
             for a larger pack"
        ))
    })?;
    Ok(sent(file, place))
}

/// A pack in a file beside the archive, which goes with its handle.
fn write_pack(app: &App, articles: &[ArticleId], about: &str) -> Result<File, PackError> {
    let mut file = tempfile::tempfile_in(app.archive.folder())?;
    let now = Timestamp::now();
    app.archive.write_citation_pack(articles, about, Audience::Public, &mut file, now)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn sent(file: File, place: Place) -> Pages {
    let (to, pages) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        send_file(file, &to);
    });
    Pages(pages)
}

/// Why a pack cannot be made.
#[derive(Debug, thiserror::Error)]
enum PackError {
    #[error(transparent)]
    Index(#[from] index::IndexError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("cannot write a file beside the archive: {0}")]
    Io(#[from] io::Error),
}

impl From<PackError> for Problem {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Index(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

fn send_file(mut file: File, to: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece);
        let sent = match read {
            Ok(0) => return,
            Ok(length) => {
                piece.truncate(length);
                to.blocking_send(Ok(Bytes::from(piece)))
            }
            Err(error) => to.blocking_send(Err(error)),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The format, and the query without it.
fn format(query: &str) -> Result<(Format, String), Problem> {
    let mut format = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("format", "jsonl") => format = Some(Format::Hits(HitsFormat::Jsonl)),
            ("format", "csv") => format = Some(Format::Hits(HitsFormat::Csv)),
            ("format", "pack") => format = Some(Format::Pack),
            ("format", other) => {
                let why = format!("`format` is `{other}`; it must be jsonl, csv or pack");
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
    let missing = || Problem::bad_request("`format` is missing: jsonl, csv or pack");
    Ok((format.ok_or_else(missing)?, rest.finish()))
}

/// The pages of an export as they come.
struct Pages(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Pages {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_needed_and_pages_are_not() {
        let csv = Format::Hits(HitsFormat::Csv);
        assert_eq!(format("q=x&format=csv").unwrap(), (csv, "q=x".to_owned()));
        for query in ["q=x", "format=xml", "format=csv&page=2"] {
            assert!(format(query).is_err(), "{query}");
        }
    }
}
