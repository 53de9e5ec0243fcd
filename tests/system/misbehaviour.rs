//! Portals that misbehave: each is survived with the outcome that was promised, and told.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use archive::{Archive, Event, RunId};
use portal::{Behaviour, Family, Fault, Portal, Ward, generate};
use serde_json::Value;

use crate::loa::{DELAY_MS, Loa, demo_portal, sources_file, wait_until};

/// Most memory that a crawl may take, in KiB.
const MEMORY_MAX_KIB: u64 = 200 * 1024;

/// A portal of the Hà Tĩnh family, known to `loa`.
fn known(loa: &Loa) -> Portal {
    let portal = demo_portal("go-sen");
    loa.add_sources(std::slice::from_ref(&portal));
    portal
}

/// Crawls one source, however it ends; its run.
fn crawl(loa: &Loa, id: &str) -> Value {
    let ran = loa.try_run(&["crawl", id, "--json"]);
    let runs: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    runs[0].clone()
}

fn events(loa: &Loa, run: &Value, kind: &str) -> Vec<Event> {
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    let mut events = archive.events(RunId(run["id"].as_i64().unwrap())).unwrap();
    events.retain(|event| event.kind == kind);
    events
}

fn failure(run: &Value) -> &str {
    run["outcome"]["failed"].as_str().unwrap_or_else(|| panic!("{run}"))
}

/// The path of the article that stands at a place in the ward's list.
fn path(portal: &Portal, place: usize) -> String {
    let url = portal.url(&portal.ward().articles[place]);
    url.split_once("/vi/").map(|(_, path)| format!("/vi/{path}")).unwrap()
}

#[test]
fn a_burst_of_429_slows_the_host_and_loses_no_page() {
    let loa = Loa::new();
    let portal = known(&loa);
    let answer = Fault::status("/vi/bai-viet", 429).with_header("retry-after", "1");
    portal.misbehave(answer.times(2));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["outcome"], "done");
    assert_eq!(run["counters"]["new"], portal.ward().articles.len());
    assert_eq!(events(&loa, &run, "refused").len(), 2);
    for pair in portal.log().windows(2).filter(|pair| pair[0].status == 0) {
        assert!(pair[1].at - pair[0].at >= Duration::from_secs(1), "{pair:?}");
    }
}

#[test]
fn a_host_that_asks_for_an_hour_gets_it_even_from_the_next_process() {
    let loa = Loa::new();
    let portal = known(&loa);
    portal.misbehave(Fault::status("/vi/bai-viet", 503).with_header("retry-after", "3600"));
    let run = crawl(&loa, "go-sen");
    assert!(failure(&run).contains("503"), "{run}");
    let asked = portal.log().len();
    assert!(failure(&crawl(&loa, "go-sen")).contains("503"));
    assert_eq!(portal.log().len(), asked, "nothing is asked before the hour is over");
}

#[test]
fn a_robots_txt_that_fails_closes_the_host() {
    let loa = Loa::new();
    let portal = known(&loa);
    portal.misbehave(Fault::status("/robots.txt", 503));
    let run = crawl(&loa, "go-sen");
    assert!(failure(&run).contains("robots.txt answers 503"), "{run}");
    assert!(failure(&crawl(&loa, "go-sen")).contains("robots.txt"));
    assert_eq!(portal.log().len(), 1, "robots.txt, once");
}

#[test]
fn redirects_without_end_and_to_other_hosts_are_left() {
    let loa = Loa::new();
    let (portal, other) = (known(&loa), demo_portal("dong-may"));
    let (endless, away) = (path(&portal, 1), path(&portal, 2));
    portal.misbehave(Fault::at(&endless, Behaviour::RedirectWithoutEnd));
    portal.misbehave(Fault::redirect(&away, &other.start_url()));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["outcome"], "done");
    assert_eq!(run["counters"]["errors"], 2);
    let told = events(&loa, &run, "error");
    assert!(told.iter().any(|event| event.detail.contains("more than 5 times")), "{told:?}");
    assert!(told.iter().any(|event| event.detail.contains("another host")), "{told:?}");
    assert!(portal.log().iter().filter(|r| r.target.starts_with(&endless)).count() <= 6);
    assert_eq!(other.log().len(), 0);
}

#[test]
fn walls_and_missing_pages_are_told_and_change_no_article() {
    let loa = Loa::new();
    let portal = known(&loa);
    crawl(&loa, "go-sen");
    let before = loa.articles();
    let pages = [
        "<script>document.cookie='D1N=1';location.reload()</script>",
        "<form action='/dang-nhap'><input type='password'></form>",
        "<title>404</title><h1>Không tìm thấy trang</h1>",
    ];
    for (place, page) in pages.iter().enumerate() {
        portal.misbehave(Fault::page(&path(&portal, place), page));
    }
    portal.misbehave(Fault::redirect(&path(&portal, 3), &portal.start_url()));
    portal.misbehave(Fault::status(&path(&portal, 4), 410));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["outcome"], "done");
    assert_eq!(events(&loa, &run, "challenge").len(), 2, "{run}");
    assert_eq!(run["counters"]["gone"], 3, "{run}");
    assert_eq!(run["counters"]["removed"], 0, "one visit proves nothing");
    assert_eq!(events(&loa, &run, "frozen").len(), 1, "so many are no tidying up");
    let after = loa.articles();
    assert_eq!(after.len(), before.len());
    assert!(after.iter().all(|article| article["status"] == "live" && article["version"] == 1));
}

#[test]
fn what_pages_ask_of_crawlers_is_done() {
    let loa = Loa::new();
    let portal = known(&loa);
    let page = |body: &str| Fault::page(&path(&portal, 0), body);
    portal.misbehave(page("<h1>x</h1>").with_header("x-robots-tag", "noindex"));
    let article = "<h1 class='title-detail'>Họp</h1><div class='content-detail'><p>Tin.</p></div>";
    let hidden = format!("<meta name='robots' content='noindex'>{article}");
    portal.misbehave(Fault::page(&path(&portal, 1), &hidden));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["counters"]["new"], portal.ward().articles.len() - 2, "{run}");
    assert_eq!(run["counters"]["forbidden"], 1, "{run}");
    // A list that asks not to be followed leads nowhere.
    let loa = Loa::new();
    let portal = known(&loa);
    let list = Fault::page(
        "/vi/chuyen-muc",
        "<div class='item'><h4><a href='/vi/bai-viet/x-1'>x</a></h4></div>",
    );
    portal.misbehave(list.with_header("x-robots-tag", "nofollow"));
    crawl(&loa, "go-sen");
    assert_eq!(portal.log().len(), 2, "robots.txt and the list");
}

#[test]
fn a_page_that_lies_about_its_letters_is_read_all_the_same() {
    let loa = Loa::new();
    let portal = known(&loa);
    // "Phường Sài Đồng đã họp" in windows-1258; the header says UTF-8.
    let words = b"Ph\xFD\xF5\xCCng Sa\xCCi \xD0\xF4\xCCng \xF0a\xDE ho\xF2p";
    let (begin, end) = (
        &b"<h1 class='title-detail'>"[..],
        &b"</h1><span class='post-times'>\
        01/02/2023</span><div class='content-detail'><p>Tin.</p></div>"[..],
    );
    portal.misbehave(Fault::bytes(&path(&portal, 2), [begin, words, end].concat()));
    crawl(&loa, "go-sen");
    let titles: Vec<Value> = loa.articles().iter().map(|a| a["title"].clone()).collect();
    assert!(titles.contains(&"Phường Sài Đồng đã họp".into()), "{titles:?}");
}

#[test]
fn a_bomb_costs_little_memory_and_its_page_only() {
    let loa = Loa::new();
    let portal = known(&loa);
    portal.misbehave(Fault::at(&path(&portal, 1), Behaviour::Bomb(400)));
    let mut command = loa.command();
    let mut child = command.args(["crawl", "go-sen"]).stdout(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    wait_until("the end of the crawl", || {
        most = most.max(peak_memory_kib(&child));
        child.try_wait().unwrap().is_some()
    });
    assert!((1..MEMORY_MAX_KIB).contains(&most), "{most} KiB");
    assert_eq!(loa.articles().len(), portal.ward().articles.len() - 1);
}

/// The most memory that a process has had so far; 0 when it is gone.
fn peak_memory_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn a_server_that_drips_is_cut_off_and_its_page_kept_as_cut() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    // Without a delay, as five times the slow answer's time would be waited for.
    let file = sources_file(std::slice::from_ref(&portal));
    let file = file.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 0");
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    portal.misbehave(Fault::at(&path(&portal, 1), Behaviour::Drip));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["counters"]["new"], portal.ward().articles.len() - 1, "{run}");
    assert_eq!(events(&loa, &run, "error")[0].detail, "the answer was cut short");
}

#[test]
fn a_portal_that_hangs_delays_no_other() {
    let loa = Loa::new();
    let (hostile, good) = (demo_portal("go-sen"), demo_portal("dong-may"));
    hostile.misbehave(Fault::at("/robots.txt", Behaviour::Hang));
    let articles = good.ward().articles.len();
    let portals = [hostile, good];
    loa.add_sources(&portals);
    let mut command = loa.command();
    let mut child = command.args(["crawl", "--all"]).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    // Its exchange takes half a minute at most; the other's articles are there long before.
    let archive = loop {
        match Archive::open_existing(loa.data.path()) {
            Ok(archive) if archive.count_articles().unwrap() as usize == articles => break archive,
            _ => assert!(started.elapsed() < Duration::from_secs(25), "the good portal waits"),
        }
    };
    assert_eq!(portals[0].log().len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(archive);
}

#[test]
fn endless_language_paths_are_crawled_whole_and_closed() {
    let articles = generate(33, 33);
    let ward = |id: &str| Ward {
        id: id.into(),
        name: "Phường Mê Cung".into(),
        unit: String::new(),
        articles: articles.clone(),
    };
    for profile in ["auto", "generic"] {
        let loa = Loa::new();
        let portal = Portal::start_anywhere(Family::Liferay, ward("me-cung")).unwrap();
        let file = sources_file(std::slice::from_ref(&portal));
        let file = file.replace("profile = \"liferay-hanoi\"", &format!("profile = \"{profile}\""));
        let file = file.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 0");
        let file = loa.write("sources.toml", &file);
        loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
        let run = crawl(&loa, "me-cung");
        let asked = portal.log().len();
        assert_eq!(run["outcome"], "done");
        assert!(asked <= 400, "{profile}: {asked}");
        // Without a profile, an article that is linked by two URLs is two.
        let twice = if profile == "generic" { 3 } else { 0 };
        assert_eq!(run["counters"]["new"], articles.len() + twice, "{profile}: {run}");
    }
}

#[test]
fn a_changed_template_is_told_and_overwrites_nothing() {
    let loa = Loa::new();
    let portal = known(&loa);
    crawl(&loa, "go-sen");
    // The new theme has no date, and its text elsewhere.
    for article in portal.ward().articles {
        let path =
            portal.url(&article).split_once("/vi/").map(|(_, p)| format!("/vi/{p}")).unwrap();
        let page =
            format!("<h1 class='title-detail'>{}</h1><div class='moi'>Tin.</div>", article.title);
        portal.misbehave(Fault::page(&path, &page));
    }
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["counters"]["edited"], 0, "{run}");
    assert_eq!(events(&loa, &run, "suspect").len(), portal.ward().articles.len());
    let drift = events(&loa, &run, "drift");
    assert!(drift.iter().any(|event| event.detail.contains("`published`")), "{drift:?}");
    assert!(loa.articles().iter().all(|article| article["version"] == 1));
    // The operator looks, and says that this is right: the pages kept are read.
    let told = loa.run(&["source", "accept", "go-sen"]);
    assert!(told.starts_with("17 articles"), "{told}");
    assert!(loa.articles().iter().all(|article| article["version"] == 2));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["counters"]["unchanged"], portal.ward().articles.len(), "{run}");
    assert!(events(&loa, &run, "drift").is_empty());
    assert_eq!(loa.try_run(&["source", "accept", "khong-co"]).status, 2);
}

#[test]
fn a_new_session_in_every_link_makes_no_page_new() {
    for profile in ["hatinh-net", "generic"] {
        let loa = Loa::new();
        let portal = demo_portal("go-sen");
        portal.hand_out_sessions();
        let file = sources_file(std::slice::from_ref(&portal));
        let file = loa.write("s.toml", &file.replace("\"hatinh-net\"", &format!("\"{profile}\"")));
        loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
        let run = crawl(&loa, "go-sen");
        assert_eq!(run["counters"]["new"], portal.ward().articles.len(), "{profile}: {run}");
        let asked = portal.log().len();
        assert!(asked < 30, "{profile}: {asked} requests");
        let run = crawl(&loa, "go-sen");
        assert_eq!(run["counters"]["new"], 0, "{profile}: {run}");
    }
}

#[test]
fn a_portal_behind_a_log_in_is_told_and_left_alone() {
    let loa = Loa::new();
    let portal = known(&loa);
    crawl(&loa, "go-sen");
    let before = loa.articles();
    let wall = "<title>Đăng nhập</title><form action='/login'><input type='password'></form>";
    portal.misbehave(Fault::page("/vi/", wall));
    let asked = portal.log().len();
    let run = crawl(&loa, "go-sen");
    assert!(failure(&run).contains("5 pages in a row gave no answer"), "{run}");
    assert_eq!(events(&loa, &run, "challenge").len(), 5);
    assert_eq!(portal.log().len() - asked, 5, "the rest is not asked for");
    assert_eq!(loa.articles(), before);
}

#[test]
fn a_name_that_resolves_to_a_private_address_is_not_asked() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let text = sources_file(std::slice::from_ref(&portal));
    let strict = |host: &str| {
        let file = loa.write("s.toml", &text.replace(&portal.address.to_string(), host));
        loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
        let mut command = loa.command();
        command.env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false");
        let output = command.args(["crawl", "go-sen", "--json"]).output().unwrap();
        let runs: Value = serde_json::from_slice(&output.stdout).unwrap();
        failure(&runs[0]).to_owned()
    };
    let why = strict("localhost");
    assert!(why.contains("localhost has no public address"), "{why}");
    let named = format!("localhost:{}", portal.address.port());
    let why = strict(&named);
    assert!(why.contains("is on a port that no portal uses"), "{why}");
    assert!(portal.log().is_empty());
    // With permission the same name is crawled.
    assert_eq!(crawl(&loa, "go-sen")["outcome"]["failed"], Value::Null);
}

#[test]
fn a_list_without_end_is_closed_and_told() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let file = sources_file(std::slice::from_ref(&portal));
    let file = file.replace("\"hatinh-net\"", "\"generic\"");
    let file = file.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 0");
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    let items: String = portal
        .ward()
        .articles
        .iter()
        .take(4)
        .map(|article| format!("<a href='{}'>{}</a>", portal.url(article), article.title))
        .collect();
    portal.misbehave(Fault::at("/vi/chuyen-muc", Behaviour::EndlessList(items)));
    let run = crawl(&loa, "go-sen");
    assert_eq!(run["outcome"], "done");
    assert_eq!(run["counters"]["new"], 4, "{run}");
    assert_eq!(run["counters"]["trapped"], 1, "{run}");
    assert_eq!(events(&loa, &run, "trap").len(), 1);
    assert!(portal.log().len() < 70, "{}", portal.log().len());
}
