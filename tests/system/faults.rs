//! What happens to machines: each ends in service or in one clear sentence, never in loss. Kills and
//! full disks are in `kill`, portals that misbehave in `misbehaviour` and `lies`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portal::Portal;

use crate::loa::{Loa, Ran, Server, agent, demo_portal, free_port, sources_file, wait_until};

/// The library of `faults.c`.
pub(crate) fn faults(folder: &Path) -> PathBuf {
    let library = folder.join("faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/faults.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().unwrap().success());
    library
}

/// A path as a setting of the environment.
fn setting(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A clock that is wrong by so many seconds, for programs that have its file.
struct Clock(PathBuf);

impl Clock {
    fn new(folder: &Path) -> Self {
        let clock = Self(folder.join("clock"));
        fs::write(&clock.0, 0_i64.to_ne_bytes()).unwrap();
        clock
    }

    fn set(&self, wrong_by: i64) {
        // In place: programs have the file mapped.
        let mut file = fs::OpenOptions::new().write(true).open(&self.0).unwrap();
        file.write_all(&wrong_by.to_ne_bytes()).unwrap();
    }
}

fn total(server: &Server, query: &str) -> u64 {
    server.json(&format!("/api/v1/search?q={query}"))["total"].as_u64().unwrap()
}

/// The same of a server that may fail to answer.
fn total_if_any(server: &Server, query: &str) -> Option<u64> {
    let answer = server.get(&format!("/api/v1/search?q={query}"));
    let answer: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
    answer["total"].as_u64()
}

/// The files of the index that serves.
fn index_files(loa: &Loa) -> Vec<PathBuf> {
    let index = loa.data.path().join("index");
    let serving = fs::read_to_string(index.join("CURRENT")).unwrap();
    let entries = fs::read_dir(index.join(serving)).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            matches!(kind, "term" | "idx" | "pos" | "fast" | "fieldnorm")
        })
        .collect()
}

#[test]
fn a_slow_disk_makes_nothing_but_time_pass() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let articles = portal.ward().articles.len();
    loa.add_sources(std::slice::from_ref(&portal));
    let faults = faults(loa.data.path());
    let mut crawl = loa.command();
    crawl.env("LD_PRELOAD", faults).env("LOA_FAULT_SYNC_MS", "20").args(["crawl", "--all"]);
    let started = Instant::now();
    let ran = Ran::of(crawl.output().unwrap());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    // Each page is flushed before it is named: the disk was slow indeed.
    assert!(started.elapsed() > Duration::from_millis(20) * articles as u32);
    assert_eq!(loa.json(&["search", "", "--source", "go-sen"])["total"], articles);
}

#[test]
fn a_full_disk_refuses_changes_and_searching_goes_on() {
    let (loa, _portals) = Loa::crawled();
    loa.add_operator("lan", "admin", "gio mua dong bac");
    let token = loa.run(&["user", "token", "lan"]).trim().to_owned();
    let full = loa.data.path().join("full");
    let library = setting(&faults(loa.data.path()));
    let server = loa.serve_with(&[("LD_PRELOAD", library), ("LOA_FAULT_FULL", setting(&full))]);
    let before = total(&server, "phuong");
    let hit = server.json("/api/v1/search?q=phuong")["hits"][0]["id"].as_str().unwrap().to_owned();
    let take_down = || {
        let request = agent().post(format!("{}/api/v1/articles/{hit}/take-down", server.base));
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        let body = serde_json::json!({ "reason": "theo yêu cầu" });
        request.send(body.to_string()).unwrap().status().as_u16()
    };
    fs::write(&full, "").unwrap();
    assert_eq!(take_down(), 507);
    assert_eq!(total(&server, "phuong"), before);
    fs::remove_file(&full).unwrap();
    // The archive has room again, and the index does as soon as it follows.
    assert_eq!(take_down(), 204);
    wait_until("the index to follow", || total(&server, "phuong") == before - 1);
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
}

#[test]
fn a_clock_that_jumps_closes_no_portal() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let articles = portal.ward().articles.len();
    let asked = |portal: &Portal| portal.log().len();
    loa.add_sources(std::slice::from_ref(&portal));
    let clock = Clock::new(loa.data.path());
    let mut crawl = loa.command();
    crawl
        .env("LD_PRELOAD", faults(loa.data.path()))
        .env("LOA_FAULT_CLOCK", &clock.0)
        .args(["crawl", "--all"]);
    let mut crawl = crawl.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let ten_years = 10 * 365 * 86_400;
    for (moment, wrong_by) in [(4, ten_years), (8, 0), (10, ten_years / 2), (14, 0)] {
        wait_until("the next request", || {
            assert!(crawl.try_wait().unwrap().is_none(), "it ended before the clock jumped");
            asked(&portal) >= moment
        });
        clock.set(wrong_by);
    }
    let told = Ran::of(crawl.wait_with_output().unwrap());
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(told.stderr.contains("the clock was wrong"), "{}", told.stderr);
    assert_eq!(loa.json(&["search", "", "--source", "go-sen"])["total"], articles);
}

#[test]
fn a_clock_that_was_years_ahead_keeps_no_page_from_its_next_visit() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let source = sources_file(std::slice::from_ref(&portal));
    let adaptive = format!("{}\nschedule = \"adaptive\"\n", source.trim_end());
    let file = loa.write("sources.toml", &adaptive);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    let clock = Clock::new(loa.data.path());
    clock.set(10 * 365 * 86_400);
    let library = setting(&faults(loa.data.path()));
    let _server =
        loa.serve_with(&[("LD_PRELOAD", library), ("LOA_FAULT_CLOCK", setting(&clock.0))]);
    let runs = || loa.json(&["runs"])[0]["outcome"].as_str().map(str::to_owned);
    wait_until("the first run", || runs().as_deref() == Some("done"));
    let asked = portal.log().len();
    clock.set(0);
    wait_until("the next visit", || portal.log().len() > asked);
}

#[test]
fn a_portal_that_dies_and_comes_back_is_crawled_to_its_end() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let (address, family, ward) = (portal.address, portal.family(), portal.ward());
    loa.add_sources(std::slice::from_ref(&portal));
    let mut crawl = loa.command();
    let crawl = crawl.args(["crawl", "--all"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut crawl = crawl.spawn().unwrap();
    wait_until("some requests", || {
        assert!(crawl.try_wait().unwrap().is_none());
        portal.log().len() >= 6
    });
    drop(portal);
    crawl.wait().unwrap();
    let stats = loa.json(&["archive", "stats"]);
    let kept = stats["articles"].as_u64().unwrap();
    assert!(kept < ward.articles.len() as u64);
    let listener = std::net::TcpListener::bind(address).unwrap();
    let articles = ward.articles.len();
    let _again = Portal::start(listener, family, ward).unwrap();
    loa.run(&["crawl", "--all"]);
    let found = loa.json(&["search", "", "--source", "go-sen"]);
    assert_eq!(found["total"], articles);
    let stats = loa.json(&["archive", "stats"]);
    assert_eq!(stats["versions"], stats["articles"], "nothing is there twice");
}

#[test]
fn an_index_damaged_while_it_serves_is_built_anew() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let before = total(&server, "phuong");
    for file in index_files(&loa) {
        // In place and as long as before: what is mapped changes under the server.
        let length = fs::metadata(&file).unwrap().len();
        let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.write_all(&vec![0x5a; length as usize]).unwrap();
    }
    // Answers may be wrong or missing for a moment; then they are what they were.
    let right = |server: &Server| {
        let answer = server.get("/api/v1/search?q=phuong");
        answer.status == 200 && answer.body.contains(&format!("\"total\":{before}"))
    };
    let queries = ["giai+phong", "%22ho+so%22", "tiem+chung+nguon:go-sen", "phuong"];
    let generations = || fs::read_to_string(loa.data.path().join("index/CURRENT")).unwrap();
    let damaged = generations();
    wait_until("a new index", || {
        for query in queries {
            let status = server.get(&format!("/api/v1/search?q={query}")).status;
            assert!(status == 200 || status == 500, "{status}");
        }
        generations() != damaged
    });
    wait_until("the right answers", || right(&server));
    assert!(loa.run(&["index", "verify"]).contains("are as the archive says"));
}

#[test]
fn a_command_that_reads_a_damaged_index_ends_in_a_sentence() {
    let (loa, _portals) = Loa::crawled();
    loa.run(&["search", ""]);
    // Some damage is seen when the index is opened, and mended; some only by who reads a posting.
    let is_told = |seed: u64| {
        let mut random = fastrand::Rng::with_seed(seed);
        for file in index_files(&loa).iter().filter(|file| file.extension().unwrap() == "idx") {
            let half = fs::metadata(file).unwrap().len() / 2;
            let bytes: Vec<u8> = (0..half).map(|_| random.u8(..)).collect();
            fs::OpenOptions::new().write(true).open(file).unwrap().write_all(&bytes).unwrap();
        }
        let ran = loa.try_run(&["search", "\"giải phóng mặt bằng\" phường"]);
        let last = ran.stderr.lines().last().unwrap_or_default();
        let is_sentence = last.starts_with("loa: ") && last.contains("loa index rebuild");
        assert!(ran.status == 0 || ran.status == 1 && is_sentence, "{}: {last}", ran.status);
        ran.status == 1
    };
    assert!((0..60).any(is_told));
}

/// Bytes that the engine writes behind each file, about: its version and a checksum.
const ENGINE_END: usize = 128;

#[test]
fn an_index_damaged_before_the_start_is_built_anew() {
    let (loa, _portals) = Loa::crawled();
    let before = total(&loa.serve(), "phuong");
    for file in index_files(&loa) {
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    let server = loa.serve();
    wait_until("the right answers", || {
        server.get("/readyz").status == 200 && total(&server, "phuong") == before
    });
    assert!(loa.run(&["index", "verify"]).contains("are as the archive says"));
}

#[test]
fn files_that_hold_what_they_never_held_keep_no_server_from_starting() {
    let (loa, _portals) = Loa::crawled();
    let before = total(&loa.serve(), "phuong");
    // Their ends tell what is where, and stay: the whole of it, or what the engine writes behind all.
    let most: fn(usize) -> usize = |length| length * 3 / 4;
    let all_but_the_end: fn(usize) -> usize = |length| length.saturating_sub(ENGINE_END);
    for (kind, damaged) in [
        ("fast", most),
        ("fast", all_but_the_end),
        ("term", all_but_the_end),
        ("idx", all_but_the_end),
        ("fieldnorm", all_but_the_end),
        ("store", all_but_the_end),
    ] {
        for file in index_files(&loa).iter().filter(|path| path.extension().unwrap() == kind) {
            let mut bytes = fs::read(file).unwrap();
            let body = damaged(bytes.len());
            bytes[..body].iter_mut().for_each(|byte| *byte ^= 0xa5);
            fs::write(file, bytes).unwrap();
        }
        let server = loa.serve();
        wait_until(kind, || total_if_any(&server, "phuong") == Some(before));
        assert!(loa.run(&["index", "verify"]).contains("are as the archive says"));
    }
}

#[test]
fn a_damaged_warc_file_costs_its_own_pages_only() {
    let (loa, _portals) = Loa::crawled();
    let warc = fs::read_dir(loa.data.path().join("warc")).unwrap();
    let warc =
        warc.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "gz");
    let warc = warc.unwrap();
    let mut bytes = fs::read(&warc).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&warc, bytes).unwrap();
    let server = loa.serve();
    let found = server.json("/api/v1/search?q=phuong");
    assert!(found["total"].as_u64().unwrap() > 0);
    let id = found["hits"][0]["id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/api/v1/articles/{id}")).status, 200);
    let raw = server.get(&format!("/api/v1/articles/{id}/raw"));
    assert_eq!((raw.status, raw.content_type.as_str()), (500, "application/problem+json"));
    drop(server);
    let ran = loa.try_run(&["archive", "verify"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("warc"), "{}", ran.stdout);
    // All pages come again: what was lost and is still at the portals is kept once more.
    let runs = loa.json(&["crawl", "--all"]);
    for run in runs.as_array().unwrap() {
        assert_eq!(run["outcome"], "done", "{run}");
        assert_eq!((&run["counters"]["new"], &run["counters"]["edited"]), (&0.into(), &0.into()));
    }
    let server = loa.serve();
    assert_eq!(
        server.get(&format!("/api/v1/articles/{id}/raw")).status,
        500,
        "its own record is lost"
    );
    drop(server);
    // A backup has what there is, and says what there is not.
    let copy = tempfile::tempdir().unwrap();
    let ran = loa.try_run(&["archive", "backup", copy.path().to_str().unwrap()]);
    assert_eq!(ran.status, 1);
    assert!(copy.path().join("archive.sqlite").exists(), "{}", ran.stderr);
    assert_eq!(loa.try_run(&["archive", "reextract"]).status, 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_in_one_sentence() {
    let (loa, _portals) = Loa::crawled();
    let data = loa.data.path();
    let closed = |mode: u32| {
        for folder in [data.to_owned(), data.join("warc"), data.join("index")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    // Where everybody may run it.
    let shared = tempfile::tempdir().unwrap();
    fs::set_permissions(shared.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = shared.path().join("loa");
    fs::copy(env!("CARGO_BIN_EXE_loa"), &program).unwrap();
    closed(0o555);
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["crawl", "--all"], &["search", "a"]]
    {
        // To whoever may do everything, nothing is closed.
        let is_root = fs::metadata(data).unwrap().uid() == 0;
        let mut command = Command::new(if is_root { "setpriv" } else { env!("CARGO_BIN_EXE_loa") });
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        }
        command
            .args(arguments)
            .env("LOA_DATA", data)
            .env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true");
        let ran = Ran::of(command.output().unwrap());
        assert_eq!(ran.status, 1, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert!(lines.len() == 1 && lines[0].starts_with("loa: "), "{arguments:?}: {lines:?}");
    }
    closed(0o755);
}

#[test]
fn a_second_server_on_a_folder_is_refused() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    for command in ["serve", "demo"] {
        let ran = loa.try_run(&[command, "--listen", "127.0.0.1:0"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("another server serves") && ran.stderr.lines().count() == 1);
    }
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn an_archive_of_a_newer_program_is_left_as_it_is() {
    let loa = Loa::new();
    loa.make_archive();
    let path = loa.data.path().join("archive.sqlite");
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    // The header's user version, at byte 60 (SQLite's file format).
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(60)).unwrap();
    file.write_all(&1000_u32.to_be_bytes()).unwrap();
    drop(file);
    let before = fs::read(&path).unwrap();
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["search", "a"], &["crawl", "--all"]]
    {
        let ran = loa.try_run(arguments);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("archive format 1000") && ran.stderr.lines().count() == 1);
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_server_that_stops_gives_a_rebuild_up() {
    let (loa, _portals) = Loa::crawled();
    loa.run(&["search", ""]);
    // So slow that a build takes far longer than a stop.
    let slow = [
        ("LD_PRELOAD", setting(&faults(loa.data.path()))),
        ("LOA_FAULT_SYNC_MS", "2000".to_owned()),
    ];
    let server = loa.serve_with(&slow);
    let index = loa.data.path().join("index");
    // In one step, whatever the server does in it meanwhile.
    fs::rename(&index, loa.data.path().join("gone")).unwrap();
    wait_until("a new index to be begun", || index.exists());
    assert_eq!(server.stop(), Some(0));
    assert!(!index.join("CURRENT").exists(), "it was built to its end");
    assert_eq!(loa.json(&["search", ""])["total"], 68);
}

#[test]
fn a_server_that_starts_on_a_full_disk_serves_what_is_indexed() {
    let (loa, _portals) = Loa::crawled();
    let found = loa.json(&["search", ""]);
    let before = found["total"].as_u64().unwrap();
    let article = found["hits"][0]["id"].as_str().unwrap().parse().unwrap();
    let archive = archive::Archive::open_existing(loa.data.path()).unwrap();
    archive.take_down(&article, "theo yêu cầu", None, jiff::Timestamp::now()).unwrap();
    drop(archive);
    // The next start would take it out of the index, if there were room.
    let full = loa.data.path().join("full");
    let library = setting(&faults(loa.data.path()));
    fs::write(&full, "").unwrap();
    // Without a few KiB the archive cannot be opened.
    let mut serve = loa.command();
    serve.env("LD_PRELOAD", &library).env("LOA_FAULT_FULL", &full);
    let ran = Ran::of(serve.args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap());
    assert!(ran.status == 1 && ran.stderr.contains("the disk is full"), "{}", ran.stderr);
    let index = loa.data.path().canonicalize().unwrap().join("index");
    let server = loa.serve_with(&[
        ("LD_PRELOAD", library),
        ("LOA_FAULT_FULL", setting(&full)),
        ("LOA_FAULT_FULL_IN", setting(&index)),
    ]);
    assert_eq!(total(&server, ""), before);
    fs::remove_file(&full).unwrap();
    wait_until("the index to follow", || total(&server, "") == before - 1);
}

#[test]
fn a_start_that_builds_the_index_says_so() {
    let (loa, _portals) = Loa::crawled();
    fs::remove_dir_all(loa.data.path().join("index")).unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let mut serve = loa.command();
    serve.env("LD_PRELOAD", faults(loa.data.path())).env("LOA_FAULT_SYNC_MS", "1000");
    let mut serve =
        serve.args(["serve", "--listen", &listen]).stdout(Stdio::null()).spawn().unwrap();
    let status = |path: &str| {
        let answer = agent().get(format!("http://{listen}{path}")).call();
        answer.map_or(0, |answer| answer.status().as_u16())
    };
    wait_until("a sign of life", || status("/healthz") == 200);
    assert_eq!((status("/readyz"), status("/")), (503, 503));
    wait_until("the index", || status("/readyz") == 200);
    assert_eq!(status("/"), 200);
    serve.kill().unwrap();
    serve.wait().unwrap();
}

#[test]
fn a_build_that_finds_no_room_leaves_nothing_behind() {
    let (loa, _portals) = Loa::crawled();
    loa.run(&["search", ""]);
    let index = loa.data.path().join("index");
    let generations = || {
        let entries = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let before = generations();
    let full = loa.data.path().join("full");
    fs::write(&full, "").unwrap();
    let mut rebuild = loa.command();
    rebuild.env("LD_PRELOAD", faults(loa.data.path())).env("LOA_FAULT_FULL", &full);
    let ran = Ran::of(rebuild.args(["index", "rebuild"]).output().unwrap());
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert_eq!(generations(), before);
    // What a killed one left goes at the next start.
    fs::create_dir(index.join("v1-000009")).unwrap();
    loa.run(&["search", ""]);
    assert_eq!(generations(), before);
}
