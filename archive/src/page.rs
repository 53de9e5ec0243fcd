//! The pages that the crawler knows of a source, and which of them the current round still owes.
//!
//! A round visits known pages once: all of them, or those whose time has come. A run that is
//! killed or stopped leaves its round unfinished, and the next run goes on with it.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::article::parsed;
use crate::{Archive, ArchiveError, SourceId};

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageKind {
    /// A list page, feed or sitemap: it leads to articles.
    List,
    /// An article's own page.
    Article,
}

/// What a server gave to ask "has it changed?" with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as received.
    pub etag: Option<String>,
    /// `Last-Modified`, as received.
    pub last_modified: Option<String>,
}

/// Which known pages a round visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// All.
    All,
    /// All list pages, and the articles whose time has come.
    Lists,
    /// Those whose time has come.
    Due,
}

/// When a page is visited next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextVisit {
    /// In Unix seconds.
    pub at_s: i64,
    /// The seconds from the last visit to it.
    pub wait_s: i64,
}

/// A page found by a link, not yet known or known under another URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPage {
    /// What makes it the same page under any URL: the portal's own id, or the URL's normal form.
    pub key: String,
    /// What it is for.
    pub kind: PageKind,
    /// Where it is.
    pub url: String,
    /// The text of the link.
    pub label: Option<String>,
}

/// A known page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its source.
    pub source: SourceId,
    /// What makes it the same page under any URL.
    pub key: String,
    /// What it is for.
    pub kind: PageKind,
    /// Where it was found first.
    pub url: String,
    /// The text of the link that led to it.
    pub label: Option<String>,
    /// What to ask "has it changed?" with.
    pub validators: Validators,
    /// The seconds between its last two visits, as they were planned; 0 before the first.
    pub wait_s: i64,
}

impl Page {
    /// A page outside the frontier, such as robots.txt.
    pub fn unlisted(source: SourceId, key: &str, url: &str) -> Self {
        Self {
            source,
            key: key.to_owned(),
            kind: PageKind::List,
            url: url.to_owned(),
            label: None,
            validators: Validators::default(),
            wait_s: 0,
        }
    }
}

const COLUMNS: &str = "source, key, kind, url, label, etag, last_modified, wait_s";

impl Archive {
    /// Goes on with an unfinished round, or begins a new one; `start` pages that are not known yet
    /// belong to it.
    pub fn begin_round(
        &self,
        source: &SourceId,
        round: Round,
        start: &[NewPage],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let owed: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM page WHERE source = ?1 AND due = 1)",
                [source.as_str()],
                |row| row.get(0),
            )?;
            if !owed {
                let (all_lists, all) = (round != Round::Due, round == Round::All);
                tx.execute(
                    "UPDATE page SET due = 1, refusals = 0 WHERE source = ?1
                     AND (?2 OR next_at_s <= ?3 OR (?4 AND kind = 'list'))",
                    params![source.as_str(), all, now.as_second(), all_lists],
                )?;
            }
            add(tx, source, start, &now.to_string())?;
            Ok(())
        })
    }

    /// Plans the next visit to a page.
    pub fn plan_visit(
        &self,
        source: &SourceId,
        key: &str,
        next: NextVisit,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let sql = "UPDATE page SET next_at_s = ?3, wait_s = ?4 WHERE source = ?1 AND key = ?2";
            let values = params![source.as_str(), key, next.at_s, next.wait_s];
            tx.prepare_cached(sql)?.execute(values)?;
            Ok(())
        })
    }

    /// Plans the visits to pages that are planned for later than `latest` for `now`.
    pub fn forget_visits_after(
        &self,
        latest: Timestamp,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let any = self.read(|db| {
            // The source's own index tells: hardly ever is there anything to write.
            let sql = "SELECT EXISTS (SELECT 1 FROM source WHERE EXISTS
                 (SELECT 1 FROM page WHERE page.source = source.id AND next_at_s > ?1))";
            Ok(db.prepare_cached(sql)?.query_row([latest.as_second()], |row| row.get(0))?)
        });
        if !any? {
            return Ok(());
        }
        self.write(|tx| {
            let sql = "UPDATE page SET next_at_s = ?2 WHERE next_at_s > ?1";
            tx.execute(sql, [latest.as_second(), now.as_second()])?;
            Ok(())
        })
    }

    /// When the first of a source's pages is to be visited, in Unix seconds, and what it is for; 0
    /// while a round is unfinished, `None` when no page is known.
    pub fn next_visit(&self, source: &SourceId) -> Result<Option<(i64, PageKind)>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT CASE due WHEN 1 THEN 0 ELSE next_at_s END AS at, kind FROM page
                 WHERE source = ?1 ORDER BY at, kind DESC LIMIT 1";
            let mut query = db.prepare_cached(sql)?;
            let next = query.query_row([source.as_str()], |row| Ok((row.get(0)?, kind(row, 1)?)));
            Ok(next.optional()?)
        })
    }

    /// The page to fetch next: list pages before articles, then in the order they were found; what
    /// the host refused comes behind.
    pub fn next_due_page(&self, source: &SourceId) -> Result<Option<Page>, ArchiveError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM page WHERE source = ?1 AND due = 1
                 ORDER BY refusals, kind DESC, found_at, key LIMIT 1"
            );
            Ok(db.prepare_cached(&sql)?.query_row([source.as_str()], from_row).optional()?)
        })
    }

    /// The text of the link that led to a page.
    pub fn page_label(&self, source: &SourceId, key: &str) -> Result<Option<String>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT label FROM page WHERE source = ?1 AND key = ?2";
            let mut query = db.prepare_cached(sql)?;
            let label = query.query_row(params![source.as_str(), key], |row| row.get(0));
            Ok(label.optional()?.flatten())
        })
    }

    /// Puts a page that its host refused behind the others; how often it was, in this round.
    pub fn defer_page(&self, page: &Page) -> Result<u32, ArchiveError> {
        self.write(|tx| {
            let sql = "UPDATE page SET refusals = refusals + 1 WHERE source = ?1 AND key = ?2
                 RETURNING refusals";
            let values = params![page.source.as_str(), page.key];
            let refusals = tx.prepare_cached(sql)?.query_row(values, |row| row.get(0));
            Ok(refusals.optional()?.unwrap_or(0))
        })
    }

    /// Makes pages due again that got no answer through no fault of their own.
    pub fn owe_pages(&self, source: &SourceId, keys: &[String]) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let sql = "UPDATE page SET due = 1 WHERE source = ?1 AND key = ?2";
            let mut owe = tx.prepare_cached(sql)?;
            for key in keys {
                owe.execute(params![source.as_str(), key])?;
            }
            Ok(())
        })
    }

    /// Whether any page of a source is, or may be, an article's.
    pub fn knows_articles(&self, source: &SourceId) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM page WHERE source = ?1 AND kind = 'article')";
            Ok(db.query_row(sql, [source.as_str()], |row| row.get(0))?)
        })
    }

    /// Ends a visit that gave nothing to keep: the page is forbidden, or nobody answered.
    pub fn give_up_page(&self, page: &Page) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE page SET due = 0 WHERE source = ?1 AND key = ?2",
                params![page.source.as_str(), page.key],
            )?;
            Ok(())
        })
    }
}

/// Adds pages that are not known yet. Of several URLs of one page the shortest is kept, as it is
/// the canonical one more often than not; a URL on a new origin always replaces the old one. The
/// newest label is kept: a corrected headline shows there first. The number of new articles.
pub(crate) fn add(
    tx: &Transaction<'_>,
    source: &SourceId,
    pages: &[NewPage],
    now: &str,
) -> Result<u64, ArchiveError> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO page (source, key, kind, url, label, found_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, key) DO NOTHING",
    )?;
    let mut relabel = tx.prepare_cached(
        "UPDATE page SET label = ?3 WHERE source = ?1 AND key = ?2 AND label IS NOT ?3",
    )?;
    let mut move_to = tx.prepare_cached(
        "UPDATE page SET url = ?3, etag = NULL, last_modified = NULL
         WHERE source = ?1 AND key = ?2 AND url <> ?3
             AND (length(?3) < length(url) OR substr(url, 1, length(?4)) <> ?4)",
    )?;
    let mut new = 0;
    for page in pages {
        let kind = match page.kind {
            PageKind::List => "list",
            PageKind::Article => "article",
        };
        let origin = url::Url::parse(&page.url).map(|url| url.origin().ascii_serialization());
        let origin = origin.unwrap_or_default();
        let NewPage { key, url, label, .. } = page;
        let inserted = insert.execute(params![source.as_str(), key, kind, url, label, now])?;
        new += if page.kind == PageKind::Article { inserted as u64 } else { 0 };
        if inserted > 0 {
            continue;
        }
        if label.is_some() {
            relabel.execute(params![source.as_str(), key, label])?;
        }
        // Validators belong to the URL that gave them.
        move_to.execute(params![source.as_str(), key, url, origin])?;
    }
    Ok(new)
}

/// Notes a visit.
pub(crate) fn visited(
    tx: &Transaction<'_>,
    page: &Page,
    status: u16,
    validators: &Validators,
    now: &str,
) -> Result<(), ArchiveError> {
    tx.prepare_cached(
        "UPDATE page SET due = 0, last_status = ?3, last_fetched_at = ?4, etag = ?5,
             last_modified = ?6
         WHERE source = ?1 AND key = ?2",
    )?
    .execute(params![
        page.source.as_str(),
        page.key,
        status,
        now,
        validators.etag,
        validators.last_modified
    ])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Page> {
    Ok(Page {
        source: parsed(row, 0)?,
        key: row.get(1)?,
        kind: kind(row, 2)?,
        url: row.get(3)?,
        label: row.get(4)?,
        validators: Validators { etag: row.get(5)?, last_modified: row.get(6)? },
        wait_s: row.get(7)?,
    })
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<PageKind> {
    let name: String = row.get(column)?;
    Ok(if name == "list" { PageKind::List } else { PageKind::Article })
}
