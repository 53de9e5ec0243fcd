//! An archive that an older program wrote, as it wrote it: format 2, from before there were removals,
//! people and accounts. Three pages crawled, one of them edited and crawled again, and a file imported.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use archive::Archive;
use flate2::read::GzDecoder;

use crate::faults::faults;
use crate::loa::{Loa, Ran, wait_until};

/// The article with two versions.
const EDITED: &str = "031af4994d086049";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/kept/format-2")
}

/// The data folder that the older program left, with an index of its form.
fn left_by_an_older_program() -> Loa {
    let loa = Loa::new();
    let data = loa.data.path();
    let mut archive = Vec::new();
    let packed = fs::File::open(kept().join("archive.sqlite.gz")).unwrap();
    GzDecoder::new(packed).read_to_end(&mut archive).unwrap();
    fs::write(data.join("archive.sqlite"), archive).unwrap();
    fs::create_dir(data.join("warc")).unwrap();
    for file in fs::read_dir(kept().join("warc")).unwrap().map(|file| file.unwrap()) {
        fs::copy(file.path(), data.join("warc").join(file.file_name())).unwrap();
    }
    fs::create_dir_all(data.join("index/v4.3-000001")).unwrap();
    fs::write(data.join("index/CURRENT"), "v4.3-000001").unwrap();
    loa
}

#[test]
fn an_archive_is_not_upgraded_under_a_server_of_an_older_program() {
    let loa = left_by_an_older_program();
    let lock = fs::File::create(loa.data.path().join("server.lock")).unwrap();
    lock.lock().unwrap();
    let before = fs::read(loa.data.path().join("archive.sqlite")).unwrap();
    let ran = loa.try_run(&["search", "cat dien"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("older format"), "{}", ran.stderr);
    assert_eq!(fs::read(loa.data.path().join("archive.sqlite")).unwrap(), before);
    drop(lock);
    assert_eq!(loa.json(&["search", ""])["total"], 4);
}

#[test]
fn an_archive_of_an_older_program_is_served_with_all_it_holds() {
    let loa = left_by_an_older_program();
    // The portal is gone, and who listens there now is not to be asked.
    let server = loa.serve_with(&[("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false".to_owned())]);
    assert_eq!(server.json("/api/v1/search?q=")["total"], 4);
    assert_eq!(
        server.json("/api/v1/search?q=cat+dien+to+dan+pho")["hits"][0]["source"]["id"],
        "giay"
    );
    let first = server.json(&format!("/api/v1/articles/{EDITED}/versions/1"));
    let second = server.json(&format!("/api/v1/articles/{EDITED}/versions/2"));
    assert_ne!(first["fields"]["body"], second["fields"]["body"]);
    let original = server.get(&format!("/bai/{EDITED}/ban/1/goc"));
    assert_eq!(original.status, 200);
    // What the older program did not read: who is named with which post.
    server.wait("/api/v1/officials?q=Tran+Huu+Loc", |found| found[0]["name"] == "Trần Hữu Lộc");
    drop(server);
    assert!(!loa.data.path().join("index/v4.3-000001").exists());
    let stats = loa.json(&["archive", "stats"]);
    assert_eq!((&stats["articles"], &stats["versions"]), (&4.into(), &5.into()));
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
    loa.run(&["index", "verify"]);
}

#[test]
fn an_upgrade_that_is_killed_or_finds_no_room_changes_nothing() {
    let loa = left_by_an_older_program();
    let library = faults(loa.data.path());
    let search = |setting: &str, value: &Path| {
        let mut search = loa.command();
        search.env("LD_PRELOAD", &library).env(setting, value).args(["search", "", "--json"]);
        search
    };
    let full = loa.data.path().join("full");
    fs::write(&full, "").unwrap();
    let ran = Ran::of(search("LOA_FAULT_FULL", &full).output().unwrap());
    assert!(ran.status == 1 && ran.stderr.contains("the disk is full"), "{}", ran.stderr);
    assert!(Archive::is_older(loa.data.path()));
    let mut killed = search("LOA_FAULT_SYNC_MS", Path::new("5000")).spawn().unwrap();
    let log = loa.data.path().join("archive.sqlite-wal");
    wait_until("the upgrade to write", || fs::metadata(&log).is_ok_and(|log| log.len() > 0));
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(loa.json(&["search", ""])["total"], 4);
    assert!(!Archive::is_older(loa.data.path()));
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
}
