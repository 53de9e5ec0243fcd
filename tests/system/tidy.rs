//! Style as a test: who may know whom, which room may use which library, how long files may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: [&str; 6] = ["vietnamese", "archive", "crawler", "index", "alerts", "web"];
/// Lines of a source file; beyond it a second idea hides in the file.
const LINES_MAX: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    table["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn rooms_know_only_whom_the_design_lets_them_know() {
    for (room, may_know) in [
        ("vietnamese", &[][..]),
        ("archive", &["vietnamese"]),
        ("crawler", &["vietnamese", "archive"]),
        ("index", &["vietnamese", "archive"]),
        ("alerts", &["index", "archive", "crawler"]),
        ("web", &["alerts", "index", "archive", "crawler"]),
        ("tests/portal", &[]),
    ] {
        for known in dependencies(&format!("{room}/Cargo.toml")) {
            let allowed = !ROOMS.contains(&known.as_str()) || may_know.contains(&known.as_str());
            assert!(allowed, "{room} must not know {known}");
        }
    }
}

#[test]
fn heavy_libraries_stay_in_their_rooms() {
    for (library, rooms) in [
        ("tantivy", &["index/Cargo.toml"][..]),
        ("rusqlite", &["archive/Cargo.toml"]),
        ("reqwest", &["crawler/Cargo.toml", "alerts/Cargo.toml"]),
        ("lettre", &["alerts/Cargo.toml"]),
        ("argon2", &["archive/Cargo.toml"]),
        ("prometheus-client", &["web/Cargo.toml"]),
        ("axum", &["web/Cargo.toml", "tests/portal/Cargo.toml"]),
        ("askama", &["web/Cargo.toml"]),
        ("clap", &["Cargo.toml"]),
        ("anyhow", &["Cargo.toml"]),
    ] {
        let manifests = ROOMS.iter().map(|room| format!("{room}/Cargo.toml"));
        for manifest in manifests.chain(["Cargo.toml".into(), "tests/portal/Cargo.toml".into()]) {
            let uses = dependencies(&manifest).contains(library);
            assert!(
                !uses || rooms.contains(&manifest.as_str()),
                "{manifest} must not use {library}"
            );
        }
    }
}

#[test]
fn every_direct_dependency_is_explained() {
    let explained = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let mut all = dependencies("Cargo.toml");
    all.extend(ROOMS.iter().flat_map(|room| dependencies(&format!("{room}/Cargo.toml"))));
    all.extend(dependencies("tests/portal/Cargo.toml"));
    for library in all.iter().filter(|l| !ROOMS.contains(&l.as_str()) && *l != "portal") {
        assert!(explained.contains(&format!("| {library} |")), "{library} has no line");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_are_short_introduced_and_no_drawers() {
    let mut files = Vec::new();
    sources(root(), &mut files);
    assert!(files.len() > 50);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(text.lines().count() <= LINES_MAX, "{} is too long", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
        for drawer in ["utils", "util", "common", "helpers", "types", "misc", "manager"] {
            assert_ne!(name, drawer, "{} is a drawer", path.display());
        }
    }
}

/// The README's `cargo run` once stopped to ask whether `loa` or `portals` was meant.
#[test]
fn cargo_run_starts_loa() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table: toml::Table = toml::from_str(&manifest).unwrap();
    assert_eq!(table["package"]["default-run"].as_str(), Some("loa"));
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let documents = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|one| one == "md"));
    for path in documents.chain([root().join("README.md"), root().join("CHANGELOG.md")]) {
        let document = path.display();
        let text = fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if !file.is_empty() && !target.starts_with("http") {
                assert!(path.parent().unwrap().join(file).exists(), "{document}: {target}");
            }
        }
    }
}
