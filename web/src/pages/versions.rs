//! What an article said before: its versions with what changed between them, one version, and the
//! page as it was archived.

use archive::{
    ArchiveError, Article, ArticleId, ArticleStatus, Capture, DiffChange, DiffPart, FieldDiff,
    Fields, Payload, Removal, Version, diff,
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_article;
use crate::blocking::blocking;
use crate::language::Language;
use crate::problem::Problem;
use crate::visit::Visit;

/// Characters of a stretch that stayed which are shown at each of its ends.
const CONTEXT_CHARS: usize = 160;
/// What an archived page may do in its frame: be looked at. It is in a sandbox, so that it has no
/// origin, runs nothing and leads nowhere; it loads nothing but what is in it.
const ARCHIVED_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
    img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "versions.html")]
struct VersionsPage {
    visit: Visit,
    id: ArticleId,
    title: String,
    ward: String,
    /// The numbers of all versions.
    all: Vec<u32>,
    /// The two that are chosen in the form.
    pair: (u32, u32),
    entries: Vec<Entry>,
}

/// What happened to an article, the newest first.
enum Entry {
    Version {
        number: u32,
        recorded: String,
        changes: Vec<Change>,
        has_copy: bool,
        older: Option<u32>,
    },
    Gone {
        at: String,
        signal: String,
    },
    Returned {
        at: String,
    },
}

struct Change {
    field: &'static str,
    parts: Vec<Part>,
}

struct Part {
    kind: DiffChange,
    text: String,
}

use DiffChange as Kind;

pub(super) async fn versions(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
    RawQuery(query): RawQuery,
) -> Response {
    match list(app, visit.clone(), id, query.unwrap_or_default()).await {
        Ok(page) => render(StatusCode::OK, &page),
        Err(problem) => problem_page(visit, problem),
    }
}

async fn list(
    app: App,
    visit: Visit,
    id: Result<Id, Problem>,
    query: String,
) -> Result<VersionsPage, Problem> {
    let (article, ward) = find_article(app.clone(), id?.0).await?;
    let id = article.id.clone();
    let found = blocking(move || {
        let (archive, id) = (&app.archive, &article.id);
        let copy = archive.has_public_copy(id)?;
        Ok::<_, ArchiveError>((archive.versions(id)?, archive.removals(id)?, copy, article))
    });
    let (versions, removals, has_copy, article) = found.await?;
    let all: Vec<u32> = versions.iter().map(|version| version.number).collect();
    let compared = chosen(&query, &all);
    let language = visit.language;
    let entries = match compared {
        Some((older, newer)) => compare(language, &versions, older, newer, has_copy),
        None => history(language, &versions, &removals, has_copy),
    };
    let newest = all.len() as u32;
    let pair = compared.unwrap_or((newest.saturating_sub(1).max(1), newest));
    Ok(VersionsPage { visit, id, title: article.fields.title, ward, all, pair, entries })
}

/// The two versions that are to be compared, if the query names two that there are.
fn chosen(query: &str, all: &[u32]) -> Option<(u32, u32)> {
    let number = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let value = pairs.find(|(name, _)| name == wanted)?.1;
        value.parse().ok().filter(|number| all.contains(number))
    };
    let (a, b): (u32, u32) = (number("tu")?, number("den")?);
    (a != b).then(|| (a.min(b), a.max(b)))
}

fn compare(
    language: Language,
    versions: &[Version],
    older: u32,
    newer: u32,
    has_copy: bool,
) -> Vec<Entry> {
    let named = |number: u32| versions.iter().find(|version| version.number == number);
    let (Some(before), Some(after)) = (named(older), named(newer)) else { return Vec::new() };
    vec![Entry::Version {
        number: newer,
        recorded: language.instant(&after.recorded_at),
        changes: changes(language, &before.fields, &after.fields),
        has_copy,
        older: Some(older),
    }]
}

/// Versions and removals in one order of time.
fn history(
    language: Language,
    versions: &[Version],
    removals: &[Removal],
    has_copy: bool,
) -> Vec<Entry> {
    let mut dated: Vec<(String, Entry)> = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &versions[before].fields);
        let entry = Entry::Version {
            number: version.number,
            recorded: language.instant(&version.recorded_at),
            changes: before.map(|b| changes(language, b, &version.fields)).unwrap_or_default(),
            has_copy,
            older: None,
        };
        dated.push((version.recorded_at.clone(), entry));
    }
    for removal in removals {
        let at = language.instant(&removal.at);
        let entry = match removal.state.as_str() {
            "removed" => Entry::Gone { at, signal: signal(language, &removal.signal) },
            _ => Entry::Returned { at },
        };
        dated.push((removal.at.clone(), entry));
    }
    dated.sort_by(|(a, _), (b, _)| b.cmp(a));
    dated.into_iter().map(|(_, entry)| entry).collect()
}

/// What showed a removal, for readers.
fn signal(language: Language, noted: &str) -> String {
    let told = match noted {
        "the server answers 404" => "máy chủ nguồn trả lời 404 (không tìm thấy)",
        "the server answers 410" => "máy chủ nguồn trả lời 410 (đã xóa)",
        "the page says that it was not found" => "trang nguồn nói rằng không tìm thấy bài",
        "the page leads to the home page or a list" => "địa chỉ cũ dẫn về trang chủ hoặc danh sách",
        other => other,
    };
    language.say(told, noted).to_owned()
}

fn changes(language: Language, before: &Fields, after: &Fields) -> Vec<Change> {
    let change = |FieldDiff { field, parts }: FieldDiff| Change {
        field: field_name(language, field),
        parts: parts.into_iter().map(shortened).collect(),
    };
    diff(before, after).into_iter().map(change).collect()
}

pub(crate) fn field_name(language: Language, field: &'static str) -> &'static str {
    match field {
        "category" => language.say("Chuyên mục", "Section"),
        "title" => language.say("Tiêu đề", "Headline"),
        "lead" => language.say("Tóm tắt", "Lead"),
        "body" => language.say("Nội dung", "Text"),
        "captions" => language.say("Chú thích ảnh", "Captions"),
        "attachments" => language.say("Tệp đính kèm", "Files"),
        "credit" => language.say("Nguồn", "Credit"),
        "published" => language.say("Ngày đăng", "Published"),
        "updated" => language.say("Ngày cập nhật", "Updated"),
        other => other,
    }
}

/// A stretch that stayed is shown at its ends only: readers look for what changed.
fn shortened(part: DiffPart) -> Part {
    let DiffPart { change: kind, text } = part;
    let length = text.chars().count();
    if kind != DiffChange::Same || length <= 3 * CONTEXT_CHARS {
        return Part { kind, text };
    }
    let first: String = text.chars().take(CONTEXT_CHARS).collect();
    let last: String = text.chars().skip(length - CONTEXT_CHARS).collect();
    // Whole words: what is cut off at an end is left out.
    let first = first.rsplit_once(char::is_whitespace).map_or(first.as_str(), |(kept, _)| kept);
    let last = last.split_once(char::is_whitespace).map_or(last.as_str(), |(_, kept)| kept);
    Part { kind, text: format!("{first} […] {last}") }
}

#[derive(Template)]
#[template(path = "version.html")]
struct VersionPage {
    visit: Visit,
    id: ArticleId,
    ward: String,
    number: u32,
    newest: u32,
    recorded: String,
    published: Option<String>,
    updated: Option<String>,
    digest: String,
    profile: String,
    fields: Fields,
}

/// The id and the version's number in a route's path.
type VersionPath = Result<Path<(String, String)>, axum::extract::rejection::PathRejection>;

pub(super) async fn version(State(app): State<App>, visit: Visit, path: VersionPath) -> Response {
    match find(&app, path).await {
        Ok(Found { article, ward, version }) => {
            let time = |time: Option<archive::PageTime>| time.map(|time| visit.time(time));
            let page = VersionPage {
                id: article.id,
                ward,
                number: version.number,
                newest: article.version,
                recorded: visit.instant(&version.recorded_at),
                published: time(version.fields.published),
                updated: time(version.fields.updated),
                digest: version.digest,
                profile: version.profile,
                fields: version.fields,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

#[derive(Template)]
#[template(path = "archived.html")]
struct ArchivedPage {
    visit: Visit,
    id: ArticleId,
    title: String,
    number: u32,
    fetched: String,
    url: String,
    digest: String,
}

/// The frame in which an archived page is shown.
pub(super) async fn archived(State(app): State<App>, visit: Visit, path: VersionPath) -> Response {
    match copy(&app, path).await {
        Ok((found, capture, _)) => {
            let page = ArchivedPage {
                id: found.article.id,
                title: found.version.fields.title,
                number: found.version.number,
                fetched: visit.instant(&capture.fetched_at),
                url: capture.url,
                digest: capture.payload_digest,
                visit,
            };
            render(StatusCode::OK, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// What is in the frame: the page letter by letter, in a sandbox.
pub(super) async fn original(State(app): State<App>, visit: Visit, path: VersionPath) -> Response {
    let served = copy(&app, path).await.and_then(|(_, _, payload)| {
        let body = archive::decode(&payload.body, payload.header("content-encoding"))
            .map_err(|error| Problem::internal(&error))?;
        Ok((kind(&payload), body))
    });
    match served {
        Ok((kind, body)) => {
            let policy = HeaderValue::from_static(ARCHIVED_POLICY);
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)];
            (headers, body).into_response()
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// HTML as HTML, with the character set that its server named; everything else as text.
fn kind(payload: &Payload) -> HeaderValue {
    let kind = payload.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let html = kind.starts_with("text/html") || kind.starts_with("application/xhtml");
    let media = if html { "text/html" } else { "text/plain" };
    let charset = kind.split(';').find_map(|part| part.trim().strip_prefix("charset="));
    let is_name = |c: &&str| c.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let kind = charset.filter(is_name).map(|charset| format!("{media}; charset={charset}"));
    let kind = kind.and_then(|kind| HeaderValue::from_str(&kind).ok());
    kind.unwrap_or(HeaderValue::from_static(media))
}

struct Found {
    article: Article,
    ward: String,
    version: Version,
}

async fn find(app: &App, path: VersionPath) -> Result<Found, Problem> {
    let missing = || Problem::not_found("there is no such version");
    let Path((id, number)) = path.map_err(|_| missing())?;
    let (article, ward) = find_article(app.clone(), id).await?;
    let (archive, id) = (app.archive.clone(), article.id.clone());
    let versions = blocking(move || archive.versions(&id)).await?;
    let version = versions.into_iter().find(|version| version.number.to_string() == number);
    Ok(Found { article, ward, version: version.ok_or_else(missing)? })
}

async fn copy(app: &App, path: VersionPath) -> Result<(Found, Capture, Payload), Problem> {
    let found = find(app, path).await?;
    let (archive, id, capture) =
        (app.archive.clone(), found.article.id.clone(), found.version.capture);
    let kept = blocking(move || {
        let shown = archive.article(&id)?.is_some_and(|a| a.status != ArticleStatus::Hidden);
        if !shown || !archive.has_public_copy(&id)? {
            return Ok(None);
        }
        let Some(capture) = archive.capture(capture)? else { return Ok(None) };
        let payload = archive.payload(&capture)?;
        Ok::<_, ArchiveError>(Some((capture, payload)))
    });
    let refused = Problem::not_found(
        "its portal asks that no copy of this page be shown (`noarchive`), or the page holds what \
         was taken down",
    );
    let (capture, payload) = kept.await?.ok_or(refused)?;
    Ok((found, capture, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_compared_where_there_are_two() {
        assert_eq!(chosen("tu=3&den=1", &[1, 2, 3]), Some((1, 3)));
        for query in ["", "tu=1", "tu=1&den=1", "tu=1&den=9", "tu=x&den=2"] {
            assert_eq!(chosen(query, &[1, 2, 3]), None, "{query}");
        }
    }

    #[test]
    fn long_stretches_that_stayed_are_cut_and_changes_never() {
        let long = "chữ ".repeat(300);
        let part = |change| shortened(DiffPart { change, text: long.clone() }).text.chars().count();
        assert!(part(DiffChange::Same) < 400);
        assert_eq!(part(DiffChange::Deleted), 1200);
    }
}
