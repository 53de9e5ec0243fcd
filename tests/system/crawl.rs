//! Manners: forbidden paths, traps, the delay between requests, robots.txt, addresses, kills.

use std::process::Stdio;
use std::time::Duration;

use portal::Logged;

use crate::loa::{DELAY_MS, Loa, demo_portal, sources_file, wait_until};

#[test]
fn no_forbidden_path_and_no_trap_is_fetched_and_the_delay_is_kept() {
    let (_loa, portals) = Loa::crawled();
    for portal in &portals {
        let log = portal.log();
        assert_eq!(log[0].target, "/robots.txt");
        for request in &log {
            for trap in ["/noi-bo", "/dang-nhap", "/en/", "/wp-admin", "/web/guest"] {
                assert!(!request.target.contains(trap), "{}", request.target);
            }
            assert!(request.user_agent.starts_with("loaphuong/"), "{}", request.user_agent);
        }
        assert_spaced(&log, Duration::from_millis(DELAY_MS));
    }
}

fn assert_spaced(log: &[Logged], delay: Duration) {
    for pair in log.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= delay, "{} came {gap:?} after {}", pair[1].target, pair[0].target);
    }
}

#[test]
fn two_sources_on_one_host_take_turns_at_the_longer_delay() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let file = sources_file(std::slice::from_ref(&portal));
    let second = file.replace("\"go-sen\"", "\"go-sen-2\"");
    let slower = second.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 120");
    let both = format!("{file}{slower}");
    let file = loa.write("sources.toml", &both);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    loa.run(&["crawl", "--all", "--max-pages", "8"]);
    let log = portal.log();
    assert_eq!(log.len(), 17, "eight pages for each, and one robots.txt for both");
    assert_spaced(&log[1..], Duration::from_millis(120));
}

#[test]
fn a_longer_crawl_delay_of_robots_txt_wins() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    portal.set_robots("User-agent: *\nCrawl-delay: 0.3\n");
    loa.add_sources(std::slice::from_ref(&portal));
    loa.run(&["crawl", "go-sen", "--max-pages", "4"]);
    let log = portal.log();
    assert_eq!(log.len(), 5, "robots.txt and four pages");
    assert_spaced(&log, Duration::from_millis(300));
}

#[test]
fn a_closed_host_is_left_alone_and_the_operator_is_told() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    portal.set_robots("User-agent: loaphuong\nDisallow: /\n");
    loa.add_sources(std::slice::from_ref(&portal));
    let runs = loa.json(&["crawl", "go-sen"]);
    assert_eq!(runs[0]["counters"]["forbidden"], 1);
    assert_eq!(portal.log().len(), 1, "robots.txt only");
}

#[test]
fn a_dead_portal_is_an_error_that_says_so() {
    let loa = Loa::new();
    let portals = [demo_portal("go-sen")];
    loa.add_sources(&portals);
    drop(portals);
    let ran = loa.try_run(&["crawl", "go-sen"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("go-sen was not crawled"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no answer from"), "{}", ran.stderr);
    assert!(ran.stderr.contains("refused"), "{}", ran.stderr);
}

#[test]
fn private_addresses_are_refused_unless_configured() {
    let loa = Loa::new();
    let portals = [demo_portal("go-sen")];
    let file = loa.write("sources.toml", &sources_file(&portals));
    let apply = |allow: &str| {
        let mut command = loa.command();
        command.env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", allow);
        command.args(["source", "apply", file.to_str().unwrap(), "--yes"]).output().unwrap()
    };
    let refused = apply("false");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("allow_private_addresses"));
    assert!(apply("true").status.success());
    // Also a source that came in earlier is not fetched.
    let mut crawl = loa.command();
    crawl.env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false").args(["crawl", "go-sen"]);
    assert_eq!(crawl.output().unwrap().status.code(), Some(1));
    assert!(portals[0].log().is_empty());
}

#[test]
fn the_server_crawls_what_its_schedule_says() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    // The default schedule is adaptive: a source that never ran is due at once.
    loa.add_sources(std::slice::from_ref(&portal));
    let server = loa.serve();
    let articles = portal.ward().articles.len();
    server.wait("/api/v1/search?q=", |answer| answer["total"] == articles);
}

#[test]
fn a_killed_crawl_loses_nothing_and_stores_nothing_twice() {
    let loa = Loa::new();
    let portal = demo_portal("dong-may");
    loa.add_sources(std::slice::from_ref(&portal));
    let mut crawl = loa.command();
    let mut child = crawl.args(["crawl", "dong-may"]).stdout(Stdio::null()).spawn().unwrap();
    wait_until("ten requests", || portal.log().len() >= 10);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = portal.log().len();
    let runs = loa.json(&["crawl", "dong-may"]);
    let articles = portal.ward().articles.len();
    assert_eq!(loa.articles().len(), articles);
    let again = portal.log()[before..].iter().filter(|r| r.target.starts_with("/20")).count();
    // robots.txt, the list pages and the one request in flight may come again, articles not.
    assert!(again < articles, "{again} article pages after the kill: {runs}");
    let versions: u64 = loa.articles().iter().map(|a| a["version"].as_u64().unwrap()).sum();
    assert_eq!(versions as usize, articles);
}

#[test]
fn a_feed_or_a_sitemap_may_be_the_start() {
    let feed = 5;
    let all = demo_portal("dong-may").ward().articles.len();
    for (profile, start, found) in [
        ("wordpress", "/feed/", feed),
        ("wordpress", "/wp-sitemap.xml", all),
        ("auto", "/wp-sitemap.xml", all),
    ] {
        let loa = Loa::new();
        let portal = demo_portal("dong-may");
        let file = sources_file(std::slice::from_ref(&portal));
        let file = file.replace(&portal.start_url(), &format!("http://{}{start}", portal.address));
        let file = file.replace("\"wordpress\"", &format!("\"{profile}\""));
        let file = loa.write("sources.toml", &file);
        loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
        let runs = loa.json(&["crawl", "dong-may"]);
        assert_eq!(runs[0]["counters"]["new"], found, "{profile} {start}: {runs}");
    }
}
