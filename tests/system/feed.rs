//! Feeds of searches, as feed readers take them.

use std::path::PathBuf;
use std::process::Command;

use crate::loa::{Loa, TOOLS};

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

/// Reads a feed as others do: `feedparser` must find no fault, and `jsonfeedvalidator`, which knows
/// version 1 of the format, none but what 1.1 added.
const VALIDATE: &str = r#"
import json, sys, feedparser, jsonfeedvalidator
atom, feed = sys.argv[1], json.load(open(sys.argv[2]))
read = feedparser.parse(atom)
assert not read.bozo, read.bozo_exception
assert read.version == "atom10" and read.feed.id and read.feed.title and read.feed.updated_parsed
ids = [entry.id for entry in read.entries]
assert len(ids) == len(set(ids)) > 0
for entry in read.entries:
    assert entry.title and entry.updated_parsed and entry.published_parsed and entry.link, entry
assert feed.pop("language") == "vi"
for item in feed["items"]:
    item["author"] = item.pop("authors")[0]
errors = jsonfeedvalidator.validate_feed(feed)
assert not errors, errors
print(len(ids))
"#;

#[test]
#[expect(clippy::print_stderr, reason = "a skipped check must say so")]
fn other_programs_find_no_fault_with_feeds() {
    let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
        eprintln!("skipped: {TOOLS} is not set; tests/all.sh sets it");
        return;
    };
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let person = server.json("/api/v1/officials")[0]["id"].as_str().unwrap().to_owned();
    for search in ["q=phuong", "q=%22gi%E1%BA%A3i+ph%C3%B3ng%22", &format!("official={person}")] {
        let atom = loa.write("feed.xml", &server.get(&format!("/api/v1/feed?{search}")).body);
        let json = server.get(&format!("/api/v1/feed?format=json&{search}")).body;
        let json = loa.write("feed.json", &json);
        let checked = Command::new(tools.join("python"))
            .args(["-c", VALIDATE])
            .args([atom, json])
            .output()
            .unwrap();
        assert!(checked.status.success(), "{search}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}
