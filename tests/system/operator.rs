//! What operators do over HTTP: order a crawl, follow it, pause a source.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::loa::{Loa, Server, agent, demo_portal, sources_file, wait_until};

/// Sends a request with a token; status and body.
fn send(server: &Server, method: &str, target: &str, token: &str) -> (u16, Value) {
    let url = format!("{}/api/v1{target}", server.base);
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {token}"))
        .body(())
        .unwrap();
    let mut answer = agent().run(request).unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or_default())
}

/// The names of a run's server-sent events, until it has ended.
fn told(server: &Server, run: i64, token: &str) -> Vec<String> {
    let request = ureq::get(format!("{}/api/v1/runs/{run}/events", server.base));
    let mut answer = request.header("authorization", format!("Bearer {token}")).call().unwrap();
    let lines = BufReader::new(answer.body_mut().as_reader()).lines();
    let names = lines.map_while(Result::ok);
    names.filter_map(|line| line.strip_prefix("event: ").map(str::to_owned)).collect()
}

#[test]
fn an_operator_orders_a_crawl_and_follows_it() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    // Never by itself: what is crawled here was ordered.
    let file = sources_file(std::slice::from_ref(&portal)) + "schedule = \"0 0 1 1 *\"\n";
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    loa.run(&["user", "add", "lan", "--role", "editor", "--no-password"]);
    let token = loa.run(&["user", "token", "lan"]).trim().to_owned();
    let server = loa.serve();
    assert_eq!(send(&server, "POST", "/sources/go-sen/crawl", "sai").0, 401);
    assert_eq!(send(&server, "GET", "/runs", "sai").0, 401);
    assert_eq!(send(&server, "POST", "/sources/khong-co/crawl", &token).0, 404);
    assert_eq!(send(&server, "POST", "/sources/go-sen/crawl", &token).0, 202);
    let mut run = None;
    wait_until("the run", || {
        run = send(&server, "GET", "/runs", &token).1[0]["id"].as_i64();
        run.is_some()
    });
    let run = run.unwrap();
    assert!(told(&server, run, &token).contains(&"run".to_owned()));
    let (status, ended) = send(&server, "GET", &format!("/runs/{run}"), &token);
    assert_eq!((status, ended["outcome"].as_str()), (200, Some("done")), "{ended}");
    assert_eq!(ended["counters"]["new"], portal.ward().articles.len());
    assert_eq!(send(&server, "GET", "/runs/999", &token).0, 404);

    assert_eq!(send(&server, "POST", "/sources/go-sen/pause", &token).0, 200);
    assert_eq!(server.json("/api/v1/sources/go-sen")["enabled"], false);
    assert_eq!(send(&server, "POST", "/sources/go-sen/resume", &token).0, 200);
    assert_eq!(server.json("/api/v1/sources/go-sen")["enabled"], true);
    let planned = loa.json(&["schedule", "next", "go-sen"]);
    assert!(planned[0]["why"].as_str().unwrap().contains("0 0 1 1 *"), "{planned}");
    loa.run(&["user", "remove", "lan"]);
    assert_eq!(send(&server, "GET", "/runs", &token).0, 401);
}

#[test]
fn a_second_server_of_one_folder_is_refused() {
    let loa = Loa::new();
    let _first = loa.serve();
    let ran = loa.try_run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((ran.status, ran.stderr.contains("another server")), (2, true), "{}", ran.stderr);
}

#[test]
fn the_api_shows_versions_their_differences_and_the_page_as_fetched() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    loa.add_sources(std::slice::from_ref(&portal));
    loa.run(&["crawl", "go-sen"]);
    let article = portal.ward().articles[3].clone();
    portal.edit(article.id, |a| a.body[0] = format!("{} Bổ sung.", a.body[0]));
    loa.run(&["crawl", "go-sen"]);
    let server = loa.serve();
    let hit = &loa.json(&["search", &format!("\"{}\"", article.title)])["hits"][0];
    let at = format!("/api/v1/articles/{}", hit["id"].as_str().unwrap());
    let versions = server.json(&format!("{at}/versions"));
    assert_eq!(versions.as_array().unwrap().len(), 2, "{versions}");
    assert_eq!(versions[0]["changes"].as_array().unwrap().len(), 0);
    let change = &versions[1]["changes"][0];
    assert_eq!(change["field"], "body");
    let inserted = change["parts"].as_array().unwrap().iter().filter(|p| p["change"] != "same");
    let inserted: Vec<&str> = inserted.map(|part| part["text"].as_str().unwrap().trim()).collect();
    assert_eq!(inserted, ["Bổ sung."]);
    assert_eq!(server.json(&format!("{at}/versions/1"))["number"], 1);
    assert_eq!(server.get(&format!("{at}/versions/3")).status, 404);
    let raw = server.get(&format!("{at}/raw"));
    assert!(raw.content_type.starts_with("text/plain"), "{}", raw.content_type);
    assert!(raw.body.contains("<div class=\"content-detail\">"), "the page, letter by letter");
}
