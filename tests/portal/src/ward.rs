//! The invented wards and what they published.

use jiff::civil::DateTime;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// A ward with its articles, the oldest first.
#[derive(Clone, Debug)]
pub struct Ward {
    /// The id of its source.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The administrative unit with those above it.
    pub unit: String,
    /// What it published.
    pub articles: Vec<Article>,
}

/// An article as its ward wrote it: what an extractor should find.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// The portal's own id.
    pub id: u64,
    /// The section.
    pub category: String,
    /// The headline.
    pub title: String,
    /// Vietnam time, to the minute.
    #[serde(deserialize_with = "minute")]
    pub published: DateTime,
    /// Vietnam time, to the minute.
    #[serde(default, deserialize_with = "some_minute")]
    pub updated: Option<DateTime>,
    /// Views before the first visit of a test.
    pub views: u64,
    /// The opening summary.
    pub lead: Option<String>,
    /// The paragraphs.
    pub body: Vec<String>,
    /// The captions of its pictures.
    #[serde(default)]
    pub captions: Vec<String>,
    /// Who wrote it.
    pub credit: Option<String>,
    /// Its files.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The Unicode form of its texts.
    #[serde(default)]
    pub form: Form,
}

/// A file of an article.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The text of its link.
    pub name: String,
    /// Its path on the file host.
    pub path: String,
}

/// The Unicode form in which a page is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Composed letters.
    #[default]
    Nfc,
    /// Letters with combining marks, as some editors leave them.
    Nfd,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WardFile {
    ward: Head,
    article: Vec<Article>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
    name: String,
    unit: String,
}

/// The four wards of the demo.
pub fn wards() -> Vec<Ward> {
    let files = [
        include_str!("../articles/ben-lang.toml"),
        include_str!("../articles/dong-may.toml"),
        include_str!("../articles/go-sen.toml"),
        include_str!("../articles/ha-khe.toml"),
    ];
    files.iter().map(|file| Ward::parse(file).expect("a test parses every ward")).collect()
}

impl Ward {
    /// Reads a ward from TOML.
    pub fn parse(toml: &str) -> Result<Self, toml::de::Error> {
        let WardFile { ward, article } = toml::from_str(toml)?;
        let mut articles: Vec<Article> = article.into_iter().map(Article::in_its_form).collect();
        articles.sort_by_key(|article| article.published);
        Ok(Self { id: ward.id, name: ward.name, unit: ward.unit, articles })
    }
}

impl Article {
    fn in_its_form(mut self) -> Self {
        if self.form == Form::Nfd {
            let nfd = |text: &str| text.nfd().collect::<String>();
            self.title = nfd(&self.title);
            self.category = nfd(&self.category);
            self.lead = self.lead.as_deref().map(nfd);
            self.credit = self.credit.as_deref().map(nfd);
            for text in self.body.iter_mut().chain(&mut self.captions) {
                *text = nfd(text);
            }
        }
        self
    }

    /// The headline as a part of a URL: `hoi-nghi-so-ket`.
    pub fn slug(&self) -> String {
        let letters = self.title.to_lowercase().nfd().collect::<String>().replace('đ', "d");
        let words = letters.split(|c: char| !c.is_ascii_alphanumeric() && !is_mark(c));
        let plain = words.map(|word| word.chars().filter(|c| !is_mark(*c)).collect::<String>());
        plain.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn minute<'de, D: serde::Deserializer<'de>>(input: D) -> Result<DateTime, D::Error> {
    String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
}

fn some_minute<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<DateTime>, D::Error> {
    minute(input).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_wards_publish_at_least_sixty_articles_each_once() {
        let wards = wards();
        assert_eq!(wards.len(), 4);
        assert!(wards.iter().map(|w| w.articles.len()).sum::<usize>() >= 60);
        for ward in wards {
            let ids: HashSet<u64> = ward.articles.iter().map(|a| a.id).collect();
            assert_eq!(ids.len(), ward.articles.len(), "{}", ward.id);
        }
    }
}
