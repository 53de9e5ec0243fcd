//! Verifying: whether the files hold what the database says, byte by byte.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::Path;

use rusqlite::params;

use crate::warc::{self, Record};
use crate::{Archive, ArchiveError, warc_file};

/// What verifying found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// WARC files read.
    pub files: u64,
    /// Records read whole, with the digests that they promise.
    pub records: u64,
    /// Captures whose record is where the database says.
    pub captures: u64,
    /// What is wrong; empty for an archive that is whole.
    pub faults: Vec<Fault>,
}

/// Something that is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A file that the database knows is not there.
    MissingFile(String),
    /// A file that the database does not know.
    UnknownFile(String),
    /// A file is shorter than what was committed.
    ShortFile {
        /// Its name.
        file: String,
        /// Its length.
        bytes: u64,
        /// What was committed.
        committed: u64,
    },
    /// Bytes behind the committed ones: a killed process left them.
    TornTail {
        /// The file.
        file: String,
        /// How many.
        bytes: u64,
    },
    /// A record that cannot be read, or does not have the digest that it promises.
    DamagedRecord {
        /// The file.
        file: String,
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        why: String,
        /// The page that it is a capture of, where the database says so.
        url: Option<String>,
    },
    /// A capture without a record of its own.
    RowWithoutRecord {
        /// The page.
        url: String,
        /// Where its record should be.
        file: String,
        /// At this offset.
        offset: u64,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingFile(file) => {
                write!(f, "{file} is missing; copy it from the folder `warc` of a backup")
            }
            Self::UnknownFile(file) => write!(f, "{file} is no file of this archive"),
            Self::ShortFile { file, bytes, committed } => write!(
                f,
                "{file} has {bytes} bytes, but {committed} were committed; copy it from the folder `warc` \
                 of a backup"
            ),
            Self::TornTail { file, bytes } => write!(
                f,
                "{file} has {bytes} bytes behind the last record; the next start, crawl or import \
                 cuts them off"
            ),
            Self::DamagedRecord { file, offset, why, url } => {
                write!(
                    f,
                    "{file}: the record at byte {offset} is damaged ({why}); copy the file from the \
                     folder `warc` of a backup"
                )?;
                url.as_ref().map_or(Ok(()), |url| write!(f, "; it is a capture of {url}"))
            }
            Self::RowWithoutRecord { url, file, offset, why } => {
                write!(f, "the capture of {url} has no record in {file} at byte {offset}: {why}")
            }
        }
    }
}

/// A capture's row, as far as a file must bear it out.
struct Row {
    url: String,
    length: u64,
    digest: String,
    is_revisit: bool,
}

impl Archive {
    /// Reads all files and compares them with the database; `progress` is told each file's name.
    /// What is being added meanwhile is left out.
    ///
    /// # Errors
    /// When the database or the folder cannot be read. What is wrong with the archive is no error.
    pub fn verify(&self, progress: &mut dyn FnMut(&str)) -> Result<Verified, ArchiveError> {
        let mut verified = Verified::default();
        let folder = warc_file::folder(self);
        // Listed first: a file that is begun afterwards is in neither list, or known.
        let there = files_in(&folder)?;
        let known = self.warc_files()?;
        for (name, committed) in &known {
            progress(name);
            verified.files += 1;
            let path = folder.join(name);
            match fs::metadata(&path) {
                Err(_) if *committed == 0 => continue,
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ArchiveError::io(&path)(error));
                }
                Err(_) => {
                    verified.faults.push(Fault::MissingFile(name.clone()));
                    continue;
                }
                Ok(metadata) => {
                    verified.check_length(self, name, metadata.len(), *committed)?;
                    // That the rest is not there is said once.
                    let there = metadata.len().min(*committed);
                    self.verify_file(&path, name, there, &mut verified)?;
                }
            }
        }
        let known: HashSet<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        for name in there {
            let is_index = name.ends_with(".cdxj");
            if !is_index && !known.contains(name.as_str()) {
                verified.faults.push(Fault::UnknownFile(name));
            }
        }
        Ok(verified)
    }

    fn verify_file(
        &self,
        path: &Path,
        name: &str,
        committed: u64,
        verified: &mut Verified,
    ) -> Result<(), ArchiveError> {
        let mut rows = self.rows_of(name, committed)?;
        let mut file = BufReader::new(File::open(path).map_err(ArchiveError::io(path))?);
        let mut offset = 0;
        while offset < committed {
            let read = file.seek(SeekFrom::Start(offset)).and_then(|_| {
                let record = warc::take_member(&mut file)?;
                Ok((record, file.stream_position()?))
            });
            let row = rows.remove(&offset);
            let next = rows.range(offset..).next().map_or(committed, |(next, _)| *next);
            match read {
                Ok((record, end)) => {
                    verified.records += 1;
                    if let Some(row) = row {
                        verified.check_row(&row, &record, (name, offset, end));
                    }
                    offset = end;
                }
                Err(error) => {
                    let (file, why) = (name.to_owned(), error.to_string());
                    let url = row.map(|row| row.url);
                    verified.faults.push(Fault::DamagedRecord { file, offset, why, url });
                    // Whatever stands between is not told apart.
                    offset = next;
                }
            }
        }
        for (offset, row) in rows {
            verified.no_record(&row, name, offset, "no record begins there");
        }
        Ok(())
    }

    /// The WARC files with their committed lengths, by name.
    pub(crate) fn warc_files(&self) -> Result<Vec<(String, u64)>, ArchiveError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached("SELECT name, committed_length FROM warc_file ORDER BY name")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The captures in the first bytes of a file; those that are being added stand behind them.
    fn rows_of(&self, file: &str, bytes: u64) -> Result<BTreeMap<u64, Row>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT offset, url, length, payload_digest, refers_to IS NOT NULL
                 FROM capture WHERE file = ?1 AND offset < ?2";
            let mut query = db.prepare(sql)?;
            let rows = query.query_map(params![file, bytes], |row| {
                let (url, length) = (row.get(1)?, row.get(2)?);
                let (digest, is_revisit) = (row.get(3)?, row.get(4)?);
                Ok((row.get(0)?, Row { url, length, digest, is_revisit }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Verified {
    fn check_length(
        &mut self,
        archive: &Archive,
        name: &str,
        bytes: u64,
        committed: u64,
    ) -> Result<(), ArchiveError> {
        let file = name.to_owned();
        if bytes < committed {
            self.faults.push(Fault::ShortFile { file, bytes, committed });
        } else if bytes > committed && !archive.is_recording() {
            // Who recorded when this began may have ended since.
            let sql = "SELECT committed_length FROM warc_file WHERE name = ?1";
            let by_now: u64 =
                archive.read(|db| Ok(db.query_row(sql, [name], |row| row.get(0))?))?;
            let behind = bytes.saturating_sub(by_now);
            self.faults.extend((behind > 0).then_some(Fault::TornTail { file, bytes: behind }));
        }
        Ok(())
    }

    fn check_row(&mut self, row: &Row, record: &Record, place: (&str, u64, u64)) {
        let (name, offset, end) = place;
        let kind = record.header("WARC-Type").unwrap_or_default();
        let as_expected = match kind {
            "revisit" => row.is_revisit,
            "response" | "resource" => !row.is_revisit,
            _ => false,
        };
        // A revisit has the digest of what it repeats, which for a 304 the row does not.
        let digest = record.header("WARC-Payload-Digest").filter(|_| !row.is_revisit);
        if end - offset != row.length {
            self.no_record(row, name, offset, "the record there has another length");
        } else if !as_expected {
            self.no_record(row, name, offset, &format!("a {kind} record stands there"));
        } else if digest.is_some_and(|digest| digest != row.digest) {
            self.no_record(row, name, offset, "the record there has another payload");
        } else {
            self.captures += 1;
        }
    }

    fn no_record(&mut self, row: &Row, file: &str, offset: u64, why: &str) {
        let (url, file, why) = (row.url.clone(), file.to_owned(), why.to_owned());
        self.faults.push(Fault::RowWithoutRecord { url, file, offset, why });
    }
}

fn files_in(folder: &Path) -> Result<Vec<String>, ArchiveError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.map_err(ArchiveError::io(folder))?;
        Ok(entry.file_name().to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = entries.map(name).collect::<Result<_, ArchiveError>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recorder;
    use jiff::Timestamp;
    use std::io::Write;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn archive(folder: &Path) -> (Archive, std::path::PathBuf) {
        let archive = Archive::open(folder).unwrap();
        let mut recorder = Recorder::open(archive.clone()).unwrap();
        let source = "thu".parse().unwrap();
        for text in ["một", "hai", "ba"] {
            let url = format!("file:///{text}");
            let bytes = text.repeat(100).into_bytes();
            recorder.record_resource(&source, &url, "text/plain", bytes, NOW).unwrap();
        }
        let name = archive.warc_files().unwrap().remove(0).0;
        let path = warc_file::folder(&archive).join(name);
        (archive, path)
    }

    fn faults(archive: &Archive) -> Vec<Fault> {
        archive.verify(&mut |_| ()).unwrap().faults
    }

    #[test]
    fn a_whole_archive_has_no_faults() {
        let folder = tempfile::tempdir().unwrap();
        let (archive, _) = archive(folder.path());
        let verified = archive.verify(&mut |_| ()).unwrap();
        assert_eq!((verified.captures, verified.faults), (3, vec![]));
        assert_eq!(verified.records, 4, "the file's own record and three more");
    }

    #[test]
    fn a_torn_tail_a_missing_and_a_foreign_file_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (archive, path) = archive(folder.path());
        File::options().append(true).open(&path).unwrap().write_all(b"tail").unwrap();
        assert!(matches!(faults(&archive)[..], [Fault::TornTail { bytes: 4, .. }]));
        fs::rename(&path, path.with_file_name("other.warc.gz")).unwrap();
        assert!(matches!(faults(&archive)[..], [Fault::MissingFile(_), Fault::UnknownFile(_)]));
    }

    #[test]
    fn what_is_added_meanwhile_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (archive, path) = archive(folder.path());
        let other = archive.clone();
        // A crawl adds to the file, and begins another, as soon as verifying has begun.
        let mut add = |_: &str| {
            let Ok(mut recorder) = Recorder::open(other.clone()) else { return };
            for at in [NOW, NOW + jiff::SignedDuration::from_hours(24)] {
                let (url, source) = (format!("file:///{at}"), "thu".parse().unwrap());
                let bytes = b"moi".to_vec();
                recorder.record_resource(&source, &url, "text/plain", bytes, at).unwrap();
            }
        };
        let length = fs::metadata(&path).unwrap().len();
        assert_eq!(archive.verify(&mut add).unwrap().faults, []);
        assert!(fs::metadata(&path).unwrap().len() > length);
    }

    #[test]
    fn any_flipped_bit_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (archive, path) = archive(folder.path());
        let (whole, kept) = (fs::read(&path).unwrap(), records(&path));
        for at in (0..whole.len()).step_by(3) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            // Some bits carry nothing: the time in a gzip head, what fills the last byte.
            assert!(!faults(&archive).is_empty() || records(&path) == kept, "{at}");
        }
    }

    fn records(path: &Path) -> Vec<Record> {
        let file = BufReader::new(File::open(path).unwrap());
        warc::Reader::new(file).unwrap().map(Result::unwrap).collect()
    }
}
