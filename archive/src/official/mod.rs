//! Officials: people joined from what articles say of them, and operators' decisions about that.
//!
//! A person in an article is an *appearance*; the posts that the article gives them are
//! *holdings*. Appearances are joined into officials one by one, as articles come, by name, unit
//! and place, each with its reason ([`Archive::record_people`]). Reading articles again changes
//! mentions and holdings and keeps who is who.

mod decision;
mod dossier;
mod join;
mod words;

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub(crate) use words::note_words_of_all;

pub use decision::{Decision, DecisionKind};
pub use dossier::{CoMention, Dossier, Evidence, InArticle, Official, Post, Seen};

/// Characters of an official's id.
const ID_CHARS: usize = 12;

/// The id of an official, as it stands in addresses: twelve hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct OfficialId(String);

impl OfficialId {
    /// The id of whoever first appears in an article under a name.
    pub(crate) fn of_first(article: &str, name_key: &str) -> Self {
        let mut id = HEXLOWER.encode(&Sha256::digest(format!("{article} {name_key}")));
        id.truncate(ID_CHARS);
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OfficialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OfficialId {
    type Err = crate::InvalidId;

    fn from_str(text: &str) -> Result<Self, crate::InvalidId> {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() == ID_CHARS && hexadecimal {
            return Ok(Self(text.to_owned()));
        }
        Err(crate::InvalidId::of_official(text))
    }
}

/// The people whom an article's newest version names.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticlePeople {
    /// The article.
    pub article: crate::Article,
    /// The people.
    pub people: Vec<NamedPerson>,
    /// The ward, district and province of its source, the nearest first, as exact keys.
    pub areas: Vec<String>,
}

/// A person as one version of an article names them.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPerson {
    /// The fullest name.
    pub name: String,
    /// Its exact keys.
    pub name_key: String,
    /// The folded key of the given name.
    pub given_fold: String,
    /// Where the article speaks of them.
    pub mentions: Vec<PersonMention>,
    /// The posts that it gives them.
    pub holdings: Vec<Holding>,
}

/// A place where an article speaks of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonMention {
    /// Which of [`crate::Fields::paragraphs`].
    pub paragraph: usize,
    /// First byte of the name.
    pub start: usize,
    /// One past the last byte.
    pub stop: usize,
    /// The bytes of the sentence.
    pub sentence: (usize, usize),
    /// What stands there.
    pub written: String,
    /// The title of address.
    pub honorific: Option<String>,
    /// `full`, `short` or `post`.
    pub kind: String,
    /// From 0 to 1.
    pub confidence: f32,
}

/// A place where an article speaks of an official.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticleMention {
    /// Who.
    pub official: OfficialId,
    /// The name.
    pub name: String,
    /// Where.
    pub mention: PersonMention,
}

/// A post that an article says somebody holds or held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// As it is written.
    pub written: String,
    /// Exact keys of the title in full.
    pub title: String,
    /// Exact keys of the unit, with the place that its source is in where the text names none.
    pub unit: String,
    /// Exact keys of the ward, district or province.
    pub area: String,
    /// `current`, `former` or `acting`.
    pub tenure: &'static str,
    /// The sentence that says so.
    pub sentence: String,
}
