//! The WARC files, as other programs read them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::loa::{Loa, TOOLS};

fn warc_files(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data.join("warc")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "gz")).collect()
}

fn check(program: &Path, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + String::from_utf8_lossy(&output.stderr).as_ref();
    assert!(output.status.success(), "{} {}: {text}", program.display(), file.display());
    text
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped check must say so")]
fn other_programs_accept_the_warc_files() {
    let (loa, _portals) = Loa::crawled();
    // Twice, so that revisit records are there too.
    loa.run(&["crawl", "--all"]);
    let text = loa.write("thong-bao.txt", "Thông báo\nNgày đăng 01/02/2024 | 08:00\nNội dung.\n");
    loa.run(&["import", text.to_str().unwrap(), "--source", "nhap-tay"]);
    let files = warc_files(loa.data.path());
    assert!(!files.is_empty());
    for file in &files {
        check(Path::new("gzip"), &["-t"], file);
    }
    let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
        eprintln!("skipped: {TOOLS} is not set; tests/all.sh sets it");
        return;
    };
    for file in &files {
        let warcio = check(&tools.join("warcio"), &["check", "-v"], file);
        assert!(warcio.contains("digest pass") && !warcio.contains("digest failed"), "{warcio}");
        let fastwarc = check(&tools.join("fastwarc"), &["check"], file);
        assert!(fastwarc.contains("verified successfully"), "{fastwarc}");
    }
    // So do they a selection.
    let some = loa.data.path().join("go-sen.warc.gz");
    let output = some.to_str().unwrap();
    loa.run(&["archive", "export", "--format", "warc", "--source", "go-sen", "--output", output]);
    let warcio = check(&tools.join("warcio"), &["check", "-v"], &some);
    assert!(warcio.contains("digest pass") && !warcio.contains("digest failed"), "{warcio}");
    // Their index of our files says what ours does.
    loa.run(&["archive", "cdxj"]);
    for file in &files {
        let theirs = check(&tools.join("cdxj-indexer"), &["--sort"], file);
        let ours = file.to_str().unwrap().replace(".warc.gz", ".cdxj");
        let ours = std::fs::read_to_string(ours).unwrap();
        assert_eq!(entries(&ours), entries(&theirs));
    }
}

/// What each line of an index says, but for records of imported files, whose status they make up.
fn entries(index: &str) -> Vec<(String, Value)> {
    let entry = |line: &str| {
        let (key, about) = line.split_once(" {").unwrap();
        let about: Value = serde_json::from_str(&format!("{{{about}")).unwrap();
        (key.to_owned(), about)
    };
    let mut entries: Vec<_> = index.lines().filter(|line| line.contains(" {")).map(entry).collect();
    entries.retain(|(_, about)| about["url"].as_str().unwrap().starts_with("http"));
    entries.sort_by_key(|(key, about)| (key.clone(), about["offset"].to_string()));
    entries
}

#[test]
fn exported_captures_are_one_source_s_and_none_that_is_hidden() {
    let (loa, portals) = Loa::crawled();
    let hidden = loa.json(&["search", "nguồn:go-sen", "--limit", "1"])["hits"][0]["id"].clone();
    let hidden = hidden.as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    loa.run(&["takedown", "add", hidden, "--reason", "thử"]);
    let file = folder.path().join("x.warc.gz");
    let export = ["archive", "export", "--format", "warc", "--source", "go-sen", "--output"];
    let export = [&export[..], &[file.to_str().unwrap()]].concat();
    loa.run(&export);
    assert_eq!(loa.try_run(&export).status, 2, "the file is there");
    let second = Loa::new();
    second.add_sources(&portals);
    second.run(&["import", file.to_str().unwrap(), "--source", "go-sen"]);
    let ids = |loa: &Loa| {
        let mut ids: Vec<_> = loa.articles().iter().map(|a| a["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let mut expected: Vec<_> = loa.articles();
    expected.retain(|article| article["source"]["id"] == "go-sen");
    let mut expected: Vec<_> = expected.iter().map(|a| a["id"].to_string()).collect();
    expected.sort();
    assert_eq!(ids(&second), expected);
    assert_eq!(
        expected.len() + 1,
        portals.iter().find(|p| p.ward().id == "go-sen").unwrap().ward().articles.len()
    );
}

#[test]
fn our_own_files_can_be_imported_again() {
    let loa = Loa::new();
    let portals = [crate::loa::demo_portal("go-sen")];
    loa.add_sources(&portals);
    loa.run(&["crawl", "go-sen"]);
    let fields = |loa: &Loa| {
        let mut titles: Vec<(String, String)> = loa
            .articles()
            .iter()
            .map(|a| (a["id"].to_string(), a["body"].to_string() + a["title"].to_string().as_str()))
            .collect();
        titles.sort();
        titles
    };
    let second = Loa::new();
    second.add_sources(&portals);
    let folder = loa.data.path().join("warc");
    let import =
        |loa: &Loa| loa.try_run(&["import", folder.to_str().unwrap(), "--source", "go-sen"]);
    let ran = import(&second);
    assert_eq!(ran.status, 0, "list pages are no loss: {}", ran.stdout);
    assert_eq!(fields(&second), fields(&loa), "the same ids and texts");
    // A few bytes of one record are lost; all other records are read.
    let file = &warc_files(loa.data.path())[0];
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xff);
    std::fs::write(file, bytes).unwrap();
    let third = Loa::new();
    third.add_sources(&portals);
    let ran = import(&third);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("the file is damaged here"), "{}", ran.stdout);
    let (whole, damaged) = (fields(&loa).len(), fields(&third).len());
    assert!(damaged + 1 >= whole, "{damaged} of {whole}");
}
