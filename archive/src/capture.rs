//! Captures: one answer of a server, or one imported file, and where its record stands.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::article::{self, parsed};
use crate::warc::{self, Record};
use crate::{Archive, ArchiveError, ArticleId, Extracted, Recorded, SourceId, warc_file};

/// The number of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaptureId(pub i64);

/// A capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Its number.
    pub id: CaptureId,
    /// The source it was made for.
    pub source: SourceId,
    /// The page, under any URL.
    pub page_key: String,
    /// The URL asked.
    pub url: String,
    /// RFC 3339, UTC.
    pub fetched_at: String,
    /// The HTTP status; 200 for an imported file.
    pub status: u16,
    /// Where the payload is, when the answer was the same as an earlier one.
    pub refers_to: Option<CaptureId>,
    /// SHA-256 of the payload, base32, as the WARC record has it.
    pub payload_digest: String,
    file: String,
    offset: u64,
}

impl Capture {
    /// A capture that was just committed.
    pub(crate) fn committed(id: CaptureId, source: &SourceId, new: &NewCapture<'_>) -> Self {
        Self {
            id,
            source: source.clone(),
            page_key: new.page_key.to_owned(),
            url: new.url.to_owned(),
            fetched_at: new.fetched_at.clone(),
            status: new.status,
            refers_to: new.refers_to,
            payload_digest: new.payload_digest.to_owned(),
            file: new.file.clone(),
            offset: new.offset,
        }
    }
}

/// What a capture holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The URL asked.
    pub url: String,
    /// Header names in lower case, with their values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body as received; see [`crate::decode`].
    pub body: Vec<u8>,
}

impl Payload {
    /// The first header of a name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) const CAPTURE_COLUMNS: &str =
    "id, source, page_key, url, fetched_at, status, refers_to, file, offset, payload_digest";

impl Archive {
    /// One capture.
    pub fn capture(&self, id: CaptureId) -> Result<Option<Capture>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {CAPTURE_COLUMNS} FROM capture WHERE id = ?1");
            Ok(db.prepare_cached(&sql)?.query_row([id.0], capture_from_row).optional()?)
        })
    }

    /// The payload of the capture that an article's newest version was read from.
    pub fn newest_payload(&self, id: &ArticleId) -> Result<Option<Payload>, ArchiveError> {
        let Some(newest) = self.newest_versions(id, u32::MAX, 1)?.pop() else { return Ok(None) };
        let Some(capture) = self.capture(newest.capture)? else { return Ok(None) };
        self.payload(&capture).map(Some)
    }

    /// Captures of a source's known pages whose extraction has not been tried: a killed run
    /// leaves some. (A killed import is repeated by the operator.)
    pub fn pending_captures(&self, source: &SourceId) -> Result<Vec<Capture>, ArchiveError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {CAPTURE_COLUMNS} FROM capture WHERE source = ?1 AND extraction = 'pending'
                 AND page_key IN (SELECT key FROM page WHERE source = ?1) ORDER BY id"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows =
                query.query_map([source.as_str()], capture_from_row)?.collect::<Result<_, _>>();
            rows.map_err(ArchiveError::from)
        })
    }

    /// Reads what a capture holds from its WARC file, following a revisit to its original.
    pub fn payload(&self, capture: &Capture) -> Result<Payload, ArchiveError> {
        let original = match capture.refers_to {
            None => None,
            Some(id) => Some(self.capture(id)?.ok_or_else(|| {
                ArchiveError::damaged("capture")(format!("capture {} is missing", id.0))
            })?),
        };
        let record = self.record(original.as_ref().unwrap_or(capture))?;
        let mut payload = payload_of(record, capture.url.clone())?;
        // The same bytes may come with other headers: a page may ask not to be indexed any more.
        // (A 304 has hardly any.)
        if original.is_some() && capture.status == 200 {
            let own = self.record(capture)?;
            if let Some(head) = warc::split_response(&own.block) {
                payload.headers = head.headers;
            }
        }
        Ok(payload)
    }

    fn record(&self, capture: &Capture) -> Result<Record, ArchiveError> {
        let path = warc_file::folder(self).join(&capture.file);
        let mut file = File::open(&path).map_err(ArchiveError::io(&path))?;
        file.seek(SeekFrom::Start(capture.offset)).map_err(ArchiveError::io(&path))?;
        warc::read_member(BufReader::new(file)).map_err(ArchiveError::io(&path))
    }

    /// Whether a capture's record is whole where it should be.
    pub(crate) fn can_read(&self, id: CaptureId) -> Result<bool, ArchiveError> {
        Ok(self.capture(id)?.is_some_and(|capture| self.record(&capture).is_ok()))
    }

    /// Whether these bytes are the newest payload of a page, were read, and can be read again.
    pub fn holds_payload(
        &self,
        source: &SourceId,
        page_key: &str,
        bytes: &[u8],
    ) -> Result<bool, ArchiveError> {
        let newest = self.read(|db| newest_payload(db, source, page_key))?;
        let Some((id, digest, ..)) = newest else { return Ok(false) };
        let sql = "SELECT extraction = 'done' FROM capture WHERE id = ?1";
        let read = self.read(|db| Ok(db.query_row(sql, [id.0], |row| row.get(0))?))?;
        Ok(read && digest == warc::digest(bytes) && self.can_read(id)?)
    }

    /// Whether an imported file is known: it holds what it held when it was last read, or it is
    /// new under this URL but its bytes are not, as when it was moved to another folder.
    pub fn holds_file(
        &self,
        source: &SourceId,
        url: &str,
        bytes: &[u8],
    ) -> Result<bool, ArchiveError> {
        if self.read(|db| newest_payload(db, source, url))?.is_some() {
            return self.holds_payload(source, url, bytes);
        }
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM capture
                 WHERE source = ?1 AND payload_digest = ?2 AND extraction = 'done')";
            let mut query = db.prepare_cached(sql)?;
            Ok(query.query_row(params![source.as_str(), warc::digest(bytes)], |row| row.get(0))?)
        })
    }

    /// What the article of a key said last.
    pub fn newest_fields(
        &self,
        source: &SourceId,
        key: &str,
    ) -> Result<Option<crate::Fields>, ArchiveError> {
        Ok(self.article(&crate::ArticleId::of(source, key))?.map(|article| article.fields))
    }

    /// Records what was read from a capture, all of it in one commit.
    pub fn record_articles(
        &self,
        capture: &Capture,
        extracted: &[Extracted],
        now: &str,
    ) -> Result<Vec<Recorded>, ArchiveError> {
        self.write(|tx| {
            let recorded = extracted
                .iter()
                .map(|one| article::record(tx, &capture.source, capture.id, one, now))
                .collect::<Result<_, _>>()?;
            set_extraction(tx, capture.id, "done")?;
            if let Some(charset) = extracted.iter().find_map(|one| one.charset.as_deref()) {
                tx.prepare_cached("UPDATE capture SET charset = ?2 WHERE id = ?1")?
                    .execute(params![capture.id.0, charset])?;
            }
            Ok(recorded)
        })
    }

    /// Notes that nothing could be read from a capture. Its page is asked for whole next time: an
    /// answer "not modified" would leave it unread for ever.
    pub fn record_failed_extraction(&self, capture: &Capture) -> Result<(), ArchiveError> {
        self.write(|tx| {
            set_extraction(tx, capture.id, "failed")?;
            let sql =
                "UPDATE page SET etag = NULL, last_modified = NULL WHERE source = ?1 AND key = ?2";
            tx.execute(sql, params![capture.source.as_str(), capture.page_key])?;
            Ok(())
        })
    }

    /// Notes that an article's page is as it was: it was seen, nothing else.
    pub fn record_seen(&self, capture: &Capture, now: &str) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE article SET last_seen = ?3 WHERE source = ?1 AND id IN
                 (SELECT article FROM version WHERE capture IN
                  (SELECT id FROM capture WHERE source = ?1 AND page_key = ?2))",
                params![capture.source.as_str(), capture.page_key, now],
            )?;
            Ok(())
        })
    }
}

/// A capture that is about to be committed.
pub(crate) struct NewCapture<'a> {
    pub(crate) page_key: &'a str,
    pub(crate) url: &'a str,
    pub(crate) fetched_at: String,
    pub(crate) status: u16,
    pub(crate) payload_digest: &'a str,
    pub(crate) refers_to: Option<CaptureId>,
    pub(crate) extraction: &'static str,
    pub(crate) file: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    source: &SourceId,
    new: &NewCapture<'_>,
) -> Result<Capture, ArchiveError> {
    tx.prepare_cached(
        "INSERT INTO capture (source, page_key, url, fetched_at, status, file, offset, length,
             payload_digest, refers_to, extraction)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        source.as_str(),
        new.page_key,
        new.url,
        new.fetched_at,
        new.status,
        new.file,
        new.offset,
        new.length,
        new.payload_digest,
        new.refers_to.map(|id| id.0),
        new.extraction
    ])?;
    Ok(Capture::committed(CaptureId(tx.last_insert_rowid()), source, new))
}

/// The newest capture of a page that holds a payload, with the digest of it.
pub(crate) fn newest_payload(
    db: &Connection,
    source: &SourceId,
    page_key: &str,
) -> Result<Option<(CaptureId, String, String, String)>, ArchiveError> {
    let row = db
        .prepare_cached(
            "SELECT id, payload_digest, url, fetched_at FROM capture
             WHERE source = ?1 AND page_key = ?2 AND refers_to IS NULL AND status = 200
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![source.as_str(), page_key], |row| {
            Ok((CaptureId(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    Ok(row)
}

fn set_extraction(tx: &Transaction<'_>, id: CaptureId, state: &str) -> Result<(), ArchiveError> {
    tx.prepare_cached("UPDATE capture SET extraction = ?2 WHERE id = ?1")?
        .execute(params![id.0, state])?;
    Ok(())
}

/// The HTTP answer in a `response` record, or the file in a `resource` record.
pub(crate) fn payload_of(record: Record, url: String) -> Result<Payload, ArchiveError> {
    if record.header("WARC-Type") == Some("resource") {
        let media_type = record.header("Content-Type").unwrap_or_default().to_owned();
        let headers = vec![("content-type".to_owned(), media_type)];
        return Ok(Payload { url, headers, body: record.block });
    }
    let response = warc::split_response(&record.block).ok_or_else(|| ArchiveError::Damaged {
        what: "WARC record",
        why: format!("the response for {url} has no HTTP head"),
    })?;
    Ok(Payload { url, headers: response.headers, body: response.body })
}

pub(crate) fn capture_from_row(row: &Row<'_>) -> rusqlite::Result<Capture> {
    Ok(Capture {
        id: CaptureId(row.get(0)?),
        source: parsed(row, 1)?,
        page_key: row.get(2)?,
        url: row.get(3)?,
        fetched_at: row.get(4)?,
        status: row.get(5)?,
        refers_to: row.get::<_, Option<i64>>(6)?.map(CaptureId),
        file: row.get(7)?,
        offset: row.get(8)?,
        payload_digest: row.get(9)?,
    })
}
