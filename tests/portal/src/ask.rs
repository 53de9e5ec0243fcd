//! A request, the reply to it, and the log of both.

use std::collections::HashMap;
use std::time::Instant;

/// A request as a portal sees it.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) parameters: HashMap<String, String>,
    /// How many requests came before it.
    pub(crate) number: usize,
}

/// A portal's reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// Whether the reply has an ETag and answers 304 to it.
    pub validated: bool,
    /// The page.
    pub body: String,
}

/// A request in a portal's log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// When it came.
    pub at: Instant,
    /// Path and query.
    pub target: String,
    /// What it was answered; 0 where a fault took the answer's place.
    pub status: u16,
    /// Who asked.
    pub user_agent: String,
}

impl Reply {
    pub(crate) fn html(body: String) -> Self {
        let content_type = "text/html; charset=utf-8";
        Self { status: 200, content_type, location: None, validated: false, body }
    }

    pub(crate) fn xml(body: String) -> Self {
        Self { content_type: "application/xml; charset=utf-8", ..Self::html(body) }
    }

    pub(crate) fn text(body: &str) -> Self {
        Self { content_type: "text/plain; charset=utf-8", ..Self::html(body.to_owned()) }
    }

    pub(crate) fn not_found() -> Self {
        Self {
            status: 404, ..Self::html("<h1>404</h1><p>Không tìm thấy trang.</p>".to_owned())
        }
    }

    pub(crate) fn redirect(location: String) -> Self {
        Self { status: 301, location: Some(location), ..Self::html(String::new()) }
    }
}

impl Ask {
    /// The page number in a parameter; 1 when it is missing.
    pub(crate) fn page(&self, name: &str) -> usize {
        self.parameters.get(name).and_then(|p| p.parse().ok()).unwrap_or(1)
    }
}
