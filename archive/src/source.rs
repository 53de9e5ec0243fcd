//! Sources: the ward portals that are crawled.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::article;
use crate::audit::Action;
use crate::{Archive, ArchiveError, SourceId, Trust};

/// A source, with the keys of the sources file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Unique, `[a-z0-9-]`.
    pub id: SourceId,
    /// The ward's name: `Phường Sài Đồng`.
    pub name: String,
    /// The administrative unit as it was named, with the units above it.
    #[serde(default)]
    pub unit: String,
    /// The list pages, feeds or sitemaps to begin with; empty for a source that is only imported.
    #[serde(default)]
    pub start: Vec<Url>,
    /// The name of its extraction profile, or `auto`.
    #[serde(default = "Source::default_profile")]
    pub profile: String,
    /// Cron in Asia/Ho_Chi_Minh, or `adaptive`.
    #[serde(default = "Source::default_schedule")]
    pub schedule: String,
    /// Least milliseconds between two requests to one host.
    #[serde(default = "Source::default_delay_ms")]
    pub delay_ms: u64,
    /// Most pages fetched in one run.
    #[serde(default = "Source::default_max_pages")]
    pub max_pages: u64,
    /// Whether it is crawled.
    #[serde(default = "Source::default_enabled")]
    pub enabled: bool,
    /// What to do about a certificate that does not verify; usually nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Trust>,
}

/// Longest delay between two requests, in milliseconds.
const DELAY_MS_MAX: u64 = 3_600_000;
/// Characters of a name or unit.
const NAME_MAX: usize = 200;

/// A source whose keys contradict a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source `{id}`: {why}")]
pub struct InvalidSource {
    id: SourceId,
    why: String,
}

/// How a source stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// When a run last visited all due pages, RFC 3339, UTC.
    pub last_success: Option<String>,
    /// Articles kept.
    pub articles: u64,
    /// Pages that failed in the newest run.
    pub errors: u64,
}

impl Source {
    /// The profile of a source that names none: `auto`.
    pub fn default_profile() -> String {
        "auto".to_owned()
    }

    /// The schedule of a source that names none: `adaptive`.
    pub fn default_schedule() -> String {
        "adaptive".to_owned()
    }

    /// The delay of a source that names none, in milliseconds.
    pub fn default_delay_ms() -> u64 {
        1000
    }

    /// The limit of pages of a source that names none.
    pub fn default_max_pages() -> u64 {
        20_000
    }

    /// Whether a source is crawled that does not say so.
    pub fn default_enabled() -> bool {
        true
    }

    /// A source that is never crawled, only imported into.
    pub fn import_only(id: SourceId) -> Self {
        Self {
            name: id.to_string(),
            id,
            unit: String::new(),
            start: Vec::new(),
            profile: Self::default_profile(),
            schedule: Self::default_schedule(),
            delay_ms: Self::default_delay_ms(),
            max_pages: Self::default_max_pages(),
            enabled: false,
            tls: None,
        }
    }

    /// Checks what the types cannot: a name, start pages over HTTP on one host, a positive limit.
    ///
    /// # Errors
    /// Says which key is wrong and what it must be.
    pub fn check(&self) -> Result<(), InvalidSource> {
        let fail = |why: String| Err(InvalidSource { id: self.id.clone(), why });
        if self.name.trim().is_empty() {
            return fail("`name` is empty; give the ward's name".into());
        }
        for (key, text) in [("name", &self.name), ("unit", &self.unit)] {
            if text.chars().count() > NAME_MAX || text.chars().any(char::is_control) {
                return fail(format!("`{key}` must be one line of at most {NAME_MAX} characters"));
            }
        }
        if self.enabled && self.start.is_empty() {
            return fail("`start` is empty; give a list page, or set `enabled = false`".into());
        }
        if let Some(url) = self.start.iter().find(|u| !matches!(u.scheme(), "http" | "https")) {
            return fail(format!("`start` has {url}, which is neither http nor https"));
        }
        let secret = |url: &&Url| !url.username().is_empty() || url.password().is_some();
        if self.start.iter().any(|url| secret(&url)) {
            return fail("`start` holds a user or password, which everybody could read".into());
        }
        if let Some(url) = self.start.iter().find(|u| u.authority() != self.start[0].authority()) {
            return fail(format!("`start` has {url} on another host; make it a source of its own"));
        }
        if let Some(Trust::Exception(exception)) = &self.tls
            && exception.reason.trim().is_empty()
        {
            return fail("`tls.exception` has no reason; say why nothing is checked".into());
        }
        if self.delay_ms > DELAY_MS_MAX {
            return fail(format!("`delay_ms` is more than {DELAY_MS_MAX}, an hour; give less"));
        }
        if self.max_pages == 0 {
            return fail("`max_pages` is 0; give at least 1, or set `enabled = false`".into());
        }
        Ok(())
    }
}

impl Archive {
    /// All sources, by id.
    pub fn sources(&self) -> Result<Vec<Source>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT definition FROM source ORDER BY id")?;
            let rows = query.query_map([], definition)?.collect::<Result<_, _>>();
            rows.map_err(ArchiveError::from)
        })
    }

    /// One source.
    pub fn source(&self, id: &SourceId) -> Result<Option<Source>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT definition FROM source WHERE id = ?1")?;
            Ok(query.query_row([id.as_str()], definition).optional()?)
        })
    }

    /// Adds the sources, or replaces those with the same ids; all or none.
    pub fn put_sources(&self, sources: &[Source], now: Timestamp) -> Result<(), ArchiveError> {
        self.write(|tx| sources.iter().try_for_each(|source| self.put(tx, source, now)))
    }

    /// Adds or changes one source by what it is now, in one transaction: nobody else's change is
    /// lost between.
    pub fn change_source<E>(
        &self,
        id: &SourceId,
        now: Timestamp,
        change: impl FnOnce(Option<Source>) -> Result<Source, E>,
    ) -> Result<Result<Source, E>, ArchiveError> {
        self.write(|tx| {
            let source = match change(known(tx, id)?) {
                Ok(source) => source,
                Err(refusal) => return Ok(Err(refusal)),
            };
            self.put(tx, &source, now)?;
            Ok(Ok(source))
        })
    }

    fn put(
        &self,
        tx: &Transaction<'_>,
        source: &Source,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let before = known(tx, &source.id)?;
        if before.as_ref() == Some(source) {
            return Ok(());
        }
        forget_validators_on_new_profile(tx, before.as_ref(), source)?;
        let definition = serde_json::to_string(source).expect("plain data serialises");
        tx.execute(
            "INSERT INTO source VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET definition = ?2",
            params![source.id.as_str(), definition, now.to_string()],
        )?;
        let action = if before.is_some() { Action::ChangeSource } else { Action::AddSource };
        let detail = json!({ "before": before, "after": source });
        self.log(tx, now, action, source.id.as_str(), detail)
    }

    /// Stops knowing a source. Its captures and articles stay; `false` when there was none.
    pub fn remove_source(&self, id: &SourceId, now: Timestamp) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let Some(before) = known(tx, id)? else { return Ok(false) };
            tx.execute("DELETE FROM source WHERE id = ?1", [id.as_str()])?;
            let detail = json!({ "before": before });
            self.log(tx, now, Action::RemoveSource, id.as_str(), detail)?;
            Ok(true)
        })
    }

    /// How a source stands.
    pub fn freshness(&self, id: &SourceId) -> Result<Freshness, ArchiveError> {
        self.read(|db| {
            let articles = db.query_row(
                "SELECT count(*) FROM article WHERE source = ?1 AND status <> 'hidden'",
                [id.as_str()],
                |row| row.get(0),
            )?;
            let last_success = db.query_row(
                "SELECT max(finished_at) FROM run WHERE source = ?1 AND outcome = '\"done\"'",
                [id.as_str()],
                |row| row.get(0),
            )?;
            let errors = db
                .query_row(
                    "SELECT json_extract(counters, '$.errors') FROM run WHERE source = ?1
                     ORDER BY id DESC LIMIT 1",
                    [id.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(Freshness { last_success, articles, errors: errors.unwrap_or(0) })
        })
    }
}

/// Another profile reads other things: what did not change at the portal must be read again.
fn forget_validators_on_new_profile(
    tx: &Transaction<'_>,
    before: Option<&Source>,
    source: &Source,
) -> Result<(), ArchiveError> {
    if before.is_some_and(|before| before.profile != source.profile) {
        let sql = "UPDATE page SET etag = NULL, last_modified = NULL WHERE source = ?1";
        tx.execute(sql, [source.id.as_str()])?;
    }
    Ok(())
}

fn known(tx: &Transaction<'_>, id: &SourceId) -> Result<Option<Source>, ArchiveError> {
    let mut known = tx.prepare_cached("SELECT definition FROM source WHERE id = ?1")?;
    Ok(known.query_row([id.as_str()], definition).optional()?)
}

fn definition(row: &Row<'_>) -> rusqlite::Result<Source> {
    article::json(row, 0)
}
