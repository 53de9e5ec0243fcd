//! The archive's own commands: checking, copying, reading again.

use std::fs;

use archive::{Archive, Fields};

use crate::loa::Loa;

#[test]
fn an_archive_is_verified_backed_up_and_restored() {
    let (loa, _portals) = Loa::crawled();
    let whole = loa.json(&["archive", "verify"]);
    assert_eq!(whole["faults"].as_array().unwrap().len(), 0, "{whole}");
    let stats = loa.json(&["archive", "stats"]);
    assert_eq!(stats["articles"], loa.articles().len());
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    let copy = copy.to_str().unwrap();
    loa.run(&["archive", "backup", copy]);
    assert_eq!(loa.try_run(&["archive", "backup", copy]).status, 2, "it is not empty any more");
    let other = Loa::new();
    other.run(&["archive", "restore", copy]);
    assert_eq!(other.try_run(&["archive", "restore", copy]).status, 2, "there is one already");
    assert_eq!(other.articles(), loa.articles());
    assert_eq!(other.json(&["archive", "stats"]), stats);
}

#[test]
fn damage_is_found_and_named() {
    let (loa, _portals) = Loa::crawled();
    let mut files = fs::read_dir(loa.data.path().join("warc")).unwrap();
    let path = files.next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let ran = loa.try_run(&["archive", "verify"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("is damaged"), "{}", ran.stdout);
    assert!(ran.stderr.contains("faults in the archive"), "{}", ran.stderr);
}

#[test]
fn what_is_exported_can_be_imported() {
    let (loa, _portals) = Loa::crawled();
    let lines = loa.run(&["archive", "export", "--source", "go-sen"]);
    let other = Loa::new();
    let file = other.write("go-sen.jsonl", &lines);
    other.run(&["import", file.to_str().unwrap(), "--source", "go-sen"]);
    let fields = |loa: &Loa| {
        let mut all: Vec<_> = loa.articles();
        all.retain(|article| article["source"]["id"] == "go-sen");
        let text = |article: &serde_json::Value| format!("{}{}", article["title"], article["body"]);
        let mut texts: Vec<String> = all.iter().map(text).collect();
        texts.sort();
        texts
    };
    assert_eq!(fields(&other), fields(&loa));
}

#[test]
fn reading_again_is_no_edit() {
    let (loa, _portals) = Loa::crawled();
    assert!(loa.run(&["archive", "reextract"]).contains(" 0 differ"));
    // As an older profile might have read it.
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    let before = loa.articles().remove(5);
    let id = before["id"].as_str().unwrap().parse().unwrap();
    let poor = Fields { title: "Đọc sót".into(), ..Fields::default() };
    archive.replace_version(&id, 1, &poor, "cu/1").unwrap();
    let shown = loa.run(&["archive", "reextract"]);
    assert!(shown.contains(" 1 differ") && shown.contains("- Đọc sót"), "{shown}");
    assert_eq!(archive.article(&id).unwrap().unwrap().fields, poor, "only shown so far");
    loa.run(&["archive", "reextract", "--yes"]);
    let after = loa.json(&["show", id.as_str()]);
    assert_eq!(after, before, "as it was, and still its first version");
    let found = loa.json(&["search", "Đọc sót"]);
    assert_eq!(found["total"], 0, "the index has followed");
}
