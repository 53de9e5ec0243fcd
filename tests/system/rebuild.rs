//! The index is derived: rebuilt or deleted, the answers stay the same.

use serde_json::Value;

use crate::loa::Loa;

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
