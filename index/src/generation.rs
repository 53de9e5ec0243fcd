//! Generations of the index: each lives in a folder of its own, and the file `CURRENT` names the
//! one that serves. A rebuild fills a new one beside it and then moves the name, in one step.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use archive::{Archive, Seq};
use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, ReloadPolicy};

use crate::IndexError;
use crate::known_phrases::KnownPhrases;
use crate::pairs::PairCounts;
use crate::scanned::Scanned;
use crate::schema::{FORMAT, Fields, register};
use crate::shelves::Shelves;

/// The file of the counts.
const PAIRS: &str = "pairs";

/// An open generation.
pub(crate) struct Generation {
    pub(crate) name: String,
    pub(crate) index: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) shelves: Shelves,
    pub(crate) phrases: Arc<KnownPhrases>,
    /// Tokens on their way to its writer.
    pub(crate) scanned: Scanned,
    pub(crate) pairs: RwLock<PairCounts>,
    pairs_path: PathBuf,
}

impl Generation {
    /// The generation that `CURRENT` names, if it is there and of this program's format.
    pub(crate) fn current(folder: &Path) -> Result<Option<Self>, IndexError> {
        let Some(name) = current_name(folder)? else { return Ok(None) };
        if !folder.join(&name).join("meta.json").exists() {
            return Ok(None);
        }
        Self::open(folder, name).map(Some)
    }

    /// Makes an empty generation beside the others.
    pub(crate) fn create(folder: &Path) -> Result<Self, IndexError> {
        // Never a number that was there before: whoever still has a deleted generation open would
        // take a new one of its name for its own, and serve it while it is empty.
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let clock = u64::try_from(clock.as_millis()).unwrap_or_default();
        let newest = generations(folder)?.iter().map(|(n, _)| *n).max().unwrap_or(0);
        let number = clock.max(newest + 1);
        let name = format!("{}{number:06}", prefix());
        let path = folder.join(&name);
        fs::create_dir_all(&path).map_err(IndexError::io(&path))?;
        Self::open(folder, name)
    }

    fn open(folder: &Path, name: String) -> Result<Self, IndexError> {
        let fields = Fields::new();
        let directory =
            MmapDirectory::open(folder.join(&name)).map_err(tantivy::TantivyError::from)?;
        let index = tantivy::Index::open_or_create(directory, fields.schema.clone())?;
        let scanned = Scanned::default();
        register(index.tokenizers(), &scanned);
        let policy = ReloadPolicy::OnCommitWithDelay;
        let reader = index.reader_builder().reload_policy(policy).try_into()?;
        let pairs_path = folder.join(&name).join(PAIRS);
        let pairs = read_pairs(&pairs_path);
        let shelves = Shelves::default();
        Ok(Self {
            name,
            index,
            reader,
            fields,
            shelves,
            phrases: Arc::default(),
            scanned,
            pairs: RwLock::new(pairs),
            pairs_path,
        })
    }

    /// The counts, for reading.
    pub(crate) fn pairs(&self) -> RwLockReadGuard<'_, PairCounts> {
        self.pairs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts, for counting more.
    pub(crate) fn pairs_mut(&self) -> RwLockWriteGuard<'_, PairCounts> {
        self.pairs.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the counts back to what was last written down; what came since is missing then, and
    /// whoever writes next counts it again.
    pub(crate) fn reread_pairs(&self) {
        *self.pairs_mut() = read_pairs(&self.pairs_path);
    }

    /// Writes the counts down.
    pub(crate) fn keep_pairs(&self) -> Result<(), IndexError> {
        // Searches go on reading them meanwhile.
        self.pairs().write(&self.pairs_path).map_err(IndexError::io(&self.pairs_path))?;
        self.pairs_mut().kept();
        Ok(())
    }

    /// The last entry of the archive's outbox that this generation holds; `None` when it was built
    /// from another archive, or from a later state of one that was since restored.
    pub(crate) fn seq_in(&self, archive: &Archive) -> Result<Option<Seq>, IndexError> {
        let Some(payload) = self.index.load_metas()?.payload else { return Ok(None) };
        let Some(seq) = payload.split(' ').nth(1).and_then(|seq| seq.parse().ok()) else {
            return Ok(None);
        };
        Ok((payload == Self::payload(archive, Seq(seq))?).then_some(Seq(seq)))
    }

    /// What a commit notes, for [`Generation::seq_in`]: the archive, the entry, and its random
    /// mark, which an archive that was restored and went on differently does not have.
    pub(crate) fn payload(archive: &Archive, seq: Seq) -> Result<String, IndexError> {
        let mark = archive.change_mark(seq)?.unwrap_or_default();
        Ok(format!("{} {} {mark}", archive.identity()?, seq.0))
    }

    /// Makes this generation the one that serves, and removes the older ones.
    pub(crate) fn publish(&self, folder: &Path) -> Result<(), IndexError> {
        let (target, fresh) = (folder.join("CURRENT"), folder.join("CURRENT.new"));
        let write = || {
            let mut file = File::create(&fresh)?;
            file.write_all(self.name.as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, &target)
        };
        write().map_err(IndexError::io(&target))?;
        remove_other_generations(folder, Some(&self.name))
    }
}

/// Counts that cannot be read are counted again, from nothing.
fn read_pairs(path: &Path) -> PairCounts {
    PairCounts::read(path).unwrap_or_else(|_| PairCounts::for_articles(0))
}

/// Removes all generations but one, those of other formats among them. Readers that still have an
/// old one open keep their files until they let go.
pub(crate) fn remove_other_generations(
    folder: &Path,
    kept: Option<&str>,
) -> Result<(), IndexError> {
    for (_, path) in generations(folder)? {
        if path.file_name().is_some_and(|name| kept.is_none_or(|kept| name != kept)) {
            fs::remove_dir_all(&path).map_err(IndexError::io(&path))?;
        }
    }
    Ok(())
}

/// The name in `CURRENT`, if it is of this program's format.
pub(crate) fn current_name(folder: &Path) -> Result<Option<String>, IndexError> {
    let path = folder.join("CURRENT");
    match fs::read(&path) {
        Ok(name) => {
            let name = String::from_utf8(name).ok();
            Ok(name.filter(|name| name.starts_with(&prefix()) && number_of(name).is_some()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(IndexError::io(&path)(error)),
    }
}

fn generations(folder: &Path) -> Result<Vec<(u64, PathBuf)>, IndexError> {
    let entries = fs::read_dir(folder).map_err(IndexError::io(folder))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(IndexError::io(folder))?.path();
        let number = path.file_name().and_then(|name| number_of(&name.to_string_lossy()));
        found.extend(number.map(|number| (number, path)));
    }
    Ok(found)
}

/// What the names of this program's generations begin with: the form of the index, and that of
/// the keys in it.
fn prefix() -> String {
    format!("v{FORMAT}.{}-", vietnamese::KEYS_VERSION)
}

/// The number of a generation of any format.
fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix('v')?.split_once('-')?.1.parse().ok()
}
