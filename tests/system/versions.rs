//! Crawling again: nothing changed is nothing written; an edit is a second version.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use portal::{Family, Portal, Ward, generate};

use crate::loa::{DELAY_MS, Loa, sources_file};

#[test]
fn a_second_crawl_of_unchanged_portals_writes_no_version_and_no_index() {
    let (loa, _portals) = Loa::crawled();
    let index = files(&loa.data.path().join("index"));
    let runs = loa.json(&["crawl", "--all"]);
    for run in runs.as_array().unwrap() {
        let counters = &run["counters"];
        assert_eq!((&counters["new"], &counters["edited"]), (&0.into(), &0.into()), "{run}");
        assert_eq!(counters["errors"], 0, "{run}");
    }
    assert!(loa.articles().iter().all(|article| article["version"] == 1));
    assert_eq!(files(&loa.data.path().join("index")), index);
    let not_modified: u64 = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["counters"]["not_modified"].as_u64().unwrap())
        .sum();
    assert!(not_modified > 0, "the WordPress portal answers 304");
}

#[test]
fn an_edited_article_gets_a_second_version_and_both_are_kept() {
    let (loa, portals) = Loa::crawled();
    for portal in &portals {
        let article = portal.ward().articles[3].clone();
        portal.edit(article.id, |a| a.title = format!("{} (đính chính)", a.title));
    }
    loa.run(&["crawl", "--all"]);
    let mut edited: Vec<_> = loa.articles();
    edited.retain(|article| article["version"] == 2);
    // WordPress makes the URL from the title: there it is another article.
    assert_eq!(edited.len(), 3);
    for article in edited {
        let shown = loa.json(&["show", article["id"].as_str().unwrap(), "--versions"]);
        let versions = shown["versions"].as_array().unwrap();
        let title = |i: usize| versions[i]["fields"]["title"].as_str().unwrap();
        assert_eq!(versions.len(), 2);
        assert_eq!(title(1), format!("{} (đính chính)", title(0)));
        let told = loa.run(&["show", article["id"].as_str().unwrap(), "--versions"]);
        assert!(told.contains("{+") && told.contains("(đính chính)+}"), "{told}");
        let hit = &loa.json(&["search", title(1)])["hits"][0];
        assert_eq!(hit["title"], title(1), "the index has the new version");
    }
}

/// Every file below a folder with its length and time of change.
fn files(folder: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.to_string_lossy().contains(".lock") {
            let data = path.metadata().unwrap();
            found.insert(path.display().to_string(), (data.len(), data.modified().unwrap()));
        }
    }
    found
}

#[test]
fn a_thousand_unchanged_articles_are_not_written_again() {
    let loa = Loa::new();
    let ward = Ward {
        id: "sinh-mau".into(),
        name: "Phường Sinh Mẫu".into(),
        unit: String::new(),
        articles: generate(1000, 1000),
    };
    let portal = Portal::start_anywhere(Family::Wordpress, ward).unwrap();
    let file = sources_file(std::slice::from_ref(&portal));
    let file = file.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 0");
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    loa.run(&["crawl", "sinh-mau"]);
    let (before, index) = (loa.json(&["archive", "stats"]), files(&loa.data.path().join("index")));
    let runs = loa.json(&["crawl", "sinh-mau"]);
    let counters = &runs[0]["counters"];
    assert_eq!((&counters["new"], &counters["edited"]), (&0.into(), &0.into()), "{runs}");
    // Articles and lists: this portal answers all of them with 304.
    assert!(counters["not_modified"].as_u64().unwrap() >= 1000, "{runs}");
    assert_eq!(files(&loa.data.path().join("index")), index, "the index is not touched");
    let after = loa.json(&["archive", "stats"]);
    assert_eq!(after["versions"], before["versions"]);
}
