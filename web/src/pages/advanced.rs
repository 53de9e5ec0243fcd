//! Advanced search: a form that writes a query, and the query language by examples.

use archive::ArchiveError;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::{problem_page, render};
use crate::App;
use crate::blocking::blocking;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "advanced.html")]
struct AdvancedPage {
    visit: Visit,
    /// Ids and names of the sources.
    wards: Vec<(String, String)>,
    examples: Vec<Example>,
}

/// A query with what it asks for.
struct Example {
    query: &'static str,
    about: &'static str,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name != "lang") {
        return Redirect::to(&format!("/?{}", composed(&query))).into_response();
    }
    let wards = blocking(move || {
        let sources = app.archive.sources()?.into_iter();
        Ok::<_, ArchiveError>(sources.map(|s| (s.id.to_string(), s.name)).collect())
    });
    match wards.await {
        Ok(wards) => {
            let examples = examples(&visit);
            render(StatusCode::OK, &AdvancedPage { visit, wards, examples })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// The search that the form's fields stand for.
fn composed(form: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut search = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        // A quotation mark would end what it is put in.
        let value = value.trim().replace(['"', '“', '”'], " ");
        if value.is_empty() {
            continue;
        }
        match &*name {
            "tat-ca" => parts.push(value),
            "cum-tu" => parts.push(format!("\"{value}\"")),
            "mot-trong" => parts.push(either(&value)),
            "khong" => parts.extend(value.split_whitespace().map(|word| format!("-{word}"))),
            "tieu-de" => parts.push(format!("tiêu-đề:\"{value}\"")),
            "nguoi" => parts.push(format!("người:\"{value}\"")),
            "so" => parts.push(format!("số:\"{value}\"")),
            "source" | "category" | "status" | "from" | "to" | "sort" => {
                search.append_pair(&name, &value);
            }
            _ => {}
        }
    }
    search.append_pair("q", &parts.join(" "));
    search.finish()
}

fn either(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" OR ")
}

fn examples(visit: &Visit) -> Vec<Example> {
    [
        (
            "giai phong mat bang",
            "không cần dấu, không cần chữ hoa",
            "no accents, no capitals needed",
        ),
        ("\"tổ dân phố\"", "đúng cụm từ này", "these words in this order"),
        ("tiêm chủng -covid", "không có từ covid", "without the word covid"),
        ("mất điện OR \"cúp nước\"", "một trong hai", "one or the other"),
        (
            "người:\"Đinh Thị Thu Hương\"",
            "bài nhắc đến người này",
            "articles that name this person",
        ),
        ("số:02-KH/ĐU", "văn bản mang số này", "the document of this number"),
        ("tiêu-đề:họp", "từ trong tiêu đề", "a word of the headline"),
        ("từ:2023-01-01 đến:2023-03-31", "đăng trong khoảng này", "published in this time"),
        ("ngày:\"tuần trước\"", "đăng tuần trước", "published last week"),
        ("chuyên-mục:\"công tác đảng\"", "trong chuyên mục này", "in this section"),
        ("trạng-thái:đã-gỡ", "bài đã bị gỡ ở trang nguồn", "articles gone at their source"),
    ]
    .map(|(query, vietnamese, english)| Example { query, about: visit.say(vietnamese, english) })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(form: &[(&str, &str)]) -> String {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let composed = composed(&form);
        let mut pairs = form_urlencoded::parse(composed.as_bytes());
        pairs.find(|(name, _)| name == "q").unwrap().1.into_owned()
    }

    #[test]
    fn the_form_writes_the_query_language() {
        let form = [
            ("tat-ca", "thông báo"),
            ("cum-tu", "tổ dân phố"),
            ("khong", "covid điện"),
            ("nguoi", "Thu \"Hương"),
            ("tieu-de", ""),
        ];
        assert_eq!(search(&form), "thông báo \"tổ dân phố\" -covid -điện người:\"Thu  Hương\"");
        assert_eq!(search(&[("mot-trong", "điện nước")]), "điện OR nước");
    }
}
