//! Stretches of a field's terms, over all segments.

use std::collections::BTreeMap;

use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, TERMINATED};

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

/// Whether an article that was neither removed nor changed since has a term: the index forgets the
/// terms of others only when it merges its segments.
pub(crate) fn is_alive(searcher: &Searcher, field: Field, key: &str) -> Result<bool, IndexError> {
    let term = tantivy::Term::from_field_text(field, key);
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let postings = index.read_postings(&term, IndexRecordOption::Basic);
        let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
        while postings.doc() != TERMINATED {
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                return Ok(true);
            }
            postings.advance();
        }
    }
    Ok(false)
}

/// How many articles have a term.
pub(crate) fn frequency(searcher: &Searcher, field: Field, key: &str) -> Result<u64, IndexError> {
    Ok(searcher.doc_freq(&tantivy::Term::from_field_text(field, key))?)
}
