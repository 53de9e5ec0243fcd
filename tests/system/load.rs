//! Many at once, and much at once: counts that stay exact in large archives, and clients who ask more
//! than is good for the others.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::loa::{Loa, Server, agent, wait_until};

/// Articles of each import.
const ARTICLES: usize = 1_300;

/// A person; the same number is the same one.
fn person(number: usize) -> String {
    let given = ["Hương", "Thủy", "Khánh", "Lộc", "Nghĩa", "Oanh", "Phượng", "Yến"];
    let middle = ["Thị", "Văn", "Đức", "Minh", "Ngọc", "Xuân", "Quang", "Hữu"];
    let family = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"];
    format!("{} {} {}", family[number % 8], middle[number / 8 % 8], given[number / 64 % 8])
}

/// Whom an article names: every third one somebody whom many of its import name, and these are others
/// in the second import, where those of the first are rare.
fn named(import: usize, article: usize) -> String {
    match article % 3 {
        0 => person(30 * import + article / 3 % 30),
        _ if article < 90 => person(30 * (1 - import) + article % 30),
        _ => person(60 + article % 450),
    }
}

#[test]
fn officials_are_counted_exactly_over_several_segments() {
    let loa = Loa::new();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for import in 0..2 {
        let mut lines = String::new();
        for article in 0..ARTICLES {
            let name = named(import, article);
            *expected.entry(name.clone()).or_default() += 1;
            lines += &format!(
                "{{\"url\":\"http://a.example/{import}/{article}\",\"title\":\"Tin {import} số {article}\",\
                 \"body\":\"Đồng chí {name}, Chủ tịch UBND phường, dự hội nghị.\"}}\n"
            );
        }
        let file = loa.write(&format!("{import}.jsonl"), &lines);
        loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    }
    assert!(loa.json(&["index", "stats"])["segments"].as_u64().unwrap() > 1);
    let server = loa.serve();
    let counted = |query: &str| -> Vec<(String, u64)> {
        let answer = server.json(&format!("/api/v1/search?q={query}"));
        let rows = answer["facets"]["official"].as_array().unwrap().iter();
        rows.map(|row| {
            let label = row["label"].as_str().unwrap().split(',').next().unwrap().to_owned();
            (label, row["count"].as_u64().unwrap())
        })
        .collect()
    };
    let mut most: Vec<u64> = expected.values().copied().collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    let all = counted("hoi+nghi");
    assert_eq!(all.iter().map(|(_, count)| *count).collect::<Vec<_>>(), most[..20]);
    for (name, count) in all {
        assert_eq!(expected[&name], count, "{name}");
    }
    // Of few articles, whoever is rare counts as well.
    assert_eq!(counted("%22tin+1+so+400%22"), [(named(1, 400), 1)]);
}

#[test]
fn a_client_who_asks_too_much_is_told_and_another_one_served() {
    let (loa, _portals) = Loa::crawled();
    let settings = [("LOA_WEB_CLIENT_HEADER", "x-forwarded-for".to_owned())];
    let server = loa.serve_with(&settings);
    let ask = |client: &str| {
        let request = ureq::get(format!("{}/api/v1/search?q=phuong", server.base));
        let request = request.header("x-forwarded-for", client);
        let request = request.config().http_status_as_error(false).build();
        request.call().unwrap()
    };
    let refused = std::thread::scope(|threads| {
        let many: Vec<_> = (0..400).map(|_| threads.spawn(|| ask("203.0.113.7"))).collect();
        let other = ask("198.51.100.9");
        assert_eq!(other.status(), 200);
        let answers = many.into_iter().map(|one| one.join().unwrap());
        let (well, refused): (Vec<_>, Vec<_>) = answers.partition(|one| one.status() == 200);
        assert!(!well.is_empty() && !refused.is_empty(), "{} were refused", refused.len());
        refused
    });
    for answer in refused {
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert_eq!(ask("203.0.113.7").status(), 200, "it is served again");
}

#[test]
fn who_asks_faster_than_one_reader_may_is_told_when_to_come_back() {
    let loa = Loa::new();
    loa.make_archive();
    let settings = [("LOA_WEB_CLIENT_HEADER", "x-forwarded-for".to_owned())];
    let server = loa.serve_with(&settings);
    let ask = |client: &str, target: &str| {
        let request = agent().get(format!("{}{target}", server.base));
        request.header("x-forwarded-for", client).call().unwrap()
    };
    let page = "/robots.txt";
    let refused = std::thread::scope(|threads| {
        let asking =
            || (0..2_000).map(|_| ask("203.0.113.7", page)).find(|one| one.status() != 200);
        let many: Vec<_> = (0..6).map(|_| threads.spawn(asking)).collect();
        many.into_iter().filter_map(|one| one.join().unwrap()).next()
    });
    let refused = refused.expect("so many requests are too many");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(ask("198.51.100.9", page).status(), 200, "another one is served");
    assert_eq!(ask("203.0.113.7", "/healthz").status(), 200, "what watches is answered");
    wait_until("its rate to come in again", || ask("203.0.113.7", page).status() == 200);
    drop(server);
    // Programs on the machine itself are not counted.
    let server = loa.serve();
    std::thread::scope(|threads| {
        let asking = || assert!((0..200).all(|_| server.get(page).status == 200));
        (0..6).for_each(|_| drop(threads.spawn(asking)));
    });
}

/// What a server answers to bytes.
fn answer(server: &Server, bytes: &[u8]) -> String {
    let address = server.base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_too_large_or_too_deep_is_refused_in_words() {
    let (loa, _portals) = Loa::crawled();
    loa.run(&["user", "add", "lan", "--role", "admin", "--no-password"]);
    let token = loa.run(&["user", "token", "lan"]);
    let server = loa.serve();
    let put = |length: usize, body: &str| {
        let head = format!(
            "PUT /api/v1/sources/abc HTTP/1.1\r\nhost: loa\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n",
            token.trim()
        );
        answer(&server, format!("{head}{body}").as_bytes())
    };
    let large = "x".repeat(3 * 1024 * 1024);
    assert!(put(large.len(), &large).starts_with("HTTP/1.1 413"));
    let deep = "[".repeat(100_000);
    let refused = put(deep.len(), &deep);
    assert!(refused.starts_with("HTTP/1.1 400") && refused.contains("recursion"), "{refused}");
    let long = format!("GET /?q={} HTTP/1.1\r\nhost: loa\r\n\r\n", "a".repeat(200_000));
    assert!(answer(&server, long.as_bytes()).starts_with("HTTP/1.1 4"));
    assert_eq!(server.get("/readyz").status, 200);
}
