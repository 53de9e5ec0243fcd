//! Taking articles from files: ward pages saved as text or HTML, JSON lines, WARC files.
//!
//! The bytes are kept in the archive first, as `resource` records, and read from there, so that an
//! import can be repeated and re-extracted like a crawl. Importing the same file changes nothing.

mod files;
mod tally;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use archive::warc::{self, HttpResponse, Record};
use archive::{Archive, Capture, Extracted, Payload, Recorded, Recorder, Source};
use jiff::Timestamp;

use crate::extract::{self, Context, parse_line};
use crate::{CrawlError, Profiles};

use files::{Kind, file_url, files_below};
pub use tally::{Imported, Rejected};

/// Lines of a `.jsonl` file are kept together in records of about this size.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Longest file that is read whole, and longest line.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

const UNKNOWN_KIND: &str = "its name ends in none of .txt, .html, .htm, .jsonl, .warc, .warc.gz";

/// Imports files into one source.
#[derive(Debug)]
pub struct Importer {
    archive: Archive,
    recorder: Arc<Mutex<Recorder>>,
    source: Source,
    profiles: Profiles,
    now: fn() -> Timestamp,
}

impl Importer {
    /// An importer into `source`.
    pub fn new(
        archive: Archive,
        recorder: Arc<Mutex<Recorder>>,
        source: Source,
        profiles: Profiles,
        now: fn() -> Timestamp,
    ) -> Self {
        Self { archive, recorder, source, profiles, now }
    }

    /// Imports a file, or all files of known kinds in a folder, and adds to `done` what it did.
    /// `go_on` is told so after each file and each batch; when it says no, the import ends there:
    /// what was read is kept, and `done` says that it was stopped.
    ///
    /// # Errors
    /// When the path cannot be read or the archive fails; bad files and lines are only counted.
    pub fn import(
        &self,
        path: &Path,
        done: &mut Imported,
        go_on: &mut dyn FnMut(&Imported) -> bool,
    ) -> Result<(), CrawlError> {
        for file in files_below(path).map_err(unreadable(path))? {
            match Kind::of(&file) {
                _ if !file.is_file() => done.reject(&file, None, "it is no file"),
                Some(Kind::Text) => self.whole(&file, "text/plain; charset=utf-8", done)?,
                Some(Kind::Html) => self.whole(&file, "text/html", done)?,
                Some(Kind::Lines) => self.lines(&file, done, go_on)?,
                Some(Kind::Warc) => self.warc(&file, done, go_on)?,
                None if file == path => done.reject(&file, None, UNKNOWN_KIND),
                None => continue,
            }
            done.files += 1;
            done.stopped = done.stopped || !go_on(done);
            if done.stopped {
                break;
            }
        }
        Ok(())
    }

    /// A file that is one article.
    fn whole(&self, file: &Path, media_type: &str, done: &mut Imported) -> Result<(), CrawlError> {
        let length = fs::metadata(file).map_err(unreadable(file))?.len();
        if length > FILE_BYTES_MAX {
            done.reject(file, None, "it is longer than 16 MiB, which no page is");
            return Ok(());
        }
        let url = file_url(file).map_err(unreadable(file))?;
        let payload = Payload {
            url: url.clone(),
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body: fs::read(file).map_err(unreadable(file))?,
        };
        match self.extract(&payload, (self.now)()) {
            Ok(_) if self.archive.holds_file(&self.source.id, &url, &payload.body)? => {
                done.unchanged += 1;
                Ok(())
            }
            Ok(article) => {
                let capture = self.keep(&url, media_type, payload.body)?;
                self.record(&capture, &[article], done)
            }
            Err(why) => {
                done.reject(file, None, &why);
                Ok(())
            }
        }
    }

    /// A file with an article in each line.
    fn lines(
        &self,
        file: &Path,
        done: &mut Imported,
        go_on: &mut dyn FnMut(&Imported) -> bool,
    ) -> Result<(), CrawlError> {
        let mut input = BufReader::new(File::open(file).map_err(unreadable(file))?);
        let file_url = file_url(file).map_err(unreadable(file))?;
        let mut number = 0;
        for batch in 0.. {
            let (mut bytes, mut articles) = (Vec::new(), Vec::new());
            let mut line = Vec::new();
            while bytes.len() < BATCH_BYTES {
                line.clear();
                let mut bounded = input.by_ref().take(FILE_BYTES_MAX);
                if bounded.read_until(b'\n', &mut line).map_err(unreadable(file))? == 0 {
                    break;
                }
                number += 1;
                if line.len() as u64 == FILE_BYTES_MAX && !line.ends_with(b"\n") {
                    done.reject(file, Some(number), "it is longer than 16 MiB");
                    input.skip_until(b'\n').map_err(unreadable(file))?;
                    continue;
                }
                bytes.extend_from_slice(&line);
                let Ok(text) = std::str::from_utf8(&line) else {
                    done.reject(file, Some(number), "it is not UTF-8");
                    continue;
                };
                if text.trim().is_empty() {
                    continue;
                }
                match parse_line(text.trim_start_matches('\u{feff}').trim()) {
                    Ok(article) => articles.push(article),
                    Err(error) => done.reject(file, Some(number), &error.to_string()),
                }
            }
            if bytes.is_empty() || done.stopped {
                break;
            }
            let url = format!("{file_url}#{batch}");
            if self.archive.holds_file(&self.source.id, &url, &bytes)? {
                done.unchanged += articles.len() as u64;
            } else if !articles.is_empty() {
                let capture = self.keep(&url, "application/x-ndjson", bytes)?;
                self.record(&capture, &articles, done)?;
            }
            done.stopped = !go_on(done);
        }
        Ok(())
    }

    /// Another crawler's captures.
    fn warc(
        &self,
        file: &Path,
        done: &mut Imported,
        go_on: &mut dyn FnMut(&Imported) -> bool,
    ) -> Result<(), CrawlError> {
        let input = BufReader::new(File::open(file).map_err(unreadable(file))?);
        let records = warc::Reader::new(input).map_err(unreadable(file))?;
        for (number, record) in (1..).zip(records) {
            match record {
                Ok(record) => self.warc_record(record, done)?,
                Err(error) => {
                    let why = format!("the file is damaged here ({error})");
                    done.reject(file, Some(number), &why);
                }
            }
            done.stopped = !go_on(done);
            if done.stopped {
                break;
            }
        }
        Ok(())
    }

    fn warc_record(&self, record: Record, done: &mut Imported) -> Result<(), CrawlError> {
        let is_page = record.header("WARC-Type") == Some("response");
        let url = record.header("WARC-Target-URI").map(|u| u.trim_matches(['<', '>']).to_owned());
        let (true, Some(url)) = (is_page, url) else { return Ok(()) };
        let Some(response) = warc::split_response(&record.block) else { return Ok(()) };
        let HttpResponse { status: 200, headers, body } = response else { return Ok(()) };
        let html = headers.iter().any(|(n, v)| n == "content-type" && v.contains("html"));
        if !html {
            return Ok(());
        }
        let at = record.header("WARC-Date").and_then(|d| d.parse().ok()).unwrap_or_else(self.now);
        let payload = Payload { url: url.clone(), headers, body };
        match self.extract(&payload, at) {
            Ok(_) if self.archive.holds_payload(&self.source.id, &url, &payload.body)? => {
                done.unchanged += 1;
                Ok(())
            }
            Ok(article) => {
                let (id, now) = (&self.source.id, (self.now)());
                let capture = self.recorder().record_response(id, &url, record.block, at, now)?;
                self.record(&capture, &[article], done)
            }
            Err(_) => {
                done.other_pages += 1;
                Ok(())
            }
        }
    }

    fn extract(&self, payload: &Payload, fetched_at: Timestamp) -> Result<Extracted, String> {
        let profile = self.profiles.named(&self.source.profile).map_err(|e| e.to_string())?;
        let context = Context { profile, label: None, fetched_at };
        extract::extract(payload, &self.profiles, &context).map_err(|e| e.to_string())
    }

    fn keep(&self, url: &str, media_type: &str, bytes: Vec<u8>) -> Result<Capture, CrawlError> {
        let now = (self.now)();
        Ok(self.recorder().record_resource(&self.source.id, url, media_type, bytes, now)?)
    }

    fn record(
        &self,
        capture: &Capture,
        articles: &[Extracted],
        done: &mut Imported,
    ) -> Result<(), CrawlError> {
        let now = (self.now)().to_string();
        for recorded in self.archive.record_articles(capture, articles, &now)? {
            match recorded {
                Recorded::New => done.new += 1,
                Recorded::Edited => done.edited += 1,
                Recorded::Unchanged => done.unchanged += 1,
            }
        }
        Ok(())
    }

    /// A panic elsewhere leaves the recorder whole: its commits are all or nothing.
    fn recorder(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> CrawlError {
    let path = path.to_owned();
    move |source| CrawlError::Unreadable { path, source }
}
