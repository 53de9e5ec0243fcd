//! One line of an imported `.jsonl` file: an article as an object.

use archive::{Attachment, Extracted, Fields, PageTime};
use jiff::SignedDuration;
use serde::Deserialize;
use url::Url;

/// Why a line is no article.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is not the JSON object that is expected.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Its `url` is none.
    #[error("`url` is no URL: {0}")]
    Url(String),
    /// It has neither a headline nor a body.
    #[error("`title` and `body` are both empty")]
    Empty,
}

/// Reads one line; `url` identifies the article within its source.
pub fn parse_line(line: &str) -> Result<Extracted, LineError> {
    let line: Line = serde_json::from_str(line)?;
    let url = Url::parse(&line.url).map_err(|_| LineError::Url(line.url.clone()))?;
    let body = match line.body.unwrap_or_default() {
        Body::Text(text) => text.lines().map(str::to_owned).collect(),
        Body::Paragraphs(paragraphs) => paragraphs,
    };
    let body: Vec<String> =
        body.iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
    let title = line.title.unwrap_or_default().trim().to_owned();
    if title.is_empty() && body.is_empty() {
        return Err(LineError::Empty);
    }
    let mut fields = Fields {
        category: line.category,
        title,
        lead: line.lead,
        body,
        captions: line.captions,
        attachments: line.attachments.into_iter().map(Attachment::from).collect(),
        credit: line.credit,
        published: line.published_at,
        updated: line.updated_at,
    };
    super::mend::mend(&mut fields);
    let profile = "jsonl/1".to_owned();
    Ok(Extracted {
        key: url.to_string(),
        url: line.url,
        fields,
        times_within: SignedDuration::ZERO,
        date_is_doubtful: false,
        charset: None,
        views: line.views,
        no_archive: false,
        profile,
    })
}

/// Keys beyond these are the exporter's own business.
#[derive(Deserialize)]
struct Line {
    url: String,
    title: Option<String>,
    body: Option<Body>,
    category: Option<String>,
    lead: Option<String>,
    published_at: Option<PageTime>,
    updated_at: Option<PageTime>,
    views: Option<u64>,
    credit: Option<String>,
    #[serde(default)]
    captions: Vec<String>,
    #[serde(default)]
    attachments: Vec<File>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Paragraphs(Vec<String>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Paragraphs(Vec::new())
    }
}

/// A file: its URL, or its name and URL.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Url(String),
    Named(Attachment),
}

impl From<File> for Attachment {
    fn from(file: File) -> Self {
        match file {
            File::Named(attachment) => attachment,
            File::Url(url) => {
                let name = url.rsplit('/').next().unwrap_or_default().to_owned();
                Self { name, url }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_text_or_a_list() {
        let text = parse_line(r#"{"url":"http://a.vn/1","title":"T","body":"a\n\n b "}"#).unwrap();
        let list = parse_line(r#"{"url":"http://a.vn/1","title":"T","body":["a","b"]}"#).unwrap();
        assert_eq!(text.fields, list.fields);
    }

    #[test]
    fn a_wrong_line_says_what_is_wrong() {
        for (line, word) in [
            ("{", "EOF"),
            (r#"{"title":"T"}"#, "url"),
            (r#"{"url":"a","title":"T"}"#, "URL"),
            (r#"{"url":"http://a.vn/1","body":""}"#, "empty"),
            (r#"{"url":"http://a.vn/1","title":"T","published_at":"20/2/2023"}"#, "20/2/2023"),
        ] {
            let error = parse_line(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
