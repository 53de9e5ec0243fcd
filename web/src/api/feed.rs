//! `GET /api/v1/feed`: any search as a feed to follow, Atom (RFC 4287) or JSON Feed 1.1.

use archive::{Article, PageTime};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use index::{Hit, Request, Sort};
use jiff::Timestamp;
use serde_json::json;
use url::form_urlencoded;

use crate::App;
use crate::blocking::blocking;
use crate::parameters::SearchParameters;
use crate::problem::Problem;
use crate::visit::base;

/// Entries of a feed.
const ENTRIES: usize = 50;
/// Longest summary, in characters.
const SUMMARY_CHARS_MAX: usize = 400;
/// Who names the entries, and since when (RFC 4151).
const TAG: &str = "tag:loaphuong.vn,2026:";

/// A JSON Feed 1.1, for the API's description.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "a description of what `json_feed` writes")]
struct JsonFeed {
    version: String,
    title: String,
    language: String,
    home_page_url: String,
    feed_url: String,
    /// As the standard has them.
    #[schema(value_type = Vec<Object>)]
    items: Vec<serde_json::Value>,
}

/// The names of the formats, for the API's description.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a description of what `format` reads")]
enum FeedFormat {
    Atom,
    Json,
}

/// What a feed is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Atom,
    Json,
}

#[derive(Template)]
#[template(path = "feed.xml")]
struct Feed {
    id: String,
    title: String,
    updated: String,
    version: &'static str,
    own: String,
    search: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    published: String,
    updated: String,
    ward: String,
    category: Option<String>,
    page: String,
    origin: Option<String>,
    summary: String,
}

/// The newest hits of a search, to follow: Atom, or JSON Feed with `format=json`.
#[utoipa::path(get, path = "/api/v1/feed", tag = "search", params(
    ("format" = inline(Option<FeedFormat>), Query, description = "atom by default"), SearchParameters),
    responses((status = 200, description = "the feed", content(
        (String = "application/atom+xml"), (JsonFeed = "application/feed+json"))),
        (status = 400, body = Problem)))]
pub(crate) async fn feed(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (format, rest) = format(query.as_deref().unwrap_or_default())?;
    let parameters = SearchParameters::parse(&rest)?;
    let request = parameters.request(Timestamp::now())?;
    let saved = parameters.saved();
    let site = app.site.clone();
    let request =
        Request { limit: ENTRIES, sort: Sort::Newest, facets: false, strict: true, ..request };
    let found = blocking(move || {
        let answer = app.search(&request)?;
        let said = alerts::in_words(&app.archive, &app.index, &saved)?;
        let altered = answer.hits.iter().map(|hit| app.archive.altered_at(&hit.article.id));
        let altered: Vec<Option<String>> = altered.collect::<Result<_, _>>()?;
        Ok::<_, alerts::AlertError>((answer, said, altered))
    });
    let (answer, said, altered) = found.await?;
    let base = base(&site, &headers);
    let own = match format {
        Format::Atom => format!("{base}/api/v1/feed?{rest}"),
        Format::Json => format!("{base}/api/v1/feed?format=json&{rest}"),
    };
    let hits = answer.hits.into_iter().zip(altered);
    let entries: Vec<Entry> = hits.map(|(hit, altered)| entry(hit, altered, &base)).collect();
    // A feed without entries has not changed since there were computers to read it.
    let updated = entries.iter().map(|entry| entry.updated.clone()).max();
    let title = match said.as_str() {
        "" => "Loa Phường: tin mới".to_owned(),
        asked => format!("Loa Phường: {asked}"),
    };
    let feed = Feed {
        id: format!("{TAG}search?{rest}"),
        title: legal(&title),
        updated: updated.unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_string()),
        version: env!("CARGO_PKG_VERSION"),
        own,
        search: format!("{base}/?{rest}"),
        entries,
    };
    match format {
        Format::Atom => {
            let text = feed.render().map_err(|error| Problem::internal(&error))?;
            Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], text)
                .into_response())
        }
        Format::Json => {
            let text = json_feed(&feed).to_string();
            Ok(([(header::CONTENT_TYPE, "application/feed+json")], text).into_response())
        }
    }
}

fn format(query: &str) -> Result<(Format, String), Problem> {
    let mut format = Format::Atom;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("format", "atom") => format = Format::Atom,
            ("format", "json") => format = Format::Json,
            ("format", other) => {
                let why = format!("`format` is `{other}`; it must be atom or json");
                return Err(Problem::bad_request(why));
            }
            ("page" | "cursor" | "size" | "sort", _) => {
                let why = format!("`{name}` has no meaning here: a feed has the newest hits");
                return Err(Problem::bad_request(why));
            }
            _ => {
                rest.append_pair(&name, &value);
            }
        }
    }
    Ok((format, rest.finish()))
}

/// An entry; it is as new as what was noticed of it last.
fn entry(hit: Hit, altered: Option<String>, base: &str) -> Entry {
    let Hit { article, source_name, .. } = hit;
    let Article { id, url, first_seen, fields, .. } = article;
    let instant = |time: PageTime| time.instant().to_string();
    let published = fields.published.map_or(first_seen, instant);
    let updated = fields.updated.map_or_else(|| published.clone(), instant);
    let updated = altered.unwrap_or_default().max(updated);
    let text = fields.lead.or_else(|| fields.body.first().cloned()).unwrap_or_default();
    Entry {
        id: format!("{TAG}article/{id}"),
        title: legal(&fields.title),
        published,
        updated,
        ward: legal(&source_name),
        category: fields.category.as_deref().map(legal),
        page: format!("{base}/bai/{id}"),
        origin: Some(url).filter(|url| url.starts_with("http")).map(|url| legal(&url)),
        summary: legal(&text.chars().take(SUMMARY_CHARS_MAX).collect::<String>()),
    }
}

/// A text without what XML 1.0 cannot hold (section 2.2).
fn legal(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}

fn json_feed(feed: &Feed) -> serde_json::Value {
    let items = feed.entries.iter().map(|entry| {
        let mut item = json!({
            "id": entry.id, "url": entry.page, "title": entry.title,
            "content_text": entry.summary, "date_published": entry.published,
            "date_modified": entry.updated, "authors": [{ "name": entry.ward }],
        });
        if let Some(origin) = &entry.origin {
            item["external_url"] = json!(origin);
        }
        if let Some(category) = &entry.category {
            item["tags"] = json!([category]);
        }
        item
    });
    json!({
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title, "language": "vi",
        "home_page_url": feed.search, "feed_url": feed.own, "items": items.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_holds_no_control_characters() {
        assert_eq!(legal("Tin\u{0}\u{b} một\u{ffff}\n"), "Tin một\n");
    }
}
