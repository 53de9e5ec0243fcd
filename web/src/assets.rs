//! The files that pages refer to: styles, the little script, the icon. Their addresses carry a
//! digest of what they hold, so that browsers keep them until they change.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::App;

const STYLES: &str = include_str!("../templates/assets/site.css");
const SCRIPT: &str = include_str!("../templates/assets/site.js");
const ICON: &str = include_str!("../templates/assets/icon.svg");

/// What changes with the files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    (STYLES, SCRIPT, ICON).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/site.css", get(|| async { file("text/css; charset=utf-8", STYLES) }))
        .route("/assets/site.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/assets/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { file("image/svg+xml", ICON) }))
}

/// What addresses of these files end in.
pub(crate) fn version() -> &'static str {
    &VERSION
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, text).into_response()
}
