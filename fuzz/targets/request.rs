//! Any request to the site and its API is answered, by an operator's token or without: never by a
//! panic, and never by an error of ours.
#![no_main]

use std::sync::{Arc, LazyLock};

use archive::{Archive, Role};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use index::Index;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use web::{App, Portals, Site};

/// Where requests go: of each kind of body one.
const PATHS: [&str; 16] = [
    "/",
    "/api/v1/search",
    "/api/v1/suggest",
    "/api/v1/feed",
    "/api/v1/export",
    "/api/v1/officials",
    "/api/v1/articles/0123456789abcdef",
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
    _folder: tempfile::TempDir,
}

static SETTING: LazyLock<Setting> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    archive.add_account("fuzz", Role::Admin, None, Timestamp::now()).unwrap().unwrap();
    let token = archive.make_token("fuzz", Timestamp::now()).unwrap().unwrap();
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
    Setting { runtime, router: web::router(app), token, _folder: folder }
});

libfuzzer_sys::fuzz_target!(|data: (u8, &str, &[u8])| {
    let (choice, query, body) = data;
    let path = PATHS[usize::from(choice) % PATHS.len()];
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
