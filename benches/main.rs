//! Measures the search against plain Tantivy in the same run.
//!
//! `cargo bench` prints the tables and writes them to `target/benches.json`; names after `--`
//! measure only a part: `alerts`, `analysis`, `crawl`, `officials`, `relevance`, `speed`. `tune` is
//! `relevance` on the other half of the queries, for choosing weights; `load` takes hours, see
//! `load/mod.rs`. The texts are read from `LOA_BENCH_DATA`.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nobody to tell")]

mod alerts;
mod analysis;
mod baseline;
mod compare;
mod corpus;
mod crawl;
mod judged;
mod load;
mod officials;
mod ours;
mod relevance;
mod speed;

use mimalloc::MiMalloc;
use relevance::Half;
use serde_json::json;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let asked = |name: &str| arguments.is_empty() || named(name);
    if let [compare, old, new] = &arguments[..]
        && compare == "compare"
    {
        compare::print(old, new);
        return;
    }
    if named("load") {
        load::measure(&arguments);
        return;
    }
    let news = corpus::news();
    let mut written = json!({});
    if asked("analysis") {
        let analysis = analysis::measure(&news);
        println!("{analysis:#?}");
        written["analysis"] = serde_json::to_value(analysis).expect("numbers serialise");
    }
    if asked("crawl") {
        let crawling = crawl::measure();
        println!("{crawling:#?}");
        written["crawl"] = serde_json::to_value(crawling).expect("numbers serialise");
    }
    if asked("officials") {
        let officials = officials::measure();
        println!("{officials:#?}");
        written["officials"] = serde_json::to_value(officials).expect("numbers serialise");
    }
    if asked("alerts") {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let alerts = alerts::measure(&news, folder.path());
        println!("{alerts:#?}");
        written["alerts"] = serde_json::to_value(alerts).expect("numbers serialise");
    }
    let sets = judged::sets(&news);
    if asked("speed") {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let queries = &sets[sets.len() - 1].queries;
        let speed = speed::measure(&news, queries, folder.path());
        println!("{speed:#?}");
        written["speed"] = serde_json::to_value(speed).expect("numbers serialise");
    }
    if asked("relevance") || named("tune") {
        let half = if named("tune") { Half::Tune } else { Half::Report };
        let mut rows = Vec::new();
        for set in &sets {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            rows.extend(relevance::measure(set, half, folder.path()));
        }
        relevance::print(&rows);
        written["relevance"] = serde_json::to_value(rows).expect("numbers serialise");
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/benches.json");
    std::fs::write(file, format!("{written:#}")).expect("target/ can be written");
}
