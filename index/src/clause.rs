//! Clauses of a plan in Tantivy's terms.

use std::ops::Bound;

use archive::PageTime;
use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::IndexRecordOption;

use crate::plan::{Clause, Filters};
use crate::schema::Fields;

/// A clause as a query.
pub(crate) fn translate(fields: &Fields, clause: &Clause) -> Box<dyn Query> {
    match clause {
        Clause::Term { field, key, weight } => {
            let term = Term::from_field_text(fields.text(*field), key);
            boost(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), *weight)
        }
        Clause::Phrase { field, keys, weight } => {
            let field = fields.text(*field);
            let terms = keys.iter().map(|key| Term::from_field_text(field, key)).collect();
            boost(Box::new(PhraseQuery::new(terms)), *weight)
        }
        Clause::Fact { key, weight } => {
            let term = Term::from_field_text(fields.fact, key);
            boost(Box::new(TermQuery::new(term, IndexRecordOption::Basic)), *weight)
        }
        Clause::Any(clauses) => {
            let any = clauses.iter().map(|c| (Occur::Should, translate(fields, c))).collect();
            Box::new(BooleanQuery::new(any))
        }
        Clause::All(clauses) => {
            let all = clauses.iter().map(|c| (Occur::Must, translate(fields, c))).collect();
            Box::new(BooleanQuery::new(all))
        }
    }
}

fn boost(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

/// Filters as queries, each of which must hold.
pub(crate) fn filters(fields: &Fields, filters: &Filters) -> Vec<Box<dyn Query>> {
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for (field, values) in
        [(fields.source, &filters.sources), (fields.category, &filters.categories)]
    {
        if !values.is_empty() {
            let terms = values.iter().map(|value| Term::from_field_text(field, value));
            queries.push(Box::new(TermSetQuery::new(terms)));
        }
    }
    // After the last day of the calendar there is nothing to leave out.
    let next = filters.to.and_then(|day| day.tomorrow().ok());
    if filters.from.is_some() || next.is_some() {
        let start = |day| PageTime::Day(day).instant().as_second();
        let term = |second| Term::from_field_i64(fields.published, second);
        let from = filters.from.map_or(Bound::Unbounded, |day| Bound::Included(term(start(day))));
        let to = next.map_or(Bound::Unbounded, |day| Bound::Excluded(term(start(day))));
        queries.push(Box::new(RangeQuery::new(from, to)));
    }
    queries
}
