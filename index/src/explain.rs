//! Why a hit ranks where it does, in words: what matched, where, and what it is worth.

use tantivy::query::EnableScoring;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, Term};

use tantivy::postings::Postings;

use crate::IndexError;
use crate::clause;
use crate::engine::{FULL_MATCH, Ranked};
use crate::generation::Generation;
use crate::plan::{Clause, Plan, TextField};
use crate::rerank::{self, Marks};
use crate::snapshot::Snapshot;
use crate::words::{FoundTerm, Words};

/// The parts of a hit's score, the weightiest first.
pub(crate) fn in_words(
    snapshot: &Snapshot,
    plan: &Plan,
    words: &Words<'_>,
    hit: &Ranked,
) -> Result<Vec<String>, IndexError> {
    let (searcher, generation) = (&snapshot.searcher, &*snapshot.generation);
    let (mut parts, present) = terms(searcher, generation, plan, words, hit)?;
    let mattering = plan.mattering();
    if present & mattering == mattering && mattering != 0 {
        let worth = FULL_MATCH * mattering.count_ones() as f32;
        parts.push(("no word is missing".to_owned(), worth));
    }
    parts.extend(clauses(searcher, generation, plan, hit)?);
    for gain in hit.gains.iter().flatten() {
        let (first, last) = gain.words;
        let text: Vec<&str> = plan.words[first..=last].iter().map(|w| w.fold.as_str()).collect();
        let marks = match gain.marks {
            Marks::Any => "",
            Marks::Typed => ", with the marks that were typed",
            Marks::Other => ", with other marks than were typed",
        };
        parts.push((format!("“{}” side by side{marks}", text.join(" ")), gain.score));
    }
    let published = snapshot.columns_of(hit.address).published(hit.address.doc_id);
    let share = rerank::recency(plan, published);
    if hit.gains.is_some() && share > 0.0 {
        let sum: f32 = parts.iter().map(|(_, score)| score).sum();
        parts.push(("how new it is".to_owned(), sum * share));
    }
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(parts.into_iter().map(|(what, score)| format!("{score:.2}  {what}")).collect())
}

/// What each word gives, and a bit for each that the hit has.
fn terms(
    searcher: &Searcher,
    generation: &Generation,
    plan: &Plan,
    words: &Words<'_>,
    hit: &Ranked,
) -> Result<(Vec<(String, f32)>, u32), IndexError> {
    let (segment, doc) = (searcher.segment_reader(hit.address.segment_ord), hit.address.doc_id);
    let own = words.terms.iter().enumerate();
    let own = own.flat_map(|(word, terms)| terms.iter().map(move |(f, t)| (1 << word, f, t)));
    let (mut parts, mut present) = (Vec::new(), 0);
    for (bits, field, found) in own {
        if let Some(part) = term(segment, words, *field, found, doc)? {
            present |= bits;
            parts.push(part);
        }
    }
    for (slot, word) in plan.words.iter().enumerate() {
        for phrase in &word.phrases {
            if present & (1 << slot) == 0
                && let Some(score) = clause_score(searcher, generation, phrase, hit)?
            {
                present |= 1 << slot;
                parts.push((describe(phrase), score));
            }
        }
    }
    for (bits, field, found) in &words.covers {
        if present & bits != *bits
            && let Some(part) = term(segment, words, *field, found, doc)?
        {
            present |= bits;
            parts.push(part);
        }
    }
    for cover in &plan.covers {
        let bits = cover.bits();
        for phrase in &cover.phrases {
            if present & bits != bits
                && let Some(score) = clause_score(searcher, generation, phrase, hit)?
            {
                present |= bits;
                parts.push((describe(phrase), score));
            }
        }
    }
    Ok((parts, present))
}

/// What a term gives a document, if it is there.
fn term(
    segment: &SegmentReader,
    words: &Words<'_>,
    field: usize,
    found: &FoundTerm,
    doc: DocId,
) -> Result<Option<(String, f32)>, IndexError> {
    let stats = &words.stats[field];
    let key = Term::from_field_text(stats.field, &found.term.key);
    let index = segment.inverted_index(stats.field)?;
    let postings = index.read_postings(&key, IndexRecordOption::WithFreqs);
    let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
        return Ok(None);
    };
    if postings.doc() < doc {
        postings.seek(doc);
    }
    if postings.doc() != doc {
        return Ok(None);
    }
    let norm = segment.get_fieldnorms_reader(stats.field)?.fieldnorm_id(doc);
    let score = found.term.weight * found.rarity * stats.saturated(postings.term_freq(), norm);
    Ok(Some((format!("“{}” {}", found.term.key, place(found.term.field)), score)))
}

/// What each required clause gives.
fn clauses(
    searcher: &Searcher,
    generation: &Generation,
    plan: &Plan,
    hit: &Ranked,
) -> Result<Vec<(String, f32)>, IndexError> {
    let mut leaves = Vec::new();
    plan.required.iter().for_each(|clause| collect(clause, &mut leaves));
    let mut parts = Vec::new();
    for leaf in leaves {
        let score = clause_score(searcher, generation, leaf, hit)?;
        parts.extend(score.map(|score| (describe(leaf), score)));
    }
    Ok(parts)
}

/// What a clause gives a hit, if it holds.
fn clause_score(
    searcher: &Searcher,
    generation: &Generation,
    clause: &Clause,
    hit: &Ranked,
) -> Result<Option<f32>, IndexError> {
    let query = clause::translate(generation, clause);
    let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
    let segment = searcher.segment_reader(hit.address.segment_ord);
    let mut scorer = weight.scorer(segment, 1.0)?;
    let doc = hit.address.doc_id;
    Ok((scorer.doc() <= doc && scorer.seek(doc) == doc).then(|| scorer.score()))
}

fn collect<'a>(clause: &'a Clause, leaves: &mut Vec<&'a Clause>) {
    match clause {
        Clause::Any(clauses) | Clause::All(clauses) => {
            clauses.iter().for_each(|clause| collect(clause, leaves));
        }
        leaf => leaves.push(leaf),
    }
}

fn describe(clause: &Clause) -> String {
    match clause {
        Clause::Term { field, key, .. } => format!("“{key}” {}", place(*field)),
        Clause::Phrase { field, keys, .. } => {
            let keys: Vec<&str> = keys.iter().map(|(_, key)| key.as_str()).collect();
            format!("“{}” in this order {}", keys.join(" "), place(*field))
        }
        Clause::Fact { key, .. } => format!("the document number or date {key}"),
        Clause::MarkedPhrase { .. } => "the phrase with the marks that were typed".to_owned(),
        Clause::Any(_) | Clause::All(_) => String::new(),
    }
}

fn place(field: TextField) -> &'static str {
    match field {
        TextField::TitleExact => "with these accents in the title",
        TextField::TitleFolded => "with any accents in the title",
        TextField::BodyExact => "with these accents in the text",
        TextField::BodyFolded => "with any accents in the text",
    }
}
