//! What an article said before: its versions with what changed between them, one version, and the
//! page as it was archived.

use archive::{
    ArchiveError, Article, ArticleId, Capture, DiffChange, DiffPart, FieldDiff, Fields, Removal,
    Version, diff,
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use url::form_urlencoded;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_article;
use crate::archived::{content_type, is_html, unpacked};
use crate::blocking::blocking;
use crate::language::Language;
use crate::problem::Problem;
use crate::visit::Visit;

/// Versions on a page.
const PAGE: u32 = 20;
/// Versions that can be chosen to be compared.
const LISTED: usize = 200;
/// Comparisons under way at the same time.
static COMPARISONS: Semaphore = Semaphore::const_new(2);
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
    /// Where older ones begin.
    older: Option<u32>,
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
    let newest = article.version;
    let compared = chosen(&query, newest);
    let up_to = number(&query, "tu-ban").unwrap_or(newest);
    let language = visit.language;
    let id = article.id.clone();
    // Comparing long texts takes time: few do so at once, whoever asks.
    let _place = COMPARISONS.acquire().await.map_err(|error| Problem::internal(&error))?;
    let entries = blocking(move || {
        let (archive, id) = (&app.archive, &id);
        let copy = archive.has_public_copy(id)?;
        if let Some((older, newer)) = compared {
            let named =
                |number| Ok::<_, ArchiveError>(archive.newest_versions(id, number, 1)?.pop());
            let (before, after) = (named(older)?, named(newer)?);
            let pair = before.zip(after);
            return Ok(pair
                .map(|(b, a)| vec![compare(language, &b, &a, copy)])
                .unwrap_or_default());
        }
        // One more, which the oldest shown is compared with.
        let versions = archive.newest_versions(id, up_to, PAGE + 1)?;
        let removals = archive.removals(id)?;
        Ok::<_, ArchiveError>(history(language, &versions, &removals, copy))
    });
    let entries = entries.await?;
    let pair = compared.unwrap_or((newest.saturating_sub(1).max(1), newest));
    let older = (compared.is_none() && up_to > PAGE).then(|| up_to - PAGE);
    let (id, title) = (article.id, article.fields.title);
    let all = (1..=newest).rev().take(LISTED).collect();
    Ok(VersionsPage { visit, id, title, ward, all, pair, entries, older })
}

/// A number in a query.
fn number(query: &str, wanted: &str) -> Option<u32> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == wanted)?.1.parse().ok()
}

/// The two versions that are to be compared, if the query names two that there are.
fn chosen(query: &str, newest: u32) -> Option<(u32, u32)> {
    let number = |name| number(query, name).filter(|number| (1..=newest).contains(number));
    let (a, b): (u32, u32) = (number("tu")?, number("den")?);
    (a != b).then(|| (a.min(b), a.max(b)))
}

fn compare(language: Language, before: &Version, after: &Version, has_copy: bool) -> Entry {
    Entry::Version {
        number: after.number,
        recorded: language.instant(&after.recorded_at),
        changes: changes(language, &before.fields, &after.fields),
        has_copy,
        older: Some(before.number),
    }
}

/// Versions (the newest first) and removals in one order of time.
fn history(
    language: Language,
    versions: &[Version],
    removals: &[Removal],
    has_copy: bool,
) -> Vec<Entry> {
    let mut dated: Vec<(String, Entry)> = Vec::new();
    for (at, version) in versions.iter().enumerate().take(PAGE as usize) {
        let before = versions.get(at + 1).map(|before| &before.fields);
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
        Ok((found, capture)) => {
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
    let served = async {
        let (_, capture) = copy(&app, path).await?;
        unpacked(app.archive.clone(), capture).await
    };
    match served.await {
        Ok((payload, body)) => {
            // Everything else is text.
            let media = if is_html(&payload) { "text/html" } else { "text/plain" };
            let headers = [
                (header::CONTENT_TYPE, content_type(&payload, media)),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ARCHIVED_POLICY)),
            ];
            (headers, body).into_response()
        }
        Err(problem) => problem_page(visit, problem),
    }
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
    let number: u32 = number.parse().map_err(|_| missing())?;
    let (archive, id) = (app.archive.clone(), article.id.clone());
    let version = blocking(move || archive.newest_versions(&id, number, 1)).await?.pop();
    let version = version.filter(|version| version.number == number);
    Ok(Found { article, ward, version: version.ok_or_else(missing)? })
}

/// A version with the capture it was read from, where that may be shown.
async fn copy(app: &App, path: VersionPath) -> Result<(Found, Capture), Problem> {
    let found = find(app, path).await?;
    let (archive, id, capture) =
        (app.archive.clone(), found.article.id.clone(), found.version.capture);
    let kept = blocking(move || match archive.has_public_copy(&id)? {
        true => archive.capture(capture),
        false => Ok(None),
    });
    let refused = Problem::not_found(
        "its portal asks that no copy of this page be shown (`noarchive`), or the page holds what \
         was taken down",
    );
    Ok((found, kept.await?.ok_or(refused)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_compared_where_there_are_two() {
        assert_eq!(chosen("tu=3&den=1", 3), Some((1, 3)));
        for query in ["", "tu=1", "tu=1&den=1", "tu=1&den=9", "tu=x&den=2"] {
            assert_eq!(chosen(query, 3), None, "{query}");
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
