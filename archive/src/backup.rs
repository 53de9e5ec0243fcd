//! Copies of an archive: a backup while it is in use, and the way back.
//!
//! Both are made in a folder of their own beside where they will be, and moved there when they are whole
//! and verified: what looks like an archive is one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::archive::DATABASE;
use crate::verify::Verified;
use crate::warc_file::WARC;
use crate::{Archive, ArchiveError, warc_file};

/// What SQLite keeps beside it while it is in use.
const LOG: &str = "archive.sqlite-wal";
/// The folder, in the target, in which a copy is made.
const UNFINISHED: &str = "unfinished";

impl Archive {
    /// Copies the archive as it is at this moment into a folder that is empty or not there, and
    /// verifies the copy. Crawls and searches may go on. WARC files that are short or gone do not keep
    /// the rest from being copied; they are among the faults found.
    ///
    /// # Errors
    /// When the folder holds something, or something cannot be copied.
    pub fn backup(
        &self,
        target: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Verified, ArchiveError> {
        refuse_if_holding(target)?;
        finished(target, |making| {
            let text = making.join(DATABASE).to_string_lossy().into_owned();
            // One statement, one state: what is committed later is not in it.
            self.read(|db| Ok(db.execute("VACUUM INTO ?1", [&text])?))?;
            Self::with_files_of(making, &warc_file::folder(self), progress)
        })
    }

    /// Brings a backup back into a folder without an archive, and verifies it. The backup is only read,
    /// also where it is of an older format.
    ///
    /// # Errors
    /// When there is an archive already, or WARC files of one; the backup is none; or something cannot
    /// be copied.
    pub fn restore(
        backup: &Path,
        target: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Verified, ArchiveError> {
        if target.join(DATABASE).exists() {
            return Err(ArchiveError::Occupied { folder: target.to_owned() });
        }
        // What is newer than the backup may be in there.
        refuse_if_holding(&target.join(WARC))?;
        if !Self::exists(backup) {
            return Err(ArchiveError::Missing { folder: backup.to_owned() });
        }
        finished(target, |making| {
            for name in [DATABASE, LOG] {
                copy_part(&backup.join(name), &making.join(name), u64::MAX)?;
            }
            Self::with_files_of(making, &backup.join(WARC), progress)
        })
    }

    /// Copies the WARC files that the database in a folder knows beside it, and verifies them all.
    fn with_files_of(
        making: &Path,
        from: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Verified, ArchiveError> {
        let copy = Self::open_existing(making)?;
        let to = warc_file::folder(&copy);
        fs::create_dir_all(&to).map_err(ArchiveError::io(&to))?;
        for (name, committed) in copy.warc_files()? {
            progress(&name);
            if committed > 0 {
                copy_part(&from.join(&name), &to.join(&name), committed)?;
            }
        }
        copy.verify(progress)
    }
}

/// Has a copy made in the target, and moves it to its place: the database last, without which there is
/// no archive. What a failure leaves is removed.
fn finished(
    target: &Path,
    make: impl FnOnce(&Path) -> Result<Verified, ArchiveError>,
) -> Result<Verified, ArchiveError> {
    let making = target.join(UNFINISHED);
    remove(&making)?;
    fs::create_dir_all(&making).map_err(ArchiveError::io(&making))?;
    let verified = make(&making).map_err(|error| {
        // The first failure is the one to tell; of the disk that is full, where it is.
        let _ = remove(&making);
        match error {
            ArchiveError::DiskFull => {
                let source = io::Error::from(io::ErrorKind::StorageFull);
                ArchiveError::Io { path: target.to_owned(), source }
            }
            other => other,
        }
    })?;
    for name in [WARC, DATABASE] {
        let (made, to) = (making.join(name), target.join(name));
        // There may be an empty folder.
        let _ = fs::remove_dir(&to);
        sync(&made)?;
        fs::rename(&made, &to).map_err(ArchiveError::io(&to))?;
    }
    remove(&making)?;
    sync(target)?;
    Ok(verified)
}

/// Refuses a folder in which something is, but for what an earlier copy left that was cut short.
fn refuse_if_holding(folder: &Path) -> Result<(), ArchiveError> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(ArchiveError::io(folder))? {
        let entry = entry.map_err(ArchiveError::io(folder))?;
        if entry.file_name() != UNFINISHED {
            return Err(ArchiveError::Occupied { folder: folder.to_owned() });
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<(), ArchiveError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ArchiveError::io(folder)(error))
        }
        _ => Ok(()),
    }
}

/// Copies the first bytes of a file, if it is there.
fn copy_part(from: &Path, to: &Path, bytes: u64) -> Result<(), ArchiveError> {
    let source = match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        source => source.map_err(ArchiveError::io(from))?,
    };
    let mut target = File::create(to).map_err(ArchiveError::io(to))?;
    io::copy(&mut source.take(bytes), &mut target).map_err(ArchiveError::io(to))?;
    target.sync_all().map_err(ArchiveError::io(to))
}

fn sync(path: &Path) -> Result<(), ArchiveError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(ArchiveError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recorder;
    use crate::verify::Fault;
    use jiff::Timestamp;
    use tempfile::TempDir;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn archive() -> (TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(&folder.path().join("data")).unwrap();
        let mut recorder = Recorder::open(archive.clone()).unwrap();
        let (source, bytes) = ("thu".parse().unwrap(), b"tin".to_vec());
        recorder.record_resource(&source, "file:///1", "text/plain", bytes, NOW).unwrap();
        (folder, archive)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_goes_there_and_back() {
        let (folder, archive) = archive();
        let (backup, target) = (folder.path().join("backup"), folder.path().join("new"));
        // What a killed one left.
        fs::create_dir_all(backup.join("unfinished/warc")).unwrap();
        let made = archive.backup(&backup, &mut |_| ()).unwrap();
        assert_eq!((made.captures, made.faults), (1, vec![]));
        assert_eq!(names(&backup), ["archive.sqlite", "warc"]);
        let before = fs::read(backup.join(DATABASE)).unwrap();
        let back = Archive::restore(&backup, &target, &mut |_| ()).unwrap();
        assert_eq!((back.captures, back.faults), (1, vec![]));
        assert_eq!(names(&target), ["archive.sqlite", "warc"]);
        assert_eq!(fs::read(backup.join(DATABASE)).unwrap(), before, "it is only read");
        for folder in [&backup, &target] {
            let again = archive.backup(folder, &mut |_| ());
            assert!(matches!(again, Err(ArchiveError::Occupied { .. })));
        }
    }

    #[test]
    fn a_lost_database_is_not_replaced_by_an_empty_one() {
        let (folder, archive) = archive();
        drop(archive);
        let database = folder.path().join("data").join(DATABASE);
        for lose in [|path: &Path| fs::write(path, ""), |path: &Path| fs::remove_file(path)] {
            lose(&database).unwrap();
            for open in [Archive::open, Archive::open_existing] {
                let opened = open(database.parent().unwrap());
                assert!(matches!(opened, Err(ArchiveError::LostDatabase { .. })));
            }
        }
        fs::write(&database, "no database at all, but long enough to be read").unwrap();
        let opened = Archive::open(database.parent().unwrap());
        assert!(matches!(opened, Err(ArchiveError::DamagedDatabase { .. })));
    }

    #[test]
    fn warc_files_that_are_there_are_not_written_over() {
        let (folder, archive) = archive();
        let backup = folder.path().join("backup");
        archive.backup(&backup, &mut |_| ()).unwrap();
        let data = folder.path().join("data");
        drop(archive);
        fs::rename(data.join(DATABASE), folder.path().join("aside")).unwrap();
        let restored = Archive::restore(&backup, &data, &mut |_| ());
        assert!(
            matches!(restored, Err(ArchiveError::Occupied { folder }) if folder.ends_with(WARC))
        );
    }

    #[test]
    fn a_lost_file_costs_itself_only() {
        let (folder, archive) = archive();
        let (backup, target) = (folder.path().join("backup"), folder.path().join("new"));
        fs::remove_dir_all(warc_file::folder(&archive)).unwrap();
        let made = archive.backup(&backup, &mut |_| ()).unwrap();
        assert!(matches!(made.faults[..], [Fault::MissingFile(_)]));
        let back = Archive::restore(&backup, &target, &mut |_| ()).unwrap();
        assert!(matches!(back.faults[..], [Fault::MissingFile(_)]));
    }
}
