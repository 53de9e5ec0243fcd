//! The real ward page of the development data: imported, and found by what people ask.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::loa::{Loa, shared};

fn imported() -> Option<Loa> {
    let seed = shared("seed")?;
    let loa = Loa::new();
    loa.run(&["import", seed.to_str().unwrap(), "--source", "sai-dong"]);
    Some(loa)
}

fn first_hit(loa: &Loa, query: &str) -> Value {
    loa.json(&["search", query])["hits"][0].clone()
}

#[test]
fn the_seed_gives_all_its_fields() {
    let Some(loa) = imported() else { return };
    let hit = first_hit(&loa, "Sài Đồng");
    let article = loa.json(&["show", hit["id"].as_str().unwrap()]);
    let expected = json!({
        "category": "công tác đảng",
        "title": "Đảng ủy phường Sài Đồng tổ chức Hội nghị sơ kết giữa nhiệm kỳ 2020-2025",
        "published_at": "2023-02-20T09:24:00+07:00",
        "views": 370,
        "credit": "Đ/c Nguyễn Huy Hoàng - Bí thư chi bộ TDP 14",
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&article[field], value, "{field}");
    }
    assert_eq!(article["body"].as_array().unwrap().len(), 9);
}

#[test]
fn the_seed_is_found_first_and_whole_words_are_marked() {
    let Some(loa) = imported() else { return };
    // Other articles compete for the first place.
    let portals = crate::loa::demo_portals();
    loa.add_sources(&portals);
    loa.run(&["crawl", "--all"]);
    let decomposed: String = "Sài Đồng".nfd().collect();
    for (query, marked) in [
        ("Đinh Thị Thu Hương", "<mark>Đinh Thị Thu Hương</mark>"),
        ("dinh thi thu huong", "<mark>Đinh Thị Thu Hương</mark>"),
        ("hoi nghi so ket giua nhiem ky", "<mark>Hội nghị sơ kết giữa nhiệm kỳ</mark>"),
        ("02-KH/ĐU", "<mark>02-KH/ĐU</mark>"),
        ("phường văn minh đô thị", "<mark>phường văn minh đô thị</mark>"),
        ("giai phong mat bang ngo 53", "<mark>giải phóng mặt bằng</mark>"),
        (&decomposed, "<mark>Sài Đồng</mark>"),
    ] {
        let hit = first_hit(&loa, query);
        assert_eq!(hit["source"]["id"], "sai-dong", "{query}");
        let html = hit["snippet_html"].as_str().unwrap();
        assert!(html.contains(marked), "{query}: {html}");
    }
}

#[test]
fn importing_again_changes_nothing() {
    let Some(loa) = imported() else { return };
    let stats = loa.run(&["index", "stats"]);
    let seed = shared("seed").unwrap();
    let again = loa.json(&["import", seed.to_str().unwrap(), "--source", "sai-dong"]);
    assert_eq!(
        (&again["new"], &again["edited"], &again["unchanged"]),
        (&json!(0), &json!(0), &json!(1))
    );
    assert_eq!(loa.run(&["index", "stats"]), stats);
}
