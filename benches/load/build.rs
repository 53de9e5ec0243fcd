//! Building the index of the whole archive, beside plain Tantivy over the same texts.

use std::path::Path;
use std::time::Instant;

use ::archive::Archive;
use index::Index;

use super::articles::{Article, Articles};
use crate::baseline::{Baseline, Kind};
use crate::corpus::Document;

/// What was measured. The archive is read, its articles analysed and counted; plain Tantivy is
/// given the texts from memory, and indexes them once and not in four fields.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Build {
    pub(crate) articles_a_second: f64,
    /// With one indexing thread and with two; ours has two, and three more that read and analyse.
    pub(crate) plain_articles_a_second: f64,
    pub(crate) plain_two_threads_articles_a_second: f64,
    pub(crate) index_bytes: u64,
    pub(crate) archive_bytes: u64,
    pub(crate) text_bytes: u64,
}

pub(crate) fn measure(data: &Path, articles: &Articles, size: usize) -> Build {
    let document = |number: usize| {
        let Article { url, title, body, .. } = articles.article(number);
        Document { id: url, title, body, people: Default::default() }
    };
    let documents: Vec<Document> = (0..size).map(document).collect();
    let text_bytes = documents.iter().map(|d| d.title.len() + d.body.len()).sum::<usize>() as u64;
    let plain = |threads: usize| {
        let folder = data.join("plain");
        let started = Instant::now();
        drop(Baseline::build_with(Kind::ALL[0], threads, &folder, &documents));
        let rate = size as f64 / started.elapsed().as_secs_f64();
        std::fs::remove_dir_all(&folder).unwrap();
        rate
    };
    let (one, two) = (plain(1), plain(2));
    drop(documents);
    let archive = Archive::open(data).unwrap();
    let folder = data.join("index");
    let started = Instant::now();
    Index::build(&folder, archive.clone(), &mut |_| {}).unwrap();
    let ours = size as f64 / started.elapsed().as_secs_f64();
    Build {
        articles_a_second: ours,
        plain_articles_a_second: one,
        plain_two_threads_articles_a_second: two,
        index_bytes: Index::open(&folder, archive).unwrap().stats().unwrap().bytes,
        archive_bytes: bytes(&data.join("archive.sqlite")) + bytes(&data.join("warc")),
        text_bytes,
    }
}

fn bytes(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| bytes(&entry.unwrap().path())).sum(),
        Err(_) => std::fs::metadata(path).unwrap().len(),
    }
}
