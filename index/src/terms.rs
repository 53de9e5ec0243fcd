//! Stretches of a field's terms, over all segments.

use std::collections::BTreeMap;

use tantivy::Searcher;
use tantivy::schema::Field;

use crate::IndexError;

/// Parts a term into what is looked up and what it says; no key holds it.
pub(crate) const SEPARATOR: char = '\u{1}';

/// Calls `visit` with the terms of a field that begin with a text, in order, and the number of
/// articles that have each; with at most `limit` of them in each segment.
pub(crate) fn for_each_with_prefix(
    searcher: &Searcher,
    field: Field,
    prefix: &str,
    limit: usize,
    mut visit: impl FnMut(&str, u64),
) -> Result<(), IndexError> {
    let mut found: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let range = index.terms().range().ge(prefix);
        let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
        let mut left = limit;
        while left > 0 && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            *found.entry(stream.key().to_vec()).or_default() += u64::from(stream.value().doc_freq);
            left -= 1;
        }
    }
    for (term, articles) in &found {
        // A field of texts has only texts.
        if let Ok(term) = std::str::from_utf8(term) {
            visit(term, *articles);
        }
    }
    Ok(())
}

/// How many articles have a term.
pub(crate) fn frequency(searcher: &Searcher, field: Field, key: &str) -> Result<u64, IndexError> {
    Ok(searcher.doc_freq(&tantivy::Term::from_field_text(field, key))?)
}
