//! `loa demo`: crawl, summary, end.

use crate::loa::Loa;

#[test]
fn the_demo_crawls_its_portals_and_tells_what_it_did() {
    let loa = Loa::new();
    let summary = loa.run(&["demo", "--once"]);
    let articles: usize = portal::wards().iter().map(|ward| ward.articles.len()).sum();
    assert!(summary.starts_with("4 portals, "), "{summary}");
    assert!(summary.contains(&format!(" {articles} articles, 0 errors, ")), "{summary}");
    assert_eq!(loa.json(&["search", "tiêm vắc xin"])["query"]["text"], "tiêm vắc xin");
}
