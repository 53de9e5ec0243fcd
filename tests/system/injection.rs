//! Hostile texts in every field that is shown to somebody: none becomes an element, an attribute, a
//! link that runs something, or a header.

use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::loa::{Loa, Server, agent};

/// Ends every quotation and element that it could stand in.
const HOSTILE: &str = "\"'></script></style></textarea></title><script>hacked()</script>\
    <img src=x onerror=hacked()>{{7*7}}</iframe><svg onload=hacked()>";

/// Sends JSON with a token.
fn send(server: &Server, method: &str, target: &str, token: &str, body: &Value) -> (u16, String) {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}/api/v1{target}", server.base))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_string())
        .unwrap();
    let mut answer = agent().run(request).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

/// A page for whoever has the session, and what a header said.
fn page(server: &Server, path: &str, token: &str) -> (u16, Option<String>, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let request = agent.get(format!("{}{path}", server.base));
    let mut answer = request.header("authorization", format!("Bearer {token}")).call().unwrap();
    let header = |name: &str| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
    let location = header("location");
    (answer.status().as_u16(), location, answer.body_mut().read_to_string().unwrap())
}

/// What a page must not have.
fn faults(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let all = Selector::parse("*").unwrap();
    let mut faults = Vec::new();
    for element in document.select(&all) {
        let own = element.value();
        let script = own.name() == "script"
            && own.attr("src").is_none_or(|src| !src.starts_with("/assets/"))
            && own.attr("type") != Some("application/ld+json");
        if script || own.name() == "img" {
            faults.push(format!("<{}>", own.name()));
        }
        for (name, value) in own.attrs() {
            if name.starts_with("on") || name == "style" {
                faults.push(format!("{}[{name}]", own.name()));
            }
            let target = matches!(name, "href" | "src" | "action" | "formaction");
            if target && value.trim().to_lowercase().starts_with("javascript:") {
                faults.push(format!("{}[{name}={value}]", own.name()));
            }
        }
    }
    faults
}

/// An archive whose every text is hostile.
fn hostile() -> (Loa, Server, String, String) {
    let loa = Loa::new();
    let toml = |text: &str| serde_json::to_string(text).unwrap();
    let source = format!(
        "[[source]]\nid = \"xau\"\nname = {}\nunit = {}\nstart = [\"http://127.0.0.1:9/{}\"]\n\
         enabled = false\n",
        toml(HOSTILE),
        toml(HOSTILE),
        "%22%3E%3Cscript%3E"
    );
    let file = loa.write("sources.toml", &source);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    let article = json!({
        "url": "javascript:hacked()//1", "title": format!("Tin {HOSTILE}"), "lead": HOSTILE,
        "body": [HOSTILE, "Đồng chí Nguyễn Văn Xấu, Chủ tịch UBND phường, phát biểu."],
        "category": HOSTILE, "credit": HOSTILE, "captions": [HOSTILE],
        "attachments": [{ "name": HOSTILE, "url": "javascript:hacked()" },
            { "name": HOSTILE, "url": "https://a.vn/\"><script>hacked()</script>" }],
        "published_at": "2024-01-02",
    });
    let edited = json!({
        "url": "javascript:hacked()//1", "title": format!("Tin sửa {HOSTILE}"), "body": HOSTILE,
        "published_at": "2024-01-02",
    });
    for (name, line) in [("a.jsonl", article), ("b.jsonl", edited)] {
        let lines = loa.write(name, &format!("{line}\n"));
        loa.run(&["import", lines.to_str().unwrap(), "--source", "xau"]);
    }
    loa.run(&["user", "add", "lan<script>", "--role", "admin", "--no-password"]);
    let token = loa.run(&["user", "token", "lan<script>"]).trim().to_owned();
    let server = loa.serve();
    let found = server.json("/api/v1/search?source=xau");
    let id = found["hits"][0]["id"].as_str().unwrap().to_owned();
    (loa, server, token, id)
}

#[test]
fn hostile_texts_stay_texts_on_every_page() {
    let (_loa, server, token, id) = hostile();
    let reason = json!({ "reason": HOSTILE });
    assert_eq!(send(&server, "POST", &format!("/articles/{id}/take-down"), &token, &reason).0, 204);
    let takedowns = page(&server, "/dieu-hanh/go-bo", &token).2;
    assert_eq!(faults(&takedowns), Vec::<String>::new(), "the reason of a take-down");
    assert_eq!(send(&server, "POST", &format!("/articles/{id}/lift"), &token, &reason).0, 204);
    let found = server.json("/api/v1/officials?q=nguyen+van+xau");
    let person = found.pointer("/officials/0/id").or(found.pointer("/0/id"));
    let person = person.and_then(Value::as_str).unwrap_or("0").to_owned();
    let query: String = url_encoded(HOSTILE);
    for path in [
        "/".to_owned(),
        format!("/?q={query}"),
        format!("/?q=tin&source={query}&category={query}&official={query}"),
        format!("/bai/{id}"),
        format!("/bai/{id}/cac-ban"),
        format!("/bai/{id}/ban/1"),
        format!("/bai/{id}/ban/1/trang"),
        format!("/nguoi/{person}"),
        "/phuong".to_owned(),
        "/phuong/xau".to_owned(),
        "/chuyen-muc".to_owned(),
        format!("/theo-doi?q={query}"),
        format!("/dang-nhap?ve={query}"),
        format!("/{query}"),
        "/tim-nang-cao".to_owned(),
        "/dieu-hanh".to_owned(),
        "/dieu-hanh/nguon".to_owned(),
        "/dieu-hanh/nguon/xau".to_owned(),
        "/dieu-hanh/nguon/xau/sua".to_owned(),
        format!("/dieu-hanh/nguon/xau/lich?schedule={query}"),
        "/dieu-hanh/nguon/xau/doc-lai".to_owned(),
        format!("/dieu-hanh/lan-thu?source={query}&outcome={query}"),
        format!("/dieu-hanh/mau?article={query}&url={query}"),
        format!("/dieu-hanh/go-bo?bai={query}"),
        format!("/dieu-hanh/can-bo?q={query}"),
        format!("/dieu-hanh/can-bo?nguoi={person}"),
        "/dieu-hanh/canh-bao".to_owned(),
        "/dieu-hanh/nguoi-dung".to_owned(),
        "/dieu-hanh/kho".to_owned(),
        format!("/dieu-hanh/nhat-ky?by={query}&subject={query}"),
        "/dieu-hanh/nhat-ky".to_owned(),
        "/dieu-hanh/toi".to_owned(),
    ] {
        let (status, _, html) = page(&server, &path, &token);
        assert!(status < 500, "{path}: {status}");
        assert_eq!(faults(&html), Vec::<String>::new(), "{path}");
    }
}

/// The page as it was archived is served as it was, and can do nothing.
#[test]
fn an_archived_page_is_served_in_a_sandbox() {
    let loa = Loa::new();
    let html = format!(
        "<html><head><title>Tin</title></head><body><h1>Thông báo mất nước</h1>\
        <p>Nước bị cắt từ 8 giờ ngày mai tại ngõ 5, mời bà con tích trữ nước dùng.</p>{HOSTILE}</body></html>"
    );
    let file = loa.write("trang.html", &html);
    loa.run(&["import", file.to_str().unwrap(), "--source", "xau"]);
    let server = loa.serve();
    let found = server.json("/api/v1/search?source=xau");
    let id = found["hits"][0]["id"].as_str().unwrap();
    let answer = ureq::get(format!("{}/bai/{id}/ban/1/goc", server.base)).call().unwrap();
    let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(policy.starts_with("sandbox;"), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(
        server.get(&format!("/api/v1/articles/{id}/raw")).content_type.starts_with("text/plain")
    );
}

#[test]
fn nothing_that_is_sent_becomes_a_header_or_leads_away() {
    let (_loa, server, token, _) = hostile();
    for target in
        ["%0d%0aset-cookie:%20a=b", "//evil.example", "https://evil.example", "/%5Cevil.example"]
    {
        let (status, location, _) =
            page(&server, &format!("/ngon-ngu?lang=en&ve={target}"), &token);
        assert_eq!((status, location.as_deref()), (303, Some("/")), "{target}");
    }
    let (status, location, _) = page(&server, "/tim-nang-cao?tat-ca=a%0d%0aset-cookie:b", &token);
    assert_eq!(status, 303);
    assert!(location.unwrap().starts_with("/?q="));
    let answer = ureq::get(format!("{}/?lang=en%0d%0aset-cookie:a=b", server.base)).call().unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
}

#[test]
fn every_answer_has_its_security_headers() {
    let (_loa, server, token, id) = hostile();
    for path in [
        "/",
        "/khong-co",
        &format!("/bai/{id}"),
        "/api/v1/search",
        "/dang-nhap",
        "/assets/site.css",
    ] {
        let answer = agent()
            .get(format!("{}{path}", server.base))
            .header("authorization", format!("Bearer {token}"))
            .call()
            .unwrap();
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    }
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
