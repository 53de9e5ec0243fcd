//! Who holds the phrases that were asked for last. A segment never changes, and abbreviations and the
//! names of officials are asked for again and again: to read the places of `Việt Nam` or of `uỷ ban
//! nhân dân` in a million articles takes longer than all else that a search does.

use std::sync::Arc;

use tantivy::DocId;
use tantivy::index::SegmentId;

use crate::phrase_query::PlacedTerms;
use crate::recent::Recent;

/// Bytes of all that is kept.
const BYTES_MAX: usize = 64 << 20;
/// Bytes of a phrase that nobody holds, and of each of its terms besides the term itself, about.
const PHRASE_BYTES: usize = 256;
const TERM_BYTES: usize = 64;

/// The articles of a segment that hold a phrase, in their order, and how often each does.
pub(crate) type Occurrences = Vec<(DocId, u32)>;

/// The phrases of all segments that were asked for last.
#[derive(Debug)]
pub(crate) struct KnownPhrases(Recent<(SegmentId, PlacedTerms), Occurrences>);

impl Default for KnownPhrases {
    fn default() -> Self {
        Self(Recent::new(BYTES_MAX))
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
        if let Some(known) = self.0.get(&phrase) {
            return Ok(known);
        }
        // Others go on meanwhile; two who ask at once both look it up.
        let mut found = look_up()?;
        found.shrink_to_fit();
        let found = Arc::new(found);
        self.0.keep(phrase, found.clone(), bytes(terms, &found));
        Ok(found)
    }
}

fn bytes(terms: &PlacedTerms, found: &Occurrences) -> usize {
    let terms = terms.iter().map(|(_, term)| TERM_BYTES + term.serialized_value_bytes().len());
    PHRASE_BYTES + terms.sum::<usize>() + size_of_val(&found[..])
}
