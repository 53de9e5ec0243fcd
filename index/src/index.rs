//! The handle to the index's folder.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use archive::{Archive, Seq};

use crate::cursor::States;
use crate::doubt::Doubt;
use crate::generation::{Generation, current_name, remove_other_generations};
use crate::labels::Labels;
use crate::snapshot::Snapshot;
use crate::{IndexError, writer};

/// The search index of an archive: cheap to clone, safe to share. Its methods block on disk.
#[derive(Clone)]
pub struct Index {
    archive: Archive,
    folder: PathBuf,
    current: Arc<RwLock<Arc<Generation>>>,
    /// The names of the sources, as they were when the archive was last followed.
    names: Arc<RwLock<Arc<SourceNames>>>,
    /// The newest state that was opened; searches are about this one.
    newest: Arc<RwLock<Option<Arc<Snapshot>>>>,
    /// The states that cursors name.
    states: Arc<States>,
    pub(crate) doubt: Doubt,
    labels: Arc<Labels>,
}

/// The names of the sources by their ids.
pub(crate) type SourceNames = HashMap<String, String>;

/// Figures about the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Articles that can be found.
    pub articles: u64,
    /// Segments they lie in.
    pub segments: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// The last entry of the outbox that is indexed.
    pub seq: Seq,
    /// The newest entry of the outbox.
    pub newest: Seq,
}

impl Stats {
    /// Changes of the archive that the index has not taken up.
    pub fn behind(&self) -> u64 {
        self.newest.0.saturating_sub(self.seq.0)
    }
}

impl Index {
    /// Opens the index in a folder and brings it up to the archive. When the folder is missing,
    /// empty, damaged at its root, of another format or of another archive, a new index is built.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(folder: &Path, archive: Archive) -> Result<Self, IndexError> {
        remove_abandoned(folder)?;
        let generation = match usable(folder, &archive) {
            Ok(Some(generation)) => generation,
            _ => usable_or_built(folder, &archive)?,
        };
        match damage_told(|| Self::serving(folder, archive.clone(), generation)) {
            Err(IndexError::Engine(error)) => {
                tracing::warn!(%error, "the search index is damaged; it is built anew");
            }
            served => return served,
        }
        let (fresh, _) = build(folder, &archive, &mut |_| {})?;
        Self::serving(folder, archive, fresh)
    }

    /// Builds the index of an archive anew, whatever is in the folder; the number of articles. A
    /// server beside this process takes it over.
    ///
    /// # Errors
    /// When the folder cannot be written, or the archive read.
    pub fn build(
        folder: &Path,
        archive: Archive,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, IndexError> {
        let (fresh, written) = build(folder, &archive, progress)?;
        Self::serving(folder, archive, fresh)?;
        Ok(written)
    }

    fn serving(
        folder: &Path,
        archive: Archive,
        generation: Generation,
    ) -> Result<Self, IndexError> {
        let current = Arc::new(RwLock::new(Arc::new(generation)));
        let (names, newest, states, doubt, labels) = Default::default();
        let folder = folder.to_owned();
        let index = Self { archive, folder, current, names, newest, states, doubt, labels };
        index.read_names()?;
        match index.catch_up() {
            // Another process is writing: it will bring the rest.
            Ok(_) | Err(IndexError::Busy) => Ok(index),
            // The engine does not always say why a thread of it ended.
            Err(error) if error.is_about_room() || !index.archive.has_room()? => {
                tracing::warn!(%error, "there is no room to index what is new; the rest is found");
                index.refresh()?;
                Ok(index)
            }
            Err(error) => Err(error),
        }
    }

    /// Follows the archive's outbox, and another process's rebuild; the articles written. An index
    /// that was deleted or damaged meanwhile is built anew, and the old one serves until then.
    ///
    /// # Errors
    /// [`IndexError::Busy`] when another process is writing; nothing is lost by that.
    /// [`archive::ArchiveError::Replaced`] when this is no longer the folder's archive.
    pub fn catch_up(&self) -> Result<u64, IndexError> {
        self.watched_writing(|| self.take_up_changes())
    }

    fn take_up_changes(&self) -> Result<u64, IndexError> {
        self.archive.check_in_place()?;
        self.read_names()?;
        let mut serving = self.generation();
        let mut seq = if self.is_current(&serving)? {
            serving.seq_in(&self.archive).ok().flatten()
        } else {
            None
        };
        if seq.is_none() {
            serving = self.serve(usable_or_built(&self.folder, &self.archive)?)?;
            seq = serving.seq_in(&self.archive)?;
        }
        let written = writer::catch_up(&serving, &self.archive, seq.unwrap_or_default());
        // Opened here, so that no search has to; also where another process is the one that writes.
        let refreshed = self.refresh();
        let written = written?;
        refreshed?;
        Ok(written)
    }

    /// Where the files are doubted, compares their checksums, and builds the index anew where they do
    /// not hold; the old one serves until then. See [`Index::doubt`].
    ///
    /// # Errors
    /// When no new one can be built; the doubt stays.
    pub fn heal(&self) -> Result<(), IndexError> {
        if !self.doubt.take() || !self.is_damaged() {
            return Ok(());
        }
        self.rebuild(&mut |_| {}).inspect_err(|_| self.doubt())?;
        Ok(())
    }

    /// Builds the index anew from the archive while the old one serves, then changes over.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64)) -> Result<u64, IndexError> {
        let (fresh, written) = build(&self.folder, &self.archive, progress)?;
        self.serve(fresh)?;
        match self.catch_up() {
            // A server beside this process has already taken over the new index.
            Ok(_) | Err(IndexError::Busy) => Ok(written),
            Err(error) => Err(error),
        }
    }

    /// Figures about the index.
    pub fn stats(&self) -> Result<Stats, IndexError> {
        let generation = self.generation();
        let searcher = generation.reader.searcher();
        Ok(Stats {
            articles: searcher.num_docs(),
            segments: searcher.segment_readers().len(),
            bytes: searcher
                .space_usage()
                .map_err(IndexError::io(&self.folder))?
                .total()
                .get_bytes(),
            seq: generation.seq_in(&self.archive)?.unwrap_or_default(),
            newest: self.archive.newest_change()?,
        })
    }

    /// Checks that archive and index can be read: the one that serves, also where its files were deleted.
    ///
    /// # Errors
    /// When they cannot.
    pub fn check(&self) -> Result<(), IndexError> {
        self.archive.newest_change()?;
        self.snapshot()?;
        Ok(())
    }

    /// The last entry of the archive's outbox that can be searched.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn followed_to(&self) -> Result<Seq, IndexError> {
        let serving = self.generation();
        match serving.seq_in(&self.archive) {
            Ok(seq) => Ok(seq.unwrap_or_default()),
            // Its files are gone, as a new one took its place: soon that one serves.
            Err(_) if !self.is_current(&serving)? => Ok(Seq::default()),
            Err(error) => Err(error),
        }
    }

    /// Whether a generation is the one that `CURRENT` names.
    fn is_current(&self, generation: &Generation) -> Result<bool, IndexError> {
        Ok(current_name(&self.folder)?.is_some_and(|name| name == generation.name))
    }

    /// The archive that this index follows.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    pub(crate) fn generation(&self) -> Arc<Generation> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of a source, as it was when the archive was last followed; its id when it has none.
    pub fn source_name(&self, id: &str) -> String {
        self.names().get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// The state of the index that is searched: the newest that was opened.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, IndexError> {
        let generation = self.generation();
        match self.newest().filter(|known| Arc::ptr_eq(&known.generation, &generation)) {
            Some(known) => Ok(known),
            None => self.refresh(),
        }
    }

    /// Opens the index as it is now, for all searches from now on.
    fn refresh(&self) -> Result<Arc<Snapshot>, IndexError> {
        let generation = self.generation();
        let searcher = generation.reader.searcher();
        let is_newest = |known: &Arc<Snapshot>| {
            Arc::ptr_eq(&known.generation, &generation)
                && known.searcher.generation().generation_id()
                    == searcher.generation().generation_id()
        };
        if let Some(known) = self.newest().filter(is_newest) {
            return Ok(known);
        }
        let opened = Arc::new(Snapshot::open(generation, searcher)?);
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(opened.clone());
        Ok(opened)
    }

    fn newest(&self) -> Option<Arc<Snapshot>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The folder of all generations.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn labels(&self) -> &Labels {
        &self.labels
    }

    pub(crate) fn states(&self) -> &States {
        &self.states
    }

    pub(crate) fn names(&self) -> Arc<SourceNames> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read_names(&self) -> Result<(), IndexError> {
        let sources = self.archive.sources()?.into_iter();
        let names = sources.map(|source| (source.id.into(), source.name)).collect();
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
        Ok(())
    }

    /// Changes over to a generation, which is opened first: no search waits for that.
    fn serve(&self, fresh: Generation) -> Result<Arc<Generation>, IndexError> {
        let fresh = Arc::new(fresh);
        let opened = Arc::new(Snapshot::open(fresh.clone(), fresh.reader.searcher())?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        *current = fresh.clone();
        *newest = Some(opened);
        Ok(fresh)
    }
}

/// The generation that serves, if it is whole and of this archive.
fn usable(folder: &Path, archive: &Archive) -> Result<Option<Generation>, IndexError> {
    damage_told(|| {
        let Some(current) = Generation::current(folder)? else { return Ok(None) };
        Ok(current.seq_in(archive)?.map(|_| current))
    })
}

/// Opens files of the engine. Those that can be read and hold what they never held make it panic.
fn damage_told<T>(open: impl FnOnce() -> Result<T, IndexError>) -> Result<T, IndexError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(open)).unwrap_or_else(|_| {
        let said = "its files hold what was never written".to_owned();
        Err(IndexError::Engine(tantivy::TantivyError::InternalError(said)))
    })
}

/// Builds an index where there is none to use, unless another process did so in the meantime.
fn usable_or_built(folder: &Path, archive: &Archive) -> Result<Generation, IndexError> {
    let _lock = lock_builds(folder)?;
    match usable(folder, archive) {
        Ok(Some(built)) => return Ok(built),
        Ok(None) => tracing::info!("the search index is built from the archive"),
        Err(IndexError::Engine(error)) => {
            tracing::warn!(%error, "the search index is damaged; it is built anew");
        }
        Err(error) => return Err(error),
    }
    let started = Instant::now();
    let (built, articles) = build_locked(folder, archive, &mut |_| {})?;
    tracing::info!(articles, seconds = started.elapsed().as_secs(), "the search index is built");
    Ok(built)
}

fn build(
    folder: &Path,
    archive: &Archive,
    progress: &mut dyn FnMut(u64),
) -> Result<(Generation, u64), IndexError> {
    let _lock = lock_builds(folder)?;
    build_locked(folder, archive, progress)
}

/// Waits until no other process builds: a finished build removes all other generations.
fn lock_builds(folder: &Path) -> Result<File, IndexError> {
    let path = folder.join("build.lock");
    let lock = || {
        fs::create_dir_all(folder)?;
        let file = File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    lock().map_err(IndexError::io(&path))
}

fn build_locked(
    folder: &Path,
    archive: &Archive,
    progress: &mut dyn FnMut(u64),
) -> Result<(Generation, u64), IndexError> {
    // What an earlier build left unfinished takes room that this one needs.
    remove_unfinished(folder)?;
    let fresh = Generation::create(folder)?;
    let written = writer::fill(&fresh, archive, progress).and_then(|written| {
        fresh.publish(folder)?;
        Ok(written)
    });
    // And what this one leaves, others may need: the first failure is the one to tell.
    let written = written.inspect_err(|_| drop(remove_unfinished(folder)))?;
    Ok((fresh, written))
}

/// Removes all generations but the one that serves.
fn remove_unfinished(folder: &Path) -> Result<(), IndexError> {
    remove_other_generations(folder, current_name(folder)?.as_deref())
}

/// The same where no process builds one now.
fn remove_abandoned(folder: &Path) -> Result<(), IndexError> {
    let Ok(lock) = File::open(folder.join("build.lock")) else { return Ok(()) };
    match lock.try_lock() {
        Ok(()) => remove_unfinished(folder),
        Err(_) => Ok(()),
    }
}
