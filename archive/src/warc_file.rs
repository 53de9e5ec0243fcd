//! The WARC file that is being written: one a day, closed at 512 MiB, whole up to its committed
//! length. What lies behind that length was never committed and is cut off.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::warc::{self, Record};
use crate::{Archive, ArchiveError};

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
    /// The file to append to at `now`: today's newest if it has room, else a new one.
    pub(crate) fn open(archive: &Archive, now: Timestamp) -> Result<Self, ArchiveError> {
        let newest: Option<(String, u64)> = archive.read(|db| {
            let sql = "SELECT name, committed_length FROM warc_file ORDER BY name DESC LIMIT 1";
            let mut query = db.prepare_cached(sql)?;
            let row = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.next();
            Ok(row.transpose()?)
        })?;
        if let Some((name, length)) = newest {
            let path = folder(archive).join(&name);
            let file = Self { file: open_at(&path, length)?, name, path, length };
            match file.takes_more(now) {
                true if file.length == 0 => return file.begin(archive, now),
                true => return Ok(file),
                false => {}
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
        let day = format!("loa-{}", now.strftime("%Y%m%d"));
        self.length < BYTES_MAX && self.name.starts_with(&day)
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

/// The folder of an archive's WARC files.
pub(crate) fn folder(archive: &Archive) -> PathBuf {
    archive.folder().join("warc")
}

/// Makes the folder, and cuts off what a killed process wrote but did not commit.
pub(crate) fn mend(archive: &Archive) -> Result<(), ArchiveError> {
    let folder = folder(archive);
    fs::create_dir_all(&folder).map_err(ArchiveError::io(&folder))?;
    let files: Vec<(String, u64)> = archive.read(|db| {
        let mut query = db.prepare("SELECT name, committed_length FROM warc_file")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })?;
    for (name, length) in files {
        open_at(&folder.join(name), length)?;
    }
    Ok(())
}

/// Opens a file for appending at its committed length and cuts off what lies behind it. A file
/// that is shorter has lost captures: that is told, not papered over.
fn open_at(path: &Path, length: u64) -> Result<File, ArchiveError> {
    let mut options = OpenOptions::new();
    let options = options.create(length == 0).truncate(false).write(true);
    let mut file = options.open(path).map_err(ArchiveError::io(path))?;
    let actual = file.metadata().map_err(ArchiveError::io(path))?.len();
    if actual < length {
        let why = format!(
            "{} has {actual} bytes, but {length} were committed; restore it from a backup",
            path.display()
        );
        return Err(ArchiveError::Damaged { what: "WARC file", why });
    }
    let mut cut = || {
        if actual > length {
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
