//! Portals whose certificates do not verify: nothing is fetched until an operator decides.

use archive::{Archive, RunId};
use portal::{Fault, Portal};
use serde_json::Value;

use crate::loa::{Loa, Ran, demo_portal};
use crate::tls::Authority;

/// A portal that forgets to send its issuer's certificate, known as `go-sen`.
struct Incomplete {
    loa: Loa,
    portal: Portal,
    definition: String,
}

impl Incomplete {
    fn new(published: impl Fn(&Authority) -> Vec<u8>) -> Self {
        let (loa, portal, authority) = (Loa::new(), demo_portal("go-sen"), Authority::new());
        authority.write_root(&loa.data.path().join("root.pem"));
        portal.misbehave(Fault::bytes("/issuer.cer", published(&authority)));
        let plain = portal.start_url();
        let address =
            authority.serve(portal.address, &format!("http://{}/issuer.cer", portal.address));
        let start =
            plain.replace(&format!("http://{}", portal.address), &format!("https://{address}"));
        let definition = format!(
            "[[source]]\nid = \"go-sen\"\nname = \"Gò Sen\"\nstart = [\"{start}\"]\n\
             profile = \"hatinh-net\"\ndelay_ms = 0\n"
        );
        let incomplete = Self { loa, portal, definition };
        incomplete.apply("");
        incomplete
    }

    fn apply(&self, more: &str) {
        let file = self.loa.write("s.toml", &format!("{}{more}", self.definition));
        let ran = self.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let root = self.loa.data.path().join("root.pem");
        Ran::of(self.loa.command().env("SSL_CERT_FILE", root).args(arguments).output().unwrap())
    }

    /// Crawls it; the run, and what it told of.
    fn crawl(&self) -> (Value, String) {
        let ran = self.run(&["crawl", "go-sen", "--json"]);
        let runs: Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
        let archive = Archive::open_existing(self.loa.data.path()).unwrap();
        let events = archive.events(RunId(runs[0]["id"].as_i64().unwrap())).unwrap();
        (runs[0].clone(), format!("{events:?}"))
    }
}

#[test]
fn a_missing_intermediate_is_found_and_pinned() {
    let incomplete = Incomplete::new(Authority::issuer);
    let (run, _) = incomplete.crawl();
    assert!(run["outcome"]["failed"].as_str().unwrap().contains("UnknownIssuer"), "{run}");
    assert!(incomplete.portal.log().is_empty(), "nothing is asked over it");

    let looked = incomplete.run(&["source", "check", "go-sen"]);
    assert_eq!(looked.status, 1);
    assert!(looked.stderr.contains("loa source check go-sen --pin"), "{}", looked.stderr);
    assert_eq!(incomplete.run(&["source", "check", "go-sen", "--pin"]).status, 0);
    let looked = incomplete.run(&["source", "check", "go-sen"]);
    assert!(looked.stdout.contains("title: "), "{}{}", looked.stdout, looked.stderr);

    let (run, _) = incomplete.crawl();
    assert_eq!(run["counters"]["new"], incomplete.portal.ward().articles.len(), "{run}");
    let exported = incomplete.run(&["source", "export"]).stdout;
    let file = incomplete.loa.write("again.toml", &exported);
    let again = incomplete.run(&["source", "apply", file.to_str().unwrap()]);
    assert_eq!(again.stdout, "nothing to change\n", "{}", again.stderr);
}

#[test]
fn a_certificate_with_which_nothing_verifies_is_not_pinned() {
    let incomplete = Incomplete::new(|_| Authority::new().issuer());
    let looked = incomplete.run(&["source", "check", "go-sen", "--pin"]);
    assert_eq!(looked.status, 1);
    assert!(looked.stderr.contains("does not verify"), "{}", looked.stderr);
    assert!(!incomplete.run(&["source", "export"]).stdout.contains("intermediate"));
    let nothing = Incomplete::new(|_| b"<html>".to_vec());
    let looked = nothing.run(&["source", "check", "go-sen", "--pin"]);
    assert!(looked.stderr.contains("holds no certificate"), "{}", looked.stderr);
}

#[test]
fn an_exception_has_a_reason_and_an_end_and_is_told() {
    let incomplete = Incomplete::new(Authority::issuer);
    let until = |day: &str| {
        format!("tls = {{ exception = {{ reason = \"hết hạn\", until = \"{day}\" }} }}\n")
    };
    incomplete.apply(&until("9999-12-31"));
    let (run, events) = incomplete.crawl();
    assert_eq!(run["outcome"], "done", "{events}");
    assert!(events.contains("not checked until 9999-12-31: hết hạn"), "{events}");
    let server = incomplete.loa.serve();
    let body = server.json("/api/v1/sources/go-sen");
    assert_eq!(body["certificate_exception"]["reason"], "hết hạn");
    drop(server);

    incomplete.apply(&until("2026-01-01"));
    let (run, events) = incomplete.crawl();
    assert!(run["outcome"]["failed"].as_str().unwrap().contains("UnknownIssuer"), "{run}");
    assert!(events.contains("ended on 2026-01-01"), "{events}");
}
