//! The first stage: every word of the query adds its score to the articles that have it, term at
//! a time (Turtle and Flood, 1995). One pass over the postings gives the matching articles, their
//! number, their facets and their scores by BM25 (Robertson and Zaragoza, 2009).

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, Query};
use tantivy::schema::Field;
use tantivy::{DocId, Searcher, SegmentReader, Term};

use crate::IndexError;
use crate::clause;
use crate::patience::Patience;
use crate::plan::{Plan, TextField, WordTerm};
use crate::snapshot::Snapshot;
use crate::stream::{Stream, WINDOW};
use crate::terms::for_each_with_prefix;

/// Saturation of repeated matches.
pub(crate) const K1: f32 = 1.2;
/// Share of the length normalisation.
pub(crate) const B: f32 = 0.75;

/// Words that an unfinished one may become, and how many are looked at.
const COMPLETIONS_MAX: usize = 32;
const COMPLETIONS_READ: usize = 10_000;

/// What is known of a field over all segments.
pub(crate) struct FieldStats {
    pub(crate) field: Field,
    articles: f32,
    /// `K1 × (1 − B + B × length ÷ average length)` for each length as the index keeps it.
    lengths: Vec<f32>,
    /// What so few matches are worth, by their number and the length: almost all are so few, and
    /// a division takes longer than all else that is done for one.
    few: Vec<f32>,
}

/// Matches whose worth is computed beforehand: fewer than this.
const FEW: usize = 8;
/// Lengths that the index tells apart.
const NORMS: usize = 256;

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
        let length = |id| K1 * (1.0 - B + B * length(id) / average);
        let lengths: Vec<f32> = (0..=u8::MAX).map(length).collect();
        let worth = |count| lengths.iter().map(move |length| saturated(count as f32, *length));
        let few = (0..FEW).flat_map(worth).collect();
        Ok(Self { field, articles, lengths, few })
    }

    /// How rare it is to hold what `frequency` articles hold.
    pub(crate) fn rarity(&self, frequency: u32) -> f32 {
        let frequency = frequency as f32;
        (1.0 + (self.articles - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
    }

    /// What `count` matches are worth in an article of the length that `norm` stands for.
    pub(crate) fn saturated(&self, count: u32, norm: u8) -> f32 {
        let norm = usize::from(norm);
        match count as usize {
            few @ 0..FEW => self.few[few * NORMS + norm],
            _ => saturated(count as f32, self.lengths[norm]),
        }
    }
}

fn saturated(count: f32, length: f32) -> f32 {
    count * (K1 + 1.0) / (count + length)
}

/// A term of the plan, with where it stands in each segment.
pub(crate) struct FoundTerm {
    pub(crate) term: WordTerm,
    pub(crate) rarity: f32,
    infos: Vec<Option<TermInfo>>,
}

impl FoundTerm {
    pub(crate) fn new(
        searcher: &Searcher,
        stats: &FieldStats,
        term: WordTerm,
    ) -> tantivy::Result<Self> {
        let key = Term::from_field_text(stats.field, &term.key);
        let mut infos = Vec::with_capacity(searcher.segment_readers().len());
        for segment in searcher.segment_readers() {
            infos.push(segment.inverted_index(stats.field)?.get_term_info(&key)?);
        }
        let frequency = infos.iter().flatten().map(|info| info.doc_freq).sum();
        Ok(Self { term, rarity: stats.rarity(frequency), infos })
    }

    /// Where it stands in a segment.
    pub(crate) fn in_segment(&self, ordinal: usize) -> Option<&TermInfo> {
        self.infos.get(ordinal)?.as_ref()
    }
}

/// What the articles of a segment have of the query.
pub(crate) struct Tally {
    score: Vec<f32>,
    /// A bit for each word of the query.
    words: Vec<u32>,
    /// A bit for each kind of restriction that an article does not meet; empty when there is none.
    shut: Vec<u8>,
}

/// The bit of what no facet leaves out: required and excluded phrases, the query's own filters.
const BARRED: u8 = 1 << 7;

impl Tally {
    /// Adds up a segment; between windows and clauses it looks at the clock.
    pub(crate) fn of(
        snapshot: &Snapshot,
        plan: &Plan,
        words: &Words<'_>,
        ordinal: usize,
        patience: Patience,
    ) -> Result<Self, IndexError> {
        let searcher = &snapshot.searcher;
        let segment = &searcher.segment_readers()[ordinal];
        let size = segment.max_doc() as usize;
        let mut tally = Self { score: vec![0.0; size], words: vec![0; size], shut: Vec::new() };
        let terms = words.terms.iter().enumerate().flat_map(|(slot, terms)| {
            terms.iter().map(move |(field, found)| (1 << slot, *field, found))
        });
        tally.add(segment, words.stats, terms, ordinal, patience)?;
        let enabled = EnableScoring::enabled_from_searcher(searcher);
        for (slot, word) in plan.words.iter().enumerate() {
            for phrase in &word.phrases {
                patience.check()?;
                let query = clause::translate(&snapshot.generation, phrase);
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
        let covers = words.covers.iter().map(|(bits, field, found)| (*bits, *field, found));
        tally.add(segment, words.stats, covers, ordinal, patience)?;
        for cover in &plan.covers {
            let bits = cover.bits();
            for phrase in &cover.phrases {
                patience.check()?;
                let query = clause::translate(&snapshot.generation, phrase);
                let (scores, words) = (&mut tally.score, &mut tally.words);
                query.weight(enabled)?.for_each(segment, &mut |doc, score| {
                    if words[doc as usize] & bits != bits {
                        scores[doc as usize] += score;
                        words[doc as usize] |= bits;
                    }
                })?;
            }
        }
        for required in &plan.required {
            let query = clause::translate(&snapshot.generation, required);
            patience.check()?;
            tally.gate(segment, &*query, enabled, BARRED)?;
        }
        let disabled = EnableScoring::disabled_from_searcher(searcher);
        for (bit, filter) in &words.filters {
            tally.gate(segment, &**filter, disabled, *bit)?;
        }
        for excluded in &plan.excluded {
            patience.check()?;
            let query = clause::translate(&snapshot.generation, excluded);
            tally.bar(segment, &*query, disabled)?;
        }
        for barred in &words.barred {
            tally.bar(segment, &**barred, disabled)?;
        }
        Ok(tally)
    }

    /// Adds the scores of terms to the articles that have them; each with the bits of its words.
    fn add<'t>(
        &mut self,
        segment: &SegmentReader,
        stats: &[FieldStats],
        terms: impl Iterator<Item = (u32, usize, &'t FoundTerm)>,
        ordinal: usize,
        patience: Patience,
    ) -> Result<(), IndexError> {
        let mut streams = Vec::new();
        for (bits, field, found) in terms {
            streams.extend(Stream::open(segment, &stats[field], found, ordinal, bits)?);
        }
        for start in (0..segment.max_doc()).step_by(WINDOW as usize) {
            let end = start.saturating_add(WINDOW);
            for stream in &mut streams {
                stream.add_before(end, &mut self.score, &mut self.words);
            }
            patience.check()?;
        }
        Ok(())
    }

    /// Sets a bit for the articles that do not match `query`; the others gain its score.
    fn gate(
        &mut self,
        segment: &SegmentReader,
        query: &dyn Query,
        scoring: EnableScoring<'_>,
        bit: u8,
    ) -> Result<(), IndexError> {
        self.shut.resize(self.score.len(), 0);
        let mut passed = vec![false; self.score.len()];
        let scores = &mut self.score;
        let weight = query.weight(scoring)?;
        if scoring.is_scoring_enabled() {
            weight.for_each(segment, &mut |doc, score| {
                passed[doc as usize] = true;
                scores[doc as usize] += score;
            })?;
        } else {
            weight.for_each_no_score(segment, &mut |docs| {
                docs.iter().for_each(|doc| passed[*doc as usize] = true);
            })?;
        }
        let missed = self.shut.iter_mut().zip(&passed).filter(|(_, passed)| !**passed);
        missed.for_each(|(shut, _)| *shut |= bit);
        Ok(())
    }

    /// Bars the articles that match `query`.
    fn bar(
        &mut self,
        segment: &SegmentReader,
        query: &dyn Query,
        scoring: EnableScoring<'_>,
    ) -> Result<(), IndexError> {
        self.shut.resize(self.score.len(), 0);
        let shut = &mut self.shut;
        query.weight(scoring)?.for_each_no_score(segment, &mut |docs| {
            docs.iter().for_each(|doc| shut[*doc as usize] |= BARRED);
        })?;
        Ok(())
    }

    /// How many of the words `among` an article has, and which restrictions it does not meet.
    pub(crate) fn of_doc(&self, doc: DocId, among: u32) -> (u32, u8) {
        let at = doc as usize;
        let shut = self.shut.get(at).copied().unwrap_or_default();
        ((self.words[at] & among).count_ones(), shut)
    }

    /// How many of the words `among` an article has, and its score.
    pub(crate) fn score_of(&self, doc: DocId, among: u32) -> (u32, f32) {
        let at = doc as usize;
        ((self.words[at] & among).count_ones(), self.score[at])
    }

    /// How many articles have at least `minimum` of the words `among`, whatever else is asked: a
    /// filter must not change how a query is read.
    pub(crate) fn count(&self, segment: &SegmentReader, minimum: u32, among: u32) -> usize {
        let alive = segment.alive_bitset();
        let is_alive = |doc: DocId| alive.is_none_or(|alive| alive.is_alive(doc));
        let has = |words: &u32| (words & among).count_ones() >= minimum;
        (0..).zip(&self.words).filter(|(doc, words)| has(words) && is_alive(*doc)).count()
    }

    /// Which of the restrictions that facets leave out an article does not meet that has at least
    /// `minimum` of the words `among`.
    pub(crate) fn found(
        &self,
        segment: &SegmentReader,
        (minimum, among): (u32, u32),
        doc: DocId,
    ) -> Option<u8> {
        let (matched, shut) = self.of_doc(doc, among);
        let is_alive = segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc));
        (matched >= minimum && shut & BARRED == 0 && is_alive).then_some(shut)
    }

    /// The articles that have at least `minimum` of the words `among`, whichever of the
    /// restrictions that facets leave out they do not meet.
    pub(crate) fn matching(
        &self,
        segment: &SegmentReader,
        (minimum, among): (u32, u32),
        docs: &mut Vec<DocId>,
    ) {
        // Each is written down and counted only if it matches: no branch for the processor to guess,
        // where every third article may match.
        docs.resize(self.words.len(), 0);
        let mut found = 0;
        for (doc, words) in (0..).zip(&self.words) {
            docs[found] = doc;
            found += usize::from((words & among).count_ones() >= minimum);
        }
        docs.truncate(found);
        if !self.shut.is_empty() {
            docs.retain(|doc| self.shut[*doc as usize] & BARRED == 0);
        }
        if let Some(alive) = segment.alive_bitset() {
            docs.retain(|doc| alive.is_alive(*doc));
        }
    }

    /// Which restrictions each article does not meet; empty when there is none.
    pub(crate) fn shut(&self) -> &[u8] {
        &self.shut
    }
}

/// The words of a plan as the index knows them.
pub(crate) struct Words<'s> {
    pub(crate) stats: &'s [FieldStats],
    /// For each word, its terms, with the number of their field in `stats`.
    pub(crate) terms: Vec<Vec<(usize, FoundTerm)>>,
    /// Terms that stand for several words, which are these bits.
    pub(crate) covers: Vec<(u32, usize, FoundTerm)>,
    /// The beginning of a word, where the last one is read so.
    pub(crate) completed: Option<String>,
    /// What is restricted, each with the bit of its kind.
    filters: Vec<(u8, Box<dyn Query>)>,
    /// What must not be.
    barred: Vec<Box<dyn Query>>,
}

impl<'s> Words<'s> {
    /// `completes`: whether the last word may be the beginning of others.
    pub(crate) fn new(
        snapshot: &'s Snapshot,
        plan: &Plan,
        completes: bool,
    ) -> Result<Self, IndexError> {
        let (searcher, stats) = (&snapshot.searcher, &snapshot.stats[..]);
        let find = |term: WordTerm| {
            let field = term.field as usize;
            tantivy::Result::Ok((field, FoundTerm::new(searcher, &stats[field], term)?))
        };
        let mut terms = Vec::with_capacity(plan.words.len());
        let mut completed = None;
        for word in &plan.words {
            let mut found =
                word.terms.iter().cloned().map(find).collect::<tantivy::Result<Vec<_>>>()?;
            if completes && word.begins {
                let field = &stats[TextField::BodyFolded as usize];
                for key in completions(searcher, field, &word.fold)? {
                    let weight = word.weight;
                    found.push(find(WordTerm { field: TextField::BodyFolded, key, weight })?);
                }
                completed = Some(word.fold.clone());
            }
            terms.push(found);
        }
        let mut covers = Vec::new();
        for cover in &plan.covers {
            for term in &cover.terms {
                let (field, found) = find(term.clone())?;
                covers.push((cover.bits(), field, found));
            }
        }
        let own = clause::filters(snapshot, &plan.own)?.into_iter();
        let own = own.map(|(_, query)| (BARRED, query));
        let chosen = clause::filters(snapshot, &plan.chosen)?.into_iter();
        let filters = own.chain(chosen.map(|(facet, query)| (facet.bit(), query))).collect();
        let barred = clause::filters(snapshot, &plan.barred)?.into_iter();
        let barred = barred.map(|(_, query)| query).collect();
        Ok(Self { stats, terms, covers, completed, filters, barred })
    }
}

/// The commonest words that begin with what was typed.
fn completions(
    searcher: &Searcher,
    stats: &FieldStats,
    beginning: &str,
) -> Result<Vec<String>, IndexError> {
    let mut found = Vec::new();
    for_each_with_prefix(searcher, stats.field, beginning, COMPLETIONS_READ, |term, articles| {
        found.push((articles, term.to_owned()));
    })?;
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(found.into_iter().take(COMPLETIONS_MAX).map(|(_, term)| term).collect())
}
