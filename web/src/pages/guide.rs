//! The citizens' help page, and the switch of the language.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::render;
use crate::App;
use crate::language::Language;
use crate::visit::{LANGUAGE_COOKIE, Visit};

/// Seconds for which the choice of the language is kept: a year.
const KEPT_S: u32 = 365 * 24 * 3600;

#[derive(Template)]
#[template(path = "guide.html")]
struct GuidePage {
    visit: Visit,
    /// Where the operators can be reached.
    contact: Option<String>,
}

pub(super) async fn page(State(app): State<App>, visit: Visit) -> Response {
    let link = |to: &String| ["https://", "http://", "mailto:"].iter().any(|s| to.starts_with(s));
    let contact = app.site.contact.clone().filter(link);
    render(StatusCode::OK, &GuidePage { visit, contact })
}

/// Keeps the choice of the language, and leads back to where it was made.
pub(super) async fn choose_language(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let (mut language, mut back) = (Language::default(), "/".to_owned());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "lang" => language = Language::of_code(&value).unwrap_or_default(),
            "ve" => back = local(&value).to_owned(),
            _ => {}
        }
    }
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{}",
        language.code(),
        app.site.secure()
    );
    ([(header::SET_COOKIE, cookie)], Redirect::to(&back)).into_response()
}

/// A path of this site; anything else leads to the search page.
pub(crate) fn local(path: &str) -> &str {
    let plain = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && printable { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_led_away() {
        assert_eq!(local("/?q=a%20b"), "/?q=a%20b");
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nb",
            "",
            "javascript:1",
        ] {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }
}
