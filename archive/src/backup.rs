//! Copies of an archive: a backup while it is in use, and the way back.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::verify::Verified;
use crate::{Archive, ArchiveError, warc_file};

/// The name of the database in an archive's folder.
const DATABASE: &str = "archive.sqlite";

impl Archive {
    /// Copies the archive as it is at this moment into a folder that is empty or not there, and
    /// verifies the copy. Crawls and searches may go on.
    ///
    /// # Errors
    /// When the folder holds something, or something cannot be copied.
    pub fn backup(
        &self,
        target: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Verified, ArchiveError> {
        empty_folder(target)?;
        let database = target.join(DATABASE);
        let text = database.to_string_lossy().into_owned();
        // One statement, one state: what is committed later is not in it.
        self.read(|db| Ok(db.execute("VACUUM INTO ?1", [&text])?))?;
        sync(&database)?;
        let copy = Self::open_existing(target)?;
        let (from, to) = (warc_file::folder(self), warc_file::folder(&copy));
        fs::create_dir_all(&to).map_err(ArchiveError::io(&to))?;
        for (name, committed) in copy.warc_files()? {
            progress(&name);
            if committed > 0 {
                copy_part(&from.join(&name), &to.join(&name), committed)?;
            }
        }
        copy.verify(progress)
    }

    /// Brings a backup back into a folder without an archive, and verifies it.
    ///
    /// # Errors
    /// When there is an archive already, the backup is none, or something cannot be copied.
    pub fn restore(
        backup: &Path,
        target: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Verified, ArchiveError> {
        if target.join(DATABASE).exists() {
            return Err(ArchiveError::Occupied { folder: target.to_owned() });
        }
        let kept = Self::open_existing(backup)?;
        let files = kept.warc_files()?;
        let folder = target.join("warc");
        fs::create_dir_all(&folder).map_err(ArchiveError::io(&folder))?;
        for (name, committed) in files.into_iter().filter(|(_, committed)| *committed > 0) {
            progress(&name);
            copy_part(&warc_file::folder(&kept).join(&name), &folder.join(&name), committed)?;
        }
        // Last: an archive whose files are not there yet must not look whole.
        let database = target.join(DATABASE);
        let text = database.to_string_lossy().into_owned();
        kept.read(|db| Ok(db.execute("VACUUM INTO ?1", [&text])?))?;
        sync(&database)?;
        Self::open_existing(target)?.verify(progress)
    }
}

fn empty_folder(folder: &Path) -> Result<(), ArchiveError> {
    fs::create_dir_all(folder).map_err(ArchiveError::io(folder))?;
    let mut entries = fs::read_dir(folder).map_err(ArchiveError::io(folder))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(ArchiveError::Occupied { folder: folder.to_owned() }),
    }
}

/// Copies the first bytes of a file.
fn copy_part(from: &Path, to: &Path, bytes: u64) -> Result<(), ArchiveError> {
    let source = File::open(from).map_err(ArchiveError::io(from))?;
    let mut target = File::create(to).map_err(ArchiveError::io(to))?;
    io::copy(&mut source.take(bytes), &mut target).map_err(ArchiveError::io(to))?;
    target.sync_all().map_err(ArchiveError::io(to))
}

fn sync(path: &PathBuf) -> Result<(), ArchiveError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(ArchiveError::io(path))
}
