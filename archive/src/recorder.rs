//! The one writer of captures: appends records to the open WARC file, then commits where they are.
//!
//! The order makes a kill harmless: bytes first, flushed to disk; then one commit with the
//! capture, the page's state, its links and the file's length. Bytes past the committed length
//! are a torn tail, cut off when the archive is next opened for recording.

use std::fs::{File, TryLockError};

use jiff::Timestamp;
use rusqlite::Transaction;

use crate::capture::{self, NewCapture, newest_payload};
use crate::exchange::{Revisited, exchange_records};
use crate::warc::{self, Record};
use crate::warc_file::{self, WarcFile};
use crate::{Archive, ArchiveError, Capture, Exchange, NewPage, Page, SourceId, Validators, page};

/// The file that is locked by whoever records.
const LOCK: &str = "recorder.lock";

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

/// What a killed process left, and what was put right when an archive was opened for recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// WARC files, with the bytes at their ends that were never committed and were cut off.
    pub cut: Vec<(String, u64)>,
    /// WARC files that lack captures, with the bytes that are missing: they are left as they are.
    pub lost: Vec<(String, u64)>,
    /// Runs that were under way and are ended.
    pub runs: usize,
}

/// Adds captures to an archive; holds its lock.
#[derive(Debug)]
pub struct Recorder {
    archive: Archive,
    mended: Mended,
    file: Option<WarcFile>,
    _lock: File,
}

/// Where a record stands.
struct Place {
    file: String,
    offset: u64,
    length: u64,
}

impl Archive {
    /// Whether some process adds captures now.
    pub(crate) fn is_recording(&self) -> bool {
        let lock = File::open(self.folder().join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Recorder {
    /// Takes the archive's lock and cuts torn tails off its WARC files.
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] when another process records.
    pub fn open(archive: Archive) -> Result<Self, ArchiveError> {
        let path = archive.folder().join(LOCK);
        let lock = File::create(&path).map_err(ArchiveError::io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ArchiveError::Locked { path }),
            Err(TryLockError::Error(source)) => return Err(ArchiveError::Io { path, source }),
        }
        let (cut, lost) = warc_file::mend(&archive)?;
        archive.write_missing_cdxj()?;
        let runs = archive.end_killed_runs(&Timestamp::now().to_string())?;
        Ok(Self { archive, mended: Mended { cut, lost, runs }, file: None, _lock: lock })
    }

    /// What was put right when this was opened.
    pub fn mended(&self) -> &Mended {
        &self.mended
    }

    /// Keeps a visit: the exchange, the page's new state and the pages it leads to. The capture,
    /// and how many of these are new articles.
    pub fn record_visit(&mut self, fetched: &Fetched<'_>) -> Result<(Capture, u64), ArchiveError> {
        let (page, exchange) = (fetched.page, fetched.exchange);
        let extraction = if fetched.extract { "pending" } else { "none" };
        // What the server leaves out as not modified must be ours: else it is asked for whole next time.
        let validators = match exchange.status == 304 && !self.holds_newest(page)? {
            true => Validators::default(),
            false => fetched.validators.clone(),
        };
        let mut new = 0;
        let capture = self.record(&page.source, &page.key, exchange, extraction, |tx| {
            let now = exchange.at.to_string();
            page::visited(tx, page, exchange.status, &validators, &now)?;
            new = page::add(tx, &page.source, &fetched.links, &now)?;
            Ok(())
        })?;
        Ok((capture, new))
    }

    /// Keeps an exchange that belongs to no page: robots.txt, a redirect on the way.
    pub fn record_exchange(
        &mut self,
        source: &SourceId,
        page_key: &str,
        exchange: &Exchange,
    ) -> Result<Capture, ArchiveError> {
        self.record(source, page_key, exchange, "none", |_| Ok(()))
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
        let date = warc::date(now);
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
        let date = warc::date(at);
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

    /// Whether the newest payload of a page can be read.
    fn holds_newest(&self, page: &Page) -> Result<bool, ArchiveError> {
        let newest = self.archive.read(|db| newest_payload(db, &page.source, &page.key))?;
        newest.map_or(Ok(false), |(id, ..)| self.archive.can_read(id))
    }

    fn record(
        &mut self,
        source: &SourceId,
        page_key: &str,
        exchange: &Exchange,
        extraction: &'static str,
        with_it: impl FnOnce(&Transaction<'_>) -> Result<(), ArchiveError>,
    ) -> Result<Capture, ArchiveError> {
        let digest = warc::digest(&exchange.body);
        let earlier = self.archive.read(|db| newest_payload(db, source, page_key))?;
        let revisit = match earlier {
            Some(earlier) if exchange.status == 304 => Some(earlier),
            // What came again is kept whole where the first record is damaged or gone.
            Some(earlier) if exchange.status == 200 && earlier.1 == digest => {
                self.archive.can_read(earlier.0)?.then_some(earlier)
            }
            _ => None,
        };
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
                    fetched_at: warc::date(exchange.at),
                    status: exchange.status,
                    payload_digest: &digest,
                    refers_to,
                    extraction: if exchange.status == 304 { "none" } else { extraction },
                    file: place.file.clone(),
                    offset: place.offset,
                    length: place.length,
                };
                let capture = capture::insert(tx, source, &new)?;
                with_it(tx)?;
                Ok(capture)
            },
        )
    }

    /// Appends records, flushes them, and commits `commit` with the new length. The capture is the
    /// first record's. Whatever fails, the file is opened anew at its committed length.
    fn append_and_commit(
        &mut self,
        records: impl FnOnce(&str) -> Vec<Record>,
        now: Timestamp,
        commit: impl FnOnce(&Transaction<'_>, &Place) -> Result<Capture, ArchiveError>,
    ) -> Result<Capture, ArchiveError> {
        let open = self.file.take().filter(|file| file.takes_more(now));
        let mut warc = match open {
            Some(file) => file,
            None => WarcFile::open(&self.archive, now)?,
        };
        let offset = warc.length;
        let mut lengths = Vec::new();
        for record in records(&format!("{}:{offset}", warc.name)) {
            lengths.push(warc.append(&record)?);
        }
        warc.flush()?;
        let length = lengths.first().copied().unwrap_or_default();
        let place = Place { file: warc.name.clone(), offset, length };
        let capture = self.archive.write(|tx| {
            warc.commit(tx)?;
            commit(tx, &place)
        })?;
        self.file = Some(warc);
        Ok(capture)
    }
}

/// A capture that was not fetched but brought: its URL is its page.
fn imported<'a>(url: &'a str, at: Timestamp, digest: &'a str, place: &Place) -> NewCapture<'a> {
    NewCapture {
        page_key: url,
        url,
        fetched_at: warc::date(at),
        status: 200,
        payload_digest: digest,
        refers_to: None,
        extraction: "pending",
        file: place.file.clone(),
        offset: place.offset,
        length: place.length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    struct Setting {
        folder: tempfile::TempDir,
        archive: Archive,
        source: SourceId,
    }

    impl Setting {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let archive = Archive::open(folder.path()).unwrap();
            Self { folder, archive, source: "thu".parse().unwrap() }
        }

        fn keep(&self, recorder: &mut Recorder, text: &str) -> Capture {
            let (url, bytes) = (format!("file:///{text}"), text.as_bytes().to_vec());
            recorder.record_resource(&self.source, &url, "text/plain", bytes, NOW).unwrap()
        }

        fn warc_file(&self) -> PathBuf {
            let mut entries = fs::read_dir(self.folder.path().join("warc")).unwrap();
            entries.next().unwrap().unwrap().path()
        }
    }

    #[test]
    fn a_torn_tail_is_cut_off_and_nothing_else() {
        let setting = Setting::new();
        let mut recorder = Recorder::open(setting.archive.clone()).unwrap();
        let first = setting.keep(&mut recorder, "một");
        drop(recorder);
        let whole = fs::read(setting.warc_file()).unwrap();
        let mut file = OpenOptions::new().append(true).open(setting.warc_file()).unwrap();
        file.write_all(&whole[..whole.len() / 3]).unwrap();
        let mut recorder = Recorder::open(setting.archive.clone()).unwrap();
        let name = setting.warc_file().file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(recorder.mended().cut, [(name, whole.len() as u64 / 3)]);
        assert_eq!(fs::read(setting.warc_file()).unwrap(), whole);
        let second = setting.keep(&mut recorder, "hai");
        for (capture, text) in [(first, "một"), (second, "hai")] {
            assert_eq!(setting.archive.payload(&capture).unwrap().body, text.as_bytes());
        }
        let file = std::io::BufReader::new(File::open(setting.warc_file()).unwrap());
        assert!(warc::Reader::new(file).unwrap().all(|record| record.is_ok()));
    }

    #[test]
    fn a_file_that_lost_captures_is_told_and_left_as_it_is() {
        let setting = Setting::new();
        let archive = &setting.archive;
        let mut recorder = Recorder::open(archive.clone()).unwrap();
        setting.keep(&mut recorder, "một");
        drop(recorder);
        let short = setting.warc_file();
        let whole = fs::metadata(&short).unwrap().len();
        fs::write(&short, b"short").unwrap();
        let mut recorder = Recorder::open(archive.clone()).unwrap();
        let second = setting.keep(&mut recorder, "hai");
        assert_eq!(archive.payload(&second).unwrap().body, "hai".as_bytes());
        assert_eq!(fs::read(&short).unwrap(), b"short");
        let name = short.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(archive.lost_captures().unwrap(), [(name.clone(), whole - 5)]);
        fs::remove_file(&short).unwrap();
        drop(recorder);
        Recorder::open(archive.clone()).unwrap();
        assert_eq!(archive.lost_captures().unwrap(), [(name, whole)]);
        assert!(!short.exists());
    }

    #[test]
    fn what_comes_again_is_kept_whole_where_the_first_record_is_lost() {
        let setting = Setting::new();
        let (archive, source) = (&setting.archive, &setting.source);
        let mut recorder = Recorder::open(archive.clone()).unwrap();
        setting.keep(&mut recorder, "trước");
        let begin = fs::metadata(setting.warc_file()).unwrap().len() as usize;
        let mut keep = || {
            let exchange = Exchange {
                url: "http://a.example/1".to_owned(),
                at: NOW,
                peer: None,
                request_head: Vec::new(),
                status: 200,
                response_head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
                body: b"tin".to_vec(),
                truncated: None,
            };
            recorder.record_exchange(source, "1", &exchange).unwrap()
        };
        let (first, again) = (keep(), keep());
        assert_eq!(again.refers_to, Some(first.id));
        let mut bytes = fs::read(setting.warc_file()).unwrap();
        bytes[begin + 30] ^= 1;
        fs::write(setting.warc_file(), bytes).unwrap();
        assert!(archive.payload(&again).is_err());
        let whole = keep();
        assert_eq!(whole.refers_to, None);
        assert_eq!(archive.payload(&whole).unwrap().body, b"tin");
        assert_eq!(keep().refers_to, Some(whole.id));
    }

    #[test]
    fn there_is_one_recorder_at_a_time() {
        let setting = Setting::new();
        let recorder = Recorder::open(setting.archive.clone()).unwrap();
        let second = Recorder::open(setting.archive.clone());
        assert!(matches!(second, Err(ArchiveError::Locked { .. })));
        drop(recorder);
        assert!(Recorder::open(setting.archive.clone()).is_ok());
    }
}
