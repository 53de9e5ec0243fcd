//! What every page knows of the request it answers: the language, where the reader is, who is signed
//! in, and the address of the site.

use std::convert::Infallible;
use std::ops::Deref;

use archive::{Role, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::language::Language;
use crate::{App, Site};

/// The cookie of the language.
pub(crate) const LANGUAGE_COOKIE: &str = "ngon-ngu";

/// The request that a page answers.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// In which language.
    pub(crate) language: Language,
    /// Path and query, without the choice of the language.
    pub(crate) here: String,
    /// The operator who is signed in.
    pub(crate) session: Option<Session>,
    /// The address of the site, without a slash at its end: `https://loaphuong.example`.
    pub(crate) base: String,
}

/// Pages ask their visit for words, numbers and times.
impl Deref for Visit {
    type Target = Language;

    fn deref(&self) -> &Language {
        &self.language
    }
}

impl Visit {
    /// Whether the page is in English.
    pub(crate) fn english(&self) -> bool {
        self.language == Language::English
    }

    /// The link that shows this page in the other language, and keeps to it.
    pub(crate) fn switch(&self) -> String {
        let to = self.language.other().code();
        let back: String = form_urlencoded::byte_serialize(self.here.as_bytes()).collect();
        format!("/ngon-ngu?lang={to}&ve={back}")
    }

    /// The address of this page in a language.
    pub(crate) fn address(&self, code: &str) -> String {
        let mark = if self.here.contains('?') { '&' } else { '?' };
        match code {
            "en" => format!("{}{}{mark}lang=en", self.base, self.here),
            _ => format!("{}{}", self.base, self.here),
        }
    }

    /// Whether somebody is signed in who may look.
    pub(crate) fn is_viewer(&self) -> bool {
        self.is_at_least(Role::Viewer)
    }

    /// Whether somebody is signed in who may change sources, articles and officials.
    pub(crate) fn is_editor(&self) -> bool {
        self.is_at_least(Role::Editor)
    }

    /// Whether somebody is signed in who may change everything.
    pub(crate) fn is_admin(&self) -> bool {
        self.is_at_least(Role::Admin)
    }

    fn is_at_least(&self, role: Role) -> bool {
        self.session.as_ref().is_some_and(|session| session.role >= role)
    }

    /// What forms of this session must send back.
    pub(crate) fn form_token(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.form_token)
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let mut asked = None;
        let mut rest = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "lang" => asked = Language::of_code(&value),
                _ => {
                    rest.append_pair(&name, &value);
                }
            }
        }
        let rest = rest.finish();
        let mark = if rest.is_empty() { "" } else { "?" };
        let kept = || Language::of_code(cookie(&parts.headers, LANGUAGE_COOKIE)?);
        Ok(Self {
            language: asked.or_else(kept).unwrap_or_default(),
            here: format!("{}{mark}{rest}", parts.uri.path()),
            session: parts.extensions.get::<Session>().cloned(),
            base: base(&app.site, &parts.headers),
        })
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut pairs =
        all.flat_map(|value| value.split(';')).filter_map(|one| one.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The address of the site: as it is configured, else where this request was sent.
pub(crate) fn base(site: &Site, headers: &HeaderMap) -> String {
    if let Some(url) = &site.public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| host.parse::<Authority>().is_ok()).unwrap_or("localhost");
    format!("http://{host}")
}

/// Structured data (JSON-LD) as it may stand in a page: nothing in it ends the element.
pub(crate) fn structured(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_data_cannot_end_its_element() {
        let text = structured(&serde_json::json!({ "name": "</script><script>alert(1)</script>" }));
        assert!(!text.contains('<') && !text.contains('>'), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn cookies_are_read_from_all_headers() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; ngon-ngu=en".parse().unwrap());
        headers.append(header::COOKIE, "b=2".parse().unwrap());
        assert_eq!(cookie(&headers, "ngon-ngu"), Some("en"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "c"), None);
    }
}
