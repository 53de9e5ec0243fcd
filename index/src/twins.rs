//! The same text elsewhere: articles that several wards took over from each other, with small
//! changes.
//!
//! MinHash over runs of four syllables (Broder, 1997), one permutation for all (Li, Owen, Zhang,
//! 2012), cut into bands (Indyk and Motwani, 1998): texts that share a band are twins. Of texts
//! that have nine tenths of their runs in common 99 % share one, of those with half of them 9 %,
//! of those with three tenths 0.4 %. Only articles of different sources are twins: a ward's own
//! notices follow one form and differ in a day or a street.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

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
/// Fewest runs of a text that can be compared by a sample of them; two notices of a line or two
/// share most of their words and mean different things: of them, only the same are twins.
const RUNS_MIN: usize = 2 * BANDS * ROWS;
/// Bits of a band's key.
const BAND_BITS: u32 = 40;
/// Articles that may have one text; what more of them share is a form that everybody fills in.
const GROUP_MAX: u32 = 1_000;

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
    let all = |run: &[u64]| run.iter().fold(0, |hash, syllable| mix(hash, *syllable));
    let runs = hashes.windows(RUN).map(all);
    if runs.len() == 0 {
        return Vec::new();
    }
    if runs.len() < RUNS_MIN {
        return vec![all(&hashes) >> (64 - BAND_BITS)];
    }
    let mut least = [u64::MAX; BANDS * ROWS];
    for hash in runs {
        let bin = (hash % least.len() as u64) as usize;
        least[bin] = least[bin].min(hash);
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
    snapshot: &'s Snapshot,
    /// What was looked up already: whether a hit is shown, and where else it is, ask the same.
    known: RefCell<HashMap<DocAddress, Rc<[DocAddress]>>>,
}

impl<'s> Twins<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot, known: RefCell::default() }
    }

    /// The articles of other sources that share a band with this one.
    pub(crate) fn of(&self, article: DocAddress) -> Result<Rc<[DocAddress]>, IndexError> {
        if let Some(known) = self.known.borrow().get(&article) {
            return Ok(known.clone());
        }
        let found: Rc<[DocAddress]> = self.look_up(article)?.into();
        self.known.borrow_mut().insert(article, found.clone());
        Ok(found)
    }

    fn look_up(&self, article: DocAddress) -> Result<Vec<DocAddress>, IndexError> {
        let mut found: BTreeSet<DocAddress> = BTreeSet::new();
        let own = &self.snapshot.columns_of(article).twin;
        for band in own.values_for_doc(article.doc_id) {
            let term = Term::from_field_u64(self.snapshot.fields().twin, band);
            self.add_holders(&term, &mut found)?;
        }
        if found.len() < 2 {
            return Ok(Vec::new());
        }
        let source = self.source_of(article);
        let others = found.into_iter().filter(|twin| self.source_of(*twin) != source).collect();
        Ok(others)
    }

    /// Adds the articles that hold a band, unless too many do.
    fn add_holders(&self, band: &Term, found: &mut BTreeSet<DocAddress>) -> Result<(), IndexError> {
        let mut held = Vec::new();
        for (ordinal, segment) in (0..).zip(self.snapshot.searcher.segment_readers()) {
            let index = segment.inverted_index(band.field())?;
            let info = index.get_term_info(band).map_err(tantivy::TantivyError::from)?;
            held.extend(info.map(|info| (ordinal, segment, index, info)));
        }
        let holders: u32 = held.iter().map(|(.., info)| info.doc_freq).sum();
        if !(2..=GROUP_MAX).contains(&holders) {
            return Ok(());
        }
        for (ordinal, segment, index, info) in held {
            let postings = index.read_postings_from_terminfo(&info, IndexRecordOption::Basic);
            let mut postings = postings.map_err(tantivy::TantivyError::from)?;
            while postings.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                    found.insert(DocAddress::new(ordinal, postings.doc()));
                }
                postings.advance();
            }
        }
        Ok(())
    }

    /// The sources of some articles, each once.
    pub(crate) fn sources(&self, articles: &[DocAddress]) -> BTreeSet<String> {
        let known = &self.snapshot.generation.shelves.sources;
        let numbers: BTreeSet<u32> = articles.iter().filter_map(|a| self.source_of(*a)).collect();
        numbers.into_iter().map(|number| known.text(number)).collect()
    }

    fn source_of(&self, article: DocAddress) -> Option<u32> {
        self.snapshot.shelves[article.segment_ord as usize].source(article.doc_id)
    }
}
