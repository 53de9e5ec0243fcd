//! Judged queries over the simulated wards: the right article should come first.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::loa::{Loa, Server};

/// Queries of which the first hit must be right, and the mean reciprocal rank, at least.
const FIRST_RIGHT_MIN: f64 = 0.93;
const MRR_MIN: f64 = 0.96;
/// Hits that are looked at.
const DEPTH: usize = 10;

#[test]
fn the_right_article_comes_first() {
    let (_loa, server) = served();
    let titles = titles();
    let (mut sum, mut first, mut count) = (0.0, 0, 0);
    let mut by_kind: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut missed = Vec::new();
    for row in include_str!("judged.tsv").lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [query, kind, relevant] = columns[..] else { panic!("{row}") };
        let right: Vec<&String> = relevant.split(' ').map(|id| &titles[id]).collect();
        let hits = hits(&server, query, kind);
        let rank = hits.iter().position(|hit| right.contains(&hit));
        let reciprocal = rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
        if rank != Some(0) {
            missed.push(format!("{rank:?} {kind}: {query} → {hits:?}"));
        }
        by_kind.entry(kind).or_default().push(reciprocal);
        sum += reciprocal;
        first += usize::from(rank == Some(0));
        count += 1;
    }
    assert!(count >= 100, "{count}");
    let mean = |ranks: &Vec<f64>| ranks.iter().sum::<f64>() / ranks.len() as f64;
    let kinds: Vec<String> =
        by_kind.iter().map(|(kind, ranks)| format!("{kind} {:.3}", mean(ranks))).collect();
    let (first, mrr) = (first as f64 / count as f64, sum / count as f64);
    assert!(
        first >= FIRST_RIGHT_MIN && mrr >= MRR_MIN,
        "first right {first:.3}, MRR {mrr:.3} ({}); missed:\n{}",
        kinds.join(", "),
        missed.join("\n")
    );
}

fn served() -> (Loa, Server) {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    (loa, server)
}

/// What tells the articles apart, by ward and the portal's own id: ward and title, in one form.
fn titles() -> HashMap<String, String> {
    let wards = portal::wards().into_iter();
    wards
        .flat_map(|ward| {
            let name = move |article: portal::Article| {
                let title = vietnamese::fold_phrase(&article.title);
                (format!("{}/{}", ward.id, article.id), format!("{}: {title}", ward.id))
            };
            ward.articles.into_iter().map(name)
        })
        .collect()
}

/// The hits, and where the same text stands elsewhere, as [`titles`] names them.
fn hits(server: &Server, query: &str, kind: &str) -> Vec<String> {
    let mut answer = search(server, query);
    if ["typing", "spelling"].contains(&kind) {
        let meant = answer["query"]["did_you_mean"].as_str().map(str::to_owned);
        let Some(meant) = meant else { return vec!["no suggestion".to_owned()] };
        answer = search(server, &meant);
    }
    let name = |hit: &Value| {
        let title = vietnamese::fold_phrase(hit["title"].as_str().unwrap());
        format!("{}: {title}", hit["source"]["id"].as_str().unwrap())
    };
    answer["hits"].as_array().unwrap().iter().take(DEPTH).map(name).collect()
}

fn search(server: &Server, query: &str) -> Value {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    server.json(&format!("/api/v1/search?q={query}&size={DEPTH}"))
}
