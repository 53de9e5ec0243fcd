//! Crawls that are killed, or run out of room: nothing is lost, nothing is kept twice, and no host
//! is asked early.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portal::{Family, Portal, Ward, generate};

use crate::loa::{DELAY_MS, Loa, sources_file, wait_until};

const PORTALS: u64 = 20;
const ARTICLES: usize = 110;
const KILLS: usize = 300;
const SERVER_KILLS: u32 = 32;
/// When a server is killed even if it asks for nothing.
const MOMENT_MAX: Duration = Duration::from_secs(1);
/// How long a build of so many articles takes about.
const BUILD_MS: u64 = 400;
/// Milliseconds between two requests to one of these portals.
const PACE_MS: u64 = 15;

fn portals() -> Vec<Portal> {
    let families = [Family::Liferay, Family::Hatinh, Family::Wordpress];
    let portal = |number: u64| {
        let articles = generate(number, ARTICLES);
        let (id, name) = (format!("phuong-{number}"), format!("Phường {number}"));
        let ward = Ward { id, name, unit: String::new(), articles };
        Portal::start_anywhere(families[number as usize % families.len()], ward).unwrap()
    };
    (0..PORTALS).map(portal).collect()
}

fn known(loa: &Loa, portals: &[Portal]) {
    let file = sources_file(portals);
    let file = file.replace(&format!("delay_ms = {DELAY_MS}"), &format!("delay_ms = {PACE_MS}"));
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
}

fn start(loa: &Loa) -> Child {
    let mut command = loa.command();
    let quiet = command.args(["crawl", "--all"]).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().unwrap()
}

fn asked(portals: &[Portal]) -> usize {
    portals.iter().map(|portal| portal.log().len()).sum()
}

/// Waits for any instant: from the first moment, in which what the last kill left is mended, to the
/// middle of a crawl.
fn wait_for_a_moment(
    portals: &[Portal],
    dice: &mut fastrand::Rng,
    mut has_ended: impl FnMut() -> bool,
) {
    let until = asked(portals) + dice.usize(0..20);
    let started = Instant::now();
    let moment = Duration::from_micros(dice.u64(0..80_000));
    while asked(portals) < until || started.elapsed() < moment {
        if has_ended() {
            break;
        }
    }
}

/// Every article is there once and can be found, no portal was hurried, each run that was killed says
/// so, and nothing is damaged.
fn all_is_there(loa: &Loa, portals: &[Portal]) {
    for portal in portals {
        let id = portal.ward().id;
        let found = loa.json(&["search", "", "--source", &id]);
        assert_eq!(found["total"], ARTICLES, "{id}");
        for pair in portal.log().windows(2) {
            let gap = pair[1].at - pair[0].at;
            assert!(gap >= Duration::from_millis(PACE_MS), "{id}: {gap:?} {pair:?}");
        }
    }
    let archive = archive::Archive::open_existing(loa.data.path()).unwrap();
    let runs = archive.runs(None, 10_000).unwrap();
    assert!(runs.iter().any(|run| run.run.outcome == archive::Outcome::Interrupted));
    assert!(runs.iter().all(|run| run.run.outcome != archive::Outcome::Running));
    let stats = loa.json(&["archive", "stats"]);
    assert_eq!(stats["versions"], stats["articles"], "no article is there twice");
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
}

#[test]
fn three_hundred_kills_lose_nothing_and_hurry_nobody() {
    let loa = Loa::new();
    let portals = portals();
    known(&loa, &portals);
    let mut dice = fastrand::Rng::with_seed(300);
    for _ in 0..KILLS {
        let mut child = start(&loa);
        wait_for_a_moment(&portals, &mut dice, || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    loa.run(&["crawl", "--all"]);
    all_is_there(&loa, &portals);
}

#[test]
fn a_server_killed_while_it_crawls_indexes_and_builds_loses_nothing() {
    let loa = Loa::new();
    let portals: Vec<Portal> = portals().into_iter().take(3).collect();
    known(&loa, &portals);
    let archive = archive::Archive::open_existing(loa.data.path()).unwrap();
    let order_all = || {
        for portal in &portals {
            let id = portal.ward().id.parse().unwrap();
            archive.order_crawl(&id, jiff::Timestamp::now()).unwrap();
        }
    };
    let mut dice = fastrand::Rng::with_seed(40);
    let mut built = 0;
    for kill in 0..SERVER_KILLS {
        order_all();
        match kill % 4 {
            0 | 1 => {
                let server = loa.serve();
                let started = Instant::now();
                wait_for_a_moment(&portals, &mut dice, || started.elapsed() > MOMENT_MAX);
                drop(server);
            }
            // Until the index has followed what was crawled, or is doing so.
            2 => {
                let server = loa.serve();
                let until = Instant::now() + Duration::from_millis(dice.u64(1_000..3_000));
                wait_until("the moment", || Instant::now() >= until);
                drop(server);
            }
            // While all of the index is built, before the server answers.
            _ => {
                let index = loa.data.path().join("index");
                std::fs::remove_dir_all(&index).unwrap();
                let mut server = loa.command();
                let server = server.args(["serve", "--listen", "127.0.0.1:0"]);
                let mut server = server.stdout(Stdio::null()).spawn().unwrap();
                wait_until("a build to begin", || index.exists());
                let until = Instant::now() + Duration::from_millis(dice.u64(0..BUILD_MS));
                wait_until("the moment", || Instant::now() >= until);
                server.kill().unwrap();
                server.wait().unwrap();
                built += u32::from(index.join("CURRENT").exists());
            }
        }
    }
    assert!(built < SERVER_KILLS / 4, "no build was interrupted");
    order_all();
    let server = loa.serve();
    let all = portals.len() * ARTICLES;
    server.wait("/api/v1/search?q=", |answer| answer["total"] == all);
    assert_eq!(server.stop(), Some(0));
    all_is_there(&loa, &portals);
    loa.run(&["index", "verify"]);
}

#[test]
fn a_full_disk_pauses_the_crawl_until_there_is_room() {
    let loa = Loa::new();
    let portals: Vec<Portal> = portals().into_iter().take(3).collect();
    known(&loa, &portals);
    // The system refuses to let any file grow further, as a full disk would.
    let mut command = Command::new("bash");
    let limited = "trap '' XFSZ; exec prlimit --fsize=150000:unlimited \"$0\" crawl --all";
    let mut child = command
        .args(["-c", limited, env!("CARGO_BIN_EXE_loa")])
        .env("LOA_DATA", loa.data.path())
        .env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let pauses = told.by_ref().map_while(Result::ok).find(|line| line.contains("crawling pauses"));
    assert!(pauses.is_some_and(|line| line.contains("disk is full")));
    let pid = child.id().to_string();
    let freed = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(freed.unwrap().success());
    let rest: Vec<String> = told.map_while(Result::ok).collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    let stats = loa.json(&["archive", "stats"]);
    assert_eq!((&stats["articles"], &stats["versions"]), (&330.into(), &330.into()));
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
}
