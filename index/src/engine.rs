//! The embedded engine: a plan in Tantivy's terms.

use std::ops::Bound;

use archive::{ArticleId, PageTime};
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EnableScoring, Occur, PhraseQuery, Query,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Order, Searcher, Term};

use crate::IndexError;
use crate::adjacency::{self, Gain};
use crate::facets::{FacetCollector, RawFacets};
use crate::plan::{Clause, Filters, Plan, Sort};
use crate::schema::{Fields, ID, PUBLISHED};

/// Best hits that are put in their final order, ties included, whatever the page asked for.
const FIRST_STAGE: usize = 100;

/// A hit before its text is fetched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) id: ArticleId,
    pub(crate) score: f32,
    pub(crate) address: DocAddress,
}

/// What the engine found.
pub(crate) struct Found {
    pub(crate) total: usize,
    pub(crate) hits: Vec<Ranked>,
    pub(crate) facets: Option<RawFacets>,
}

/// Runs a plan: the total, hits `offset..offset + limit`, and facets over all that match.
pub(crate) fn run(
    searcher: &Searcher,
    fields: &Fields,
    plan: &Plan,
    (offset, limit): (usize, usize),
    with_facets: bool,
) -> Result<Found, IndexError> {
    let query = translate_plan(fields, plan);
    let query = query.as_ref();
    let depth = (offset + limit).max(FIRST_STAGE);
    let top = TopDocs::with_limit(depth);
    // The id settles ties, in the engine too: else the last place of a page would fall to whoever
    // lies first in the segments, and the next page would lose or repeat articles.
    let by_id = (SortByStaticFastValue::<u64>::for_field(ID), Order::Asc);
    let facets = with_facets.then_some(FacetCollector);
    let mut ranked: Vec<(SortKey, Ranked)>;
    let (total, raw_facets);
    match plan.sort {
        Sort::Relevance => {
            let top = top.order_by(((SortBySimilarityScore, Order::Desc), by_id));
            let (docs, count, found) = searcher.search(query, &(top, Count, facets))?;
            (total, raw_facets) = (count, found);
            ranked = resolve(docs, |score| (SortKey::Score(score), score));
            lift_adjacent(searcher, fields, plan, &mut ranked)?;
        }
        Sort::Newest | Sort::Oldest => {
            let newest = plan.sort == Sort::Newest;
            let order = if newest { Order::Desc } else { Order::Asc };
            let by_time = (SortByStaticFastValue::<i64>::for_field(PUBLISHED), order);
            let (docs, count, found) =
                searcher.search(query, &(top.order_by((by_time, by_id)), Count, facets))?;
            (total, raw_facets) = (count, found);
            ranked = resolve(docs, |time| (SortKey::Time { time, newest }, 0.0));
        }
    }
    // Equal keys are ordered by id, so that a rebuilt index gives the same order.
    ranked.sort_by(|(a, x), (b, y)| a.compare(b).then_with(|| x.id.cmp(&y.id)));
    let hits = ranked.into_iter().skip(offset).take(limit).map(|(_, hit)| hit).collect();
    Ok(Found { total, hits, facets: raw_facets })
}

/// Re-ranks the first stage by adjacency.
fn lift_adjacent(
    searcher: &Searcher,
    fields: &Fields,
    plan: &Plan,
    ranked: &mut [(SortKey, Ranked)],
) -> Result<(), IndexError> {
    let first = ranked.len().min(FIRST_STAGE);
    let first = &mut ranked[..first];
    let hits: Vec<Ranked> = first.iter().map(|(_, hit)| hit.clone()).collect();
    let gains = adjacency::gains(searcher, fields, &plan.pairs, &hits)?;
    for ((key, hit), gains) in first.iter_mut().zip(gains) {
        hit.score += gains.iter().map(|gain| gain.score).sum::<f32>();
        *key = SortKey::Score(hit.score);
    }
    Ok(())
}

enum SortKey {
    Score(f32),
    Time { time: Option<i64>, newest: bool },
}

impl SortKey {
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Score(a), Self::Score(b)) => b.total_cmp(a),
            (Self::Time { time: Some(a), newest }, Self::Time { time: Some(b), .. }) => {
                if *newest {
                    b.cmp(a)
                } else {
                    a.cmp(b)
                }
            }
            // Undated articles come last either way.
            (Self::Time { time: a, .. }, Self::Time { time: b, .. }) => {
                b.is_some().cmp(&a.is_some())
            }
            _ => std::cmp::Ordering::Equal,
        }
    }
}

/// The engine's hits with their ids, each of which has one.
fn resolve<K>(
    docs: Vec<((K, Option<u64>), DocAddress)>,
    key: impl Fn(K) -> (SortKey, f32),
) -> Vec<(SortKey, Ranked)> {
    let found = docs.into_iter().filter_map(|((k, id), address)| {
        let (sort_key, score) = key(k);
        Some((sort_key, Ranked { id: ArticleId::from_bits(id?), score, address }))
    });
    found.collect()
}

/// The parts of a plan that a hit matches, with the score that each gives it.
pub(crate) struct Parts<'a> {
    pub(crate) clauses: Vec<(&'a Clause, f32)>,
    pub(crate) adjacent: Vec<Gain>,
}

pub(crate) fn parts<'a>(
    searcher: &Searcher,
    fields: &Fields,
    plan: &'a Plan,
    hit: &Ranked,
) -> Result<Parts<'a>, IndexError> {
    let mut leaves = Vec::new();
    if let Some(clause) = &plan.clause {
        collect_leaves(clause, &mut leaves);
    }
    let segment = searcher.segment_reader(hit.address.segment_ord);
    let mut matched = Vec::new();
    for leaf in leaves {
        let query = translate(fields, leaf);
        let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
        let mut scorer = weight.scorer(segment, 1.0)?;
        if scorer.doc() <= hit.address.doc_id
            && scorer.seek(hit.address.doc_id) == hit.address.doc_id
        {
            matched.push((leaf, scorer.score()));
        }
    }
    let hits = std::slice::from_ref(hit);
    let adjacent = adjacency::gains(searcher, fields, &plan.pairs, hits)?.remove(0);
    Ok(Parts { clauses: matched, adjacent })
}

fn collect_leaves<'a>(clause: &'a Clause, leaves: &mut Vec<&'a Clause>) {
    match clause {
        Clause::Term { .. }
        | Clause::Phrase { .. }
        | Clause::Document { .. }
        | Clause::Constant { .. } => leaves.push(clause),
        Clause::AtLeast { clauses, .. } => clauses.iter().for_each(|c| collect_leaves(c, leaves)),
        Clause::All { must, lift, .. } => {
            must.iter().chain(lift).for_each(|c| collect_leaves(c, leaves));
        }
    }
}

fn translate_plan(fields: &Fields, plan: &Plan) -> Box<dyn Query> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    match &plan.clause {
        Some(clause) => clauses.push((Occur::Must, translate(fields, clause))),
        None => clauses.push((Occur::Must, Box::new(AllQuery))),
    }
    for filter in filters(fields, &plan.filters) {
        clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(filter, 0.0))));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn translate(fields: &Fields, clause: &Clause) -> Box<dyn Query> {
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
        Clause::Document { key, weight } => {
            let term = Term::from_field_text(fields.document, key);
            boost(Box::new(TermQuery::new(term, IndexRecordOption::Basic)), *weight)
        }
        Clause::Constant { clause, score } => {
            Box::new(ConstScoreQuery::new(translate(fields, clause), *score))
        }
        Clause::AtLeast { minimum, clauses } => {
            let should = clauses.iter().map(|c| (Occur::Should, translate(fields, c))).collect();
            Box::new(BooleanQuery::with_minimum_required_clauses(should, *minimum))
        }
        Clause::All { must, lift, without } => {
            let mut all: Vec<(Occur, Box<dyn Query>)> = Vec::new();
            if must.is_empty() && lift.is_empty() {
                all.push((Occur::Must, Box::new(AllQuery)));
            }
            all.extend(must.iter().map(|c| (Occur::Must, translate(fields, c))));
            all.extend(lift.iter().map(|c| (Occur::Should, translate(fields, c))));
            all.extend(without.iter().map(|c| (Occur::MustNot, translate(fields, c))));
            Box::new(BooleanQuery::new(all))
        }
    }
}

fn boost(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn filters(fields: &Fields, filters: &Filters) -> Vec<Box<dyn Query>> {
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for (field, values) in
        [(fields.source, &filters.sources), (fields.category, &filters.categories)]
    {
        if !values.is_empty() {
            let terms = values.iter().map(|value| Term::from_field_text(field, value));
            queries.push(Box::new(TermSetQuery::new(terms)));
        }
    }
    if filters.from.is_some() || filters.to.is_some() {
        let start = |day| PageTime::Day(day).instant().as_second();
        let term = |second| Term::from_field_i64(fields.published, second);
        let from = filters.from.map_or(Bound::Unbounded, |day| Bound::Included(term(start(day))));
        let next = filters.to.and_then(|day| day.tomorrow().ok());
        let to = next.map_or(Bound::Unbounded, |day| Bound::Excluded(term(start(day))));
        queries.push(Box::new(RangeQuery::new(from, to)));
    }
    queries
}
