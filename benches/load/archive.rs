//! An archive of as many articles as wanted, brought in by the way of every import. It is kept
//! between runs; one that was left half made goes on.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ::archive::{Archive, Recorder, Source};
use crawler::{Imported, Importer, Profiles};
use jiff::Timestamp;
use serde_json::json;

use super::articles::{Article, Articles, BLOCK, Ward};

/// Brings an archive to `wanted` articles, which make whole blocks.
pub(crate) fn make(data: &Path, articles: &Articles, wanted: usize) {
    let archive = Archive::open(data).unwrap();
    let sources: Vec<Source> = articles.wards.iter().map(source).collect();
    let known = archive.count_articles().unwrap() as usize;
    if known == 0 {
        archive.put_sources(&sources, Timestamp::now()).unwrap();
    }
    let recorder = Arc::new(Mutex::new(Recorder::open(archive.clone()).unwrap()));
    let started = Instant::now();
    for first in (known / BLOCK * BLOCK..wanted).step_by(BLOCK) {
        let source = sources[Articles::ward_of(first)].clone();
        let file = data.join("block.jsonl");
        let mut lines = Vec::new();
        for number in first..first + BLOCK {
            let Article { url, title, body, category, published } = articles.article(number);
            let line = json!({ "url": url, "title": title, "body": body, "category": category,
                "published_at": published });
            writeln!(lines, "{line}").unwrap();
        }
        std::fs::write(&file, lines).unwrap();
        let importer = Importer::new(
            archive.clone(),
            recorder.clone(),
            source,
            Profiles::built_in(),
            Timestamp::now,
        );
        let mut done = Imported::default();
        importer.import(&file, &mut done, &mut |_| true).unwrap();
        assert_eq!(done.rejected, []);
        if (first + BLOCK).is_multiple_of(10_000) {
            println!("{} articles after {:.0?}", first + BLOCK, started.elapsed());
            crawler::read_people(&archive, Timestamp::now()).unwrap();
        }
    }
    crawler::read_people(&archive, Timestamp::now()).unwrap();
}

fn source(ward: &Ward) -> Source {
    let source = Source::import_only(ward.id.parse().unwrap());
    Source { name: ward.name.clone(), unit: ward.unit.clone(), ..source }
}
