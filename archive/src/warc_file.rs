//! The WARC file that is being written: one a day, closed at 512 MiB, whole up to its committed
//! length. What lies behind that length was never committed and is cut off.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::warc::{self, Record};
use crate::{Archive, ArchiveError};

/// The name of their folder in an archive's.
pub(crate) const WARC: &str = "warc";
/// A WARC file is closed when it has grown to this many bytes.
const BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Characters of the archive's identity in the names of its files: 48 bits.
const ARCHIVE_ID_CHARS: usize = 12;

/// An open WARC file.
#[derive(Debug)]
pub(crate) struct WarcFile {
    pub(crate) name: String,
    path: PathBuf,
    file: File,
    /// Bytes appended, committed or not.
    pub(crate) length: u64,
}

impl WarcFile {
    /// The file to append to at `now`: today's newest if it has room and is whole, else a new one.
    pub(crate) fn open(archive: &Archive, now: Timestamp) -> Result<Self, ArchiveError> {
        // Of today only: a clock that was once wrong may have named a file of another year.
        let newest: Option<(String, u64)> = archive.read(|db| {
            let sql = "SELECT name, committed_length FROM warc_file WHERE name GLOB ?1 || '*'
                 ORDER BY name DESC LIMIT 1";
            let mut query = db.prepare_cached(sql)?;
            let row = query.query_map([of_day(now)], |row| Ok((row.get(0)?, row.get(1)?)))?.next();
            Ok(row.transpose()?)
        })?;
        if let Some((name, length)) = newest {
            let path = folder(archive).join(&name);
            if takes_more(&name, length, now) && bytes_of(&path)? >= length {
                let file = Self { file: open_at(&path, length)?, name, path, length };
                return if length == 0 { file.begin(archive, now) } else { Ok(file) };
            }
        }
        Self::create(archive, now)?.begin(archive, now)
    }

    /// Makes a file. The archive knows it before it has a byte, so that whatever a kill or a full
    /// disk leaves of it is cut off.
    fn create(archive: &Archive, now: Timestamp) -> Result<Self, ArchiveError> {
        let sql = "SELECT count(*) FROM warc_file";
        let count: u64 = archive.read(|db| Ok(db.query_row(sql, [], |row| row.get(0))?))?;
        // Two archives never share a name, nor the record ids that follow from it.
        let archive_id: String = archive.identity()?.chars().take(ARCHIVE_ID_CHARS).collect();
        let date = now.strftime("%Y%m%d%H%M%S");
        let name = format!("loa-{date}-{archive_id}-{count:06}.warc.gz");
        archive.write(|tx| {
            let row = params![name, now.to_string(), 0];
            tx.execute("INSERT INTO warc_file VALUES (?1, ?2, ?3)", row)?;
            Ok(())
        })?;
        let path = folder(archive).join(&name);
        let file = Self { file: open_at(&path, 0)?, name, path, length: 0 };
        sync_folder(&folder(archive))?;
        Ok(file)
    }

    /// Writes the `warcinfo` record.
    fn begin(mut self, archive: &Archive, now: Timestamp) -> Result<Self, ArchiveError> {
        let info = format!(
            "software: loaphuong/{}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let place = format!("{}:info", self.name);
        let content_type = "application/warc-fields";
        let date = warc::date(now);
        let mut record = Record::new("warcinfo", &date, &place, content_type, info.into_bytes());
        record.set("WARC-Filename", &self.name);
        self.append(&record)?;
        self.flush()?;
        archive.write(|tx| self.commit(tx))?;
        Ok(self)
    }

    /// Whether the file is of the day and has room.
    pub(crate) fn takes_more(&self, now: Timestamp) -> bool {
        takes_more(&self.name, self.length, now)
    }

    /// Appends a record as a gzip member; its length in the file.
    pub(crate) fn append(&mut self, record: &Record) -> Result<u64, ArchiveError> {
        let member = record.to_member();
        self.file.write_all(&member).map_err(ArchiveError::io(&self.path))?;
        self.length += member.len() as u64;
        Ok(member.len() as u64)
    }

    /// Waits until all that was appended is on disk.
    pub(crate) fn flush(&mut self) -> Result<(), ArchiveError> {
        self.file.sync_data().map_err(ArchiveError::io(&self.path))
    }

    /// Makes all that was appended part of the archive.
    pub(crate) fn commit(&self, tx: &Transaction<'_>) -> Result<(), ArchiveError> {
        tx.prepare_cached("UPDATE warc_file SET committed_length = ?2 WHERE name = ?1")?
            .execute(params![self.name, self.length])?;
        Ok(())
    }
}

fn takes_more(name: &str, length: u64, now: Timestamp) -> bool {
    length < BYTES_MAX && name.starts_with(&of_day(now))
}

/// How the names of a day's files begin.
fn of_day(now: Timestamp) -> String {
    format!("loa-{}", now.strftime("%Y%m%d"))
}

/// The folder of an archive's WARC files.
pub(crate) fn folder(archive: &Archive) -> PathBuf {
    archive.folder().join(WARC)
}

/// Files with numbers of bytes.
type Bytes = Vec<(String, u64)>;

/// Makes the folder, and cuts off what a killed process wrote but did not commit: what was cut off, and
/// what is missing. A file that has lost captures is left as it is, and what comes goes elsewhere.
pub(crate) fn mend(archive: &Archive) -> Result<(Bytes, Bytes), ArchiveError> {
    let folder = folder(archive);
    fs::create_dir_all(&folder).map_err(ArchiveError::io(&folder))?;
    let (mut cut, mut lost) = (Vec::new(), Vec::new());
    for (name, length) in archive.warc_files()? {
        let path = folder.join(&name);
        let found = bytes_of(&path)?;
        if found < length {
            lost.push((name, length - found));
            continue;
        }
        open_at(&path, length)?;
        if found > length {
            cut.push((name, found - length));
        }
    }
    Ok((cut, lost))
}

impl Archive {
    /// The WARC files that have fewer bytes than were committed, or are gone, with the bytes that are
    /// missing. A backup has them.
    pub fn lost_captures(&self) -> Result<Vec<(String, u64)>, ArchiveError> {
        let folder = folder(self);
        let mut found = Vec::new();
        for (name, length) in self.warc_files()? {
            let lost = length.saturating_sub(bytes_of(&folder.join(&name))?);
            found.extend((lost > 0).then_some((name, lost)));
        }
        Ok(found)
    }
}

/// The length of a file; none where it is gone.
fn bytes_of(path: &Path) -> Result<u64, ArchiveError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(ArchiveError::io(path)(error)),
    }
}

/// Opens a file for appending at its committed length and cuts off what lies behind it.
fn open_at(path: &Path, length: u64) -> Result<File, ArchiveError> {
    let mut options = OpenOptions::new();
    let options = options.create(length == 0).truncate(false).write(true);
    let mut file = options.open(path).map_err(ArchiveError::io(path))?;
    let mut cut = || {
        if file.metadata()?.len() > length {
            file.set_len(length)?;
        }
        file.seek(SeekFrom::Start(length))
    };
    cut().map_err(ArchiveError::io(path))?;
    Ok(file)
}

/// Makes a new file's name durable.
fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ArchiveError::io(folder))
}
