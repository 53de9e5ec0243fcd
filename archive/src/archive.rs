//! The handle to an archive's folder: connections for reading, one for writing.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::warc_file::WARC;
use crate::{Actor, ArchiveError, schema};

/// The name of the database in an archive's folder.
pub(crate) const DATABASE: &str = "archive.sqlite";
/// Reading connections kept open for the next reader.
const IDLE_READERS_MAX: usize = 8;

/// An archive: cheap to clone, safe to share between threads. Its methods block on disk.
#[derive(Clone, Debug)]
pub struct Archive {
    inner: Arc<Inner>,
    /// The person in whose hands this handle is, if any.
    pub(crate) actor: Option<Arc<Actor>>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    writer: Mutex<Connection>,
    file_number: (u64, u64),
    readers: Mutex<Vec<Connection>>,
}

impl Archive {
    /// Opens the archive in a folder, and makes it when there is none.
    ///
    /// # Errors
    /// When the folder cannot be written, or was written by a newer program.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        std::fs::create_dir_all(folder).map_err(ArchiveError::io(folder))?;
        // A database that is lost must not be replaced by one that knows of nothing.
        if !Self::exists(folder) && has_captures(folder) {
            return Err(ArchiveError::LostDatabase { path: database_path(folder) });
        }
        let writer = connect(folder)?;
        let inner = Inner {
            folder: folder.to_owned(),
            writer: Mutex::new(writer),
            file_number: file_number(&database_path(folder)).map_err(ArchiveError::io(folder))?,
            readers: Mutex::new(Vec::new()),
        };
        Ok(Self { inner: Arc::new(inner), actor: None })
    }

    /// Whether there is one in a folder. An empty database is none: it knows of nothing.
    pub fn exists(folder: &Path) -> bool {
        std::fs::metadata(database_path(folder)).is_ok_and(|database| database.len() > 0)
    }

    /// Whether there is one in a folder that is of an older format: opening it brings it to this
    /// program's, and programs of that time can open it no more.
    pub fn is_older(folder: &Path) -> bool {
        Self::exists(folder) && schema::is_older(&database_path(folder)).unwrap_or(false)
    }

    /// Opens an archive that must be there already: whoever only reads makes none by a slip.
    ///
    /// # Errors
    /// [`ArchiveError::Missing`] when there is none; else as [`Archive::open`].
    pub fn open_existing(folder: &Path) -> Result<Self, ArchiveError> {
        if !Self::exists(folder) && !has_captures(folder) {
            return Err(ArchiveError::Missing { folder: folder.to_owned() });
        }
        Self::open(folder)
    }

    /// Which archive this is: a random text that no other archive has. What is derived from an
    /// archive keeps it, to notice when it lies beside another one.
    pub fn identity(&self) -> Result<String, ArchiveError> {
        self.read(|db| Ok(db.query_row("SELECT id FROM identity", [], |row| row.get(0))?))
    }

    /// Checks that the database in the folder is still the one that was opened.
    ///
    /// # Errors
    /// [`ArchiveError::Replaced`] when it was removed or another one took its place.
    pub fn check_in_place(&self) -> Result<(), ArchiveError> {
        let path = database_path(&self.inner.folder);
        match file_number(&path) {
            Ok(number) if number == self.inner.file_number => Ok(()),
            _ => Err(ArchiveError::Replaced { path }),
        }
    }

    /// The same archive in the hands of a person: what is changed through it is logged as theirs.
    /// What no person changes is not logged.
    pub fn acting(&self, actor: Actor) -> Self {
        Self { actor: Some(Arc::new(actor)), ..self.clone() }
    }

    /// The folder that holds the archive.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Runs `work` on a connection of its own; writers do not wait for it, nor it for them.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let idle = lock(&self.inner.readers).pop();
        let db = match idle {
            Some(db) => db,
            None => connect(&self.inner.folder)?,
        };
        let result = work(&db);
        let mut readers = lock(&self.inner.readers);
        if readers.len() < IDLE_READERS_MAX {
            readers.push(db);
        }
        result
    }

    /// Runs `work` in one transaction: all of it is durable when this returns `Ok`, or none.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let mut db = lock(&self.inner.writer);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&tx)?;
        tx.commit()?;
        Ok(result)
    }
}

fn connect(folder: &Path) -> Result<Connection, ArchiveError> {
    let path = database_path(folder);
    schema::connect(&path).map_err(|error| error.of_database(&path))
}

/// Whether WARC files lie in a folder.
fn has_captures(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder.join(WARC)).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().ends_with(".warc.gz"))
}

fn database_path(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// What tells a file from another one that later has its name.
fn file_number(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// A panic elsewhere leaves no half-done state behind: transactions roll back when dropped.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
