//! The same text elsewhere: articles that several wards took over from each other, with small
//! changes.
//!
//! MinHash over runs of four syllables (Broder, 1997), one permutation for all (Li, Owen, Zhang,
//! 2012), cut into bands (Indyk and Motwani, 1998): texts that share a band are twins. Of texts
//! that have nine tenths of their runs in common 99 % share one, of those with half of them 9 %,
//! of those with three tenths 0.4 %. Only articles of different sources are twins: a ward's own
//! notices follow one form and differ in a day or a street.

use std::collections::BTreeSet;

use archive::Article;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, TERMINATED, Term};
use vietnamese::Tokens;

use crate::IndexError;
use crate::pairs::mix;
use crate::snapshot::Snapshot;

/// Bands of a text, and rows of each.
const BANDS: usize = 6;
const ROWS: usize = 6;
/// Syllables of a run.
const RUN: usize = 4;
/// Bits of a band's key.
const BAND_BITS: u32 = 40;
/// Articles that may belong together; more are a form that everybody fills in.
const GROUP_MAX: usize = 200;

/// The bands of an article's title, lead and body; `tokens` are those of its text, which begins
/// with these. None for a text shorter than a run.
pub(crate) fn bands(article: &Article, tokens: &Tokens) -> Vec<u64> {
    let fields = &article.fields;
    let own = fields.lead.iter().chain(&fields.body);
    let bytes = fields.title.len() + own.map(|text| 1 + text.len()).sum::<usize>();
    let hashes: Vec<u64> = tokens
        .iter()
        .take_while(|token| token.end <= bytes)
        .map(|token| token.fold.bytes().fold(0, |hash, byte| mix(hash, byte.into())))
        .collect();
    let mut least = [u64::MAX; BANDS * ROWS];
    for run in hashes.windows(RUN) {
        let hash = run.iter().fold(0, |hash, syllable| mix(hash, *syllable));
        let bin = (hash % least.len() as u64) as usize;
        least[bin] = least[bin].min(hash);
    }
    if least.iter().all(|hash| *hash == u64::MAX) {
        return Vec::new();
    }
    // An empty bin takes what stands in the next full one.
    for at in (0..least.len()).rev().chain((0..least.len()).rev()) {
        if least[at] == u64::MAX {
            least[at] = least[(at + 1) % least.len()];
        }
    }
    let band = |(number, rows): (usize, &[u64])| {
        rows.iter().fold(number as u64, |hash, row| mix(hash, *row)) >> (64 - BAND_BITS)
    };
    least.chunks(ROWS).enumerate().map(band).collect()
}

/// Finds the articles that belong together.
pub(crate) struct Twins<'s> {
    pub(crate) snapshot: &'s Snapshot,
}

impl Twins<'_> {
    /// The articles that belong with this one, and those that belong with them; without itself.
    pub(crate) fn of(&self, article: DocAddress) -> Result<Vec<DocAddress>, IndexError> {
        let mut group = vec![article];
        let mut at = 0;
        while at < group.len() && group.len() < GROUP_MAX {
            for twin in self.direct(group[at])? {
                if !group.contains(&twin) {
                    group.push(twin);
                }
            }
            at += 1;
        }
        group.remove(0);
        Ok(group)
    }

    /// The sources of some articles, each once.
    pub(crate) fn sources(&self, articles: &[DocAddress]) -> tantivy::Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for article in articles {
            let column = &self.snapshot.columns_of(*article).source;
            let ordinal = self.source_of(*article);
            if let (Some(column), Some(ordinal)) = (column, ordinal) {
                let mut name = String::new();
                column.ord_to_str(ordinal, &mut name)?;
                names.insert(name);
            }
        }
        Ok(names)
    }

    /// The articles of other sources that share a band with this one.
    fn direct(&self, article: DocAddress) -> Result<Vec<DocAddress>, IndexError> {
        let mut found: Vec<DocAddress> = Vec::new();
        let own = &self.snapshot.columns_of(article).twin;
        let field = self.snapshot.fields().twin;
        for band in own.values_for_doc(article.doc_id) {
            let term = Term::from_field_u64(field, band);
            for (ordinal, segment) in (0..).zip(self.snapshot.searcher.segment_readers()) {
                let index = segment.inverted_index(field)?;
                let info = index.get_term_info(&term).map_err(tantivy::TantivyError::from)?;
                let Some(info) = info else { continue };
                if info.doc_freq == 1 && ordinal == article.segment_ord {
                    // Only itself.
                    continue;
                }
                let postings = index.read_postings_from_terminfo(&info, IndexRecordOption::Basic);
                let mut postings = postings.map_err(tantivy::TantivyError::from)?;
                while postings.doc() != TERMINATED && found.len() < GROUP_MAX {
                    let twin = DocAddress::new(ordinal, postings.doc());
                    let alive = segment.alive_bitset().is_none_or(|a| a.is_alive(twin.doc_id));
                    if alive && twin != article && !found.contains(&twin) {
                        found.push(twin);
                    }
                    postings.advance();
                }
            }
        }
        let mut others = Vec::with_capacity(found.len());
        for twin in found {
            if !self.same_source(article, twin)? {
                others.push(twin);
            }
        }
        Ok(others)
    }

    fn same_source(&self, one: DocAddress, other: DocAddress) -> tantivy::Result<bool> {
        if one.segment_ord == other.segment_ord {
            return Ok(self.source_of(one) == self.source_of(other));
        }
        Ok(self.sources(&[one])? == self.sources(&[other])?)
    }

    fn source_of(&self, article: DocAddress) -> Option<u64> {
        let column = self.snapshot.columns_of(article).source.as_ref()?;
        column.ords().first(article.doc_id)
    }
}
