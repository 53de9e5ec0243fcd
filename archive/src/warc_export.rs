//! Copying captures out: the records as they stand in the archive's files, byte by byte, so that
//! their digests prove the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::warc::{self, Record};
use crate::{Archive, ArchiveError, ArticleId, SourceId, warc_file};

/// Captures found at once.
const PAGE: usize = 500;
/// Captures of pages whose articles are hidden are never copied out.
const NOT_HIDDEN: &str = "NOT EXISTS (SELECT 1 FROM version
     JOIN article ON article.id = version.article AND article.status = 'hidden'
     JOIN capture AS hidden ON hidden.id = version.capture
     WHERE hidden.source = capture.source AND hidden.page_key = capture.page_key)";

/// Which captures to copy.
#[derive(Clone, Copy, Debug)]
pub enum Captures<'a> {
    /// All.
    All,
    /// Those made for a source, its robots.txt and redirects among them.
    OfSource(&'a SourceId),
    /// Those of an article's page.
    OfArticle(&'a ArticleId),
}

/// Where a capture's records stand.
struct Place {
    id: i64,
    file: String,
    offset: u64,
}

impl Archive {
    /// Writes a WARC file with captures, each with its request, the oldest first; their number.
    ///
    /// # Errors
    /// When a file cannot be read, or `out` not written to.
    pub fn export_warc(
        &self,
        captures: Captures<'_>,
        out: &mut dyn Write,
        now: Timestamp,
    ) -> Result<u64, ExportError> {
        out.write_all(&self.export_info(now)?.to_member())?;
        self.copy_captures(captures, out)
    }

    /// The same of several articles.
    ///
    /// # Errors
    /// As for [`Archive::export_warc`].
    pub fn export_warc_of<'a>(
        &self,
        articles: impl IntoIterator<Item = &'a ArticleId>,
        out: &mut dyn Write,
        now: Timestamp,
    ) -> Result<u64, ExportError> {
        out.write_all(&self.export_info(now)?.to_member())?;
        let mut copied = 0;
        for article in articles {
            copied += self.copy_captures(Captures::OfArticle(article), out)?;
        }
        Ok(copied)
    }

    /// The same without the record that says what the file is, to add to one.
    ///
    /// # Errors
    /// As for [`Archive::export_warc`].
    pub fn copy_captures(
        &self,
        captures: Captures<'_>,
        out: &mut dyn Write,
    ) -> Result<u64, ExportError> {
        let (mut copied, mut last) = (0, 0);
        loop {
            let places = self.places(captures, last)?;
            let Some(end) = places.last() else { return Ok(copied) };
            last = end.id;
            for place in &places {
                self.copy_records(place, out)?;
                copied += 1;
            }
        }
    }

    fn places(&self, captures: Captures<'_>, after: i64) -> Result<Vec<Place>, ArchiveError> {
        let (wanted, value) = match captures {
            Captures::All => ("?1 = ''", ""),
            Captures::OfSource(source) => ("source = ?1", source.as_str()),
            Captures::OfArticle(article) => (
                "(source, page_key) IN (SELECT own.source, own.page_key FROM version
                 JOIN capture AS own ON own.id = version.capture WHERE version.article = ?1)",
                article.as_str(),
            ),
        };
        self.read(|db| {
            let sql = format!(
                "SELECT id, file, offset FROM capture
                 WHERE {wanted} AND id > ?2 AND {NOT_HIDDEN} ORDER BY id LIMIT {PAGE}"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map(params![value, after], |row| {
                Ok(Place { id: row.get(0)?, file: row.get(1)?, offset: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Copies a capture's records: they stand together, up to the next capture's.
    fn copy_records(&self, place: &Place, out: &mut dyn Write) -> Result<(), ExportError> {
        let Place { file, offset, .. } = place;
        let end: u64 = self.read(|db| {
            let next = "SELECT offset FROM capture WHERE file = ?1 AND offset > ?2
                 ORDER BY offset LIMIT 1";
            let next = db.prepare_cached(next)?.query_row(params![file, offset], |row| row.get(0));
            let whole = "SELECT committed_length FROM warc_file WHERE name = ?1";
            match next.optional()? {
                Some(next) => Ok(next),
                None => Ok(db.prepare_cached(whole)?.query_row([file], |row| row.get(0))?),
            }
        })?;
        let path = warc_file::folder(self).join(file);
        let mut from = File::open(&path).map_err(ArchiveError::io(&path))?;
        from.seek(SeekFrom::Start(*offset)).map_err(ArchiveError::io(&path))?;
        let copied = io::copy(&mut from.take(end - offset), out)?;
        if copied < end - offset {
            let why =
                format!("{} is shorter than it was; restore it from a backup", path.display());
            return Err(ArchiveError::damaged("WARC file")(why).into());
        }
        Ok(())
    }

    fn export_info(&self, now: Timestamp) -> Result<Record, ArchiveError> {
        let info = format!(
            "software: loaphuong/{}\r\nformat: WARC File Format 1.1\r\n\
             description: captures copied from an archive\r\nisPartOf: {}\r\n",
            env!("CARGO_PKG_VERSION"),
            self.identity()?
        );
        let (date, place) = (warc::date(now), format!("export:{}", now.as_nanosecond()));
        let content_type = "application/warc-fields";
        Ok(Record::new("warcinfo", &date, &place, content_type, info.into_bytes()))
    }
}

/// Why copying out failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What is copied to failed.
    #[error(transparent)]
    Out(#[from] io::Error),
}
