//! What we build with: permissive licences, one registry, no second copy of a library that nobody
//! knows of, none of those that we decided against, and no unsafe code of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::outside::assert_kept;

/// Licences that ask for no more than to be named.
const LICENCES: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "NCSA",
    "Unicode-3.0",
    "Zlib",
];

/// Libraries whose own files must stay under the MPL: we use them as they are.
const AS_THEY_ARE: [&str; 4] = ["cssparser", "cssparser-macros", "dtoa-short", "selectors"];

/// Libraries that must not come in by another: TLS and cryptography are `rustls` on `ring`.
const BANNED: [&str; 4] = ["aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

/// All packages that the program, its tests and its fuzz targets are built from.
fn packages() -> Vec<Value> {
    ["Cargo.toml", "fuzz/Cargo.toml"].into_iter().flat_map(packages_of).collect()
}

fn packages_of(manifest: &str) -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu", "--manifest-path", manifest])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    // Others are for other systems.
    let used: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.filter(|package| used.contains(package["id"].as_str().unwrap())).cloned().collect()
}

/// Whether an SPDX expression leaves a choice of permissive licences only.
fn is_permissive(expression: &str) -> bool {
    let expression = expression.trim().replace('/', " OR ");
    let choices = parts(&expression, " OR ");
    if choices.len() > 1 {
        return choices.into_iter().any(is_permissive);
    }
    let together = parts(&expression, " AND ");
    if together.len() > 1 {
        return together.into_iter().all(is_permissive);
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_permissive(inner),
        None => LICENCES.contains(&expression.as_str()),
    }
}

/// What an operator joins outside all parentheses.
fn parts<'e>(expression: &'e str, operator: &str) -> Vec<&'e str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in expression.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 && at >= start && expression[at..].starts_with(operator) {
            parts.push(&expression[start..at]);
            start = at + operator.len();
        }
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn licences_are_permissive_and_sources_known() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        let allowed = is_permissive(licence) || AS_THEY_ARE.contains(&name);
        assert!(allowed, "{name} has the licence {licence}");
        assert!(!BANNED.contains(&name), "{name} is banned");
        if let Some(source) = package["source"].as_str() {
            let known = source == "registry+https://github.com/rust-lang/crates.io-index";
            assert!(known, "{name} comes from {source}");
        }
    }
    assert!(!is_permissive("GPL-3.0") && !is_permissive("MIT AND GPL-2.0"));
    assert!(is_permissive("GPL-2.0 OR (MIT AND ISC)"));
    assert!(!is_permissive("(MIT OR Apache-2.0) AND GPL-3.0"));
}

#[test]
fn no_library_is_there_in_more_versions_than_known() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions.entry(text("name")).or_default().insert(text("version"));
    }
    let several = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    let found: String = several
        .map(|(name, versions)| {
            // A newer patch of the same version is no other library.
            let versions: Vec<String> =
                versions.iter().map(|version| compatible(version)).collect();
            format!("{name} {}\n", versions.join(" "))
        })
        .collect();
    // Those that use them have not moved on; one more is a change's own doing: `cargo tree -d` tells
    // which library brings it.
    assert_kept("several-versions.txt", &found);
}

#[test]
fn libraries_come_with_the_features_that_are_used() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
    let all = manifest["workspace"]["dependencies"].as_table().unwrap();
    let is_ours = |library: &toml::Value| library.get("path").is_some();
    let has_defaults = |library: &toml::Value| {
        library.get("default-features").is_none_or(|given| given.as_bool() != Some(false))
    };
    let whole = all.iter().filter(|(_, library)| !is_ours(library) && has_defaults(library));
    let found: String = whole.map(|(name, _)| format!("{name}\n")).collect();
    // All that they bring is used, or they bring nothing; of one more, turn off what is not used.
    assert_kept("default-features.txt", &found);
}

/// What versions that can stand for each other have in common: `1`, `0.12`.
fn compatible(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    if parts[0] == "0" { parts[..2].join(".") } else { parts[0].to_owned() }
}

#[test]
fn no_room_has_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for room in ["", "vietnamese", "archive", "crawler", "index", "alerts", "web", "tests/portal"] {
        let manifest = std::fs::read_to_string(root.join(room).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{room} has lints of its own");
    }
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}
