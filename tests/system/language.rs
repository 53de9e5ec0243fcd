//! The language's cases of the development data, as far as `loa analyze` shows them.

use crate::loa::{Loa, shared};

#[test]
fn texts_are_read_as_the_cases_say() {
    let Some(path) = shared("data/language/cases.tsv") else { return };
    let loa = Loa::new();
    let table = std::fs::read_to_string(path).unwrap();
    let mut checked = 0;
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, group, input, query, expected, ..] = columns[..] else { continue };
        if group == "enc" {
            assert_eq!(loa.json(&["analyze", input])["repaired"], expected, "{id}: {input}");
            checked += 1;
            continue;
        }
        let Some((kind, keys)) = expected.split_once(": ") else { continue };
        if !query.is_empty() || !["acc", "fold", "ref", "date"].contains(&group) || kind != group {
            continue;
        }
        let keys: Vec<&str> = match (group, keys) {
            (_, "(none)") => Vec::new(),
            ("ref" | "date", key) => vec![key],
            (_, keys) => keys.split(" | ").collect(),
        };
        let reading = loa.json(&["analyze", input]);
        let read: Vec<&str> = match group {
            "ref" => strings(&reading["documents"]),
            "date" => strings(&reading["dates"]),
            _ => reading["tokens"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| t[group].as_str().unwrap())
                .collect(),
        };
        assert_eq!(read, keys, "{id}: {input}");
        checked += 1;
    }
    assert!(checked > 50, "only {checked} cases were read");
}

fn strings(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// Texts, a question, and whether the text answers it.
const QUESTIONS: [(&str, &str, bool); 24] = [
    ("Quyết định của ủy ban nhân dân xã", "UBND xã", true),
    ("Quyết định của UBND xã", "uy ban nhan dan xa", true),
    ("Lịch giải phóng mặt bằng đợt hai", "GPMB", true),
    ("Công tác GPMB đợt hai", "giải phóng mặt bằng", true),
    ("Kiểm tra TTĐT,TTXD trên địa bàn", "trật tự xây dựng", true),
    ("Giao ban trật tự đô thị tháng ba", "TTĐT", true),
    ("Ban hành kế hoạch năm mới", "KH", true),
    ("Phiên họp của hội đồng nhân dân", "MTTQ", false),
    ("Sáng 5/3/2024, tại nhà văn hóa", "ngày 5 tháng 3 năm 2024", true),
    ("ngày 05 tháng 03 năm 2024 họp dân", "5/3/2024", true),
    ("Họp ngày 3/5/2024", "5/3/2024", false),
    ("Thực hiện Kế hoạch số 07-KH/ĐU", "7-kh/du", true),
    ("Thực hiện Kế hoạch số 07-KH/ĐU", "07 KH ĐU", true),
    ("Nghị định 215/2021/NĐ-CP", "15/2021/NĐ-CP", false),
    ("Lịch mất điện phố Sen", "cúp nước OR mất điện", true),
    ("Lịch cúp nước phố Sen", "mất điện HOẶC cúp nước", true),
    ("Lịch họp phố Sen", "mất điện OR cúp nước", false),
    ("Thông báo tiêm\u{200b}chủng cho trẻ", "tiêm chủng", true),
    ("Mức 500 m² một hộ", "500 m2", true),
    ("Bà Lò Thị Mẩy phát biểu", "\"Lò Thị Mẩy\"", true),
    ("Bà Lò Thị Mấy phát biểu", "\"Lò Thị Mẩy\"", false),
    ("Bà Lò Thị Mẩy phát biểu", "\"Lò Thi Mẩy\"", true),
    ("Học kì một bắt đầu", "\"hoc ki mot\"", true),
    ("Đấu giá đất", "dau gia", true),
];

#[test]
fn questions_find_what_they_ask_for_and_nothing_else() {
    let loa = Loa::new();
    let line = |(i, (text, ..)): (usize, &(&str, &str, bool))| {
        let line = serde_json::json!({ "url": format!("http://a.example/{i}"), "title": text });
        format!("{line}\n")
    };
    let lines: String = QUESTIONS.iter().enumerate().map(line).collect();
    let file = loa.write("cau-hoi.jsonl", &lines);
    loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    for (i, (text, question, answers)) in QUESTIONS.iter().enumerate() {
        let found = loa.json(&["search", question, "--limit", "100"]);
        let url = format!("http://a.example/{i}");
        let hits = found["hits"].as_array().unwrap();
        let hit = hits.iter().find(|hit| hit["url"] == *url);
        assert_eq!(hit.is_some(), *answers, "{question} in {text}: {}", found["query"]);
        if let Some(hit) = hit {
            assert!(hit["title_html"].as_str().unwrap().contains("<mark>"), "{question}: {hit}");
        }
    }
}
