//! The first stage: every word of the query adds its score to the articles that have it, term at
//! a time (Turtle and Flood, 1995). One pass over the postings gives the matching articles, their
//! number, their facets and their scores by BM25 (Robertson and Zaragoza, 2009).

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, Query};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Searcher, SegmentReader, Term};

use crate::IndexError;
use crate::clause;
use crate::plan::{Plan, TextField, WordTerm};
use crate::schema::Fields;

/// Saturation of repeated matches.
pub(crate) const K1: f32 = 1.2;
/// Share of the length normalisation.
pub(crate) const B: f32 = 0.75;

/// What is known of a field over all segments.
pub(crate) struct FieldStats {
    pub(crate) field: Field,
    articles: f32,
    /// `K1 × (1 − B + B × length ÷ average length)` for each length as the index keeps it.
    lengths: Vec<f32>,
}

impl FieldStats {
    pub(crate) fn new(searcher: &Searcher, field: Field) -> tantivy::Result<Self> {
        let (mut articles, mut tokens) = (0, 0);
        for segment in searcher.segment_readers() {
            articles += u64::from(segment.max_doc());
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        let articles = articles.max(1) as f32;
        let average = (tokens as f32 / articles).max(1.0);
        let length = |id| FieldNormReader::id_to_fieldnorm(id) as f32;
        let lengths = (0..=u8::MAX).map(|id| K1 * (1.0 - B + B * length(id) / average)).collect();
        Ok(Self { field, articles, lengths })
    }

    /// How rare it is to hold what `frequency` articles hold.
    pub(crate) fn rarity(&self, frequency: u32) -> f32 {
        let frequency = frequency as f32;
        (1.0 + (self.articles - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
    }

    /// What `count` matches are worth in an article of the length that `norm` stands for.
    pub(crate) fn saturated(&self, count: u32, norm: u8) -> f32 {
        let count = count as f32;
        count * (K1 + 1.0) / (count + self.lengths[usize::from(norm)])
    }
}

/// A term of the plan, with where it stands in each segment.
pub(crate) struct FoundTerm<'p> {
    pub(crate) term: &'p WordTerm,
    pub(crate) rarity: f32,
    infos: Vec<Option<TermInfo>>,
}

impl<'p> FoundTerm<'p> {
    pub(crate) fn new(
        searcher: &Searcher,
        stats: &FieldStats,
        term: &'p WordTerm,
    ) -> tantivy::Result<Self> {
        let key = Term::from_field_text(stats.field, &term.key);
        let mut infos = Vec::new();
        for segment in searcher.segment_readers() {
            infos.push(segment.inverted_index(stats.field)?.get_term_info(&key)?);
        }
        let frequency = infos.iter().flatten().map(|info| info.doc_freq).sum();
        Ok(Self { term, rarity: stats.rarity(frequency), infos })
    }
}

/// What the articles of a segment have of the query.
pub(crate) struct Tally {
    pub(crate) score: Vec<f32>,
    /// A bit for each word of the query.
    words: Vec<u64>,
    /// How many gates each article passed: filters, required phrases, no excluded ones.
    passed: Vec<u8>,
    gates: u8,
}

impl Tally {
    /// Adds up a segment.
    pub(crate) fn of(
        searcher: &Searcher,
        fields: &Fields,
        plan: &Plan,
        words: &Words<'_>,
        ordinal: usize,
    ) -> Result<Self, IndexError> {
        let segment = &searcher.segment_readers()[ordinal];
        let size = segment.max_doc() as usize;
        let mut tally =
            Self { score: vec![0.0; size], words: vec![0; size], passed: Vec::new(), gates: 0 };
        for (slot, terms) in words.terms.iter().enumerate() {
            for (field, found) in terms {
                tally.add(segment, &words.stats[*field], found, ordinal, 1 << slot)?;
            }
        }
        let enabled = EnableScoring::enabled_from_searcher(searcher);
        for (slot, word) in plan.words.iter().enumerate() {
            for phrase in &word.phrases {
                let query = clause::translate(fields, phrase);
                let (scores, words) = (&mut tally.score, &mut tally.words);
                query.weight(enabled)?.for_each(segment, &mut |doc, score| {
                    // Another reading counts only where the literal one is missing.
                    if words[doc as usize] & (1 << slot) == 0 {
                        scores[doc as usize] += score;
                        words[doc as usize] |= 1 << slot;
                    }
                })?;
            }
        }
        for (bits, field, found) in &words.covers {
            tally.add(segment, &words.stats[*field], found, ordinal, *bits)?;
        }
        for required in &plan.required {
            let query = clause::translate(fields, required);
            tally.gate(segment, &*query, enabled, true)?;
        }
        let disabled = EnableScoring::disabled_from_searcher(searcher);
        for filter in plan.filters.iter().flat_map(|filters| clause::filters(fields, filters)) {
            tally.gate(segment, &*filter, disabled, false)?;
        }
        for excluded in &plan.excluded {
            let query = clause::translate(fields, excluded);
            tally.shut(segment, &*query, disabled)?;
        }
        Ok(tally)
    }

    /// Adds a term's score to the articles that have it.
    fn add(
        &mut self,
        segment: &SegmentReader,
        stats: &FieldStats,
        found: &FoundTerm<'_>,
        ordinal: usize,
        bits: u64,
    ) -> Result<(), IndexError> {
        let Some(info) = &found.infos[ordinal] else { return Ok(()) };
        let index = segment.inverted_index(stats.field)?;
        let norms = segment.get_fieldnorms_reader(stats.field)?;
        let option = IndexRecordOption::WithFreqs;
        let mut block = index
            .read_block_postings_from_terminfo(info, option)
            .map_err(tantivy::TantivyError::from)?;
        let weight = found.term.weight * found.rarity;
        let several = bits.count_ones() > 1;
        while block.block_len() > 0 {
            for (doc, count) in block.docs().iter().zip(block.freqs()) {
                let at = *doc as usize;
                // An abbreviation adds nothing where all that it stands for is written out.
                if several && self.words[at] & bits == bits {
                    continue;
                }
                self.score[at] += weight * stats.saturated(*count, norms.fieldnorm_id(*doc));
                self.words[at] |= bits;
            }
            block.advance();
        }
        Ok(())
    }

    /// Counts a gate that the articles matching `query` pass.
    fn gate(
        &mut self,
        segment: &SegmentReader,
        query: &dyn Query,
        scoring: EnableScoring<'_>,
        scored: bool,
    ) -> Result<(), IndexError> {
        self.passed.resize(self.score.len(), 0);
        let before = self.gates;
        self.gates = self.gates.saturating_add(1);
        let weight = query.weight(scoring)?;
        let (passed, scores) = (&mut self.passed, &mut self.score);
        let mut pass = |doc: DocId, score: f32| {
            let at = doc as usize;
            // Whoever missed one gate stays behind.
            passed[at] += u8::from(passed[at] == before);
            scores[at] += score;
        };
        if scored {
            weight.for_each(segment, &mut pass)?;
        } else {
            weight
                .for_each_no_score(segment, &mut |docs| docs.iter().for_each(|d| pass(*d, 0.0)))?;
        }
        Ok(())
    }

    /// Turns back the articles that match `query`.
    fn shut(
        &mut self,
        segment: &SegmentReader,
        query: &dyn Query,
        scoring: EnableScoring<'_>,
    ) -> Result<(), IndexError> {
        self.passed.resize(self.score.len(), 0);
        let passed = &mut self.passed;
        query.weight(scoring)?.for_each_no_score(segment, &mut |docs| {
            docs.iter().for_each(|doc| passed[*doc as usize] = u8::MAX);
        })?;
        Ok(())
    }

    /// How many articles have at least `minimum` of the words `among`, whatever else is asked: a
    /// filter must not change how a query is read.
    pub(crate) fn count(&self, minimum: u32, among: u64) -> usize {
        self.words.iter().filter(|words| (*words & among).count_ones() >= minimum).count()
    }

    /// Calls `visit` with the articles that passed all gates, and how many of the words `among`
    /// they have.
    pub(crate) fn for_each(
        &self,
        segment: &SegmentReader,
        among: u64,
        mut visit: impl FnMut(DocId, u32),
    ) {
        let alive = segment.alive_bitset();
        for doc in 0..segment.max_doc() {
            let at = doc as usize;
            let open = self.passed.is_empty() || self.passed[at] == self.gates;
            if open && alive.is_none_or(|alive| alive.is_alive(doc)) {
                visit(doc, (self.words[at] & among).count_ones());
            }
        }
    }
}

/// The words of a plan as the index knows them.
pub(crate) struct Words<'p> {
    pub(crate) stats: Vec<FieldStats>,
    /// For each word, its terms, with the number of their field in `stats`.
    pub(crate) terms: Vec<Vec<(usize, FoundTerm<'p>)>>,
    /// Terms that stand for several words, which are these bits.
    pub(crate) covers: Vec<(u64, usize, FoundTerm<'p>)>,
}

impl<'p> Words<'p> {
    pub(crate) fn new(
        searcher: &Searcher,
        fields: &Fields,
        plan: &'p Plan,
    ) -> tantivy::Result<Self> {
        let stats = TextField::ALL
            .iter()
            .map(|field| FieldStats::new(searcher, fields.text(*field)))
            .collect::<tantivy::Result<Vec<_>>>()?;
        let find = |term: &'p WordTerm| {
            let field = term.field as usize;
            Ok((field, FoundTerm::new(searcher, &stats[field], term)?))
        };
        let mut terms = Vec::with_capacity(plan.words.len());
        for word in &plan.words {
            terms.push(word.terms.iter().map(find).collect::<tantivy::Result<Vec<_>>>()?);
        }
        let mut covers = Vec::new();
        for cover in &plan.covers {
            for term in &cover.terms {
                let (field, found) = find(term)?;
                covers.push((cover.bits(), field, found));
            }
        }
        Ok(Self { stats, terms, covers })
    }
}
