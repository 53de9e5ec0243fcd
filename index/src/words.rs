//! The words of a plan as the index knows them: their terms, with where they stand.

use tantivy::postings::TermInfo;
use tantivy::{Searcher, Term};

use crate::IndexError;
use crate::bm25::FieldStats;
use crate::clause::{self, Restriction};
use crate::plan::{Plan, TextField, WordTerm};
use crate::snapshot::Snapshot;
use crate::terms::for_each_with_prefix;

/// Words that an unfinished one may become, and how many are looked at.
const COMPLETIONS_MAX: usize = 32;
const COMPLETIONS_READ: usize = 10_000;

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

    /// What it is worth, but for how often an article has it.
    pub(crate) fn weight(&self) -> f32 {
        self.term.weight * self.rarity
    }

    /// Where it stands in a segment.
    pub(crate) fn in_segment(&self, ordinal: usize) -> Option<&TermInfo> {
        self.infos.get(ordinal)?.as_ref()
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
    /// What the query itself restricts to.
    pub(crate) own: Vec<Restriction>,
    /// What is restricted to besides.
    pub(crate) chosen: Vec<Restriction>,
    /// What must not be.
    pub(crate) barred: Vec<Restriction>,
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
        let own = clause::filters(snapshot, &plan.own)?;
        let chosen = clause::filters(snapshot, &plan.chosen)?;
        let barred = clause::filters(snapshot, &plan.barred)?;
        Ok(Self { stats, terms, covers, completed, own, chosen, barred })
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
