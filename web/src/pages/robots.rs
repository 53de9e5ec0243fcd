//! What programs that visit us are told: our robots rules, and how a browser adds our search.

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::visit::Visit;

/// Articles, wards, people and plain searches may be found everywhere. Filters and pages of searches
/// are endless, the API is for those who know it, and what operators do is nobody's business.
const ROBOTS: &str = "User-agent: *
Disallow: /*&
Disallow: /?source=
Disallow: /?category=
Disallow: /?official=
Disallow: /?status=
Disallow: /?from=
Disallow: /?to=
Disallow: /?sort=
Disallow: /?page=
Disallow: /api/
Disallow: /theo-doi
Disallow: /ngon-ngu
Disallow: /dang-nhap
Disallow: /dieu-hanh
Disallow: /bai/*/goc
Allow: /
";

#[derive(Template)]
#[template(path = "opensearch.xml")]
struct OpenSearch {
    base: String,
    language: &'static str,
    about: &'static str,
}

pub(super) async fn robots() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], ROBOTS).into_response()
}

/// How a browser adds our search (OpenSearch 1.1).
pub(super) async fn open_search(visit: Visit) -> Response {
    let description = OpenSearch {
        language: visit.code(),
        about: visit
            .say("Tìm tin của phường, xã", "Search the news of Vietnam's wards and communes"),
        base: visit.base,
    };
    match description.render() {
        Ok(xml) => {
            let kind = "application/opensearchdescription+xml; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], xml).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
