//! Files that pages refer to.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/assets/site.css", get(stylesheet))
}

async fn stylesheet() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("../templates/site.css"))
}
