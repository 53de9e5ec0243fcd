//! What happened to an article after it was published: journalists look for what was changed and
//! for what was taken away.

use archive::{Article, ArticleStatus};

/// What happened to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// Its page says something else than when it was first seen.
    Edited,
    /// It is gone at its source.
    Removed,
}

impl Alteration {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Edited, Self::Removed];

    /// Its key, as it stands in addresses: `edited`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Removed => "removed",
        }
    }

    /// What it is called on pages and in queries: `đã sửa`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edited => "đã sửa",
            Self::Removed => "đã gỡ",
        }
    }

    /// The one of this name, in Vietnamese with accents or without, or in English.
    pub fn named(text: &str) -> Option<Self> {
        let folded = vietnamese::fold_phrase(&text.replace('-', " "));
        Self::ALL
            .into_iter()
            .find(|one| folded == one.key() || folded == vietnamese::fold_phrase(one.name()))
    }

    /// What happened to an article.
    pub fn of(article: &Article) -> impl Iterator<Item = Self> {
        let edited = (article.version > 1).then_some(Self::Edited);
        let removed = (article.status == ArticleStatus::Removed).then_some(Self::Removed);
        edited.into_iter().chain(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_under_all_its_names() {
        for text in ["edited", "đã sửa", "da-sua", "ĐÃ SỬA"] {
            assert_eq!(Alteration::named(text), Some(Alteration::Edited), "{text}");
        }
        assert_eq!(Alteration::named("đã-gỡ"), Some(Alteration::Removed));
        assert_eq!(Alteration::named("sửa"), None);
    }
}
