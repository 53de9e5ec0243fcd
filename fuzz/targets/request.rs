//! Any request to the site and its API is answered, by an operator's token, in a session of the desk or
//! without: never by a panic, and never by an error of ours.
#![no_main]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use archive::{Archive, Recorder, Role, Session, Source};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use crawler::{Imported, Importer, Profiles};
use index::Index;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use web::{App, Portals, Site};

/// Pages of the site and of the desk.
const PAGES: [&str; 28] = [
    "/",
    "/tim-nang-cao",
    "/bai/{id}",
    "/bai/{id}/cac-ban",
    "/bai/{id}/ban/{number}",
    "/bai/{id}/ban/{number}/trang",
    "/bai/{id}/ban/{number}/goc",
    "/nguoi/{id}",
    "/phuong/{id}",
    "/chuyen-muc",
    "/theo-doi",
    "/theo-doi/{token}",
    "/dang-nhap",
    "/dieu-hanh",
    "/dieu-hanh/nguon",
    "/dieu-hanh/nguon/moi",
    "/dieu-hanh/nguon/{id}",
    "/dieu-hanh/nguon/{id}/sua",
    "/dieu-hanh/nguon/{id}/lich",
    "/dieu-hanh/nguon/{id}/doc-lai",
    "/dieu-hanh/lan-thu",
    "/dieu-hanh/lan-thu/{id}",
    "/dieu-hanh/go-bo",
    "/dieu-hanh/can-bo",
    "/dieu-hanh/canh-bao",
    "/dieu-hanh/nguoi-dung",
    "/dieu-hanh/kho",
    "/dieu-hanh/nhat-ky",
];
/// Forms of the site and of the desk, but those that ask portals, copy the whole archive, or end the
/// account.
const FORMS: [&str; 19] = [
    "/theo-doi",
    "/theo-doi/{token}",
    "/dang-nhap",
    "/dieu-hanh/nguon/{id}/thu-ngay",
    "/dieu-hanh/nguon/{id}/dang-cho",
    "/dieu-hanh/nguon/{id}/tam-dung",
    "/dieu-hanh/nguon/{id}/tiep-tuc",
    "/dieu-hanh/nguon/{id}/chap-nhan",
    "/dieu-hanh/nguon/{id}/xoa",
    "/dieu-hanh/nguon/{id}/lich",
    "/dieu-hanh/nguon/{id}/doc-lai",
    "/dieu-hanh/go-bo/an",
    "/dieu-hanh/go-bo/hien",
    "/dieu-hanh/can-bo/gop",
    "/dieu-hanh/can-bo/tach",
    "/dieu-hanh/can-bo/hoan-tac",
    "/dieu-hanh/canh-bao/thoi",
    "/dieu-hanh/nguoi-dung/them",
    "/dieu-hanh/toi",
];
/// What the forms of our session carry.
const FORM_TOKEN: &str = "fuzz";
/// Operations that are left out, for the same reasons.
const LEFT_OUT: [&str; 5] = ["/check", "/test", "/crawl", "/keeping", "/users/{name}"];

struct Setting {
    runtime: Runtime,
    router: Router,
    token: String,
    /// Method and path of each, with braces for what is named.
    operations: Vec<(Method, String)>,
    article: String,
    official: String,
    _folder: tempfile::TempDir,
}

static SETTING: LazyLock<Setting> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    archive.add_account("fuzz", Role::Admin, None, Timestamp::now()).unwrap().unwrap();
    let token = archive.make_token("fuzz", Timestamp::now()).unwrap().unwrap();
    let (article, official) = import(&archive, folder.path());
    let index = Index::open(&folder.path().join("index"), archive.clone()).unwrap();
    let alerts = alerts::Config {
        site: "http://127.0.0.1:1/".parse().unwrap(),
        mail: None,
        allow_private_addresses: false,
    };
    let config = crawler::Config { allow_private_addresses: false, contact: None };
    let portals = Portals {
        fetcher: crawler::Fetcher::new(&config).unwrap(),
        profiles: folder.path().join("profiles"),
        allow_private_addresses: false,
    };
    let app = App::new(index, archive, Arc::new(alerts), Site::default(), portals);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let router = web::router(app);
    try_a_form(&runtime, &router);
    let operations = operations();
    Setting { runtime, router, token, operations, article, official, _folder: folder }
});

/// All of the API but what is left out, and the pages.
fn operations() -> Vec<(Method, String)> {
    let mut operations = Vec::new();
    for (path, item) in web::openapi().paths.paths {
        let of = |method, operation: bool| operation.then(|| (method, path.clone()));
        let read = of(Method::GET, item.get.is_some());
        let changes = [
            of(Method::POST, item.post.is_some()),
            of(Method::PUT, item.put.is_some()),
            of(Method::DELETE, item.delete.is_some()),
        ];
        let is_left_out = LEFT_OUT.iter().any(|part| path.contains(part));
        operations.extend(read);
        operations.extend(changes.into_iter().flatten().filter(|_| !is_left_out));
    }
    operations.extend(PAGES.map(|path| (Method::GET, path.to_owned())));
    operations.extend(FORMS.map(|path| (Method::POST, path.to_owned())));
    operations
}

/// Makes sure that forms are not refused before they are read.
fn try_a_form(runtime: &Runtime, router: &Router) {
    let mut form = Request::post("/dieu-hanh/nguon/a/tam-dung")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("form-token={FORM_TOKEN}")))
        .unwrap();
    put_into_session(&mut form);
    let answer = runtime.block_on(router.clone().oneshot(form)).unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
}

/// Sends a request as a browser does that is signed in.
fn put_into_session(request: &mut Request<Body>) {
    request.extensions_mut().insert(session());
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
}

/// A session of the desk, as it is recognised by its cookie.
fn session() -> Session {
    let (account, form_token) = ("fuzz".to_owned(), FORM_TOKEN.to_owned());
    Session { account, role: Role::Admin, form_token, renewed: None }
}

/// Articles of some wards, so that searches find something; the ids of one and of an official.
fn import(archive: &Archive, folder: &std::path::Path) -> (String, String) {
    let recorder = Arc::new(Mutex::new(Recorder::open(archive.clone()).unwrap()));
    for ward in ["a", "b"] {
        let source = Source::import_only(ward.parse().unwrap());
        archive.put_sources(std::slice::from_ref(&source), Timestamp::UNIX_EPOCH).unwrap();
        let mut lines = String::new();
        for number in 0..40 {
            let _ = writeln!(
                lines,
                "{{\"url\":\"http://{ward}.example/{number}\",\"title\":\"Kế hoạch {number}/KH-UBND tiêm \
                 chủng\",\"published_at\":\"2023-02-{:02}\",\"body\":\"Bà Đinh Thị Hương, Chủ tịch UBND phường, \
                 mời bà con đến trạm y tế ngày {}/3, tổ {}.\"}}",
                number % 28 + 1,
                number % 30 + 1,
                number / 7
            );
        }
        let file = folder.join("lines.jsonl");
        std::fs::write(&file, lines).unwrap();
        let profiles = Profiles::built_in();
        let importer =
            Importer::new(archive.clone(), recorder.clone(), source, profiles, Timestamp::now);
        let mut done = Imported::default();
        importer.import(&file, &mut done, &mut |_| true).unwrap();
        assert!(done.rejected.is_empty());
    }
    let mut known = String::new();
    let keep = |article: archive::Article| {
        known = article.id.to_string();
        Ok::<_, archive::ArchiveError>(())
    };
    archive.for_each_article(keep).unwrap();
    crawler::read_people(archive, Timestamp::now()).unwrap();
    (known, archive.officials_named("huong", &[]).unwrap()[0].0.to_string())
}

/// A path with what is in braces filled in: with something that is there, or with anything.
fn filled(setting: &Setting, path: &str, segment: Option<&str>) -> String {
    let known = match path {
        _ if path.contains("/officials/") || path.contains("/nguoi/") => &setting.official,
        _ if ["/sources/", "/phuong/", "/nguon/"].iter().any(|part| path.contains(part)) => "a",
        _ => &setting.article,
    };
    let segment: String = match segment {
        None => known.to_owned(),
        Some(segment) => segment.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    let path = path.replace("{number}", "1");
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) => format!("{}{segment}{}", &path[..open], &path[close + 1..]),
        _ => path,
    }
}

libfuzzer_sys::fuzz_target!(|data: (u8, u8, &str, &str, &[u8])| {
    let (choice, kinds, segment, query, body) = data;
    let setting = &*SETTING;
    let (method, path) = &setting.operations[usize::from(choice) % setting.operations.len()];
    let path = filled(setting, path, (kinds & 1 == 1).then_some(segment));
    let content = match path.starts_with("/api/") {
        true => "application/json",
        false => "application/x-www-form-urlencoded",
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?{query}"))
        .header("host", "loa.example")
        .header("content-type", content);
    let request = match kinds & 2 == 2 {
        true => request.header("authorization", format!("Bearer {}", setting.token)),
        false => request,
    };
    let is_form = !path.starts_with("/api/") && *method == Method::POST;
    let body = match is_form {
        true => [format!("form-token={FORM_TOKEN}&").as_bytes(), body].concat(),
        false => body.to_vec(),
    };
    let Ok(mut request) = request.body(Body::from(body)) else { return };
    if kinds & 4 == 4 {
        put_into_session(&mut request);
    }
    let response = setting.runtime.block_on(setting.router.clone().oneshot(request)).unwrap();
    assert_ne!(response.status().as_u16(), 500);
});
