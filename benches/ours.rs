//! The search itself, over the same documents.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use archive::{Archive, Recorder, Source};
use crawler::{Imported, Importer, Profiles};
use index::{Index, Request};
use serde_json::json;

use crate::corpus::Document;

/// The source of the documents.
const SOURCE: &str = "d";
/// What stands before a document's id in its URL.
const URL_PREFIX: &str = "http://d.example/";

/// Keeps the documents in an archive, by the way of every imported article.
pub(crate) fn archive(folder: &Path, documents: &[Document]) -> Archive {
    fs::create_dir_all(folder).unwrap();
    let archive = Archive::open(&folder.join("archive")).unwrap();
    add(&archive, folder, SOURCE, documents);
    archive
}

/// Adds documents to an archive, as some source's.
pub(crate) fn add(archive: &Archive, folder: &Path, source: &str, documents: &[Document]) {
    let source = Source::import_only(source.parse().unwrap());
    archive.put_sources(std::slice::from_ref(&source), jiff::Timestamp::UNIX_EPOCH).unwrap();
    let file = folder.join("documents.jsonl");
    let mut lines = BufWriter::new(fs::File::create(&file).unwrap());
    for Document { id, title, body, .. } in documents {
        let title = if title.trim().is_empty() { "–" } else { title };
        writeln!(lines, "{}", json!({ "url": url(id), "title": title, "body": body })).unwrap();
    }
    lines.into_inner().unwrap();
    let recorder = Arc::new(Mutex::new(Recorder::open(archive.clone()).unwrap()));
    let importer = Importer::new(
        archive.clone(),
        recorder,
        source,
        Profiles::built_in(),
        jiff::Timestamp::now,
    );
    let mut done = Imported::default();
    importer.import(&file, &mut done, &mut |_| true).unwrap();
    assert_eq!(done.rejected, []);
}

/// Where a document is.
fn url(id: &str) -> String {
    format!("{URL_PREFIX}{id}")
}

/// The ids of the best documents.
pub(crate) fn search(index: &Index, text: &str, limit: usize) -> Vec<String> {
    let answer = index.search(&request(text, limit)).unwrap();
    let id = |url: &str| url.strip_prefix(URL_PREFIX).unwrap().to_owned();
    answer.hits.iter().map(|hit| id(&hit.article.url)).collect()
}

/// A search with count, facets and highlighting. What is an operator in our query language is no
/// question of the judged sets.
pub(crate) fn request(text: &str, limit: usize) -> Request {
    let text = text.replace(['"', '“', '”', ':', '-'], " ");
    Request { text, limit, facets: true, ..Request::default() }
}
