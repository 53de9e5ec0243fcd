//! Evidence: citation packs that others verify, what was edited or removed, people's pages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use archive::{Archive, GoneSignal};
use jiff::{SignedDuration, Timestamp};
use scraper::{Html, Selector};
use serde_json::Value;

use crate::loa::{Loa, TOOLS};

fn run_in(folder: &Path, program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).current_dir(folder).output().unwrap()
}

/// Unpacks a ZIP file with Python's own library, which checks its sums.
fn unpack(pack: &Path, folder: &Path) {
    const UNPACK: &str = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \
        assert z.testzip() is None; z.extractall(sys.argv[2])";
    let (pack, folder) = (pack.to_str().unwrap(), folder.to_str().unwrap());
    let ran = run_in(Path::new("/"), Path::new("python3"), &["-c", UNPACK, pack, folder]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped check must say so")]
fn a_citation_pack_is_verified_with_public_tools() {
    let (loa, portals) = Loa::crawled();
    let portal = portals.iter().find(|portal| portal.ward().id == "go-sen").unwrap();
    let edited = portal.ward().articles[3].clone();
    portal.edit(edited.id, |article| article.body.push("Đính chính của phường.".to_owned()));
    loa.run(&["crawl", "go-sen"]);
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("goi.zip");
    let export = ["archive", "export", "--format", "pack", "--query", "nguồn:go-sen", "--output"];
    loa.run(&[&export[..], &[pack.to_str().unwrap()]].concat());
    unpack(&pack, folder.path());
    let sums = run_in(folder.path(), Path::new("sha256sum"), &["--strict", "-c", "SHA256SUMS"]);
    let said = String::from_utf8_lossy(&sums.stdout).into_owned();
    assert!(sums.status.success() && said.matches(": OK").count() == 4, "{said}");

    let lines = std::fs::read_to_string(folder.path().join("articles.jsonl")).unwrap();
    let articles: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(articles.len(), portal.ward().articles.len());
    let versions = |article: &Value| article["versions"].as_array().unwrap().clone();
    let two: Vec<&Value> = articles.iter().filter(|one| versions(one).len() == 2).collect();
    assert_eq!(
        (two.len(), two[0]["versions"][1]["fields"]["title"].as_str()),
        (1, Some(&*edited.title))
    );
    let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
        eprintln!("skipped: {TOOLS} is not set; tests/all.sh sets it");
        return;
    };
    let checked =
        run_in(folder.path(), &tools.join("warcio"), &["check", "-v", "captures.warc.gz"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && !said.contains("digest failed"), "{said}");
    // The pack's captures are those that its versions name.
    let fields = "warc-type,warc-payload-digest";
    let listed =
        run_in(folder.path(), &tools.join("warcio"), &["index", "-f", fields, "captures.warc.gz"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let kept: BTreeSet<String> = listed
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|record| record["warc-payload-digest"].as_str().map(str::to_owned))
        .collect();
    for article in &articles {
        for version in versions(article) {
            let digest = version["capture"]["payload_digest"].as_str().unwrap();
            assert!(kept.contains(digest), "{digest}: {kept:?}");
        }
    }
    // Damage is seen.
    let path = folder.path().join("articles.csv");
    let mut table = std::fs::read(&path).unwrap();
    *table.last_mut().unwrap() ^= 1;
    std::fs::write(&path, table).unwrap();
    assert!(!run_in(folder.path(), Path::new("sha256sum"), &["-c", "SHA256SUMS"]).status.success());
}

#[test]
fn packs_and_tables_come_over_http_too() {
    let (loa, _portals) = Loa::crawled();
    let hidden = loa.json(&["search", "tiem chung"])["hits"][0]["id"].as_str().unwrap().to_owned();
    loa.run(&["takedown", "add", &hidden, "--reason", "thử"]);
    let server = loa.serve();
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("goi.zip");
    std::fs::write(&pack, server.get_bytes("/api/v1/export?format=pack&q=tiem+chung")).unwrap();
    unpack(&pack, folder.path());
    let sums = run_in(folder.path(), Path::new("sha256sum"), &["--strict", "-c", "SHA256SUMS"]);
    assert!(sums.status.success());
    let lines = std::fs::read_to_string(folder.path().join("articles.jsonl")).unwrap();
    assert!(!lines.is_empty() && !lines.contains(&hidden));
    let table = loa.run(&["archive", "export", "--format", "csv", "--query", "tiem chung"]);
    assert_eq!(table.matches("http").count(), lines.lines().count(), "{table}");
}

#[test]
fn what_was_edited_or_removed_can_be_looked_for() {
    let (loa, portals) = Loa::crawled();
    let portal = portals.iter().find(|portal| portal.ward().id == "go-sen").unwrap();
    let (edited, gone) = (portal.ward().articles[0].clone(), portal.ward().articles[1].clone());
    portal.edit(edited.id, |article| article.body.push("Đính chính.".to_owned()));
    loa.run(&["crawl", "go-sen"]);
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    for day in 0..4 {
        let now = Timestamp::now() + SignedDuration::from_hours(24 * day);
        let source = "go-sen".parse().unwrap();
        archive.strike(&source, &[(gone.id.to_string(), GoneSignal::NotFound)], now).unwrap();
    }
    let server = loa.serve();
    let found = |parameters: &str| {
        let answer = server.json(&format!("/api/v1/search?{parameters}"));
        let titles = answer["hits"].as_array().unwrap().iter();
        titles.map(|hit| hit["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    server.wait("/api/v1/search?status=removed", |answer| answer["total"] == 1);
    assert_eq!(found("status=edited"), [&*edited.title]);
    assert_eq!(found("status=removed"), [&*gone.title]);
    assert_eq!(found("status=edited&status=removed").len(), 2);
    assert_eq!(found("q=tr%E1%BA%A1ng-th%C3%A1i:%C4%91%C3%A3-s%E1%BB%ADa"), [&*edited.title]);
    assert_eq!(
        found("q=-status:edited&source=go-sen&size=100").len(),
        portal.ward().articles.len() - 1
    );
    assert_eq!(server.get("/api/v1/search?status=lost").status, 400);
    let all = server.json("/api/v1/search?source=go-sen");
    let counts: Vec<(&str, u64)> = all["facets"]["status"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["value"].as_str().unwrap(), row["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(counts, [("edited", 1), ("removed", 1)]);
    let page = server.get("/?status=removed").body;
    assert!(page.contains("đã gỡ khỏi trang nguồn"), "the badge");
}

#[test]
fn a_person_has_a_page_a_table_and_a_feed() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let answer = server.json("/api/v1/search?q=bi+thu+dang+uy+phuong+ben+lang+nguyen+huu+tuong");
    let id = answer["officials"][0]["id"].as_str().unwrap();
    let dossier = server.json(&format!("/api/v1/officials/{id}"));
    let moments = dossier["timeline"].as_array().unwrap();
    assert!(moments.is_sorted_by_key(|moment| moment["day"].as_str().unwrap().to_owned()));
    let page = Html::parse_document(&server.get(&format!("/nguoi/{id}")).body);
    let texts = |selector: &str| {
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector).map(|one| one.text().collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(texts("h1"), [dossier["name"].as_str().unwrap()]);
    assert_eq!(texts(".posts h3").len(), dossier["roles"].as_array().unwrap().len());
    assert_eq!(texts("svg rect.held").len(), texts(".posts h3").len());
    let table = server.get(&format!("/api/v1/officials/{id}?format=csv"));
    assert!(table.content_type.starts_with("text/csv"));
    let evidence: usize = dossier["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["evidence"].as_array().unwrap().len())
        .sum();
    assert_eq!(table.body.matches("\r\n").count(), evidence + 1);
    assert_eq!(loa.run(&["officials", id, "--csv"]), table.body);
    // Filter, facet and feed are of this person and no namesake.
    let of = server.json(&format!("/api/v1/search?official={id}&size=100"));
    assert_eq!(of["total"], dossier["articles"]);
    let row = of["facets"]["official"].as_array().unwrap().iter().find(|row| row["value"] == id);
    assert_eq!(row.unwrap()["count"], dossier["articles"]);
    let feed = server.json(&format!("/api/v1/feed?format=json&official={id}"));
    assert_eq!(
        feed["items"].as_array().unwrap().len() as u64,
        of["total"].as_u64().unwrap().min(50)
    );
    assert!(feed["title"].as_str().unwrap().contains(dossier["name"].as_str().unwrap()), "{feed}");
    for wrong in ["/nguoi/khong-co", "/api/v1/officials/0123456789ab"] {
        assert_eq!(server.get(wrong).status, 404, "{wrong}");
    }
}
