//! The one writer of captures: appends records to the open WARC file, then commits where they are.
//!
//! The order makes a kill harmless: bytes first, flushed to disk; then one commit with the
//! capture, the page's state, its links and the file's length. Bytes past the committed length
//! are a torn tail, cut off when the archive is next opened for recording.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::capture::{self, NewCapture, newest_payload};
use crate::warc::{self, Record};
use crate::{Archive, ArchiveError, Capture, CaptureId, NewPage, Page, SourceId, Validators, page};

/// A WARC file is closed when it has grown to this many bytes.
const WARC_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The two halves of an HTTP exchange, as they were on the wire.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The URL asked.
    pub url: String,
    /// When the request left.
    pub at: Timestamp,
    /// The server's address.
    pub peer: Option<IpAddr>,
    /// Request line and headers, with the blank line.
    pub request_head: Vec<u8>,
    /// The HTTP status.
    pub status: u16,
    /// Status line and headers, with the blank line.
    pub response_head: Vec<u8>,
    /// The body as received.
    pub body: Vec<u8>,
    /// Why the body is cut, in WARC's words: `length`, `time` or `disconnect`.
    pub truncated: Option<&'static str>,
}

/// A visit to a page, to be committed as one.
#[derive(Debug)]
pub struct Fetched<'a> {
    /// The page.
    pub page: &'a Page,
    /// What was said.
    pub exchange: &'a Exchange,
    /// What the server gave for the next visit.
    pub validators: Validators,
    /// The pages it leads to.
    pub links: Vec<NewPage>,
    /// Whether an article is to be read from it.
    pub extract: bool,
}

/// Adds captures to an archive; holds its lock.
#[derive(Debug)]
pub struct Recorder {
    archive: Archive,
    file: Option<WarcFile>,
    _lock: File,
}

#[derive(Debug)]
struct WarcFile {
    name: String,
    path: PathBuf,
    file: File,
    length: u64,
}

/// Where a record stands.
struct Place {
    file: String,
    offset: u64,
    length: u64,
}

impl Recorder {
    /// Takes the archive's lock and cuts torn tails off its WARC files.
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] when another process records.
    pub fn open(archive: Archive) -> Result<Self, ArchiveError> {
        let path = archive.folder().join("recorder.lock");
        let lock = File::create(&path).map_err(ArchiveError::io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ArchiveError::Locked { path }),
            Err(TryLockError::Error(source)) => return Err(ArchiveError::Io { path, source }),
        }
        let folder = archive.folder().join("warc");
        fs::create_dir_all(&folder).map_err(ArchiveError::io(&folder))?;
        mend_tails(&archive, &folder)?;
        Ok(Self { archive, file: None, _lock: lock })
    }

    /// Keeps a visit: the exchange, the page's new state and the pages it leads to.
    pub fn record_visit(&mut self, fetched: &Fetched<'_>) -> Result<Capture, ArchiveError> {
        let (page, exchange) = (fetched.page, fetched.exchange);
        let extraction = if fetched.extract { "pending" } else { "none" };
        self.record(&page.source, &page.key, exchange, extraction, |tx, id| {
            let now = exchange.at.to_string();
            page::visited(tx, page, exchange.status, &fetched.validators, id, &now)?;
            page::add(tx, &page.source, &fetched.links, &now)
        })
    }

    /// Keeps an exchange that belongs to no page: robots.txt, a redirect on the way.
    pub fn record_exchange(
        &mut self,
        source: &SourceId,
        page_key: &str,
        exchange: &Exchange,
    ) -> Result<Capture, ArchiveError> {
        self.record(source, page_key, exchange, "none", |_, _| Ok(()))
    }

    /// Keeps an imported file as a `resource` record.
    pub fn record_resource(
        &mut self,
        source: &SourceId,
        url: &str,
        media_type: &str,
        bytes: Vec<u8>,
        now: Timestamp,
    ) -> Result<Capture, ArchiveError> {
        let digest = warc::digest(&bytes);
        let date = warc_date(now);
        self.append_and_commit(
            |place| {
                let mut record = Record::new("resource", &date, place, media_type, bytes);
                record.set("WARC-Target-URI", url);
                record.set("WARC-Payload-Digest", &digest);
                vec![record]
            },
            now,
            |tx, place| capture::insert(tx, source, &imported(url, now, &digest, place)),
        )
    }

    /// Keeps an answer that another program captured, as its `response` record had it.
    pub fn record_response(
        &mut self,
        source: &SourceId,
        url: &str,
        block: Vec<u8>,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Capture, ArchiveError> {
        let body = warc::split_response(&block).map(|response| response.body).unwrap_or_default();
        let digest = warc::digest(&body);
        let date = warc_date(at);
        self.append_and_commit(
            |place| {
                let content_type = "application/http;msgtype=response";
                let mut record = Record::new("response", &date, place, content_type, block);
                record.set("WARC-Target-URI", url);
                vec![record]
            },
            now,
            |tx, place| capture::insert(tx, source, &imported(url, at, &digest, place)),
        )
    }

    fn record(
        &mut self,
        source: &SourceId,
        page_key: &str,
        exchange: &Exchange,
        extraction: &'static str,
        with_it: impl FnOnce(&Transaction<'_>, CaptureId) -> Result<(), ArchiveError>,
    ) -> Result<Capture, ArchiveError> {
        let digest = warc::digest(&exchange.body);
        let earlier = self.archive.read(|db| newest_payload(db, source, page_key))?;
        let revisit = earlier.filter(|(_, known, _, _)| {
            exchange.status == 304 || (exchange.status == 200 && *known == digest)
        });
        let refers_to = revisit.as_ref().map(|(id, ..)| *id);
        self.append_and_commit(
            |place| {
                let revisited =
                    revisit.as_ref().map(|(_, digest, url, date)| Revisited { digest, url, date });
                exchange_records(exchange, &digest, revisited.as_ref(), place)
            },
            exchange.at,
            |tx, place| {
                let new = NewCapture {
                    page_key,
                    url: &exchange.url,
                    fetched_at: warc_date(exchange.at),
                    status: exchange.status,
                    payload_digest: &digest,
                    refers_to,
                    extraction: if exchange.status == 304 { "none" } else { extraction },
                    file: place.file.clone(),
                    offset: place.offset,
                    length: place.length,
                };
                let capture = capture::insert(tx, source, &new)?;
                with_it(tx, capture.id)?;
                Ok(capture)
            },
        )
    }

    /// Appends records as gzip members, flushes them, and commits `commit` with the new length.
    /// The capture is the first record's.
    fn append_and_commit(
        &mut self,
        records: impl FnOnce(&str) -> Vec<Record>,
        now: Timestamp,
        commit: impl FnOnce(&Transaction<'_>, &Place) -> Result<Capture, ArchiveError>,
    ) -> Result<Capture, ArchiveError> {
        let archive = self.archive.clone();
        let warc = self.open_file(now)?;
        let offset = warc.length;
        let records = records(&format!("{}:{offset}", warc.name));
        let mut length = 0;
        for (i, record) in records.iter().enumerate() {
            let member = record.to_member();
            warc.append(&member)?;
            if i == 0 {
                length = member.len() as u64;
            }
        }
        warc.file.sync_data().map_err(ArchiveError::io(&warc.path))?;
        let place = Place { file: warc.name.clone(), offset, length };
        let (name, committed) = (warc.name.clone(), warc.length);
        let result = archive.write(|tx| {
            let capture = commit(tx, &place)?;
            commit_length(tx, &name, committed)?;
            Ok(capture)
        });
        if result.is_err() {
            // The bytes belong to nothing: the next append overwrites them from a fresh handle.
            self.file = None;
        }
        result
    }

    /// The WARC file of the day, begun anew when there is none or it is full.
    fn open_file(&mut self, now: Timestamp) -> Result<&mut WarcFile, ArchiveError> {
        let day = now.strftime("%Y%m%d").to_string();
        let current = self.file.take().filter(|f| f.length < WARC_BYTES_MAX && f.is_of(&day));
        let file = match current {
            Some(file) => file,
            None => match self.reopen(&day)? {
                Some(file) => file,
                None => self.begin_file(now)?,
            },
        };
        Ok(self.file.insert(file))
    }

    /// The newest file of the day, at its committed length.
    fn reopen(&self, day: &str) -> Result<Option<WarcFile>, ArchiveError> {
        let newest: Option<(String, u64)> = self.archive.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT name, committed_length FROM warc_file ORDER BY name DESC LIMIT 1",
            )?;
            let row = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.next();
            Ok(row.transpose()?)
        })?;
        let Some((name, length)) = newest else { return Ok(None) };
        let path = self.archive.folder().join("warc").join(&name);
        let file = WarcFile { file: open_at(&path, length)?, name, path, length };
        Ok(Some(file).filter(|f| f.length < WARC_BYTES_MAX && f.is_of(day)))
    }

    fn begin_file(&self, now: Timestamp) -> Result<WarcFile, ArchiveError> {
        let count: i64 = self
            .archive
            .read(|db| Ok(db.query_row("SELECT count(*) FROM warc_file", [], |row| row.get(0))?))?;
        let name = format!("loa-{}-{count:06}.warc.gz", now.strftime("%Y%m%d%H%M%S"));
        let path = self.archive.folder().join("warc").join(&name);
        let mut warc = WarcFile { file: open_at(&path, 0)?, name, path, length: 0 };
        let info = format!(
            "software: loaphuong/{}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let place = format!("{}:info", warc.name);
        let content_type = "application/warc-fields";
        let mut record =
            Record::new("warcinfo", &warc_date(now), &place, content_type, info.into_bytes());
        record.set("WARC-Filename", &warc.name);
        warc.append(&record.to_member())?;
        warc.file.sync_data().map_err(ArchiveError::io(&warc.path))?;
        self.archive.write(|tx| {
            tx.execute(
                "INSERT INTO warc_file VALUES (?1, ?2, ?3)",
                params![warc.name, now.to_string(), warc.length],
            )?;
            Ok(())
        })?;
        Ok(warc)
    }
}

impl WarcFile {
    fn append(&mut self, member: &[u8]) -> Result<(), ArchiveError> {
        self.file.write_all(member).map_err(ArchiveError::io(&self.path))?;
        self.length += member.len() as u64;
        Ok(())
    }

    fn is_of(&self, day: &str) -> bool {
        self.name.strip_prefix("loa-").is_some_and(|rest| rest.starts_with(day))
    }
}

struct Revisited<'a> {
    digest: &'a str,
    url: &'a str,
    date: &'a str,
}

/// `response` (or `revisit`, when the payload is already kept) and `request`.
fn exchange_records(
    exchange: &Exchange,
    digest: &str,
    revisited: Option<&Revisited<'_>>,
    place: &str,
) -> Vec<Record> {
    /// Profiles of WARC 1.1, section 6.7.
    const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
    const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
    let date = warc_date(exchange.at);
    let mut block = exchange.response_head.clone();
    if revisited.is_none() {
        block.extend_from_slice(&exchange.body);
    }
    let kind = if revisited.is_some() { "revisit" } else { "response" };
    let http_response = "application/http;msgtype=response";
    let mut answer = Record::new(kind, &date, &format!("{place}:answer"), http_response, block);
    answer.set("WARC-Target-URI", &exchange.url);
    if let Some(peer) = exchange.peer {
        answer.set("WARC-IP-Address", &peer.to_string());
    }
    match revisited {
        None => answer.set("WARC-Payload-Digest", digest),
        Some(earlier) => {
            let same = exchange.status != 304;
            answer.set("WARC-Profile", if same { SAME_PAYLOAD } else { NOT_MODIFIED });
            answer.set("WARC-Payload-Digest", earlier.digest);
            answer.set("WARC-Refers-To-Target-URI", earlier.url);
            answer.set("WARC-Refers-To-Date", earlier.date);
        }
    }
    if let Some(reason) = exchange.truncated {
        answer.set("WARC-Truncated", reason);
    }
    let http_request = "application/http;msgtype=request";
    let head = exchange.request_head.clone();
    let mut request = Record::new("request", &date, &format!("{place}:ask"), http_request, head);
    request.set("WARC-Target-URI", &exchange.url);
    let concurrent = answer.header("WARC-Record-ID").unwrap_or_default().to_owned();
    request.set("WARC-Concurrent-To", &concurrent);
    vec![answer, request]
}

/// A capture that was not fetched but brought: its URL is its page.
fn imported<'a>(url: &'a str, at: Timestamp, digest: &'a str, place: &Place) -> NewCapture<'a> {
    NewCapture {
        page_key: url,
        url,
        fetched_at: warc_date(at),
        status: 200,
        payload_digest: digest,
        refers_to: None,
        extraction: "pending",
        file: place.file.clone(),
        offset: place.offset,
        length: place.length,
    }
}

fn commit_length(tx: &Transaction<'_>, name: &str, length: u64) -> Result<(), ArchiveError> {
    tx.prepare_cached("UPDATE warc_file SET committed_length = ?2 WHERE name = ?1")?
        .execute(params![name, length])?;
    Ok(())
}

/// Cuts off what a killed process wrote but did not commit.
fn mend_tails(archive: &Archive, folder: &Path) -> Result<(), ArchiveError> {
    let files: Vec<(String, u64)> = archive.read(|db| {
        let mut query = db.prepare("SELECT name, committed_length FROM warc_file")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })?;
    for (name, length) in files {
        let path = folder.join(name);
        let actual = fs::metadata(&path).map_err(ArchiveError::io(&path))?.len();
        if actual > length {
            open_at(&path, length)?;
        }
    }
    Ok(())
}

/// Opens a file for appending at `length` and cuts off what lies behind it.
fn open_at(path: &Path, length: u64) -> Result<File, ArchiveError> {
    let open = || {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(file)
    };
    open().map_err(ArchiveError::io(path))
}

/// WARC dates have at most nine digits of a second's fraction; whole seconds suit every reader.
fn warc_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
