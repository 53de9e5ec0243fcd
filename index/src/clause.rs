//! Clauses of a plan in Tantivy's terms.

use std::ops::Bound;

use archive::PageTime;
use tantivy::Term;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery};
use tantivy::schema::IndexRecordOption;

use crate::facets::Facet;
use crate::generation::Generation;
use crate::phrase_query::{Phrase, PlacedTerms};
use crate::plan::{Clause, Filters, Person, TextField};
use crate::snapshot::Snapshot;
use crate::{IndexError, people, phrasing};

/// A clause as a query.
pub(crate) fn translate(generation: &Generation, clause: &Clause) -> Box<dyn Query> {
    let fields = &generation.fields;
    let phrase = |terms: PlacedTerms, scores: bool| -> Box<dyn Query> {
        Box::new(Phrase { terms, scores, known: generation.phrases.clone() })
    };
    match clause {
        Clause::Term { field, key, weight } => {
            let term = Term::from_field_text(fields.text(*field), key);
            boost(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), *weight)
        }
        Clause::Phrase { field, keys, weight } => {
            let field = fields.text(*field);
            let term =
                |(place, key): &(usize, String)| (*place as u32, Term::from_field_text(field, key));
            boost(phrase(keys.iter().map(term).collect(), true), *weight)
        }
        Clause::MarkedPhrase { keys } => {
            let term = |(place, field, key): &(usize, TextField, String)| {
                (*place as u32, Term::from_field_text(fields.text(*field), key))
            };
            phrase(keys.iter().map(term).collect(), false)
        }
        Clause::Fact { key, weight } => {
            let term = Term::from_field_text(fields.fact, key);
            boost(Box::new(TermQuery::new(term, IndexRecordOption::Basic)), *weight)
        }
        Clause::Any(clauses) => {
            let any = clauses.iter().map(|c| (Occur::Should, translate(generation, c))).collect();
            Box::new(BooleanQuery::new(any))
        }
        Clause::All(clauses) => {
            let all = clauses.iter().map(|c| (Occur::Must, translate(generation, c))).collect();
            Box::new(BooleanQuery::new(all))
        }
    }
}

fn boost(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

/// What a filter restricts, and its query, which must hold.
pub(crate) type Restriction = (Facet, Box<dyn Query>);

/// Filters as queries, each of which must hold.
pub(crate) fn filters(
    snapshot: &Snapshot,
    filters: &Filters,
) -> Result<Vec<Restriction>, IndexError> {
    let fields = snapshot.fields();
    let mut queries: Vec<Restriction> = Vec::new();
    for (facet, field, values) in [
        (Facet::Source, fields.source, &filters.sources),
        (Facet::Category, fields.category, &filters.categories),
    ] {
        if !values.is_empty() {
            let terms = values.iter().map(|value| Term::from_field_text(field, value));
            queries.push((facet, Box::new(TermSetQuery::new(terms))));
        }
    }
    if !filters.officials.is_empty() {
        queries.push((Facet::Official, officials(snapshot, &filters.officials)?));
    }
    if !filters.alterations.is_empty() {
        let keys = filters.alterations.iter().map(|one| one.key());
        let terms = keys.map(|key| Term::from_field_text(fields.alteration, key));
        queries.push((Facet::Alteration, Box::new(TermSetQuery::new(terms))));
    }
    // After the last day of the calendar there is nothing to leave out.
    let next = filters.to.and_then(|day| day.tomorrow().ok());
    if filters.from.is_some() || next.is_some() {
        let start = |day| PageTime::Day(day).instant().as_second();
        let term = |second| Term::from_field_i64(fields.published, second);
        let from = filters.from.map_or(Bound::Unbounded, |day| Bound::Included(term(start(day))));
        let to = next.map_or(Bound::Unbounded, |day| Bound::Excluded(term(start(day))));
        queries.push((Facet::Year, Box::new(RangeQuery::new(from, to))));
    }
    Ok(queries)
}

/// Officials by their ids, and whoever may be meant by a name; where the archive names nobody like
/// that, the name as a phrase.
fn officials(snapshot: &Snapshot, people: &[Person]) -> Result<Box<dyn Query>, IndexError> {
    let fields = snapshot.fields();
    let mut any: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    for person in people {
        let name = match person {
            Person::Named(name) => name,
            Person::Official(id) => {
                let term = Term::from_field_text(fields.person, id.as_str());
                any.push((Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::Basic))));
                continue;
            }
        };
        let meant = people::meant(snapshot, name)?;
        if meant.is_empty() {
            let phrase =
                phrasing::phrase(name).map(|phrase| translate(&snapshot.generation, &phrase));
            any.extend(phrase.map(|phrase| (Occur::Should, phrase)));
        } else {
            let terms = meant.iter().map(|term| Term::from_field_text(fields.official, term));
            any.push((Occur::Should, Box::new(TermSetQuery::new(terms))));
        }
    }
    Ok(Box::new(BooleanQuery::new(any)))
}
