//! Feeds of searches, as feed readers take them.

use crate::loa::Loa;

#[test]
fn any_search_is_a_feed() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let total = server.json("/api/v1/search?q=phuong&facets=false")["total"].as_u64().unwrap();
    let atom = server.get("/api/v1/feed?q=phuong");
    assert!(atom.content_type.starts_with("application/atom+xml"));
    let entries = atom.body.matches("<entry>").count() as u64;
    assert!(entries > 10 && entries <= total.min(50), "{entries} of {total}");
    assert_eq!(atom.body.matches("<updated>").count() as u64, entries + 1);
    assert!(!atom.body.contains("href=\"/"), "addresses are whole");
    let json = server.json("/api/v1/feed?q=phuong&format=json");
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len() as u64, entries);
    // The newest first, each with a page of ours that is there.
    let days: Vec<&str> =
        items.iter().map(|item| item["date_published"].as_str().unwrap()).collect();
    assert!(days.is_sorted_by(|one, next| one >= next), "{days:?}");
    let page = items[0]["url"].as_str().unwrap().strip_prefix(&server.base).unwrap().to_owned();
    assert_eq!(server.get(&page).status, 200, "{page}");
    // A feed without hits is one, too; what is no parameter is told.
    let none = server.get("/api/v1/feed?q=khongcogica");
    assert!(none.body.contains("<updated>1970-01-01T00:00:00Z</updated>"), "{}", none.body);
    for wrong in ["format=rss", "page=2", "colour=1"] {
        assert_eq!(server.get(&format!("/api/v1/feed?{wrong}")).status, 400, "{wrong}");
    }
}
