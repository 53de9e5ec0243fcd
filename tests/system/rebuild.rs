//! The index is derived: rebuilt or deleted, the answers stay the same.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::loa::{Loa, agent, wait_until};

const QUERIES: [&str; 12] = [
    "giai phong mat bang",
    "tiêm vắc xin cho trẻ em",
    "cat dien",
    "Nguyễn Văn Hùng",
    "tran thanh phong",
    "\"hội nghị\"",
    "sáp nhập -điện",
    "tuyển sinh lớp 1 nguồn:go-sen",
    "nghĩa vụ quân sự từ:2022-01-01 đến:2024-12-31",
    "ngân sách tiêu-đề:dự toán",
    "phường",
    "",
];

fn answers(loa: &Loa) -> Vec<Value> {
    let answer = |query: &&str| {
        let mut answer = loa.json(&["search", query, "--limit", "50"]);
        answer["took_ms"] = Value::Null;
        // A cursor names the state of the index that it saw.
        answer["next_cursor"] = answer["next_cursor"].is_string().into();
        for hit in answer["hits"].as_array_mut().unwrap() {
            // Equal to five digits: sums of floats depend on the order of segments.
            hit["score"] = format!("{:.4}", hit["score"].as_f64().unwrap()).into();
        }
        answer
    };
    QUERIES.iter().map(answer).collect()
}

#[test]
fn a_rebuilt_or_deleted_index_gives_the_same_answers() {
    let (loa, _portals) = Loa::crawled();
    let before = answers(&loa);
    assert!(before.iter().all(|answer| answer["total"].as_u64().unwrap() > 0), "{before:#?}");
    loa.run(&["index", "rebuild"]);
    assert_eq!(answers(&loa), before);
    std::fs::remove_dir_all(loa.data.path().join("index")).unwrap();
    assert_eq!(answers(&loa), before);
}

#[test]
fn a_damaged_index_is_built_anew() {
    let (loa, _portals) = Loa::crawled();
    let index = loa.data.path().join("index");
    let total = |loa: &Loa| loa.json(&["search", "phường"])["total"].clone();
    let before = total(&loa);
    for generation in std::fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path()) {
        if generation.is_dir() {
            std::fs::write(generation.join("meta.json"), "{ nonsense").unwrap();
        }
    }
    assert_eq!(total(&loa), before);
    std::fs::write(index.join("CURRENT"), "v1-999999").unwrap();
    assert_eq!(total(&loa), before);
}

#[test]
fn pages_lose_and_repeat_nothing_in_an_index_of_many_segments() {
    let loa = Loa::new();
    // Five imports are five segments; all articles have the same score and the same date.
    for import in 0..5 {
        let line = |n: u32| {
            format!(
                "{{\"url\":\"http://a.example/{import}/{n}\",\"title\":\"Thông báo\",\
                 \"body\":\"Nội dung\",\"published_at\":\"2024-05-06\"}}\n"
            )
        };
        let lines: String = (0..60).map(line).collect();
        let file = loa.write(&format!("{import}.jsonl"), &lines);
        loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    }
    assert!(loa.json(&["index", "stats"])["segments"].as_u64().unwrap() > 1);
    let server = loa.serve();
    for order in ["relevance", "newest", "oldest"] {
        let mut seen = Vec::new();
        for page in 1..=30 {
            let target = format!("/api/v1/search?q=thong+bao&size=10&page={page}&sort={order}");
            let answer = server.json(&target);
            let hits = answer["hits"].as_array().unwrap().iter();
            seen.extend(hits.map(|hit| hit["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(seen.len(), 300);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 300, "by {order}");
    }
}

#[test]
fn an_index_beside_another_archive_is_built_anew() {
    let text = |loa: &Loa, name: &str| {
        let file = loa.write(name, &format!("Tin {name}\n\nNội dung.\n"));
        loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    };
    let loa = Loa::new();
    text(&loa, "mot.txt");
    let kept = loa.data.path().join("kept.sqlite");
    let archive = loa.data.path().join("archive.sqlite");
    let total = |query: &str| loa.json(&["search", query])["total"].clone();
    // An older state of the same archive comes back.
    std::fs::copy(&archive, &kept).unwrap();
    text(&loa, "hai.txt");
    assert_eq!(total("tin"), 2);
    std::fs::copy(&kept, &archive).unwrap();
    assert_eq!((total("tin"), total("hai")), (1.into(), 0.into()));
    // Another archive takes its place, with as many changes.
    std::fs::remove_file(&archive).unwrap();
    std::fs::remove_dir_all(loa.data.path().join("warc")).unwrap();
    text(&loa, "ba.txt");
    assert_eq!((total("tin"), total("ba")), (1.into(), 1.into()));
}

#[test]
fn an_index_deleted_while_it_serves_is_built_anew() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let total =
        |server: &crate::loa::Server| server.json("/api/v1/search?q=phuong")["total"].clone();
    let before = total(&server);
    let index = loa.data.path().join("index");
    // Out of the way at once: the server may build the new one while files are still being deleted.
    let deleted = loa.data.path().join("deleted");
    fs::rename(&index, &deleted).unwrap();
    fs::remove_dir_all(&deleted).unwrap();
    assert_eq!(total(&server), before, "the old one serves until the new one is there");
    wait_until("a new index", || {
        assert_eq!(total(&server), before);
        index.join("CURRENT").exists()
    });
    let file = loa.write("moi.txt", "Tin phường mới nhất\n\nNội dung.\n");
    loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    server.wait("/api/v1/search?q=tin+phuong+moi+nhat+noi+dung", |answer| answer["total"] != 0);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn an_ordered_rebuild_serves_the_old_index_until_the_new_one_is_there() {
    let (loa, _portals) = Loa::crawled();
    loa.add_operator("lan", "admin", "gio mua dong bac");
    let token = loa.run(&["user", "token", "lan"]).trim().to_owned();
    let server = loa.serve();
    let current = loa.data.path().join("index/CURRENT");
    let generation = || fs::read_to_string(&current).unwrap();
    let (before, total) = (generation(), server.json("/api/v1/search?q=phuong")["total"].clone());
    let order = agent().post(format!("{}/api/v1/keeping/rebuild-index", server.base));
    let order = order.header("authorization", format!("Bearer {token}"));
    assert_eq!(order.send_empty().unwrap().status().as_u16(), 202);
    wait_until("the new index", || {
        assert_eq!(server.json("/api/v1/search?q=phuong")["total"], total);
        generation() != before
    });
    assert_eq!(server.json("/api/v1/search?q=phuong")["total"], total);
}

#[test]
fn an_index_is_compared_with_its_archive() {
    let (loa, _portals) = Loa::crawled();
    let told = loa.run(&["index", "verify"]);
    assert!(told.contains("68 articles are as the archive says"), "{told}");
    // A byte of the largest file.
    let files = walk(&loa.data.path().join("index"));
    let largest = files.iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let largest =
        files.iter().find(|p| p.extension().is_some_and(|e| e == "pos")).unwrap_or(largest);
    let mut bytes = fs::read(largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(largest, bytes).unwrap();
    let ran = loa.try_run(&["index", "verify"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("is damaged") && ran.stderr.contains("rebuild"), "{}", ran.stdout);
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
