//! Verifying: whether the index holds what the archive says, and its files what they held.

use std::collections::BTreeSet;

use archive::{ArticleId, ArticleStatus, Seq};
use tantivy::DocAddress;

use crate::{Index, IndexError};

/// Changes that are read at once.
const CHANGES: u32 = 1_000;

/// What verifying an index found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Articles that are in both.
    pub articles: u64,
    /// Articles of the archive that search does not find.
    pub missing: Vec<ArticleId>,
    /// Articles that search finds, but must not.
    pub extra: Vec<ArticleId>,
    /// Articles that are there more than once.
    pub doubled: Vec<ArticleId>,
    /// Files whose checksums do not hold.
    pub damaged: Vec<String>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        let Self { missing, extra, doubled, damaged, .. } = self;
        missing.is_empty() && extra.is_empty() && doubled.is_empty() && damaged.is_empty()
    }
}

impl Index {
    /// Compares the index with the archive, article by article, and looks at its checksums. What changes
    /// meanwhile is left out.
    ///
    /// # Errors
    /// When the index or the archive cannot be read.
    pub fn verify(&self) -> Result<Verified, IndexError> {
        match self.catch_up() {
            // Another process, or another thread of this one, is bringing the rest.
            Ok(_) | Err(IndexError::Busy) => {}
            Err(error) => return Err(error),
        }
        let followed = self.followed_to()?;
        let snapshot = self.snapshot()?;
        let mut verified = Verified::default();
        let damaged = snapshot.generation.index.validate_checksum()?;
        verified.damaged = damaged.into_iter().map(|path| path.display().to_string()).collect();
        let mut found = BTreeSet::new();
        for (ordinal, segment) in (0..).zip(snapshot.searcher.segment_readers()) {
            for doc in segment.doc_ids_alive() {
                let id = snapshot.id(DocAddress::new(ordinal, doc));
                if !found.insert(id.to_bits()) {
                    verified.doubled.push(id);
                }
            }
        }
        self.archive().for_each_article(|article| {
            if article.status == ArticleStatus::Hidden {
                return Ok(());
            }
            match found.remove(&article.id.to_bits()) {
                true => verified.articles += 1,
                false => verified.missing.push(article.id),
            }
            Ok::<(), IndexError>(())
        })?;
        verified.extra = found.into_iter().map(ArticleId::from_bits).collect();
        let changed = self.changed_since(followed)?;
        verified.missing.retain(|id| !changed.contains(id));
        verified.extra.retain(|id| !changed.contains(id));
        Ok(verified)
    }

    fn changed_since(&self, mut seq: Seq) -> Result<BTreeSet<ArticleId>, IndexError> {
        let mut changed = BTreeSet::new();
        loop {
            let changes = self.archive().changes_after(seq, CHANGES)?;
            let Some((last, _)) = changes.last() else { return Ok(changed) };
            seq = *last;
            changed.extend(changes.into_iter().map(|(_, id)| id));
        }
    }
}
