//! The outside cannot change unnoticed: the API's description and the command's help are kept; so is
//! what `supply` knows of libraries.
//!
//! To accept a change, run the tests with `LOA_TEST_ACCEPT=1` and review the difference.

use std::path::Path;

use crate::loa::Loa;

pub(crate) fn assert_kept(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/kept").join(name);
    if std::env::var_os("LOA_TEST_ACCEPT").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == actual,
        "{name} changed; see how to accept it in tests/system/outside.rs\n{actual}"
    );
}

#[test]
fn the_api_is_described_as_kept() {
    let description = serde_json::to_string_pretty(&web::openapi()).unwrap();
    assert_kept("openapi.json", &(description + "\n"));
}

#[test]
fn the_help_is_as_kept() {
    let loa = Loa::new();
    let mut help = loa.run(&["--help"]);
    for command in
        ["demo", "serve", "crawl", "import", "search", "show", "analyze", "source", "index"]
    {
        help += &format!("\n\n$ loa {command} --help\n{}", loa.run(&[command, "--help"]));
    }
    // The default shows the environment of whoever runs it.
    let help = help.replace(loa.data.path().to_str().unwrap(), "DATA");
    assert_kept("help.txt", &help);
}
