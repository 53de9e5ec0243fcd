//! The texts that are measured on: real news and judged queries, read from a folder beside the
//! checkout. Nothing of them is copied into the project.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;

/// A text with its title.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) body: String,
    /// The people whom it names, for the baselines: finding them is not their task.
    pub(crate) people: BTreeSet<String>,
}

/// The folder of the data, as `LOA_BENCH_DATA` names it, or beside the checkout.
pub(crate) fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("LOA_BENCH_DATA").map_or(beside, PathBuf::from)
}

/// The real news articles; `share` of them, from 0 to 1.
pub(crate) fn news() -> Vec<Document> {
    documents(&folder().join("news.jsonl.gz"))
}

/// The documents of a compressed file of JSON lines.
pub(crate) fn documents(path: &Path) -> Vec<Document> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let text = |line: &Value, keys: &[&str]| {
        let found = keys.iter().find_map(|key| line[key].as_str());
        found.unwrap_or_default().to_owned()
    };
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let body = text(&line, &["body", "text"]);
            let people = vietnamese::names(&body).into_iter();
            Document {
                id: text(&line, &["id", "_id"]),
                title: text(&line, &["title"]),
                people: people.map(|found| vietnamese::exact_phrase(&found.name)).collect(),
                body,
            }
        })
        .collect()
}

/// Real questions in whole sentences.
pub(crate) fn questions() -> Vec<String> {
    let file = folder().join("retrieval/zalo2019_test_weak/queries.jsonl");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let query = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["query"].as_str().unwrap().to_owned()
    };
    text.lines().map(query).collect()
}
