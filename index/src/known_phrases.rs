//! Who holds the phrases that were asked for last. A segment never changes, and abbreviations and the
//! names of officials are asked for again and again: to read the places of `Việt Nam` or of `uỷ ban
//! nhân dân` in a million articles takes longer than all else that a search does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tantivy::DocId;
use tantivy::index::SegmentId;

use crate::phrase_query::PlacedTerms;

/// Bytes of all that is kept.
const BYTES_MAX: usize = 64 << 20;
/// Bytes of a phrase that nobody holds, about.
const PHRASE_BYTES: usize = 512;

/// The articles of a segment that hold a phrase, in their order, and how often each does.
pub(crate) type Occurrences = Vec<(DocId, u32)>;

/// The phrases of all segments that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct KnownPhrases(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    phrases: LruCache<(SegmentId, PlacedTerms), Arc<Occurrences>>,
    bytes: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { phrases: LruCache::unbounded(), bytes: 0 }
    }
}

impl KnownPhrases {
    /// The articles that hold a phrase, which are looked up where they are not known.
    pub(crate) fn of(
        &self,
        segment: SegmentId,
        terms: &PlacedTerms,
        look_up: impl FnOnce() -> tantivy::Result<Occurrences>,
    ) -> tantivy::Result<Arc<Occurrences>> {
        let phrase = (segment, terms.clone());
        if let Some(known) = self.kept().phrases.get(&phrase) {
            return Ok(known.clone());
        }
        // Others go on meanwhile; two who ask at once both look it up.
        let found = Arc::new(look_up()?);
        self.kept().keep(phrase, found.clone());
        Ok(found)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Keeps a phrase, and forgets those that were not asked for longest while they are too much.
    fn keep(&mut self, phrase: (SegmentId, PlacedTerms), found: Arc<Occurrences>) {
        self.bytes += bytes(&found);
        if let Some((_, replaced)) = self.phrases.push(phrase, found) {
            self.bytes -= bytes(&replaced);
        }
        while self.bytes > BYTES_MAX
            && let Some((_, forgotten)) = self.phrases.pop_lru()
        {
            self.bytes -= bytes(&forgotten);
        }
    }
}

fn bytes(found: &Occurrences) -> usize {
    PHRASE_BYTES + size_of_val(&found[..])
}

#[cfg(test)]
mod tests {
    use tantivy::Term;
    use tantivy::schema::Field;

    use super::*;

    #[test]
    fn those_asked_for_last_are_kept() {
        let (known, segment) = (KnownPhrases::default(), SegmentId::generate_random());
        let phrase = |number: u32| -> PlacedTerms {
            Arc::new([(0, Term::from_field_text(Field::from_field_id(0), &number.to_string()))])
        };
        let articles = 1 << 20;
        let ask = |number: u32| {
            let mut looked_up = false;
            let found = known.of(segment, &phrase(number), || {
                looked_up = true;
                Ok(vec![(number, 1); articles])
            });
            assert_eq!(found.unwrap()[0].0, number);
            looked_up
        };
        let most = BYTES_MAX / (articles * size_of::<(DocId, u32)>() + PHRASE_BYTES);
        let most = u32::try_from(most).unwrap();
        assert!((0..most).all(ask));
        assert!(!ask(0));
        assert!(ask(most) && ask(1) && !ask(0));
        assert!(known.kept().bytes <= BYTES_MAX);
    }
}
