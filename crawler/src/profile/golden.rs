//! Golden pages: pages of which is known what a profile must read from them, and what not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archive::{Extracted, Payload};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{Profile, Profiles};
use crate::extract::{Context, Diagnosis, extract};

/// A page, and what is expected of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Where the page is kept; a path counts from the profile's own file.
    #[serde(deserialize_with = "file")]
    pub(super) page: Page,
    /// The URL that it was fetched from.
    pub url: String,
    /// Texts that fields must contain. Fields are those of `loa show --json`.
    #[serde(default)]
    contains: BTreeMap<String, String>,
    /// Texts that fields must not contain.
    #[serde(default)]
    lacks: BTreeMap<String, String>,
}

/// Where a golden page is kept.
#[derive(Clone, Debug)]
pub(super) enum Page {
    /// In the program.
    BuiltIn(&'static str),
    /// In a file.
    File(PathBuf),
}

fn file<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Page, D::Error> {
    PathBuf::deserialize(deserializer).map(Page::File)
}

/// What a profile does not read from a golden page as it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoldenFault {
    /// It reads no article.
    #[error("{0}")]
    Unread(Diagnosis),
    /// A field lacks what it must contain.
    #[error("`{field}` lacks “{wanted}”; it is “{is}”")]
    Lacks {
        /// The field.
        field: String,
        /// What it must contain.
        wanted: String,
        /// What it is.
        is: String,
    },
    /// A field contains what does not belong there.
    #[error("`{field}` contains “{unwanted}”, which does not belong there")]
    Contains {
        /// The field.
        field: String,
        /// What it must not contain.
        unwanted: String,
    },
}

impl Golden {
    /// Makes a path count from a folder.
    pub(super) fn stands_in(&mut self, folder: &Path) {
        if let Page::File(path) = &mut self.page {
            *path = folder.join(&path);
        }
    }

    /// What a profile does not read from it as it should.
    ///
    /// # Errors
    /// When the page's file cannot be read.
    pub fn faults(
        &self,
        profile: &Profile,
        profiles: &Profiles,
    ) -> std::io::Result<Vec<GoldenFault>> {
        let body = match &self.page {
            Page::BuiltIn(text) => text.as_bytes().to_vec(),
            Page::File(path) => std::fs::read(path)?,
        };
        let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
        let payload = Payload { url: self.url.clone(), headers, body };
        let now = Timestamp::now();
        let context = Context { profile: Some(profile), label: None, fetched_at: now };
        Ok(match extract(&payload, profiles, &context) {
            Err(diagnosis) => vec![GoldenFault::Unread(diagnosis)],
            Ok(article) => self.compare(&article),
        })
    }

    fn compare(&self, article: &Extracted) -> Vec<GoldenFault> {
        let is = |field: &str| text(article, field);
        let lacks = self.contains.iter().filter(|(field, wanted)| !is(field).contains(*wanted));
        let lacks = lacks.map(|(field, wanted)| GoldenFault::Lacks {
            field: field.clone(),
            wanted: wanted.clone(),
            is: is(field),
        });
        let contains = self.lacks.iter().filter(|(field, unwanted)| is(field).contains(*unwanted));
        let contains = contains.map(|(field, unwanted)| GoldenFault::Contains {
            field: field.clone(),
            unwanted: unwanted.clone(),
        });
        lacks.chain(contains).collect()
    }
}

/// A field as text; lists have a line for each part.
fn text(article: &Extracted, field: &str) -> String {
    if field == "views" {
        return article.views.map(|views| views.to_string()).unwrap_or_default();
    }
    let fields = serde_json::to_value(&article.fields).unwrap_or_default();
    match &fields[field] {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(parts) => {
            let parts =
                parts.iter().map(|part| part.as_str().map_or(part.to_string(), str::to_owned));
            parts.collect::<Vec<_>>().join("\n")
        }
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
