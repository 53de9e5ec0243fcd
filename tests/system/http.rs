//! The JSON API.

use serde_json::{Value, json};

use crate::loa::{Loa, Server, wait_until};

fn served() -> (Loa, Server) {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    (loa, server)
}

#[test]
fn search_filters_counts_and_turns_pages() {
    let (_loa, server) = served();
    let all = server.json("/api/v1/search?q=phuong&size=100");
    let total = all["total"].as_u64().unwrap();
    assert!(total > 20, "{total}");
    let counted: u64 = all["facets"]["source"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, total);

    let some = server.json("/api/v1/search?q=phuong&source=go-sen&source=ben-lang&size=100");
    assert!(some["total"].as_u64().unwrap() < total);
    for hit in some["hits"].as_array().unwrap() {
        assert!(["go-sen", "ben-lang"].contains(&hit["source"]["id"].as_str().unwrap()));
    }

    let dated = server.json("/api/v1/search?q=phuong&from=2023-01-01&to=2023-12-31&sort=oldest");
    let days: Vec<&str> = dated["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h["published_at"].as_str().unwrap())
        .collect();
    assert!(days.iter().all(|day| day.starts_with("2023")), "{days:?}");
    assert!(days.is_sorted(), "{days:?}");

    let category = all["facets"]["category"][0].clone();
    let name: String = url_encode(category["value"].as_str().unwrap());
    let one = server.json(&format!("/api/v1/search?q=phuong&category={name}"));
    assert_eq!(one["total"], category["count"]);
}

#[test]
fn an_explanation_adds_up_to_the_score() {
    let (_loa, server) = served();
    let answer = server.json("/api/v1/search?q=ti%C3%AAm+vac+xin&explain=true");
    for hit in answer["hits"].as_array().unwrap() {
        let parts = hit["explanation"].as_array().unwrap().iter().map(|p| p.as_str().unwrap());
        let sum: f64 = parts.map(|p| p.split_once("  ").unwrap().0.parse::<f64>().unwrap()).sum();
        assert!((sum - hit["score"].as_f64().unwrap()).abs() < 0.1, "{hit}");
    }
}

#[test]
fn pages_and_cursors_reach_every_hit_once() {
    let (_loa, server) = served();
    let ids = |answer: &Value| -> Vec<String> {
        answer["hits"].as_array().unwrap().iter().map(|h| h["id"].to_string()).collect()
    };
    let all = ids(&server.json("/api/v1/search?q=phuong&size=100"));
    let mut by_cursor = Vec::new();
    let mut next = Value::Null;
    loop {
        let cursor = next.as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
        let answer = server.json(&format!("/api/v1/search?q=phuong&size=7{cursor}"));
        by_cursor.extend(ids(&answer));
        next = answer["next_cursor"].clone();
        if next.is_null() {
            break;
        }
    }
    assert_eq!(by_cursor, all);
    let second = ids(&server.json("/api/v1/search?q=phuong&size=7&page=2"));
    assert_eq!(second, all[7..14]);
}

#[test]
fn wrong_requests_are_problems_that_say_what_is_wrong() {
    let (_loa, server) = served();
    for (target, status, word) in [
        ("/api/v1/search?q=a&colour=red", 400, "`colour`"),
        ("/api/v1/search?size=0", 400, "1 to 100"),
        ("/api/v1/search?from=hom-qua", 400, "2023-12-31"),
        ("/api/v1/articles/0000000000000000", 404, "no article"),
        ("/api/v1/articles/..%2F", 404, "no article"),
        ("/api/v1/sources/khong-co", 404, "no source"),
        ("/api/v1/sources/%FF", 404, "nothing at"),
        ("/api/v1/articles/%FF", 404, "nothing at"),
        ("/api/v1/nothing", 404, "nothing at"),
        ("/api/v1/sources?colour=red", 400, "`colour`"),
        ("/api/v1/sources/go-sen?colour=red", 400, "`colour`"),
        ("/api/v1/articles/0000000000000000?colour=red", 400, "`colour`"),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(answer.content_type, "application/problem+json", "{target}");
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["status"], status, "{target}");
        assert!(problem["detail"].as_str().unwrap().contains(word), "{target}: {problem}");
    }
}

#[test]
fn a_method_that_a_route_does_not_know_is_a_problem() {
    let loa = Loa::new();
    let server = loa.serve();
    let answer = server.post("/api/v1/search", "");
    assert_eq!((answer.status, answer.content_type.as_str()), (405, "application/problem+json"));
    assert!(answer.body.contains("does not take POST"), "{}", answer.body);
}

#[test]
fn no_query_is_an_error() {
    let (_loa, server) = served();
    for query in ["\"", "((", "a OR", "nguồn:", "-", ":", "*", "\u{0}", "từ:x", &"ba ".repeat(900)]
    {
        server.json(&format!("/api/v1/search?q={}", url_encode(query)));
    }
    for query in
        ["số:\u{345}", "đến:9999-12-31", "tổ từ:0000-01-01 đến:9999-12-31", "nguồn:a -\"\""]
    {
        server.json(&format!("/api/v1/search?q={}", url_encode(query)));
    }
    for signs in ["???", "😀", "\""] {
        let answer = server.json(&format!("/api/v1/search?q={}", url_encode(signs)));
        assert_eq!(answer["total"], 0, "{signs}");
    }
}

#[test]
fn articles_sources_and_health_are_served() {
    let (_loa, server) = served();
    let hit = server.json("/api/v1/search?q=giai+phong+mat+bang")["hits"][0].clone();
    let article = server.json(&format!("/api/v1/articles/{}", hit["id"].as_str().unwrap()));
    assert_eq!(article["title"], hit["title"]);
    assert!(hit["snippet_html"].as_str().unwrap().contains("<mark>"), "{hit}");
    let sources = server.json("/api/v1/sources");
    assert_eq!(sources.as_array().unwrap().len(), 4);
    let source = server.json("/api/v1/sources/go-sen");
    assert_eq!(source["freshness"]["articles"], 17);
    assert!(source["freshness"]["last_success"].is_string());
    assert!(source["freshness"]["next_crawl"].is_string(), "{source}");
    assert_eq!(server.get("/healthz").body, "ok\n");
    assert_eq!(server.get("/readyz").body, "ready\n");
}

#[test]
fn nobody_is_suggested_whom_no_article_names_any_more() {
    let loa = Loa::new();
    let told = |name: &str| {
        let body = format!("Bà {name}, Chủ tịch UBND phường, ký Quyết định số 12/QĐ-UBND.");
        let line = json!({ "url": "http://an-phu.example/1", "title": "Họp", "body": body });
        // Another article keeps the first one's part of the index alive.
        let other = json!({ "url": "http://an-phu.example/2", "title": "Tin", "body": "Tin." });
        let file = loa.write("an-phu.jsonl", &format!("{line}\n{other}\n"));
        loa.run(&["import", file.to_str().unwrap(), "--source", "an-phu"]);
        let answer = loa.serve().json("/api/v1/suggest?q=nguyen+thi");
        let all = answer["suggestions"].as_array().unwrap().clone();
        all.iter().map(|s| s["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("Nguyễn Thị Lan"), ["Nguyễn Thị Lan"]);
    assert_eq!(told("Nguyễn Thị Mai"), ["Nguyễn Thị Mai"]);
}

#[test]
fn a_running_server_follows_what_other_commands_change() {
    let loa = Loa::new();
    let server = loa.serve();
    assert_eq!(server.json("/api/v1/search?q=")["total"], 0);
    let file = loa.write(
        "moi.jsonl",
        r#"{"url":"http://a.example/1","title":"Thông báo cấp nước trở lại","body":"Từ 8 giờ."}"#,
    );
    loa.run(&["import", file.to_str().unwrap(), "--source", "nhap"]);
    let found = || server.json("/api/v1/search?q=cap+nuoc")["total"] == json!(1);
    wait_until("the server to follow", found);
    loa.run(&["index", "rebuild"]);
    assert!(found());
}

fn url_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
