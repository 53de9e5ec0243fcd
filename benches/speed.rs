//! How fast articles are indexed and queries answered, on one thread, warm.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use index::Index;
use serde_json::json;
use tantivy::aggregation::{AggContextParams, AggregationCollector};
use tantivy::collector::{Count, TopDocs};

use crate::baseline::{Baseline, Kind};
use crate::corpus::Document;
use crate::judged::{Form, Query};
use crate::ours;

/// Hits on a page.
const PAGE: usize = 10;

/// What was measured, with ratios to plain Tantivy with its default tokenizer.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Speed {
    /// MB of title and text indexed a second.
    pub(crate) index_mb_s: f64,
    pub(crate) baseline_index_mb_s: f64,
    pub(crate) index_ratio: f64,
    /// Bytes of the index for each byte of text.
    pub(crate) size_ratio: f64,
    /// Queries with top 10, count, facets; ours with texts and marks as well.
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) baseline_median_ms: f64,
    pub(crate) baseline_p99_ms: f64,
    pub(crate) median_ratio: f64,
    pub(crate) p99_ratio: f64,
}

pub(crate) fn measure(documents: &[Document], queries: &[Query], folder: &Path) -> Speed {
    let text_bytes: usize = documents.iter().map(|d| d.title.len() + d.body.len()).sum();
    let mb = text_bytes as f64 / 1e6;
    let archive = ours::archive(&folder.join("ours"), documents);
    // The baseline is given the people ready-made; ours are read when articles come, not indexed.
    crawler::read_people(&archive, jiff::Timestamp::now()).unwrap();
    let index = Index::open(&folder.join("index"), archive).unwrap();
    let started = Instant::now();
    index.rebuild(&mut |_| {}).unwrap();
    let index_mb_s = mb / started.elapsed().as_secs_f64();
    let started = Instant::now();
    let baseline = Baseline::build(Kind::ALL[0], &folder.join("baseline"), documents);
    let baseline_index_mb_s = mb / started.elapsed().as_secs_f64();

    let texts: Vec<String> =
        queries.iter().flat_map(|query| Form::ALL.map(|form| form.of(&query.text))).collect();
    let ours = times(&texts, &mut |text| {
        black_box(index.search(&ours::request(text, PAGE)).unwrap());
    });
    let plain = times(&texts, &mut |text| plain_search(&baseline, text));
    Speed {
        index_mb_s,
        baseline_index_mb_s,
        index_ratio: index_mb_s / baseline_index_mb_s,
        size_ratio: index.stats().unwrap().bytes as f64 / text_bytes as f64,
        median_ms: ours.0,
        p99_ms: ours.1,
        baseline_median_ms: plain.0,
        baseline_p99_ms: plain.1,
        median_ratio: ours.0 / plain.0,
        p99_ratio: ours.1 / plain.1,
    }
}

fn plain_search(baseline: &Baseline, text: &str) {
    let terms = |field: &str| json!({ "terms": { "field": field, "size": 20 } });
    let facets = json!({ "source": terms("source"), "category": terms("category"),
        "year": terms("year"), "official": terms("official") });
    let facets = serde_json::from_value(facets).unwrap();
    let facets = AggregationCollector::from_aggs(facets, AggContextParams::default());
    let top = TopDocs::with_limit(PAGE).order_by_score();
    let searcher = baseline.reader.searcher();
    black_box(searcher.search(&baseline.query(text), &(top, Count, facets)).unwrap());
}

/// The median and the 99th percentile in milliseconds, after one round to warm up.
fn times(texts: &[String], search: &mut dyn FnMut(&str)) -> (f64, f64) {
    texts.iter().for_each(|text| search(text));
    let mut times: Vec<f64> = texts
        .iter()
        .map(|text| {
            let started = Instant::now();
            search(text);
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
