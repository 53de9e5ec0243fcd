//! The file of a profile: TOML, from which the rules are compiled.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use regex::Regex;
use scraper::Selector;
use serde::Deserialize;
use toml::{Table, Value};

use super::{Field, FieldRule, Golden, HtmlRules, InvalidProfile, Profile, Rules, TextRules};

pub(super) fn parse(toml: &str, bases: &[Profile]) -> Result<Profile, InvalidProfile> {
    let unnamed = |why| InvalidProfile { profile: "file".into(), why };
    let mut own: Table = toml::from_str(toml).map_err(|e| unnamed(e.to_string()))?;
    let table = match own.remove("extends") {
        None => own.clone(),
        Some(base) => {
            let named = base.as_str().and_then(|name| bases.iter().find(|b| b.name == name));
            let why = || unnamed(format!("it extends `{}`, which is no profile", text(&base)));
            merged(named.ok_or_else(why)?.table.clone(), own.clone())
        }
    };
    // Through its text, so that an error names the line; but only where the text is all there is.
    let file: ProfileFile = match table == own {
        true => toml::from_str(toml),
        false => table.clone().try_into(),
    }
    .map_err(|e| unnamed(e.to_string()))?;
    let invalid = |why| InvalidProfile { profile: file.name.clone(), why };
    let rules = match (file.html, file.text) {
        (Some(html), None) => Rules::Html(Box::new(html.compile().map_err(invalid)?)),
        (None, Some(text)) => Rules::Text(text.compile().map_err(invalid)?),
        _ => return Err(invalid("it needs one of [html] and [text]".into())),
    };
    let ProfileFile { name, version, about, golden: goldens, .. } = file;
    let is_family = table == own || own.get("html").is_some_and(|h| h.get("fingerprint").is_some());
    Ok(Profile { name, version, about, goldens, rules, is_family, table })
}

/// One table over another: tables in them are merged, anything else is replaced. Golden pages are
/// of one profile alone.
fn merged(mut base: Table, own: Table) -> Table {
    base.remove("golden");
    for (key, value) in own {
        let value = match (base.remove(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => Value::Table(merged(below, above)),
            (_, value) => value,
        };
        base.insert(key, value);
    }
    base
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    version: u32,
    about: String,
    html: Option<HtmlFile>,
    text: Option<TextFile>,
    #[serde(default)]
    golden: Vec<Golden>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HtmlFile {
    charset: Option<String>,
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
            charset: self.charset.as_deref().map(charset).transpose()?,
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

fn charset(label: &str) -> Result<&'static Encoding, String> {
    let known = Encoding::for_label(label.as_bytes());
    known.ok_or_else(|| format!("`{label}` is no encoding of the web"))
}

fn css(selector: &str) -> Result<Selector, String> {
    Selector::parse(selector).map_err(|e| format!("`{selector}` is no CSS selector: {e}"))
}

fn pattern(regex: &str) -> Result<Regex, String> {
    Regex::new(regex).map_err(|e| format!("`{regex}` is no regular expression: {e}"))
}
