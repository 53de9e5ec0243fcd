//! schemathesis runs the description of the API against the live server, with all its checks.

use std::path::Path;
use std::process::Command;

use crate::loa::{Loa, TOOLS};

/// Examples of each operation: in CI some, by hand as many as one has patience for.
const EXAMPLES: &str = "25";
/// The same examples at every run, so that a failure is a change's own; by hand, any other number.
const SEED: &str = "20261125";

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn the_server_is_as_it_is_described() {
    let Some(tools) = std::env::var_os(TOOLS) else {
        eprintln!("skipped: {TOOLS} names no tools");
        return;
    };
    let (loa, _portals) = Loa::crawled();
    for name in ["api", "other", "gone"] {
        loa.run(&["user", "add", name, "--role", "admin", "--no-password"]);
    }
    let token = loa.run(&["user", "token", "api"]).trim().to_owned();
    let server = loa.serve();
    let run = |arguments: &[&str]| {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis.toml");
        let ran = Command::new(Path::new(&tools).join("schemathesis"))
            .arg("--config-file")
            .arg(config)
            .args(["run", &format!("{}/api/v1/openapi.json", server.base)])
            .args(["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--no-color"])
            .args(["--suppress-health-check", "all"])
            .args(["-H", &format!("Authorization: Bearer {token}")])
            .args(arguments)
            .current_dir(loa.data.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    };
    // Whoever changes operators may lose the right to ask: that comes last.
    run(&["--exclude-path-regex", "/users/"]);
    run(&["--include-path-regex", "/users/"]);
}
