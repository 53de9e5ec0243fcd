//! Profiles: what a family of portals looks like, as data. The built-in ones are TOML files in
//! `crawler/profiles/`, an operator's own ones in `profiles/` in the data folder;
//! `docs/sources.md` says how to write one.

mod file;
mod golden;
mod lint;
mod profiles;

use std::collections::BTreeMap;
use std::fmt;

use encoding_rs::Encoding;
use regex::Regex;
use scraper::Selector;
use scraper::selector::ToCss;
use serde::Deserialize;

pub use golden::{Golden, GoldenFault};
pub use lint::lint;
pub use profiles::{Profiles, ProfilesError};

/// How the pages of one family are read.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Rises with every change that may read other fields.
    pub version: u32,
    /// One line for people.
    pub about: String,
    /// Pages of which is known what the profile must read from them.
    pub goldens: Vec<Golden>,
    /// The rules.
    pub(crate) rules: Rules,
    /// Whether `auto` may find it. A profile that only changes another one for one portal has
    /// the other's fingerprint and is named by its source.
    pub(crate) is_family: bool,
    /// Its file, for the profiles that extend it.
    pub(crate) table: toml::Table,
}

/// What kind of pages a profile reads.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    Html(Box<HtmlRules>),
    Text(TextRules),
    /// No rules: what any page of news shows.
    Generic,
}

#[derive(Clone, Debug)]
pub(crate) struct HtmlRules {
    /// What pages are encoded in that say something else.
    pub(crate) charset: Option<&'static Encoding>,
    pub(crate) fingerprint: Vec<Selector>,
    /// What only articles have; without it, whatever has an article's URL is one.
    pub(crate) is_article: Option<Selector>,
    pub(crate) article_url: Regex,
    pub(crate) list_articles: Selector,
    pub(crate) list_pages: Selector,
    pub(crate) page_number: Regex,
    pub(crate) fields: BTreeMap<Field, Vec<FieldRule>>,
    /// Where the text stands; empty where general rules find it.
    pub(crate) body: Vec<Selector>,
    pub(crate) remove: Option<Selector>,
    pub(crate) captions: Option<Selector>,
    pub(crate) attachments: Option<Selector>,
}

/// The fields that rules may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Field {
    Category,
    Title,
    Lead,
    Published,
    Updated,
    Views,
    Credit,
}

impl Field {
    /// Its name, as profiles have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Title => "title",
            Self::Lead => "lead",
            Self::Published => "published",
            Self::Updated => "updated",
            Self::Views => "views",
            Self::Credit => "credit",
        }
    }
}

impl fmt::Display for FieldRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&css_text(&self.css))?;
        if let Some(attr) = &self.attr {
            write!(f, " @{attr}")?;
        }
        if let Some(regex) = &self.regex {
            write!(f, " /{regex}/")?;
        }
        Ok(())
    }
}

/// A selector as text.
pub(crate) fn css_text(selector: &Selector) -> String {
    selector.to_css_string()
}

/// Where a field stands: an element, in it an attribute or its text, of that a part.
#[derive(Clone, Debug)]
pub(crate) struct FieldRule {
    pub(crate) css: Selector,
    pub(crate) attr: Option<String>,
    pub(crate) regex: Option<Regex>,
}

#[derive(Clone, Debug)]
pub(crate) struct TextRules {
    pub(crate) date_line: Regex,
    pub(crate) views: Regex,
    pub(crate) credit: Regex,
}

/// A profile that cannot be used, and which of its rules is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("profile {profile}: {why}")]
pub struct InvalidProfile {
    profile: String,
    why: String,
}

impl Profile {
    /// Reads a profile from TOML. Unknown keys, selectors and patterns that do not parse are errors,
    /// and so is a profile that it extends and that `bases` lacks.
    pub fn parse(toml: &str, bases: &[Self]) -> Result<Self, InvalidProfile> {
        file::parse(toml, bases)
    }

    /// What a profile lacks, in words.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let Rules::Html(rules) = &self.rules else { return Vec::new() };
        let mut gaps = Vec::new();
        if rules.article_url.captures_len() < 2 {
            gaps.push("`article.url` has no group that takes the article's id".to_owned());
        }
        if rules.page_number.captures_len() < 2 {
            gaps.push("`list.page_number` has no group that takes the number".to_owned());
        }
        if rules.fingerprint.is_empty() && self.is_family {
            gaps.push("it has no fingerprint, so that `auto` never finds it".to_owned());
        }
        let needed = [Field::Title, Field::Published];
        let missing = needed.iter().filter(|field| !rules.fields.contains_key(field));
        if !rules.body.is_empty() {
            gaps.extend(missing.map(|field| format!("it has no rule for `{}`", field.name())));
        }
        gaps
    }

    /// The profile without rules, for pages of no known family.
    pub fn generic() -> Self {
        let about = "any page: readability, headings, dates by their grammar".to_owned();
        Self {
            name: "generic".into(),
            version: 1,
            about,
            goldens: Vec::new(),
            rules: Rules::Generic,
            is_family: true,
            table: toml::Table::new(),
        }
    }

    /// The encoding that its pages have whatever they say.
    pub(crate) fn charset(&self) -> Option<&'static Encoding> {
        let Rules::Html(rules) = &self.rules else { return None };
        rules.charset
    }

    /// `name/version`, as it is noted with every version of an article.
    pub fn label(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDPRESS: &str = include_str!("../../profiles/wordpress.toml");

    #[test]
    fn a_wrong_rule_is_named() {
        let toml = WORDPRESS.replace("figcaption", "fig[[");
        assert!(Profile::parse(&toml, &[]).unwrap_err().to_string().contains("fig[["));
        assert!(Profile::parse("name = 'x'\nversion = 1\nabout = ''\ncolour = 1", &[]).is_err());
    }

    #[test]
    fn a_profile_changes_another_one_where_it_says_so() {
        let base = Profile::parse(WORDPRESS, &[]).unwrap();
        let toml = "extends = 'wordpress'\nname = 'phuong-x'\nversion = 3\nabout = 'x'\n\
                    [html.fields]\nviews = [{ css = 'b.luot' }]\n";
        let own = Profile::parse(toml, std::slice::from_ref(&base)).unwrap();
        assert_eq!((own.label().as_str(), own.is_family), ("phuong-x/3", false));
        let (Rules::Html(base), Rules::Html(own)) = (&base.rules, &own.rules) else { panic!() };
        assert_eq!(own.fields[&Field::Views][0].to_string(), "b.luot");
        assert_eq!(
            own.fields[&Field::Title][0].to_string(),
            base.fields[&Field::Title][0].to_string()
        );
        let missing = toml.replace("wordpress", "word-press");
        let why = Profile::parse(&missing, &[]).unwrap_err().to_string();
        assert!(why.contains("extends `word-press`"), "{why}");
    }
}
