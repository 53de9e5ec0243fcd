//! Articles: the fields a page gave, their digest, and the versions they went through.

use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Archive, ArchiveError, ArticleEvent, ArticleId, CaptureId, Change, PageTime, SourceId, removal,
};

/// A file that belongs to an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The text of its link.
    pub name: String,
    /// Where it is.
    pub url: String,
}

/// What an article says, without what changes at every request (its view count is none of it).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// The section of the portal.
    pub category: Option<String>,
    /// The headline.
    pub title: String,
    /// The opening summary (sapo).
    pub lead: Option<String>,
    /// The paragraphs of the text.
    pub body: Vec<String>,
    /// The captions of its pictures.
    pub captions: Vec<String>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Who wrote it or where it comes from.
    pub credit: Option<String>,
    /// When the page says it was published.
    pub published: Option<PageTime>,
    /// When the page says it was changed.
    pub updated: Option<PageTime>,
}

impl Fields {
    /// Its texts in the order in which people read them: title, lead, body, captions, credit.
    pub fn paragraphs(&self) -> Vec<&str> {
        let title = [self.title.as_str()].into_iter();
        let texts = title.chain(self.lead.as_deref());
        let texts = texts.chain(self.body.iter().map(String::as_str));
        let texts = texts.chain(self.captions.iter().map(String::as_str));
        texts.chain(self.credit.as_deref()).collect()
    }

    /// SHA-256 over all fields, as lower-case hexadecimal: equal digests are the same version.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("strings and lists always serialise");
        HEXLOWER.encode(&Sha256::digest(json))
    }
}

/// An article as an extractor read it from a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The portal's own id of the article.
    pub key: String,
    /// Where the page was.
    pub url: String,
    /// What it said.
    pub fields: Fields,
    /// How far off its times may be: where a page says `2 giờ trước`, an hour; else zero.
    pub times_within: SignedDuration,
    /// Whether its date contradicts the weekday that stands beside it.
    pub date_is_doubtful: bool,
    /// How often it had been viewed, where the page says so.
    pub views: Option<u64>,
    /// What its bytes were decoded as and why: `windows-1258, by meta`; `None` where it was text.
    pub charset: Option<String>,
    /// Whether the page asks for no copy to be shown (`noarchive`); its fields may be.
    pub no_archive: bool,
    /// The profile and its version: `liferay-hanoi/1`.
    pub profile: String,
}

/// Whether an article can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleStatus {
    /// On its portal when last seen.
    Live,
    /// Gone at the source, kept here.
    Removed,
    /// Taken down here; search never returns it.
    Hidden,
}

/// An article with the fields of its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// The source it belongs to.
    pub source: SourceId,
    /// Where the page was when last seen.
    pub url: String,
    /// Whether it can be found.
    pub status: ArticleStatus,
    /// The last view count seen.
    pub views: Option<u64>,
    /// When it was first seen, RFC 3339, UTC.
    pub first_seen: String,
    /// When it was last seen, RFC 3339, UTC.
    pub last_seen: String,
    /// The number of the newest version, from 1.
    pub version: u32,
    /// What it says now.
    pub fields: Fields,
}

/// One version of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1, the oldest.
    pub number: u32,
    /// When it was recorded, RFC 3339, UTC.
    pub recorded_at: String,
    /// The capture it was read from.
    pub capture: CaptureId,
    /// The profile that read it.
    pub profile: String,
    /// The digest of its fields.
    pub digest: String,
    /// What it said.
    pub fields: Fields,
}

/// What recording an article did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known before.
    New,
    /// Its fields differ from the newest version.
    Edited,
    /// It says what it said; only `last_seen` and the view count moved.
    Unchanged,
}

const ARTICLE_COLUMNS: &str = "article.id, article.source, article.url, article.status, \
    article.views, article.first_seen, article.last_seen, article.version, version.fields";
const NEWEST: &str = "article JOIN version \
    ON version.article = article.id AND version.number = article.version";

impl Archive {
    /// One article with its newest version.
    pub fn article(&self, id: &ArticleId) -> Result<Option<Article>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {ARTICLE_COLUMNS} FROM {NEWEST} WHERE article.id = ?1");
            Ok(db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?)
        })
    }

    /// Calls `visit` for every article of the archive, in the order of their ids.
    pub fn for_each_article<E: From<ArchiveError>>(
        &self,
        mut visit: impl FnMut(Article) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut last = String::new();
        loop {
            let page = self.articles_after(&last)?;
            let Some(end) = page.last() else { return Ok(()) };
            last = end.id.to_string();
            for article in page {
                visit(article)?;
            }
        }
    }

    fn articles_after(&self, id: &str) -> Result<Vec<Article>, ArchiveError> {
        /// Articles held in memory at once.
        const PAGE: usize = 500;
        self.read(|db| {
            let sql = format!(
                "SELECT {ARTICLE_COLUMNS} FROM {NEWEST} WHERE article.id > ?1 ORDER BY article.id \
                 LIMIT {PAGE}"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map([id], from_row)?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// All versions of an article, the oldest first.
    pub fn versions(&self, id: &ArticleId) -> Result<Vec<Version>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT number, recorded_at, capture, profile, digest, fields FROM version \
                 WHERE article = ?1 ORDER BY number",
            )?;
            let rows = query.query_map([id.as_str()], version_from_row)?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// The versions of an article up to a number, the newest first, at most so many.
    pub fn newest_versions(
        &self,
        id: &ArticleId,
        up_to: u32,
        limit: u32,
    ) -> Result<Vec<Version>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT number, recorded_at, capture, profile, digest, fields FROM version \
                 WHERE article = ?1 AND number <= ?2 ORDER BY number DESC LIMIT ?3",
            )?;
            let rows = query.query_map(params![id.as_str(), up_to, limit], version_from_row)?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// What a version of an article said.
    pub fn version_fields(
        &self,
        id: &ArticleId,
        number: u32,
    ) -> Result<Option<Fields>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT fields FROM version WHERE article = ?1 AND number = ?2";
            let mut query = db.prepare_cached(sql)?;
            Ok(query.query_row(params![id.as_str(), number], |row| json(row, 0)).optional()?)
        })
    }

    /// Replaces what a version says by what its capture gives to another profile: no edit, and no
    /// new version. The digest follows.
    pub fn replace_version(
        &self,
        id: &ArticleId,
        number: u32,
        fields: &Fields,
        profile: &str,
    ) -> Result<(), ArchiveError> {
        let json = serde_json::to_string(fields).expect("strings and lists serialise");
        self.write(|tx| {
            tx.execute(
                "UPDATE version SET fields = ?3, digest = ?4, profile = ?5
                 WHERE article = ?1 AND number = ?2",
                params![id.as_str(), number, json, fields.digest(), profile],
            )?;
            tx.execute("UPDATE article SET people_rules = 0 WHERE id = ?1", [id.as_str()])?;
            crate::outbox::append(tx, id, Change::Edited)
        })
    }

    /// When it was noticed last that an article was edited, removed or back; RFC 3339, UTC.
    pub fn altered_at(&self, id: &ArticleId) -> Result<Option<String>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT max(at) FROM (
                     SELECT recorded_at AS at FROM version WHERE article = ?1 AND number > 1
                     UNION ALL SELECT at FROM removal WHERE article = ?1)";
            Ok(db.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0))?)
        })
    }

    /// How often an article had been viewed, as its page counted: when, and how often.
    pub fn view_counts(&self, id: &ArticleId) -> Result<Vec<(String, u64)>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT at, views FROM view_count WHERE article = ?1 ORDER BY at";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// Whether the page of an article as it was captured may be shown: it asks for no less, and
    /// holds no hidden article beside it, as imported files may.
    pub fn has_public_copy(&self, id: &ArticleId) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT is_public_copy AND NOT EXISTS (
                     SELECT 1 FROM version AS own JOIN version AS other USING (capture)
                     JOIN article AS hidden ON hidden.id = other.article
                     WHERE own.article = ?1 AND hidden.status = 'hidden')
                 FROM article WHERE id = ?1";
            let mut query = db.prepare_cached(sql)?;
            let found = query.query_row([id.as_str()], |row| row.get(0)).optional()?;
            Ok(found.unwrap_or(false))
        })
    }

    /// The number of articles that search may return.
    pub fn count_articles(&self) -> Result<u64, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT count(*) FROM article WHERE status <> 'hidden'";
            Ok(db.query_row(sql, [], |row| row.get(0))?)
        })
    }
}

/// Adds what was read from a capture: a new article, a new version, or only the time it was seen.
pub(crate) fn record(
    tx: &Transaction<'_>,
    source: &SourceId,
    capture: CaptureId,
    extracted: &Extracted,
    now: &str,
) -> Result<Recorded, ArchiveError> {
    let id = ArticleId::of(source, &extracted.key);
    let newest = newest(tx, &id)?;
    let mut fields = extracted.fields.clone();
    if let Some(newest) = &newest {
        keep_times(&mut fields, &newest.fields, extracted.times_within);
    }
    let digest = fields.digest();
    let was_removed = newest.as_ref().is_some_and(|newest| newest.is_removed);
    let (number, recorded) = match newest {
        None => (1, Recorded::New),
        Some(known) if known.digest == digest => (known.number, Recorded::Unchanged),
        Some(known) => (known.number + 1, Recorded::Edited),
    };
    tx.prepare_cached(
        "INSERT INTO article (id, source, key, url, status, views, first_seen, last_seen, version,
             is_public_copy)
         VALUES (?1, ?2, ?3, ?4, 'live', ?5, ?6, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET url = ?4, views = coalesce(?5, views), last_seen = ?6,
             version = ?7, is_public_copy = ?8,
             status = CASE status WHEN 'hidden' THEN status ELSE 'live' END,
             people_rules = CASE version WHEN ?7 THEN people_rules ELSE 0 END",
    )?
    .execute(params![
        id.as_str(),
        source.as_str(),
        extracted.key,
        extracted.url,
        extracted.views,
        now,
        number,
        !extracted.no_archive
    ])?;
    count_views(tx, &id, extracted.views, now)?;
    removal::forgive(tx, source, &extracted.key)?;
    if was_removed {
        removal::note_return(tx, &id, now)?;
    }
    if recorded == Recorded::Unchanged {
        return Ok(recorded);
    }
    let fields = serde_json::to_string(&fields).expect("strings and lists serialise");
    tx.prepare_cached("INSERT INTO version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![id.as_str(), number, now, capture.0, extracted.profile, digest, fields])?;
    let (change, event) = match recorded {
        Recorded::New => (Change::New, ArticleEvent::New),
        _ => (Change::Edited, ArticleEvent::Edited),
    };
    crate::outbox::append_event(tx, &id, change, Some(event))?;
    Ok(recorded)
}

/// Adds to the series of view counts, where one was read and differs from the last.
fn count_views(
    tx: &Transaction<'_>,
    id: &ArticleId,
    views: Option<u64>,
    now: &str,
) -> Result<(), ArchiveError> {
    let Some(views) = views else { return Ok(()) };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO view_count SELECT ?1, ?2, ?3 WHERE ?3 IS NOT
         (SELECT views FROM view_count WHERE article = ?1 ORDER BY at DESC LIMIT 1)",
    )?
    .execute(params![id.as_str(), now, views])?;
    Ok(())
}

/// What an article said last.
struct Newest {
    number: u32,
    digest: String,
    fields: Fields,
    is_removed: bool,
}

fn newest(db: &Connection, id: &ArticleId) -> Result<Option<Newest>, ArchiveError> {
    let sql = format!(
        "SELECT version.number, version.digest, version.fields, article.status = 'removed'
         FROM {NEWEST} WHERE article.id = ?1"
    );
    let row = |row: &Row<'_>| {
        let (number, digest, fields) = (row.get(0)?, row.get(1)?, json(row, 2)?);
        Ok(Newest { number, digest, fields, is_removed: row.get(3)? })
    };
    Ok(db.prepare_cached(&sql)?.query_row([id.as_str()], row).optional()?)
}

/// "Two hours ago", read an hour later, is "three hours ago": times that are only known within
/// some span stay what they were while they lie in it.
fn keep_times(fields: &mut Fields, known: &Fields, within: SignedDuration) {
    let near = |one: PageTime, other: PageTime| {
        !within.is_zero() && one.instant().duration_since(other.instant()).abs() <= within
    };
    let times = [(&mut fields.published, known.published), (&mut fields.updated, known.updated)];
    for (time, known) in times {
        if let (Some(read), Some(known)) = (*time, known)
            && near(read, known)
        {
            *time = Some(known);
        }
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Article> {
    Ok(Article {
        id: parsed(row, 0)?,
        source: parsed(row, 1)?,
        url: row.get(2)?,
        status: match row.get::<_, String>(3)?.as_str() {
            "live" => ArticleStatus::Live,
            "removed" => ArticleStatus::Removed,
            _ => ArticleStatus::Hidden,
        },
        views: row.get(4)?,
        first_seen: row.get(5)?,
        last_seen: row.get(6)?,
        version: row.get(7)?,
        fields: json(row, 8)?,
    })
}

/// A column that holds an id.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?.parse().map_err(|error| unreadable(column, Box::new(error)))
}

/// A column that holds JSON.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    serde_json::from_str(&row.get::<_, String>(column)?)
        .map_err(|error| unreadable(column, Box::new(error)))
}

fn unreadable(column: usize, error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
}
fn version_from_row(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get(0)?,
        recorded_at: row.get(1)?,
        capture: CaptureId(row.get(2)?),
        profile: row.get(3)?,
        digest: row.get(4)?,
        fields: json(row, 5)?,
    })
}
