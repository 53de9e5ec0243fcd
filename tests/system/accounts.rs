//! Signing in over HTTP: cookies, forms of other sites, locks, roles.

use crate::loa::{Loa, Server};

const PASSWORD: &str = "mua phun thang ba";

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

/// Sends a form; status, cookie, body.
fn post(
    server: &Server,
    path: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> (u16, Option<String>, String) {
    let mut request = agent().post(format!("{}{path}", server.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = request.send_form(fields.iter().copied()).unwrap();
    let cookie = answer.headers().get("set-cookie").map(|one| one.to_str().unwrap().to_owned());
    (answer.status().as_u16(), cookie, answer.body_mut().read_to_string().unwrap())
}

fn site(settings: &[(&str, String)]) -> (Loa, Server) {
    let loa = Loa::new();
    loa.make_archive();
    for (name, role) in [("lan", "admin"), ("minh", "viewer")] {
        loa.add_operator(name, role, PASSWORD);
    }
    let server = loa.serve_with(settings);
    (loa, server)
}

fn sign_in(server: &Server, name: &str) -> String {
    let fields = [("name", name), ("password", PASSWORD)];
    let (status, cookie, _) = post(server, "/dang-nhap", &fields, &[]);
    assert_eq!(status, 303);
    cookie.unwrap().split(';').next().unwrap().to_owned()
}

fn form_token(server: &Server, cookie: &str) -> String {
    let mut answer = agent()
        .get(format!("{}/dieu-hanh/toi", server.base))
        .header("cookie", cookie)
        .call()
        .unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    let rest = body.split("name=\"form-token\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn cookies_are_kept_from_scripts_and_other_sites() {
    let (_loa, server) = site(&[]);
    let fields = [("name", "lan"), ("password", PASSWORD)];
    let cookie = post(&server, "/dang-nhap", &fields, &[]).1.unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Secure"), "there is no TLS: {cookie}");
    let tls = [("LOA_WEB_PUBLIC_URL", "https://loaphuong.example".to_owned())];
    let (_loa, server) = site(&tls);
    let cookie = post(&server, "/dang-nhap", &fields, &[]).1.unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let answer = agent().get(format!("{}/", server.base)).call().unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[test]
fn a_form_of_another_site_changes_nothing() {
    let (loa, server) = site(&[]);
    let cookie = sign_in(&server, "lan");
    let token = form_token(&server, &cookie);
    let path = "/dieu-hanh/nguon/that-su/xoa";
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    for (fields, headers) in [
        (
            &[("form-token", token.as_str())][..],
            &[("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")][..],
        ),
        (
            &[("form-token", token.as_str())],
            &[("cookie", cookie.as_str()), ("origin", "https://evil.example")],
        ),
        // A browser that says nothing of where it comes from is not believed.
        (&[("form-token", token.as_str())], &[("cookie", cookie.as_str())]),
        (&[("form-token", "khac")], &own),
        (&[], &own),
        (&[("form-token", token.as_str())], &[("sec-fetch-site", "same-origin")]),
    ] {
        let (status, _, _) = post(&server, path, fields, headers);
        assert!(matches!(status, 401 | 403), "{status}: {fields:?} {headers:?}");
    }
    // The session serves the API too; there only the browser's word counts.
    let api = format!("{}/api/v1/sources/that-su/pause", server.base);
    let ask = |site: &str| {
        let request = agent().post(&api).header("cookie", &cookie).header("sec-fetch-site", site);
        request.send_empty().unwrap().status().as_u16()
    };
    assert_eq!((ask("cross-site"), ask("same-origin")), (403, 200));
    assert_eq!(loa.json(&["source", "list"]).as_array().unwrap().len(), 1, "it is still there");
    let (status, _, _) = post(&server, path, &[("form-token", token.as_str())], &own);
    assert_eq!(status, 303);
    assert_eq!(loa.json(&["source", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn many_wrong_passwords_lock_a_name_and_an_address_and_tell_nobody_who_exists() {
    let (_loa, server) = site(&[]);
    let tries = |name: &str| {
        let wrong = [("name", name), ("password", "sai mat khau roi")];
        (0..5).map(|_| post(&server, "/dang-nhap", &wrong, &[])).collect::<Vec<_>>()
    };
    let (known, unknown) = (tries("lan"), tries("khong-co"));
    assert!(known.iter().all(|(status, ..)| *status == 401));
    let told = |all: &[(u16, Option<String>, String)]| {
        let fault = |body: &String| {
            let rest = body.split("id=\"loi\">").nth(1).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        all.iter().map(|(status, _, body)| (*status, fault(body))).collect::<Vec<_>>()
    };
    assert_eq!(told(&known), told(&unknown), "the same is said of both");
    let right = [("name", "lan"), ("password", PASSWORD)];
    assert_eq!(post(&server, "/dang-nhap", &right, &[]).0, 429, "the right one neither");
    let other = [("name", "minh"), ("password", PASSWORD)];
    assert_eq!(post(&server, "/dang-nhap", &other, &[]).0, 303, "another name is not locked");
    let statuses: Vec<u16> = (0..10).map(|_| post(&server, "/dang-nhap", &other, &[]).0).collect();
    assert_eq!(statuses.last(), Some(&429), "an address may not try for ever");
}

/// A language that was chosen at the moment at which a session's token was replaced once took the
/// cookie of the new one away, and the operator was signed out a minute later.
#[test]
fn a_replaced_token_is_sent_beside_other_cookies() {
    let (loa, server) = site(&[]);
    let cookie = sign_in(&server, "lan");
    let database = loa.data.path().join("archive.sqlite");
    let aged = std::process::Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; db=sqlite3.connect(sys.argv[1]); \
            db.execute('UPDATE session SET rotated_at_s = rotated_at_s - 4000'); db.commit()",
        ])
        .arg(database)
        .status()
        .unwrap();
    assert!(aged.success());
    let answer = agent()
        .get(format!("{}/ngon-ngu?lang=en", server.base))
        .header("cookie", &cookie)
        .call()
        .unwrap();
    let set: Vec<&str> =
        answer.headers().get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(set.iter().any(|one| one.starts_with("ngon-ngu=en")), "{set:?}");
    assert!(set.iter().any(|one| one.starts_with("phien=")), "{set:?}");
}

#[test]
fn a_program_that_uses_another_scheme_goes_on_with_its_session() {
    let (_loa, server) = site(&[]);
    let cookie = sign_in(&server, "lan");
    let request = agent().get(format!("{}/dieu-hanh", server.base)).header("cookie", &cookie);
    let answer = request.header("authorization", "Basic YTpi").call().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[test]
fn nothing_is_changed_by_halves_or_around_the_rules() {
    let (loa, server) = site(&[("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false".to_owned())]);
    let token = loa.run(&["user", "token", "lan"]).trim().to_owned();
    let put = |path: &str, body: serde_json::Value| {
        let request = agent().put(format!("{}/api/v1{path}", server.base));
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        request.send(body.to_string()).unwrap().status().as_u16()
    };
    let weak = serde_json::json!({ "role": "admin", "password": "ngan" });
    assert_eq!(put("/users/minh", weak), 400);
    let users = loa.json(&["user", "list"]);
    assert_eq!(users[1]["role"], "viewer", "{users}");
    // What may not be crawled is not crawled by a button either.
    let paused = serde_json::json!({ "name": "Phường", "start": ["https://a.vn/"], "delay_ms": 0,
        "enabled": false });
    assert_eq!(put("/sources/a", paused), 201);
    let resume = agent().post(format!("{}/api/v1/sources/a/resume", server.base));
    let resume = resume.header("authorization", format!("Bearer {token}")).send_empty().unwrap();
    assert_eq!(resume.status().as_u16(), 400);
    // A new password ends the token that was made with the old one.
    let new = serde_json::json!({ "password": "gio mua dong bac" });
    assert_eq!((put("/users/lan", new.clone()), put("/users/lan", new)), (200, 401));
}

#[test]
fn roles_hold_over_pages_and_api() {
    let (_loa, server) = site(&[]);
    let cookie = sign_in(&server, "minh");
    let get = |path: &str| {
        let request = agent().get(format!("{}{path}", server.base)).header("cookie", &cookie);
        request.call().unwrap().status().as_u16()
    };
    assert_eq!(
        (get("/dieu-hanh"), get("/dieu-hanh/nguon/moi"), get("/dieu-hanh/nguoi-dung")),
        (200, 403, 403)
    );
    assert_eq!((get("/api/v1/runs"), get("/api/v1/users")), (200, 403));
    let token = form_token(&server, &cookie);
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let fields = [("form-token", token.as_str())];
    assert_eq!(post(&server, "/dieu-hanh/nguon/that-su/tam-dung", &fields, &own).0, 403);
    // A new password ends every session, this one too.
    let change = [
        ("form-token", token.as_str()),
        ("what", "password"),
        ("old", PASSWORD),
        ("password", "gio mua dong bac"),
    ];
    assert_eq!(post(&server, "/dieu-hanh/toi", &change, &own).0, 303);
    assert_eq!(get("/dieu-hanh"), 303);
}

#[test]
fn metrics_are_for_this_machine_and_for_operators() {
    let (loa, server) = site(&[]);
    server.json("/api/v1/search?q=nuoc");
    server.get("/?q=nuoc");
    let metrics = server.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.content_type.starts_with("application/openmetrics-text"));
    assert!(metrics.body.ends_with("# EOF\n") && metrics.body.matches("# EOF").count() == 1);
    for name in [
        "loa_archive_articles 0",
        "loa_http_answers_total",
        "loa_index_changes_behind",
        "loa_crawl_pages_total{outcome=\"new\"} 0",
        "loa_search_duration_seconds_count 2",
    ] {
        assert!(metrics.body.contains(name), "{name}:\n{}", metrics.body);
    }
    let forwarded = |token: &str| {
        let request = agent().get(format!("{}/metrics", server.base));
        let request = request.header("x-forwarded-for", "203.0.113.9");
        request.header("authorization", format!("Bearer {token}")).call().unwrap().status().as_u16()
    };
    assert_eq!(forwarded("khong"), 401);
    assert_eq!(forwarded(loa.run(&["user", "token", "lan"]).trim()), 200);
}
