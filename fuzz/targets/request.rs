//! Any request to the site and its API is answered, by an operator's token or without: never by a
//! panic, and never by an error of ours.
#![no_main]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use archive::{Archive, Recorder, Role, Source};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use crawler::{Imported, Importer, Profiles};
use index::Index;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use web::{App, Portals, Site};

/// Where requests go: of each kind of body one. `KNOWN` stands for an article that is there.
const PATHS: [&str; 18] = [
    "/",
    "/api/v1/search",
    "/api/v1/suggest",
    "/api/v1/feed",
    "/api/v1/export",
    "/api/v1/officials",
    "/api/v1/articles/0123456789abcdef",
    "/api/v1/articles/KNOWN/similar",
    "/bai/KNOWN",
    "/api/v1/sources",
    "/api/v1/sources/a",
    "/api/v1/alerts",
    "/api/v1/takedowns",
    "/api/v1/users",
    "/api/v1/users/fuzz",
    "/api/v1/profiles/check",
    "/theo-doi",
    "/dang-nhap",
];

struct Setting {
    runtime: Runtime,
    router: Router,
    token: String,
    known: String,
    _folder: tempfile::TempDir,
}

static SETTING: LazyLock<Setting> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    archive.add_account("fuzz", Role::Admin, None, Timestamp::now()).unwrap().unwrap();
    let token = archive.make_token("fuzz", Timestamp::now()).unwrap().unwrap();
    let known = import(&archive, folder.path());
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
    Setting { runtime, router: web::router(app), token, known, _folder: folder }
});

/// Articles of some wards, so that searches find something; the id of one.
fn import(archive: &Archive, folder: &std::path::Path) -> String {
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
    known
}

libfuzzer_sys::fuzz_target!(|data: (u8, &str, &[u8])| {
    let (choice, query, body) = data;
    let path = PATHS[usize::from(choice) % PATHS.len()].replace("KNOWN", &SETTING.known);
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let method = methods[usize::from(choice) / PATHS.len() % methods.len()].clone();
    // The account must stay.
    if path.ends_with("/fuzz") && method == Method::DELETE {
        return;
    }
    let kind = match path.starts_with("/api/") {
        true => "application/json",
        false => "application/x-www-form-urlencoded",
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?{query}"))
        .header("host", "loa.example")
        .header("content-type", kind);
    let request = match choice < 128 {
        true => request.header("authorization", format!("Bearer {}", SETTING.token)),
        false => request,
    };
    let Ok(request) = request.body(Body::from(body.to_vec())) else { return };
    let response = SETTING.runtime.block_on(SETTING.router.clone().oneshot(request)).unwrap();
    assert_ne!(response.status().as_u16(), 500);
});
