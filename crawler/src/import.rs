//! Taking articles from files: ward pages saved as text or HTML, JSON lines, WARC files.
//!
//! The bytes are kept in the archive first, as `resource` records, and read from there, so that an
//! import can be repeated and re-extracted like a crawl. Importing the same file changes nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use archive::warc::{self, HttpResponse, Record};
use archive::{Archive, Capture, Extracted, Payload, Recorded, Recorder, Source};
use jiff::Timestamp;

use crate::extract::{self, Context, parse_line};
use crate::{CrawlError, Profiles};

/// Lines of a `.jsonl` file are kept together in records of about this size.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Longest file that is read whole.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Imports files into one source.
#[derive(Debug)]
pub struct Importer {
    archive: Archive,
    recorder: Arc<Mutex<Recorder>>,
    source: Source,
    profiles: Profiles,
    now: fn() -> Timestamp,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Files read.
    pub files: u64,
    /// Articles not known before.
    pub new: u64,
    /// Articles with a new version.
    pub edited: u64,
    /// Articles that were known as they are.
    pub unchanged: u64,
    /// What was not imported.
    pub rejected: Vec<Rejected>,
}

/// Something that was not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The file.
    pub file: PathBuf,
    /// The line or record in it, from 1.
    pub number: Option<u64>,
    /// What is wrong.
    pub why: String,
}

impl Importer {
    /// An importer into `source`.
    pub fn new(
        archive: Archive,
        recorder: Arc<Mutex<Recorder>>,
        source: Source,
        now: fn() -> Timestamp,
    ) -> Self {
        Self { archive, recorder, source, profiles: Profiles::built_in(), now }
    }

    /// Imports a file, or all files of known kinds in a folder.
    ///
    /// # Errors
    /// When the path cannot be read or the archive fails; bad files and lines are only counted.
    pub fn import(&self, path: &Path) -> Result<Imported, CrawlError> {
        let mut done = Imported::default();
        let base = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        for file in files_below(path)? {
            let name =
                file.strip_prefix(base).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            match kind(&name) {
                Some(Kind::Text) => {
                    self.whole(&file, &name, "text/plain; charset=utf-8", &mut done)?
                }
                Some(Kind::Html) => self.whole(&file, &name, "text/html", &mut done)?,
                Some(Kind::Lines) => self.lines(&file, &name, &mut done)?,
                Some(Kind::Warc) => self.warc(&file, &mut done)?,
                None if file == path => done.reject(&file, None, UNKNOWN_KIND),
                None => continue,
            }
            done.files += 1;
        }
        Ok(done)
    }

    /// A file that is one article.
    fn whole(
        &self,
        file: &Path,
        name: &str,
        media_type: &str,
        done: &mut Imported,
    ) -> Result<(), CrawlError> {
        let length = fs::metadata(file).map_err(unreadable(file))?.len();
        if length > FILE_BYTES_MAX {
            done.reject(file, None, "it is longer than 16 MiB, which no page is");
            return Ok(());
        }
        let bytes = fs::read(file).map_err(unreadable(file))?;
        let url = file_url(name);
        let payload = Payload {
            url: url.clone(),
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body: bytes,
        };
        match self.extract(&payload) {
            Ok(article) => {
                let known = self.archive.holds_payload(&self.source.id, &url, &payload.body)?;
                if known {
                    done.unchanged += 1;
                    return Ok(());
                }
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
    fn lines(&self, file: &Path, name: &str, done: &mut Imported) -> Result<(), CrawlError> {
        let mut input = BufReader::new(File::open(file).map_err(unreadable(file))?);
        let mut number = 0;
        for batch in 0.. {
            let (mut bytes, mut articles) = (Vec::new(), Vec::new());
            let mut line = Vec::new();
            while bytes.len() < BATCH_BYTES {
                line.clear();
                if input.read_until(b'\n', &mut line).map_err(unreadable(file))? == 0 {
                    break;
                }
                number += 1;
                bytes.extend_from_slice(&line);
                let text = String::from_utf8_lossy(&line);
                if text.trim().is_empty() {
                    continue;
                }
                match parse_line(text.trim_start_matches('\u{feff}').trim()) {
                    Ok(article) => articles.push(article),
                    Err(error) => done.reject(file, Some(number), &error.to_string()),
                }
            }
            if bytes.is_empty() {
                break;
            }
            let url = format!("{}#{batch}", file_url(name));
            if articles.is_empty() {
                continue;
            }
            if self.archive.holds_payload(&self.source.id, &url, &bytes)? {
                done.unchanged += articles.len() as u64;
                continue;
            }
            let capture = self.keep(&url, "application/x-ndjson", bytes)?;
            self.record(&capture, &articles, done)?;
        }
        Ok(())
    }

    /// Another crawler's captures.
    fn warc(&self, file: &Path, done: &mut Imported) -> Result<(), CrawlError> {
        let input = BufReader::new(File::open(file).map_err(unreadable(file))?);
        let compressed = file.extension().is_some_and(|e| e == "gz");
        for (number, record) in (1..).zip(warc::Reader::new(input, compressed)) {
            match record {
                Ok(record) => self.warc_record(file, number, record, done)?,
                Err(error) => {
                    done.reject(file, Some(number), &error.to_string());
                    break;
                }
            }
        }
        Ok(())
    }

    fn warc_record(
        &self,
        file: &Path,
        number: u64,
        record: Record,
        done: &mut Imported,
    ) -> Result<(), CrawlError> {
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
        match self.extract(&payload) {
            Ok(_) if self.archive.holds_payload(&self.source.id, &url, &payload.body)? => {
                done.unchanged += 1;
                Ok(())
            }
            Ok(article) => {
                let (id, now) = (&self.source.id, (self.now)());
                let capture = self.recorder().record_response(id, &url, record.block, at, now)?;
                self.record(&capture, &[article], done)
            }
            // List pages and menus are no loss; the count tells how many pages gave nothing.
            Err(why) => {
                done.reject(file, Some(number), &why);
                Ok(())
            }
        }
    }

    fn extract(&self, payload: &Payload) -> Result<Extracted, String> {
        let profile = self.profiles.named(&self.source.profile).map_err(|e| e.to_string())?;
        let context = Context { profile, label: None, fetched_at: (self.now)() };
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

impl Imported {
    /// Adds what another import did.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.new += other.new;
        self.edited += other.edited;
        self.unchanged += other.unchanged;
        self.rejected.extend(other.rejected);
    }

    fn reject(&mut self, file: &Path, number: Option<u64>, why: &str) {
        self.rejected.push(Rejected { file: file.to_owned(), number, why: why.to_owned() });
    }
}

const UNKNOWN_KIND: &str = "its name ends in none of .txt, .html, .htm, .jsonl, .warc, .warc.gz";

enum Kind {
    Text,
    Html,
    Lines,
    Warc,
}

fn kind(name: &str) -> Option<Kind> {
    let name = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|e| name.ends_with(e));
    match () {
        () if ends(&[".txt"]) => Some(Kind::Text),
        () if ends(&[".html", ".htm"]) => Some(Kind::Html),
        () if ends(&[".jsonl"]) => Some(Kind::Lines),
        () if ends(&[".warc", ".warc.gz"]) => Some(Kind::Warc),
        () => None,
    }
}

/// The name of an imported file below the folder given, so that it is the same on every machine.
fn file_url(name: &str) -> String {
    let mut url = url::Url::parse("file:///").expect("it is a literal");
    url.set_path(name);
    url.into()
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>, CrawlError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .map_err(unreadable(path))?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        // A link may lead in circles; a folder of articles needs none.
        if entry.is_symlink() && entry.is_dir() {
            continue;
        }
        files.extend(files_below(&entry)?);
    }
    Ok(files)
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> CrawlError {
    let path = path.to_owned();
    move |source| CrawlError::Unreadable { path, source }
}
