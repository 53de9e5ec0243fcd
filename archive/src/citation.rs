//! A citation pack: articles with all their versions, the captures they were read from, and
//! checksums, in one ZIP file that anybody can verify with public tools.

use std::fmt::Write as _;
use std::io::{Seek, Write};

use data_encoding::{BASE32, HEXLOWER};
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::warc_export::ExportError;
use crate::{Archive, ArchiveError, Article, ArticleId, ArticleStatus, csv_row};

/// Where the checksums stand.
const SUMS: &str = "SHA256SUMS";

/// What a pack holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CitationPack {
    /// Articles.
    pub articles: u64,
    /// Captures, with their requests.
    pub captures: u64,
}

/// Who may see a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody: no captures of pages that ask for no copy to be shown (`noarchive`).
    Public,
    /// The archive's operators.
    Operators,
}

/// The capture that a version was read from.
#[derive(Clone, Debug, Serialize)]
struct CitedCapture {
    url: String,
    fetched_at: String,
    status: u16,
    /// As the WARC file writes it: `sha256:` and base32.
    payload_digest: String,
    /// The same as hexadecimal, as `sha256sum` writes it.
    payload_sha256: String,
}

/// A pack under way.
struct Pack<W: Write + Seek> {
    zip: ZipWriter<W>,
    sums: String,
    now: Timestamp,
}

impl Archive {
    /// Writes a citation pack of articles; `about` says in one line what they are. Hidden articles
    /// are left out.
    ///
    /// # Errors
    /// When the archive cannot be read, or `out` not written to.
    pub fn write_citation_pack(
        &self,
        ids: &[ArticleId],
        about: &str,
        audience: Audience,
        out: impl Write + Seek,
        now: Timestamp,
    ) -> Result<CitationPack, ExportError> {
        let mut pack = Pack { zip: ZipWriter::new(out), sums: String::new(), now };
        let mut done = CitationPack::default();
        let mut shown = Vec::with_capacity(ids.len());
        let mut table = csv_row(&[
            "id",
            "source",
            "title",
            "published_at",
            "url",
            "status",
            "first_seen",
            "last_seen",
            "versions",
            "newest_fetched_at",
            "newest_payload_sha256",
            "citation",
        ]);
        pack.file("articles.jsonl", CompressionMethod::Deflated, |out| {
            for id in ids {
                let article = self.article(id)?.filter(|a| a.status != ArticleStatus::Hidden);
                let Some(article) = article else { continue };
                let (line, row) = self.cited(&article)?;
                writeln!(out, "{line}")?;
                table += &row;
                shown.push(article.id);
            }
            Ok(())
        })?;
        pack.file("articles.csv", CompressionMethod::Deflated, |out| {
            Ok(out.write_all(table.as_bytes())?)
        })?;
        // The members are compressed as they are.
        pack.file("captures.warc.gz", CompressionMethod::Stored, |out| {
            let mut cited = Vec::with_capacity(shown.len());
            for id in &shown {
                if audience == Audience::Operators || self.has_public_copy(id)? {
                    cited.push(id);
                }
            }
            done.captures = self.export_warc_of(cited, out, now)?;
            Ok(())
        })?;
        done.articles = shown.len() as u64;
        let read_me = read_me(about, done, now);
        pack.file("README.txt", CompressionMethod::Deflated, |out| {
            Ok(out.write_all(read_me.as_bytes())?)
        })?;
        pack.finish()?;
        Ok(done)
    }

    /// An article with all its versions as a line of JSON, and as a row.
    fn cited(&self, article: &Article) -> Result<(serde_json::Value, String), ArchiveError> {
        let ward = self.source(&article.source)?;
        let name = ward.as_ref().map_or(article.source.as_str(), |source| &source.name);
        let unit = ward.as_ref().map(|source| source.unit.as_str());
        let mut versions = Vec::new();
        let mut newest = None;
        for version in self.versions(&article.id)? {
            let capture = self.cited_capture(version.capture.0)?;
            versions.push(json!({
                "number": version.number, "recorded_at": version.recorded_at,
                "profile": version.profile, "fields": version.fields,
                "fields_sha256": version.digest, "capture": capture,
            }));
            newest = Some(capture);
        }
        let (fetched, digest) = newest
            .as_ref()
            .map_or(("", ""), |c| (c.fetched_at.as_str(), c.payload_sha256.as_str()));
        let published = article.fields.published.map(String::from).unwrap_or_default();
        let citation = format!(
            "{name}, “{}”, {published}, {}, lưu ngày {fetched}, SHA-256 {digest}",
            article.fields.title, article.url
        );
        let status = serde_json::to_value(article.status).unwrap_or_default();
        let status = status.as_str().unwrap_or_default();
        let line = json!({
            "id": article.id, "source": article.source, "ward": name, "unit": unit,
            "url": article.url, "status": status, "first_seen": article.first_seen,
            "last_seen": article.last_seen, "citation": citation, "versions": versions,
            "removals": self.removals(&article.id)?,
        });
        let row = csv_row(&[
            article.id.as_str(),
            article.source.as_str(),
            &article.fields.title,
            &published,
            &article.url,
            status,
            &article.first_seen,
            &article.last_seen,
            &article.version.to_string(),
            fetched,
            digest,
            &citation,
        ]);
        Ok((line, row))
    }

    fn cited_capture(&self, id: i64) -> Result<CitedCapture, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT url, fetched_at, status, payload_digest FROM capture WHERE id = ?1";
            let mut query = db.prepare_cached(sql)?;
            let (url, fetched_at, status, digest): (String, String, u16, String) = query
                .query_row(params![id], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?;
            let base32 = digest.strip_prefix("sha256:").unwrap_or(&digest);
            let bytes = BASE32.decode(base32.as_bytes());
            let bytes = bytes.map_err(|error| {
                ArchiveError::damaged("digest of a capture")(format!("{digest}: {error}"))
            })?;
            let (payload_digest, payload_sha256) =
                (format!("sha256:{base32}"), HEXLOWER.encode(&bytes));
            Ok(CitedCapture { url, fetched_at, status, payload_digest, payload_sha256 })
        })
    }
}

impl<W: Write + Seek> Pack<W> {
    /// Writes a file and notes its checksum.
    fn file(
        &mut self,
        name: &str,
        method: CompressionMethod,
        write: impl FnOnce(&mut dyn Write) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.begin(name, method)?;
        let mut summed = Summed { inner: &mut self.zip, hash: Sha256::new() };
        write(&mut summed)?;
        let sum = HEXLOWER.encode(&summed.hash.finalize());
        let _ = writeln!(self.sums, "{sum}  {name}");
        Ok(())
    }

    fn begin(&mut self, name: &str, method: CompressionMethod) -> Result<(), ExportError> {
        let at = self.now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let time = zip::DateTime::from_date_and_time(
            at.year().unsigned_abs(),
            at.month().unsigned_abs(),
            at.day().unsigned_abs(),
            at.hour().unsigned_abs(),
            at.minute().unsigned_abs(),
            at.second().unsigned_abs(),
        );
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(time.unwrap_or_default())
            // Captures of many years may be more than 4 GiB.
            .large_file(true);
        Ok(self.zip.start_file(name, options).map_err(std::io::Error::from)?)
    }

    fn finish(mut self) -> Result<(), ExportError> {
        self.begin(SUMS, CompressionMethod::Deflated)?;
        self.zip.write_all(self.sums.as_bytes())?;
        self.zip.finish().map_err(std::io::Error::from)?;
        Ok(())
    }
}

/// Sums up what is written.
struct Summed<'w, W: Write> {
    inner: &'w mut W,
    hash: Sha256,
}

impl<W: Write> Write for Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

fn read_me(about: &str, pack: CitationPack, now: Timestamp) -> String {
    let about: String = about.chars().filter(|c| !c.is_control()).collect();
    let CitationPack { articles, captures } = pack;
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "Loa Phường: gói trích dẫn / citation pack\n\
         {about}\n\
         {articles} bài (articles), {captures} bản chụp trang (captures); {now}; loaphuong {version}\n\n\
         articles.jsonl    mỗi dòng một bài với mọi phiên bản, thời điểm tải và SHA-256 của trang gốc\n\
         \u{20}                 one article a line: all versions, when each was fetched, SHA-256 of its page\n\
         articles.csv      bảng tóm tắt và câu trích dẫn / a summary, with how to cite each\n\
         captures.warc.gz  trang gốc như máy chủ đã trả lời (WARC 1.1)\n\
         \u{20}                 the pages as the servers answered (WARC 1.1, ISO 28500)\n\
         SHA256SUMS        mã kiểm của các tệp trên / checksums of the files above\n\n\
         Kiểm tra / to verify:\n\
         \u{20}   sha256sum -c SHA256SUMS\n\
         \u{20}   pip install warcio && warcio check -v captures.warc.gz\n\
         Bài nhập từ tệp: bản chụp là cả tệp. Thiếu bản chụp: trang nguồn không cho lưu, hoặc có bài bị ẩn.\n\
         Imported articles: the capture is the whole file. A capture is missing where its page asks for no\n\
         copy, or holds an article that was taken down.\n\
         WARC-Payload-Digest của mỗi bản chụp là payload_digest trong articles.jsonl.\n\
         Each version's payload_digest is the WARC-Payload-Digest of the capture that it was read from.\n"
    )
}
