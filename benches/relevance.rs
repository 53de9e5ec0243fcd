//! How good the first ten hits are: first hit right, MRR@10, nDCG@10 (binary gains, as TREC's
//! `ndcg_cut_10`), on the half of the queries that nothing was tuned on.

use std::path::Path;

use index::Index;

use crate::baseline::{Baseline, Kind};
use crate::judged::{Form, Query, Set};
use crate::ours;

/// Hits that are looked at.
const DEPTH: usize = 10;

/// One row of the table.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Row {
    pub(crate) set: &'static str,
    pub(crate) form: &'static str,
    pub(crate) system: &'static str,
    pub(crate) queries: usize,
    pub(crate) first_right: f64,
    pub(crate) mrr_10: f64,
    pub(crate) ndcg_10: f64,
}

/// Which half of the queries is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// For choosing weights.
    Tune,
    /// For reporting.
    Report,
}

/// All systems on one set.
pub(crate) fn measure(set: &Set, half: Half, folder: &Path) -> Vec<Row> {
    let index = {
        let archive = ours::archive(&folder.join("ours"), &set.documents);
        Index::open(&folder.join("index"), archive).unwrap()
    };
    let mut rows = rows(set, half, "loa", &|text| ours::search(&index, text, DEPTH));
    for kind in Kind::ALL {
        let folder = folder.join(kind.name());
        let baseline = Baseline::build(kind, &folder, &set.documents);
        rows.extend(self::rows(set, half, kind.name(), &|text| baseline.search(text, DEPTH)));
    }
    rows
}

fn rows(
    set: &Set,
    half: Half,
    system: &'static str,
    search: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Row> {
    let chosen: Vec<&Query> = set.queries.iter().skip(half as usize).step_by(2).collect();
    let row = |form: Form| {
        let (mut first, mut mrr, mut ndcg) = (0.0, 0.0, 0.0);
        for query in &chosen {
            let hits = search(&form.of(&query.text));
            let right: Vec<usize> = (0..hits.len().min(DEPTH))
                .filter(|rank| query.relevant.contains(&hits[*rank]))
                .collect();
            first += f64::from(u8::from(right.first() == Some(&0)));
            mrr += right.first().map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
            ndcg += gain(right.into_iter()) / gain(0..query.relevant.len().min(DEPTH));
        }
        let mean = |sum: f64| sum / chosen.len() as f64;
        Row {
            set: set.name,
            form: form.name(),
            system,
            queries: chosen.len(),
            first_right: mean(first),
            mrr_10: mean(mrr),
            ndcg_10: mean(ndcg),
        }
    };
    Form::ALL.into_iter().map(row).collect()
}

fn gain(ranks: impl Iterator<Item = usize>) -> f64 {
    ranks.map(|rank| 1.0 / (rank as f64 + 2.0).log2()).sum()
}

pub(crate) fn print(rows: &[Row]) {
    println!("{:<20} {:<16} {:<18} queries first right MRR@10 nDCG@10", "set", "form", "system");
    for row in rows {
        println!(
            "{:<20} {:<16} {:<18} {:>7} {:>11.3} {:>6.3} {:>7.3}",
            row.set, row.form, row.system, row.queries, row.first_right, row.mrr_10, row.ndcg_10
        );
    }
}
