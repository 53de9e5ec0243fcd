//! The names of things: sources and articles.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest id of a source, in bytes.
const SOURCE_ID_BYTES_MAX: usize = 64;
/// Bytes of an article's hash that make its id: 64 bits. Among 10 million articles two collide
/// with a chance of 3 in a million.
const ARTICLE_ID_BYTES: usize = 8;

/// A source's id: `[a-z0-9-]`, 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

/// An article's id: 16 hexadecimal digits drawn from its source and the portal's own id, so that
/// an archive rebuilt from its captures gives every article the same id again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArticleId(String);

/// An id that does not have its form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {kind} id: {rule}")]
pub struct InvalidId {
    given: String,
    kind: &'static str,
    rule: &'static str,
}

impl InvalidId {
    pub(crate) fn of_official(given: &str) -> Self {
        let rule = "it has twelve digits and letters from a to f";
        Self { given: given.to_owned(), kind: "official", rule }
    }
}

impl SourceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ArticleId {
    /// The id of the article that its portal calls `key`.
    pub fn of(source: &SourceId, key: &str) -> Self {
        let hash = Sha256::new_with_prefix(source.as_str()).chain_update([0]).chain_update(key);
        Self(HEXLOWER.encode(&hash.finalize()[..ARTICLE_ID_BYTES]))
    }

    /// The id as a number, as indexes keep it.
    pub fn to_bits(&self) -> u64 {
        u64::from_str_radix(&self.0, 16).expect("an id is 16 hexadecimal digits")
    }

    /// The id from its number.
    pub fn from_bits(bits: u64) -> Self {
        Self(format!("{bits:016x}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceId {
    type Err = InvalidId;

    fn from_str(given: &str) -> Result<Self, InvalidId> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if given.is_empty() || given.len() > SOURCE_ID_BYTES_MAX || !given.bytes().all(allowed) {
            let rule = "use 1 to 64 of the characters a-z, 0-9 and -";
            return Err(InvalidId { given: given.to_owned(), kind: "source", rule });
        }
        Ok(Self(given.to_owned()))
    }
}

impl FromStr for ArticleId {
    type Err = InvalidId;

    fn from_str(given: &str) -> Result<Self, InvalidId> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if given.len() != 2 * ARTICLE_ID_BYTES || !given.bytes().all(hex) {
            let rule = "it has 16 hexadecimal digits, as search results show it";
            return Err(InvalidId { given: given.to_owned(), kind: "article", rule });
        }
        Ok(Self(given.to_owned()))
    }
}

macro_rules! text_conversions {
    ($($id:ty),*) => { $(
        impl TryFrom<String> for $id {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
        impl From<$id> for String {
            fn from(id: $id) -> String {
                id.0
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}
text_conversions!(SourceId, ArticleId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_id_has_small_letters_digits_and_hyphens() {
        assert!("sai-dong".parse::<SourceId>().is_ok());
        for wrong in ["", "Sài Đồng", "a/b", "../x", &"a".repeat(65)] {
            assert!(wrong.parse::<SourceId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_article_keeps_its_id_and_shares_it_with_no_other_source() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        assert_eq!(ArticleId::of(&a, "17"), ArticleId::of(&a, "17"));
        assert_ne!(ArticleId::of(&a, "17"), ArticleId::of(&b, "17"));
        let id = ArticleId::of(&a, "17");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(ArticleId::from_bits(id.to_bits()), id);
    }
}
