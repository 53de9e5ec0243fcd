//! Alerts: what a saved search finds, and how its subscriber is told.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use archive::{AlertId, Archive, Channel, GoneSignal, NewAlert, Pace, SavedSearch};
use index::{Index, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::loa::{Loa, Server, TOOLS, demo_portal, wait_until};
use crate::mail_server::MailServer;
use crate::receiver::{Received, Receiver};

/// Searches of all kinds, besides those that are judged.
const SEARCHES: [&str; 18] = [
    "\"giải phóng mặt bằng\"",
    "\"giai phong mat bang\" -quận",
    "UBND OR HĐND",
    "\"mất điện\" HOẶC \"cắt điện\" HOẶC \"cúp nước\"",
    "người:\"Hoàng Thị Mai Hạnh\"",
    "người:\"Mai Hạnh\" tiêm",
    "-người:\"Trần Thành Phong\" phường",
    "số:11/2021/NQ-HĐND",
    "tiêu-đề:tiêm vắc",
    "chuyên-mục:\"chính quyền\"",
    "từ:2022-01-01 đến:2022-12-31 phường",
    "nguồn:go-sen tiêm",
    "ubnd phường tổ chức hội nghị tổng kết năm 2022",
    "17/2/2023",
    "TDP văn minh đô thị",
    "trạng-thái:đã-sửa",
    "Trần Văn Không Có Ai",
    "…",
];

fn search(text: &str) -> SavedSearch {
    SavedSearch { text: text.to_owned(), ..SavedSearch::default() }
}

#[test]
fn a_saved_search_finds_what_the_search_finds() {
    let (loa, _portals) = Loa::crawled();
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    let index = Index::open(&loa.data.path().join("index"), archive.clone()).unwrap();
    let judged = include_str!("judged.tsv").lines().filter_map(|line| line.split('\t').next());
    let mut searches: Vec<SavedSearch> = judged.chain(SEARCHES).map(search).collect();
    let official = archive.commonest_officials(1).unwrap().remove(0);
    for text in ["", "phường"] {
        let (official, sources) = (Some(official.id.to_string()), vec!["ben-lang".to_owned()]);
        searches.push(SavedSearch { official, ..search(text) });
        searches.push(SavedSearch { sources, ..search(text) });
    }
    assert!(searches.len() > 100);
    let asked = |search: SavedSearch| {
        let address = "http://127.0.0.1:9/".to_owned();
        NewAlert { search, channel: Channel::Webhook, address, pace: Pace::Immediate }
    };
    let now = Timestamp::now();
    let asked: Vec<NewAlert> = searches.iter().cloned().map(asked).collect();
    let alerts = archive.add_alerts(&asked, now).unwrap();
    let ids = alerts.iter().map(|alert| (alert.id, alert.search.clone()));
    let percolator = index.percolator(ids, now).unwrap();
    let mut matched: HashMap<AlertId, BTreeSet<String>> = HashMap::new();
    let mut trials = percolator.trials(&index).unwrap();
    archive
        .for_each_article(|article| {
            for alert in trials.matching(&article).unwrap() {
                matched.entry(alert).or_default().insert(article.id.to_string());
            }
            Ok::<(), archive::ArchiveError>(())
        })
        .unwrap();
    let mut found_any = 0;
    for alert in &alerts {
        let request = Request { limit: 100, ..Request::saved(&alert.search, now) };
        let answer = index.search(&request).unwrap();
        assert_eq!(answer.total, answer.hits.len());
        let found: BTreeSet<String> =
            answer.hits.iter().map(|hit| hit.article.id.to_string()).collect();
        let matched = matched.remove(&alert.id).unwrap_or_default();
        assert_eq!(matched, found, "{:?}", alert.search);
        found_any += usize::from(!found.is_empty());
    }
    assert!(found_any * 2 > alerts.len(), "{found_any} of {} find something", alerts.len());
}

/// One article to be imported.
fn article(number: usize, title: &str, body: &str) -> String {
    let url = format!("https://a.example/{number}");
    json!({ "url": url, "title": title, "body": body }).to_string() + "\n"
}

fn import(loa: &Loa, name: &str, lines: &str) {
    let file = loa.write(name, lines);
    loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
}

/// An archive with one source that is never crawled, and a server for it.
fn serving(settings: &[(&str, String)]) -> (Loa, Server) {
    let loa = Loa::new();
    import(&loa, "first.jsonl", &article(0, "Tin đầu", "Phường họp."));
    let server = loa.serve_with(settings);
    (loa, server)
}

/// The path of one of the server's own addresses.
fn path_of(url: &Value) -> String {
    let url: url::Url = url.as_str().unwrap().parse().unwrap();
    url.path().to_owned()
}

#[test]
fn a_webhook_is_asked_and_told_what_happens() {
    let (loa, server) = serving(&[]);
    let receiver = Receiver::start();
    let body = json!({ "search": "q=mat+nuoc", "webhook": receiver.url() });
    let answer = server.post_json("/api/v1/alerts", &body);
    assert_eq!(answer.status, 202, "{}", answer.body);
    // Nothing is told before it is confirmed, by whoever got the question.
    let question = receiver.wait(0);
    let asked = question.json();
    assert_eq!((&asked["type"], &asked["search"]), (&json!("confirm"), &json!("mat nuoc")));
    let secret = asked["secret"].as_str().unwrap();
    assert!(question.is_signed_with(secret));
    import(&loa, "before.jsonl", &article(1, "Mất nước ngõ 3", "Mất nước cả ngày."));
    assert_eq!(server.post(&path_of(&asked["confirm_url"]), "").status, 200);

    let lines = article(2, "Mất nước ngõ 5", "Nhà máy báo mất nước.")
        + article(3, "Họp tổ dân phố", "Không có gì.").as_str();
    import(&loa, "new.jsonl", &lines);
    let told = receiver.wait(1);
    assert!(told.is_signed_with(secret) && !told.is_signed_with("AAAA"));
    let items = told.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    assert_eq!((&items[0]["event"], &items[0]["title"]), (&json!("new"), &json!("Mất nước ngõ 5")));
    assert_eq!(items[0]["why"], json!(["Mất nước"]));
    assert!(items[0]["why_html"].as_str().unwrap().contains("<mark>mất nước</mark>"), "{items}");
    assert_eq!(server.get(&path_of(&items[0]["url"])).status, 200);

    // An edit that takes the words away is told as well.
    import(&loa, "edit.jsonl", &article(2, "Thông báo", "Đã có lại."));
    let edited = receiver.wait(2).json()["items"][0].clone();
    assert_eq!((&edited["event"], &edited["lost"]), (&json!("edited"), &json!(true)), "{edited}");
    assert_eq!(edited["title"], "Mất nước ngõ 5", "as it was");

    // So is an edit that takes a person away.
    let ward = "Ông Lò Văn Khiết, Chủ tịch UBND phường dự.";
    import(&loa, "person.jsonl", &article(5, "Hội nghị", ward));
    let official = loa.json(&["officials", "Lò Văn Khiết"])["official"]["id"].clone();
    let official = official.as_str().unwrap();
    loa.run(&["alert", "add", "--official", official, "--webhook", &receiver.url()]);
    import(&loa, "unperson.jsonl", &article(5, "Hội nghị", "Lãnh đạo phường dự."));
    let edited = receiver.wait(3).json()["items"][0].clone();
    assert_eq!((&edited["event"], &edited["lost"]), (&json!("edited"), &json!(true)), "{edited}");
    assert_eq!(edited["why"], json!(["Lò Văn Khiết"]));
    assert_eq!(server.json(&format!("/api/v1/search?official={official}"))["total"], 0);

    assert_eq!(server.post(&path_of(&asked["unsubscribe_url"]), "").status, 200);
    import(&loa, "after.jsonl", &article(4, "Mất nước ngõ 7", "Mất nước."));
    let ended = server.get(&path_of(&asked["manage_url"]));
    assert!(ended.body.contains("thôi theo dõi"), "{}", ended.body);
    drop(server);
    assert_eq!(receiver.received().len(), 4);
}

#[test]
fn what_is_removed_at_its_source_is_told_and_a_failed_request_is_made_again() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    loa.add_sources(std::slice::from_ref(&portal));
    loa.run(&["crawl", "go-sen"]);
    let server = loa.serve();
    let receiver = Receiver::start();
    receiver.answer_with(503);
    let gone = portal.ward().articles[4].clone();
    loa.run(&["alert", "add", &format!("\"{}\"", gone.title), "--webhook", &receiver.url()]);
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    let (source, key) = ("go-sen".parse().unwrap(), gone.id.to_string());
    for day in 0..4 {
        let now = Timestamp::now() + SignedDuration::from_hours(24 * day);
        archive.strike(&source, &[(key.clone(), GoneSignal::NotFound)], now).unwrap();
    }
    let told = receiver.wait(0);
    assert_eq!(told.json()["items"][0]["event"], "removed", "{}", told.body);
    server.wait("/api/v1/search?status=removed", |found| found["total"] == 1);
    assert_eq!(loa.json(&["search", "trạng-thái:đã-gỡ"])["hits"][0]["status"], "removed");
    drop(server);
    // It waits for its next attempt, under the same id.
    let waiting = loa.run(&["alert", "list"]);
    assert!(waiting.contains("1 messages wait to be sent, 0 were given up"), "{waiting}");
    let later = Timestamp::now() + SignedDuration::from_mins(2);
    let due = archive.due_messages(later, 10).unwrap();
    assert_eq!((due.len(), due[0].attempts), (1, 1));
    assert_eq!(due[0].public_id, told.headers["webhook-id"]);
}

#[test]
fn nothing_is_lost_or_told_twice_over_kills() {
    const ALERTS: usize = 10_000;
    const ARTICLES: usize = 1_000;
    const KILLS: usize = 12;
    let receiver = Receiver::start();
    let (loa, server) = serving(&[]);
    let archive = Archive::open_existing(loa.data.path()).unwrap();
    // Each alert follows one group, and each article is of one.
    let asked = |number: usize| NewAlert {
        search: search(&format!("\"tổ {}\"", number % ARTICLES)),
        channel: Channel::Webhook,
        address: receiver.url(),
        pace: Pace::Immediate,
    };
    let asked: Vec<NewAlert> = (0..ALERTS).map(asked).collect();
    let alerts = archive.add_alerts(&asked, Timestamp::now()).unwrap();
    let lines: String = (0..ARTICLES)
        .map(|number| {
            article(
                10 + number,
                &format!("Tin {number}"),
                &format!("Của tổ {}.", number % ARTICLES),
            )
        })
        .collect();
    let mut server = Some(server);
    import(&loa, "many.jsonl", &lines);
    let mut dice = fastrand::Rng::with_seed(12);
    for _ in 0..KILLS {
        let until = receiver.count() + dice.usize(0..1500);
        let started = Instant::now();
        while receiver.count() < until && started.elapsed() < Duration::from_secs(3) {
            std::thread::yield_now();
        }
        drop(server.take());
        server = Some(loa.serve());
    }
    let wanted: BTreeSet<(String, String)> = alerts
        .iter()
        .enumerate()
        .flat_map(|(number, alert)| {
            let own = (0..ARTICLES).filter(move |article| article % ARTICLES == number % ARTICLES);
            own.map(|article| (alert.public_id.clone(), format!("Tin {article}")))
        })
        .collect();
    let mut seen = 0;
    let mut all = HashMap::new();
    wait_until("each match", || {
        let before = std::mem::replace(&mut seen, receiver.count());
        // Fewer messages than matches cannot tell all: each alert has one.
        if seen == before || seen < wanted.len() {
            return false;
        }
        all = told(&receiver.received());
        all.len() == wanted.len() && wanted.iter().all(|one| all.contains_key(one))
    });
    let twice: Vec<_> = all.iter().filter(|(_, messages)| messages.len() > 1).collect();
    assert!(twice.is_empty(), "told under two ids: {twice:?}");
}

/// By alert and title, the ids of the messages that told it.
fn told(received: &[Received]) -> HashMap<(String, String), BTreeSet<String>> {
    let mut told: HashMap<_, BTreeSet<String>> = HashMap::new();
    for one in received {
        let body = one.json();
        let alert = body["alert"].as_str().unwrap();
        let items = body["items"].as_array().unwrap();
        assert_eq!(body["total"], items.len());
        for item in items {
            let key = (alert.to_owned(), item["title"].as_str().unwrap().to_owned());
            told.entry(key).or_default().insert(one.headers["webhook-id"].clone());
        }
    }
    told
}

#[test]
fn what_nobody_could_want_is_refused() {
    let (_loa, server) = serving(&[]);
    let search = "q=nuoc";
    for (body, word) in [
        (json!({ "search": "", "webhook": "https://a.vn/" }), "asks for nothing"),
        (json!({ "search": search }), "one of"),
        (json!({ "search": search, "mail": "a@b.vn", "webhook": "https://a.vn/" }), "one of"),
        (json!({ "search": search, "mail": "a@b.vn" }), "no mail"),
        (json!({ "search": search, "webhook": "ftp://a.vn/" }), "web address"),
        (json!({ "search": search, "webhook": "https://u:p@a.vn/" }), "web address"),
        (json!({ "search": "status=lost", "webhook": "https://a.vn/" }), "edited or removed"),
        (
            json!({ "search": "q=".to_owned() + "a".repeat(600).as_str(), "webhook": "https://a.vn/" }),
            "long",
        ),
    ] {
        let answer = server.post_json("/api/v1/alerts", &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.body.contains(word), "{body}: {}", answer.body);
    }
    let unknown = json!({ "search": search, "webhook": "https://a.vn/", "colour": 1 });
    assert_eq!(server.post_json("/api/v1/alerts", &unknown).status, 422);
    assert_eq!(server.get("/api/v1/alerts/0123456789abcdef0123456789abcdef").status, 404);
    assert_eq!(server.get("/theo-doi/khong-co").status, 404);
    assert_eq!(server.get("/api/v1/alerts").status, 401);
    // A preview of what is not there is honest.
    let preview = server.json("/api/v1/alerts/preview?q=kh%C3%B4ng+c%C3%B3");
    assert_eq!((&preview["total"], &preview["days"]), (&json!(0), &json!(90)));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped check must say so")]
fn a_reader_follows_by_mail_and_ends_it_with_one_press() {
    let Some(mails) = MailServer::start() else {
        eprintln!("skipped: {TOOLS} is not set; tests/all.sh sets it");
        return;
    };
    let (loa, server) = serving(&[
        ("LOA_MAIL_SERVER", mails.url()),
        ("LOA_MAIL_FROM", "Loa Phường <tin@loa.example>".to_owned()),
        ("LOA_WEB_PUBLIC_URL", "https://loa.example/".to_owned()),
    ]);
    let form = server.get("/theo-doi?q=mat+dien");
    assert!(form.body.contains("name=\"mail\""), "{}", form.body);
    let wrong = server.post("/theo-doi", "search=q%3Dmat%2Bdien&mail=lan");
    assert!(wrong.status == 400 && wrong.body.contains("role=\"alert\""), "{}", wrong.body);
    let sent = server.post("/theo-doi", "search=q%3Dmat%2Bdien&mail=lan%40phuong.example");
    assert_eq!(sent.status, 200, "{}", sent.body);
    let question = mails.wait(1).remove(0);
    assert_eq!(question["headers"]["to"], "lan@phuong.example");
    let text = question["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.starts_with("https://loa.example/theo-doi/")).unwrap();
    let page = link.strip_prefix("https://loa.example").unwrap();
    // Mail programs look at links: that alone confirms nothing.
    assert!(server.get(page).body.contains("xac-nhan"));
    assert!(server.get(page).body.contains("xac-nhan"));
    assert!(server.post(&format!("{page}/xac-nhan"), "").body.contains("Đang theo dõi"));

    import(&loa, "new.jsonl", &article(1, "Mất điện <b>ngõ 3</b>", "Điện lực báo mất điện."));
    let told = mails.wait(2).remove(1);
    let headers = &told["headers"];
    assert_eq!(headers["subject"], "Bài mới: Mất điện <b>ngõ 3</b>");
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    assert!(headers["message-id"].as_str().unwrap().ends_with("@loa.example>"));
    assert!(told["text"].as_str().unwrap().contains("Vì có: Mất điện"), "{told}");
    let html = told["html"].as_str().unwrap();
    assert!(html.contains("<mark>mất điện</mark>") && !html.contains("<b>"), "{html}");
    let unsubscribe = headers["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']);
    let target = unsubscribe.strip_prefix("https://loa.example").unwrap();
    let ended = server.post(target, "List-Unsubscribe=One-Click");
    assert!(ended.status == 200 && ended.body.contains("thôi theo dõi"), "{}", ended.body);
}
