//! Profiles: what a family of portals looks like, as data. The built-in ones are TOML files in
//! `crawler/profiles/`; `docs/architecture.md` says how to add one.

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;
use scraper::Selector;
use scraper::selector::ToCss;
use serde::Deserialize;

/// Names a source may give instead of a profile's: the family is found by fingerprint.
const AUTO: &str = "auto";

/// How the pages of one family are read.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Rises with every change that may read other fields.
    pub version: u32,
    /// One line for people.
    pub about: String,
    /// The rules.
    pub(crate) rules: Rules,
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
    /// Reads a profile from TOML. Unknown keys, selectors and patterns that do not parse are errors.
    pub fn parse(toml: &str) -> Result<Self, InvalidProfile> {
        let file: ProfileFile = toml::from_str(toml)
            .map_err(|e| InvalidProfile { profile: "file".into(), why: e.to_string() })?;
        let invalid = |why| InvalidProfile { profile: file.name.clone(), why };
        let rules = match (file.html, file.text) {
            (Some(html), None) => Rules::Html(Box::new(html.compile().map_err(invalid)?)),
            (None, Some(text)) => Rules::Text(text.compile().map_err(invalid)?),
            _ => return Err(invalid("it needs one of [html] and [text]".into())),
        };
        Ok(Self { name: file.name, version: file.version, about: file.about, rules })
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
        if rules.fingerprint.is_empty() {
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
        Self { name: "generic".into(), version: 1, about, rules: Rules::Generic }
    }

    /// `name/version`, as it is noted with every version of an article.
    pub fn label(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }
}

/// The profiles at hand.
#[derive(Clone, Debug)]
pub struct Profiles {
    all: Vec<Profile>,
    generic: Profile,
}

impl Profiles {
    /// The profiles that come with the program.
    pub fn built_in() -> Self {
        let files = [
            include_str!("../profiles/hatinh-net.toml"),
            include_str!("../profiles/liferay-danang.toml"),
            include_str!("../profiles/liferay-egov.toml"),
            include_str!("../profiles/liferay-fds.toml"),
            include_str!("../profiles/liferay-hanoi.toml"),
            include_str!("../profiles/own-php.toml"),
            include_str!("../profiles/tin-chi-tiet.toml"),
            include_str!("../profiles/ward-text.toml"),
            include_str!("../profiles/wordpress.toml"),
        ];
        let parse =
            |toml: &&str| Profile::parse(toml).expect("a test parses every built-in profile");
        Self { all: files.iter().map(parse).collect(), generic: Profile::generic() }
    }

    /// All profiles, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.all.iter().chain([&self.generic])
    }

    /// The profile of a name; `Ok(None)` for `auto`.
    pub fn named(&self, name: &str) -> Result<Option<&Profile>, crate::CrawlError> {
        if name == AUTO {
            return Ok(None);
        }
        self.iter().find(|p| p.name == name).map(Some).ok_or_else(|| {
            let known: Vec<&str> = self.iter().map(|p| p.name.as_str()).collect();
            crate::CrawlError::UnknownProfile { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The profile whose fingerprint an HTML page shows; else one that knows its family's articles
    /// by their URLs alone; or the generic one.
    pub(crate) fn of_page(&self, html: &scraper::Html, url: &url::Url) -> &Profile {
        let shows = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => rules.fingerprint.iter().any(|f| html.select(f).next().is_some()),
            Rules::Text(_) | Rules::Generic => false,
        };
        let has_url = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => {
                rules.is_article.is_none() && rules.article_url.is_match(url.as_str())
            }
            Rules::Text(_) | Rules::Generic => false,
        };
        let found = self.all.iter().find(shows).or_else(|| self.all.iter().find(has_url));
        found.unwrap_or(&self.generic)
    }

    /// The profile of the family whose articles have such URLs, or the generic one.
    pub(crate) fn of_url(&self, url: &url::Url) -> &Profile {
        let has_url = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => rules.article_url.is_match(url.as_str()),
            Rules::Text(_) | Rules::Generic => false,
        };
        self.all.iter().find(has_url).unwrap_or(&self.generic)
    }

    /// The profile that reads ward pages saved as text.
    pub(crate) fn text(&self) -> &Profile {
        let text = |p: &&Profile| matches!(p.rules, Rules::Text(_));
        self.all.iter().find(text).unwrap_or(&self.generic)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    version: u32,
    about: String,
    html: Option<HtmlFile>,
    text: Option<TextFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HtmlFile {
    fingerprint: Vec<String>,
    article: ArticleFile,
    list: ListFile,
    #[serde(default)]
    fields: BTreeMap<Field, Vec<RuleFile>>,
    #[serde(default)]
    body: BodyFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleFile {
    is: Option<String>,
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    articles: String,
    pages: String,
    page_number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    css: String,
    attr: Option<String>,
    regex: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyFile {
    css: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    captions: Option<String>,
    attachments: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFile {
    date_line: String,
    views: String,
    credit: String,
}

impl HtmlFile {
    fn compile(self) -> Result<HtmlRules, String> {
        let fields = self.fields.into_iter().map(|(field, list)| {
            let rules: Result<Vec<_>, _> = list.into_iter().map(RuleFile::compile).collect();
            Ok((field, rules?))
        });
        let remove = (!self.body.remove.is_empty()).then(|| self.body.remove.join(", "));
        Ok(HtmlRules {
            fingerprint: self.fingerprint.iter().map(|f| css(f)).collect::<Result<_, _>>()?,
            is_article: self.article.is.as_deref().map(css).transpose()?,
            article_url: pattern(&self.article.url)?,
            list_articles: css(&self.list.articles)?,
            list_pages: css(&self.list.pages)?,
            page_number: pattern(&self.list.page_number)?,
            fields: fields.collect::<Result<_, String>>()?,
            body: self.body.css.iter().map(|b| css(b)).collect::<Result<_, _>>()?,
            remove: remove.as_deref().map(css).transpose()?,
            captions: self.body.captions.as_deref().map(css).transpose()?,
            attachments: self.body.attachments.as_deref().map(css).transpose()?,
        })
    }
}

impl RuleFile {
    fn compile(self) -> Result<FieldRule, String> {
        let regex = self.regex.as_deref().map(pattern).transpose()?;
        Ok(FieldRule { css: css(&self.css)?, attr: self.attr, regex })
    }
}

impl TextFile {
    fn compile(self) -> Result<TextRules, String> {
        Ok(TextRules {
            date_line: pattern(&self.date_line)?,
            views: pattern(&self.views)?,
            credit: pattern(&self.credit)?,
        })
    }
}

fn css(selector: &str) -> Result<Selector, String> {
    Selector::parse(selector).map_err(|e| format!("`{selector}` is no CSS selector: {e}"))
}

fn pattern(regex: &str) -> Result<Regex, String> {
    Regex::new(regex).map_err(|e| format!("`{regex}` is no regular expression: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_parses_and_has_its_own_name() {
        let profiles = Profiles::built_in();
        let names: std::collections::HashSet<&str> =
            profiles.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names.len(), profiles.iter().count());
    }

    #[test]
    fn a_wrong_rule_is_named() {
        let toml = include_str!("../profiles/wordpress.toml").replace("figcaption", "fig[[");
        assert!(Profile::parse(&toml).unwrap_err().to_string().contains("fig[["));
        assert!(Profile::parse("name = 'x'\nversion = 1\nabout = ''\ncolour = 1").is_err());
    }
}
